"""What Brax keeps beside a policy's parameters: `*_network_config.json`, and orbax's folder around it.

Source: brax/training/checkpoint.py, brax/training/agents/*/checkpoint.py.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety.bounded_json import bounded_json

_CONFIG = "_network_config.json"
_ALGORITHMS = ("ppo", "sac", "bc")
_MAX_BYTES = 2**16


@dataclass(frozen=True)
class BraxConfig:
    """How a policy's network was made; None where no file says it.

    Args:
        algorithm: ppo, sac or bc.
        activation: by Brax's own name.
        normalizes: the policy sees normalised observations.
        policy_key: which of several observations it sees.
        value_key: which of them the value network sees.
    """

    algorithm: str | None = None
    activation: str | None = None
    normalizes: bool | None = None
    policy_key: str | None = None
    value_key: str | None = None


def read_config_beside(path: Path) -> BraxConfig:
    """What the configuration in the folder of `path` says; nothing where there is none.

    Raises:
        BBConvertError: it is damaged, or its network is of a kind that is not converted.
    """
    algorithm = next((name for name in _ALGORITHMS if path.with_name(f"{name}{_CONFIG}").is_file()), None)
    if algorithm is None:
        return BraxConfig()
    file = path.with_name(f"{algorithm}{_CONFIG}")
    try:
        config = bounded_json(file.read_bytes(), most=_MAX_BYTES)
        made_with = config["network_factory_kwargs"]
        found = BraxConfig(
            algorithm,
            _of_type(str, made_with, "activation"),
            _of_type(bool, config, "normalize_observations"),
            _of_type(str, made_with, "policy_obs_key"),
            _of_type(str, made_with, "value_obs_key"),
        )
        clipped = made_with.get("mean_clip_scale")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BBConvertError(
            f"{file} is not a configuration that Brax wrote, or is damaged ({str(error)[:120]}). Repair it, or move "
            f"{path.name} to a folder without it."
        ) from error
    if clipped is not None:
        raise BBConvertError(f"{file} has a mean_clip_scale: a policy whose mean is bounded by it is not converted.")
    return found


def refuse_orbax_folder(folder: Path) -> None:
    """Says how a checkpoint that Brax wrote with orbax becomes a file; does nothing where `folder` holds none.

    Raises:
        BBConvertError: it is such a checkpoint, or the folder of a run with some, of which the last is named.
    """
    found = sorted(file for above in ("", "*/", "checkpoints/*/") for file in folder.glob(f"{above}*{_CONFIG}"))
    if found:
        last = found[-1].resolve()
        step, agent = last.parent, last.name.removesuffix(_CONFIG)
        raise BBConvertError(
            f"{step} is a checkpoint that Brax wrote with orbax, which bbconvert does not read. Two lines of Python "
            f"make a file of it: `from brax.io import model; from brax.training.agents.{agent} import checkpoint` and "
            f'`model.save_params("{step}/policy.params", checkpoint.load("{step}"))`. Then convert '
            f"{step}/policy.params."
        )


def _of_type(kind: type, where: dict[str, Any], key: str) -> Any:
    value = where.get(key)
    if value is not None and not isinstance(value, kind):
        raise ValueError(f"its {key} is {str(value)[:40]!r}, expected a {kind.__name__}")
    return value
