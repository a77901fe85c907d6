"""`bbconvert list` and `bbconvert envs`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bbconvert.convert.bundle.output_folder import BUNDLES
from bbconvert.convert.cli.console import print_json, print_table
from bbconvert.convert.cli.options import JsonOption
from bbconvert.convert.files.work_folder import recover_all
from bbconvert.convert.shipped import SHIPPED

if TYPE_CHECKING:
    from bbconvert.convert.environments.environment import EnvironmentSpec


def list_bundles(json: JsonOption = False) -> None:
    """List the bundles in ./bundles, and those that come with bbconvert."""
    recover_all(BUNDLES)
    folders = sorted(path.parent for path in BUNDLES.glob("*/bundle.json"))
    folders += SHIPPED
    found = [_describe(folder) for folder in folders]
    if json:
        print_json({"bundles": found})
        return
    rows = [
        (
            bundle.get("name", "?"),
            bundle.get("env_id", "cannot be read:"),
            f"{bundle['control_hz']:.1f}" if "control_hz" in bundle else "",
            bundle.get("normalization", ""),
            bundle.get("error") or (bundle["source"]["repo_id"] or bundle["source"]["filename"]),
            bundle["bundle"],
        )
        for bundle in found
    ]
    print_table(("name", "environment", "control Hz", "normalisation", "source", "folder"), rows)


def envs(json: JsonOption = False) -> None:
    """List the environments that bbconvert knows: sizes, control rate, what ends an episode."""
    found = described_environments()
    if json:
        print_json({"environments": found})
        return
    rows = [
        (
            env["id"],
            str(env["observation_size"]),
            str(env["action_size"]),
            f"{env['control_hz']:.1f}",
            env["ends"] + (f" (plays as {env['plays_as']})" if env["plays_as"] else ""),
        )
        for env in found
    ]
    print_table(("environment", "observation", "action", "control Hz", "an episode ends"), rows)


def described_environments() -> list[dict[str, Any]]:
    """What `envs --json` tells of each, family by family, a version after the other."""
    from bbconvert.convert.environments.environment import environment_spec, known_environments
    from bbconvert.convert.environments.registry import BUILT_AS

    # Those that Gymnasium builds under another id come after it: a model is compiled once.
    read: dict[str, EnvironmentSpec] = {}
    found = []
    for env_id in sorted(known_environments(), key=lambda env_id: env_id in BUILT_AS):
        built_as, kwargs = BUILT_AS.get(env_id, (env_id, {}))
        spec = environment_spec(env_id, {}) if kwargs or built_as not in read else read[built_as]
        read.setdefault(env_id, spec)
        found.append(_environment(env_id, spec))
    return sorted(found, key=lambda env: _family_and_version(env["id"]))


def _describe(folder: Path) -> dict[str, Any]:
    """A bundle's facts, or why it cannot be read."""
    from bbconvert.convert.bundle.bundle import open_bundle
    from bbconvert.convert.bundle.summary import bundle_summary
    from bbconvert.convert.errors import BBConvertError

    try:
        return {"bundle": str(folder), **bundle_summary(open_bundle(folder).manifest)}
    except BBConvertError as error:
        return {"bundle": str(folder), "name": folder.name, "error": str(error)}
    except Exception as error:  # noqa: BLE001  # an untrusted folder: no failure of one stops the others
        return {"bundle": str(folder), "name": folder.name, "error": f"{type(error).__name__}: {error}"}


def _family_and_version(env_id: str) -> tuple[str, int]:
    family, _, version = env_id.rpartition("-v")
    return family, int(version)


def _environment(env_id: str, spec: "EnvironmentSpec") -> dict[str, Any]:
    from bbconvert.convert.cli.ending import ending

    env = spec.env
    return {
        "id": env_id,
        "plays_as": None if env.id == env_id else env.id,
        "observation_size": spec.observation.size,
        "action_size": int(spec.action_low.size),
        "control_hz": 1 / env.dt,
        "timestep": env.timestep,
        "frame_skip": env.frame_skip,
        "max_episode_steps": env.max_episode_steps,
        "termination": env.termination.model_dump(mode="json"),
        "ends": ending(env.termination, env.max_episode_steps, spec.model),
    }
