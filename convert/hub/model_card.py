"""A repository's README.md as data: environment, published reward, algorithm, licence, hyperparameters."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bbconvert.convert.manifest import Published
from bbconvert.convert.safety.limits import MAX_CARD_CHARACTERS, MAX_RETURN, MAX_REWARD_CHARACTERS
from bbconvert.convert.safety.python_literal import literal_value, parse_literal
from bbconvert.convert.safety.strict_yaml import StrictYamlError, load_yaml

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_ENV_ID = re.compile(r"(?:[\w.-]+/)?[A-Z][A-Za-z0-9_]*-v\d+")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_REWARD = re.compile(rf"\s*({_NUMBER})\s*(?:(?:\+/-|\+-|±)\s*({_NUMBER})\s*)?")
_PYTHON_BLOCK = re.compile(r"```python[ \t]*\r?\n(?P<body>.*?)```", re.DOTALL)


@dataclass(frozen=True)
class ModelCard:
    """What a model card says; None or empty where it does not.

    Args:
        env_id: the environment as the author wrote it, `Humanoid-v4` for instance.
        published: the mean reward and its standard deviation.
        algorithm: the name in the model index, `PPO` for instance.
        library: `library_name`, `cleanrl` for instance.
        license: as written, `mit` for instance.
        hyperparameters: the dictionary printed on the card.
    """

    env_id: str | None = None
    published: Published | None = None
    algorithm: str | None = None
    library: str | None = None
    license: str | None = None
    hyperparameters: dict[str, Any] = field(default_factory=dict)


def read_model_card(path: Path) -> ModelCard:
    """Reads a README.md; one that is broken says nothing, it does not fail."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return parse_model_card(file.read(MAX_CARD_CHARACTERS))


def parse_model_card(text: str) -> ModelCard:
    """The card of this Markdown text."""
    text = text[:MAX_CARD_CHARACTERS]
    matter = _FRONT_MATTER.match(text)
    return card_from_metadata(_mapping(matter.group(1)) if matter else {}, text)


def card_from_metadata(metadata: dict[str, Any], text: str = "") -> ModelCard:
    """The card of parsed front matter (`model-index`, `tags`, …), as the Hub's API gives it too, and the text below."""
    models = _dicts(metadata.get("model-index"))
    results = [result for model in models for result in _dicts(model.get("results"))]
    hyperparameters = _hyperparameters(text)
    return ModelCard(
        env_id=_env_id(results, metadata, hyperparameters),
        published=next((found for result in results if (found := _published(result))), None),
        algorithm=next((name for model in models if (name := _text(model.get("name")))), None),
        library=_text(metadata.get("library_name")),
        license=_text(metadata.get("license")),
        hyperparameters=hyperparameters,
    )


def parse_reward(value: Any) -> Published | None:
    """`378.92 +/- 50.08`, `378.92 ± 50.08`, `378.92` or a number; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _published_of(value, None)
    # Longer text takes the expression above a time that grows with its square.
    match = _REWARD.fullmatch(value) if isinstance(value, str) and len(value) <= MAX_REWARD_CHARACTERS else None
    return None if match is None else _published_of(match[1], match[2])


def _published_of(mean: str | float, std: str | float | None) -> Published | None:
    try:
        numbers = [float(mean), 0.0 if std is None else float(std)]
    except OverflowError:
        return None
    if not all(abs(number) <= MAX_RETURN for number in numbers):  # a NaN is not
        return None
    return Published(mean_reward=numbers[0], std=None if std is None else numbers[1])


def env_id_in(text: str) -> str | None:
    """The first environment id in a name such as `Humanoid-v4-ppo_continuous_action-seed1` or `ppo-HalfCheetah-v3`."""
    found = re.search(r"(?<![A-Za-z0-9_])[A-Z][A-Za-z0-9_]*-v\d+(?!\d)", text)
    return found.group(0) if found else None


def _mapping(front_matter: str) -> dict[str, Any]:
    try:
        loaded = load_yaml(front_matter)
    except StrictYamlError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _env_id(results: list[dict[str, Any]], metadata: dict[str, Any], hyperparameters: dict[str, Any]) -> str | None:
    datasets = [result["dataset"] for result in results if isinstance(result.get("dataset"), dict)]
    tags = metadata.get("tags")
    candidates = [
        *(dataset.get(key) for dataset in datasets for key in ("name", "type")),
        *(tags if isinstance(tags, list) else []),
        hyperparameters.get("env_id"),
    ]
    return next((text for text in candidates if isinstance(text, str) and _ENV_ID.fullmatch(text)), None)


def _published(result: dict[str, Any]) -> Published | None:
    rewards = [metric for metric in _dicts(result.get("metrics")) if metric.get("type") == "mean_reward"]
    return next((found for metric in rewards if (found := parse_reward(metric.get("value")))), None)


def _hyperparameters(text: str) -> dict[str, Any]:
    """The first ```python block that is the literal of a dictionary; SB3 prints an OrderedDict of pairs."""
    for block in _PYTHON_BLOCK.finditer(text):
        body = re.sub(r"\AOrderedDict\((.*)\)\Z", r"\1", block["body"].strip(), flags=re.DOTALL)
        try:
            literal = literal_value(parse_literal(body))
            found = dict(literal) if isinstance(literal, (dict, list)) else {}
        except (ValueError, TypeError):
            continue
        if found:
            return {str(name): value for name, value in found.items()}
    return {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) and value.strip() else None
