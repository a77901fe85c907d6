"""The files beside a Stable-Baselines3 checkpoint: its statistics, and what its trainer noted about the training."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from bbconvert.convert.safety.limits import MAX_YAML_CHARACTERS
from bbconvert.convert.safety.python_literal import literal_value, parse_literal
from bbconvert.convert.safety.strict_yaml import StrictYamlError, load_yaml

STATISTICS = ("vec_normalize.pkl", "vecnormalize.pkl")
CONFIG = "config.yml"
ARGUMENTS = "args.yml"
ENV_KWARGS = "env_kwargs.yml"

POLICIES = (".cleanrl_model", ".zip", ".onnx")
"""What a file is called that says all of its policy; its content decides when it is read."""
_NO_POLICY = re.compile(
    r"train_eval_metrics\.zip|replay_?buffer|\.optimizer\.pth$|pytorch_variables\.pth$", re.IGNORECASE
)
"""What training leaves beside a policy."""
_NAMES = (*STATISTICS, CONFIG, ARGUMENTS, ENV_KWARGS)
_TIME_FEATURE = "TimeFeatureWrapper"


@dataclass(frozen=True)
class Companions:
    """What the files beside a checkpoint say; None or empty where they say nothing.

    Args:
        vec_normalize: the saved `VecNormalize`.
        env_id: the environment it was trained on.
        env_kwargs: of the environment's constructor.
        normalizes: training normalised observations.
        time_feature: training stood in `TimeFeatureWrapper`.
        wrappers: the other wrappers around the environment, by name.
        unreadable: files that were passed over, a reason each.
    """

    vec_normalize: Path | None = None
    env_id: str | None = None
    env_kwargs: dict[str, Any] = field(default_factory=dict)
    normalizes: bool | None = None
    time_feature: bool | None = None
    wrappers: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


def is_left_by_training(name: str) -> bool:
    """Whether the file is one that training leaves beside its policy."""
    return _NO_POLICY.search(name) is not None


def policy_names(names: Iterable[str]) -> list[str]:
    """Those that are called as a policy, sorted."""
    return sorted(name for name in names if name.endswith(POLICIES) and not is_left_by_training(name))


def companion_names(checkpoint: str, names: Iterable[str]) -> list[str]:
    """Which of a repository's files belong to its file `checkpoint`; all of them paths with `/`."""
    present = set(names)
    return [name for name in _candidates(checkpoint) if name in present]


def read_companions(checkpoint: Path) -> Companions:
    """Reads what stands beside `checkpoint`, or in the folder of its name as rl-baselines3-zoo lays it out."""
    beside = {PurePosixPath(name).name: path for name, path in reversed(_present(checkpoint))}
    unreadable: list[str] = []

    def mapping(name: str) -> dict[str, Any] | None:
        return _read_mapping(beside[name], unreadable) if name in beside else None

    config, arguments, env_kwargs = mapping(CONFIG), mapping(ARGUMENTS) or {}, mapping(ENV_KWARGS)
    env_id = arguments.get("env")
    wrappers = None if config is None else _wrappers(config.get("env_wrapper"))
    return Companions(
        vec_normalize=next((beside[name] for name in STATISTICS if name in beside), None),
        env_id=env_id if isinstance(env_id, str) else None,
        env_kwargs=_keywords(env_kwargs) or _keywords(arguments.get("env_kwargs")),
        normalizes=None if config is None else _normalizes_observations(config.get("normalize", False)),
        time_feature=None if wrappers is None else any(name.endswith(_TIME_FEATURE) for name in wrappers),
        wrappers=tuple(name for name in wrappers or () if not name.endswith(_TIME_FEATURE)),
        unreadable=tuple(unreadable),
    )


def _candidates(checkpoint: str) -> list[str]:
    """Where companions may stand: beside the checkpoint first."""
    path = PurePosixPath(checkpoint)
    return [str(folder / name) for folder in (path.parent, path.with_suffix("")) for name in _NAMES]


def _present(checkpoint: Path) -> list[tuple[str, Path]]:
    candidates = [(name, checkpoint.parent / name) for name in _candidates(checkpoint.name)]
    return [(name, path) for name, path in candidates if path.is_file()]


def _read_mapping(path: Path, unreadable: list[str]) -> dict[str, Any] | None:
    """The mapping in a YAML file; None, and a reason in `unreadable`, where there is none."""
    try:
        if path.stat().st_size > 4 * MAX_YAML_CHARACTERS:  # the most that UTF-8 takes for them
            raise StrictYamlError(f"it has more than {MAX_YAML_CHARACTERS:,} characters")
        loaded = load_yaml(path.read_text(encoding="utf-8"))
    except (StrictYamlError, UnicodeDecodeError, OSError) as error:
        unreadable.append(f"{path.name} was passed over: {str(error).splitlines()[0]}.")
        return None
    return {str(name): value for name, value in loaded.items()} if isinstance(loaded, dict) else {}


def _normalizes_observations(value: Any) -> bool:
    """`true`, `false`, or VecNormalize's arguments; `norm_obs` is True unless they say otherwise."""
    arguments = _keywords(value)
    return bool(arguments.get("norm_obs", True)) if arguments else bool(value)


def _keywords(value: Any) -> dict[str, Any]:
    """Keyword arguments: a mapping, or the text of one, `dict(norm_obs=True)` or `{"norm_obs": True}`."""
    if isinstance(value, dict):
        return {str(name): item for name, item in value.items()}
    if not isinstance(value, str):
        return {}
    try:
        tree = parse_literal(value)
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "dict":
            return {keyword.arg: literal_value(keyword.value) for keyword in tree.keywords if keyword.arg}
        literal = literal_value(tree)
    except ValueError:
        return {}
    return _keywords(literal) if isinstance(literal, dict) else {}


def _wrappers(value: Any) -> tuple[str, ...]:
    """Wrappers by their dotted names: one, a list, or mappings of a name to its arguments."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, dict):
        return tuple(str(name) for name in value)
    if isinstance(value, list):
        return tuple(name for item in value for name in _wrappers(item))
    return ()
