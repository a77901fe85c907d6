"""`bbconvert list` and `bbconvert envs`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from convert.cli.console import print_json, print_result, print_table
from convert.cli.options import JsonOption
from convert.cli.output import BUNDLES

if TYPE_CHECKING:
    from convert.environment import EnvironmentSpec
    from mjcf.spec import Condition, Termination

DEFAULT_BUNDLE = Path(__file__).parents[1] / "default_bundle"


def list_bundles(json: JsonOption = False) -> None:
    """List the bundles in ./bundles, and the one that comes with bbconvert."""
    folders = sorted(path.parent for path in BUNDLES.glob("*/bundle.json"))
    if (DEFAULT_BUNDLE / "bundle.json").is_file():
        folders.append(DEFAULT_BUNDLE)
    found = [_describe(folder) for folder in folders]
    if json:
        print_json({"bundles": found})
        return
    if not found:
        print_result("No bundles in ./bundles. Make one with: bbconvert pull cleanrl/Humanoid-v4")
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
    from convert.environment import environment_spec, known_environments

    found = [_environment(environment_spec(env_id, {})) for env_id in known_environments()]
    if json:
        print_json({"environments": found})
        return
    rows = [
        (
            env["id"],
            str(env["observation_size"]),
            str(env["action_size"]),
            f"{env['control_hz']:.1f}",
            env["ends"],
        )
        for env in found
    ]
    print_table(("environment", "observation", "action", "control Hz", "an episode ends"), rows)


def _describe(folder: Path) -> dict[str, Any]:
    """A bundle's facts, or why it cannot be read."""
    from convert.bundle import open_bundle
    from convert.cli.summary import bundle_summary
    from convert.errors import BBConvertError

    try:
        return {"bundle": str(folder), **bundle_summary(open_bundle(folder).manifest)}
    except BBConvertError as error:
        return {"bundle": str(folder), "name": folder.name, "error": str(error)}


def _environment(spec: "EnvironmentSpec") -> dict[str, Any]:
    env = spec.env
    return {
        "id": env.id,
        "observation_size": spec.observation.size,
        "action_size": int(spec.action_low.size),
        "control_hz": 1 / env.dt,
        "timestep": env.timestep,
        "frame_skip": env.frame_skip,
        "max_episode_steps": env.max_episode_steps,
        "termination": env.termination.model_dump(mode="json"),
        "ends": _ending(env.termination, env.max_episode_steps),
    }


def _ending(termination: "Termination", max_episode_steps: int | None) -> str:
    """What ends an episode, in a phrase: `unless 1 < qpos[2] < 2; after 1000 steps`."""
    healthy = (
        [_condition(condition) for condition in termination.healthy] if termination.terminate_when_unhealthy else []
    )
    parts = [f"unless {' and '.join(healthy)}"] if healthy else []
    if max_episode_steps is not None:
        parts.append(f"after {max_episode_steps} steps")
    return "; ".join(parts) or "never"


def _condition(condition: "Condition") -> str:
    below = "" if condition.below is None else f" < {condition.below:g}"
    above = "" if condition.above is None else f"{condition.above:g} < "
    of = f" of {condition.body}" if condition.body else ""
    return f"{above}{condition.source}[{condition.index}]{of}{below}"
