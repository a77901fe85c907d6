"""What a bundle's environment is worth: described by the catalogue to the last number, or known from the bundle alone.

The manifest that another sends says what an episode pays and when it ends. Where `convert` wrote it, all of that was
read off the environment that Gymnasium builds; here it is read again, and compared.
"""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import mujoco
import numpy as np

from bbconvert.convert.bundle.bundle import SCENE, Bundle
from bbconvert.convert.environments.environment import EnvironmentSpec, described_robot, environment_spec
from bbconvert.convert.environments.registry import ENVIRONMENTS
from bbconvert.convert.environments.scene_files import OWN_SCENE
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.manifest import Environment, Manifest
from bbconvert.convert.safety.file_inside import file_inside
from bbconvert.convert.safety.scene_file import require_safe_scene

Standing = Literal["catalogue", "own", "altered"]
"""`catalogue`: as bbconvert describes it. `own`: of a scene or a class that bbconvert does not have. `altered`: it has
an environment's name, and is not that."""

NOT_VERIFIED = "Not verified: its environment is its own"
NAMED = 3
"""Differences that a message names."""


class Difference(NamedTuple):
    """A field of the manifest (dotted, as in bundle.json), or an array of the compiled scene."""

    field: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.field}: expected {self.expected}, got {self.got}"


def own_environment(env: Environment) -> str | None:
    """Whose word the environment is, as a clause, where it is not in the catalogue; else None."""
    if env.control is not None:
        return "its control loop is its author's"
    module, colon, _ = env.id.partition(":")
    if colon:
        return f"its class is the module {module}'s"
    if env.id not in ENVIRONMENTS:
        return f"{env.id} is not in the catalogue"
    if env.kwargs.get("xml_file") == OWN_SCENE:
        return "its scene is not one of Gymnasium's"
    return None


def standing(bundle: Bundle) -> Standing:
    """What a page may say of the bundle's environment; nothing is simulated."""
    if own_environment(bundle.manifest.env) is not None:
        return "own"
    try:
        return "altered" if environment_differences(bundle) else "catalogue"
    except BBConvertError:
        return "altered"


def environment_differences(bundle: Bundle) -> list[Difference]:
    """Where manifest and scene are not what the environment's class and bbconvert's description of it make.

    Raises:
        BBConvertError: the environment cannot be built: it is unknown, its module may not be imported, an argument is
            out of range, or its scene is not one to give to MuJoCo.
    """
    spec = _described(bundle)
    found = manifest_differences(bundle.manifest, spec)
    if bundle.manifest.env.kwargs.get("xml_file") != OWN_SCENE:
        found += _scene_differences(bundle, spec)
    return found


def _described(bundle: Bundle) -> EnvironmentSpec:
    env = bundle.manifest.env
    if env.control is not None:
        return described_robot(bundle.manifest, bundle.folder / SCENE, env.assets)
    return environment_spec(
        env.trained_on, env.kwargs, time_feature=bool(env.wrappers), own_files=bundle.folder.resolve()
    )


def manifest_differences(manifest: Manifest, spec: EnvironmentSpec) -> list[Difference]:
    """The manifest's `env`, `observation` and `action` sections against what `spec` describes, field by field."""
    ends = [sum(spec.term_sizes[: i + 1]) for i in range(len(spec.term_sizes))]
    contacts = [
        (end - size, end)
        for term, size, end in zip(spec.observation.terms, spec.term_sizes, ends, strict=True)
        if term.source == "cfrc_ext"
    ]
    # Training may have seen zeros for contact forces, and for nothing else.
    zeroed = [run for run in manifest.observation.zeroed if run in contacts]
    observation = spec.observation.model_copy(update={"zeroed": zeroed})
    action = manifest.action.model_copy(
        update={
            "size": spec.action_low.size,
            **({} if manifest.env.control else {"low": spec.action_low.tolist(), "high": spec.action_high.tolist()}),
            "names": spec.action_names,
        }
    )
    env = spec.env
    if not manifest.env.levels:  # a bundle may be older than the levels
        env = env.model_copy(update={"level": None, "levels": []})
    return [
        difference
        for section, expected, got in (
            ("env", env, manifest.env),
            ("observation", observation, manifest.observation),
            ("action", action, manifest.action),
        )
        for difference in _unequal(
            section, expected.model_dump(mode="json", by_alias=True), got.model_dump(mode="json", by_alias=True)
        )
    ]


def described_fields(manifest: Manifest) -> int:
    """How many numbers and words of the manifest are compared."""
    sections = manifest.model_dump(mode="json", by_alias=True, include={"env", "observation", "action"})
    return sum(1 for _ in _leaves(sections))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
    else:
        yield value


def require_described(bundle: Bundle, what: str) -> None:
    """Refuses a manifest that says otherwise of a catalogue's environment than bbconvert does; needs no other file.

    Args:
        bundle: its manifest is there.
        what: it, as the message calls it.

    Raises:
        BBConvertError: it differs, with the first differences; or the environment cannot be built.
    """
    if own_environment(bundle.manifest.env) is not None:
        return
    found = manifest_differences(bundle.manifest, _described(bundle))
    if found:
        source = bundle.manifest.source.repo_id
        instead = f" Convert its source instead: bbconvert pull {source}" if source else ""
        raise BBConvertError(
            f"{what} does not describe {bundle.manifest.env.id} as bbconvert and Gymnasium do: "
            f"{'; '.join(map(str, found[:NAMED]))} ({len(found)} in all). Nothing was written.{instead}"
        )


def _unequal(field: str, expected: Any, got: Any) -> Iterator[Difference]:
    if isinstance(expected, dict) and isinstance(got, dict):
        for name in dict.fromkeys([*expected, *got]):
            if name not in got or name not in expected:
                yield Difference(f"{field}.{name}", _shown(expected.get(name)), _shown(got.get(name)))
            else:
                yield from _unequal(f"{field}.{name}", expected[name], got[name])
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for i, (one, other) in enumerate(zip(expected, got, strict=True)):
            yield from _unequal(f"{field}.{i}", one, other)
    elif isinstance(expected, bool) != isinstance(got, bool) or expected != got:
        yield Difference(field, _shown(expected), _shown(got))


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return " ".join(["an object", *(repr(value[key])[:40] for key in ("kind", "distribution") if key in value)])
    return "nothing" if value is None else repr(value)[:60]


def _scene_differences(bundle: Bundle, spec: EnvironmentSpec) -> list[Difference]:
    """None where `scene.xml` is the environment's to the last byte, or compiles to the same model.

    Another version of Gymnasium may write the same model in other words; then the compiled models are compared, array
    by array, names and colours included. What is left out is MuJoCo's settings of its own viewer (`vis`).
    """
    path = file_inside(bundle.folder, SCENE)
    if path is None:
        return [Difference(SCENE, "the environment's scene", "no file")]
    if path.read_bytes() == spec.scene.read_bytes() and not bundle.manifest.env.assets:
        return []
    require_safe_scene(bundle.folder, SCENE)
    try:
        got = mujoco.MjModel.from_xml_path(str(path))
    except Exception as error:  # noqa: BLE001  # MuJoCo raises what it likes
        return [Difference(SCENE, "the environment's scene", f"no scene ({str(error).splitlines()[0][:160]})")]
    expected = mujoco.MjModel.from_xml_path(str(spec.scene))
    return [
        Difference(f"{SCENE} {name}", _array(one), _array(other))
        for name, one, other in _fields(expected, got)
        if not np.array_equal(one, other)
    ]


def _fields(expected: Any, got: Any, prefix: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The numbers of two compiled models, or of structures in them, by name."""
    for name in dir(expected):
        if name.startswith("_") or name == "signature":
            continue
        one = getattr(expected, name)
        if isinstance(one, int | float | bytes | np.ndarray):
            yield f"{prefix}{name}", one, getattr(got, name)
        elif isinstance(one, mujoco.MjOption | mujoco.MjStatistic):
            yield from _fields(one, getattr(got, name), f"{name}.")


def _array(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of {value.size} numbers"
    return f"{len(value)} bytes" if isinstance(value, bytes) else repr(value)
