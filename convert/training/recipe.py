"""A recipe: everything that decides a training run, as a YAML file that is kept with its result."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml  # type: ignore[import-untyped]
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bbconvert.convert.errors import BBConvertError

Algo = Literal["ppo", "grpo", "sac", "td3", "tqc"]
ALGOS: tuple[str, ...] = get_args(Algo)


def _numbers(value: Any) -> Any:
    """YAML 1.1 reads `1e-3` as text, and no user means text by it."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    if isinstance(value, Mapping):
        return {name: _numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return value


Settings = Annotated[dict[str, Any], BeforeValidator(_numbers)]


class _Strict(BaseModel):
    model_config = ConfigDict(populate_by_name=True, extra="forbid")


class WrapperSpec(_Strict):
    """A Gymnasium wrapper: `package.module:Class`, and what its constructor takes beside the environment."""

    wrapper: Annotated[str, Field(alias="class", pattern=r"^[\w.]+:\w+$")]
    kwargs: Settings = {}


class Recipe(_Strict):
    """A training run.

    Args:
        env: as `gymnasium.make` takes it; `module:Id-v0` imports the module first.
        env_kwargs: of the constructor.
        algo: one of `ALGOS`.
        seed: of the weights, the exploration and the environments.
        steps: control steps, all environments together.
        envs: environments stepped together. In GRPO they are the group.
        processes: each environment in a process of its own; false: all in this one, which is faster where a control
            step takes less time than sending it (some tens of microseconds).
        normalize: observations by running statistics (and PPO's rewards by their running spread); `frozen`: by those of
            `init`; null: as the algorithm likes it (`convert.training.algorithms`).
        hyperparameters: of the algorithm's constructor, in Stable-Baselines3's words; `learning_rate: lin_0.001` falls
            from there to nothing.
        policy: `net_arch`, `activation` (tanh, relu, elu) and other `policy_kwargs`.
        init: a checkpoint that `bbconvert convert` reads, whose weights and statistics are the start (PPO and GRPO);
            relative to the recipe.
        mirror: `package.module:function`, which makes an `mjcf.mirror.Mirror` for the environment: the policy is held
            to act in the mirrored state as it does in the state, mirrored (PPO and GRPO). An init of half the widths
            is doubled.
        critic_warmup: rollouts at the start during which the critic alone learns (PPO).
        average: the result's weights are the moving mean of the training's over about so many rollouts; null: the last.
        wrappers: around the environment, the innermost first.
    """

    env: str
    env_kwargs: Settings = {}
    algo: Algo
    seed: Annotated[int, Field(ge=0)] = 0
    steps: Annotated[int, Field(ge=1)] = 1_000_000
    envs: Annotated[int, Field(ge=1)] = 8
    processes: bool = True
    normalize: bool | Literal["frozen"] | None = None
    hyperparameters: Settings = {}
    policy: Settings = {}
    init: Path | None = None
    mirror: Annotated[str, Field(pattern=r"^[\w.]+:\w+$")] | None = None
    critic_warmup: Annotated[int, Field(ge=0)] = 0
    average: Annotated[int, Field(ge=1)] | None = None
    wrappers: list[WrapperSpec] = []


def read_recipe(path: Path, changes: Mapping[str, Any]) -> Recipe:
    """The recipe in a YAML file, with what the command line changes in it (None changes nothing).

    Raises:
        BBConvertError: no such file, no YAML, or a key or value that no recipe has.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BBConvertError(f"{path} cannot be read as a recipe: {error}. Expected a YAML file.") from error
    if not isinstance(document, dict):
        raise BBConvertError(f"{path} is not a recipe: expected keys and values such as `algo: ppo`.")
    recipe = make_recipe({**document, **{key: value for key, value in changes.items() if value is not None}}, path)
    if recipe.init is not None:
        recipe = recipe.model_copy(update={"init": (path.parent / recipe.init).resolve()})
    return recipe


def make_recipe(values: Mapping[str, Any], origin: Path | str = "The command line") -> Recipe:
    """A recipe of these values, None standing for the default.

    Raises:
        BBConvertError: in words, every mistake at once.
    """
    try:
        return Recipe.model_validate({key: value for key, value in values.items() if value is not None})
    except ValidationError as error:
        raise BBConvertError(f"{origin} makes no recipe: {'; '.join(map(_in_words, error.errors()))}.") from error


def recipe_yaml(recipe: Recipe) -> str:
    """The recipe as YAML, which `read_recipe` reads back."""
    text: str = yaml.safe_dump(recipe.model_dump(mode="json", by_alias=True), sort_keys=False)
    return text


def _in_words(error: Any) -> str:
    where = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        known = WrapperSpec if where.startswith("wrappers.") else Recipe
        keys = ", ".join(field.alias or name for name, field in known.model_fields.items())
        return f"there is no key {where!r} (the keys are {keys})"
    if error["type"] == "missing":
        return f"the key {where!r} is missing"
    return f"{where} is {error['input']!r}: {error['msg']}"
