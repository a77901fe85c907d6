"""The levels of an environment: what the bundle carries of each is what `gymnasium.make` with it is."""

from pathlib import Path
from typing import Any

import pytest

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.bundle.environment_standing import environment_differences
from bbconvert.convert.environments.environment import environment_spec
from bbconvert.convert.environments.registry import ENVIRONMENTS
from bbconvert.convert.manifest import Environment
from bbconvert.convert.shipped import BALANCE_BOT_BUNDLE, DEFAULT_BUNDLE

LEVELLED = [env_id for env_id, description in ENVIRONMENTS.items() if description.levels]


@pytest.mark.parametrize("env_id", LEVELLED)
def test_each_level_is_the_environment_built_with_it(env_id: str) -> None:
    env = environment_spec(env_id, {}).env
    assert [level.level for level in env.levels] == [1, 2, 3]
    assert [level.impulse for level in env.levels] == sorted(level.impulse for level in env.levels)
    for level in env.levels:
        built = environment_spec(env_id, level.kwargs).env
        assert built.reset == env.reset.model_copy(update={"draws": level.draws or env.reset.draws})
        assert built.reward == (level.reward or env.reward)
        assert built.termination == (level.termination or env.termination)
        assert built.level == (level.level if level.kwargs else None)


def test_levels_of_one_number_and_other_rewards_are_refused() -> None:
    env = environment_spec("bbconvert/CartPole-v0", {}).env
    one, two, _ = env.levels
    changes: list[tuple[dict[str, Any], str]] = [
        ({"levels": [one, one]}, "levels are"),
        ({"level": 4}, "level is 4"),
        ({"levels": [one, two.model_copy(update={"reward": env.reward[:-1]})]}, "level 2 has other reward terms"),
    ]
    for change, words in changes:
        with pytest.raises(ValueError, match=words):
            Environment.model_validate({**env.model_dump(by_alias=True), **_plain(change)})


def _plain(change: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [each.model_dump(by_alias=True) for each in value] if isinstance(value, list) else value
        for name, value in change.items()
    }


@pytest.mark.parametrize("folder", [DEFAULT_BUNDLE, BALANCE_BOT_BUNDLE])
def test_an_altered_level_is_noticed_and_a_bundle_older_than_the_levels_is_not_blamed(folder: Path) -> None:
    bundle = open_bundle(folder)
    assert environment_differences(bundle) == []
    env = bundle.manifest.env
    altered = env.levels[0].model_copy(update={"impulse": 99.0})
    found = environment_differences(_with(bundle, env.model_copy(update={"levels": [altered, *env.levels[1:]]})))
    assert [difference.field for difference in found] == ["env.levels.0.impulse"]
    older = env.model_copy(update={"level": None, "levels": []})
    assert environment_differences(_with(bundle, older)) == []


def _with(bundle: Bundle, env: Environment) -> Bundle:
    return Bundle(bundle.folder, bundle.manifest.model_copy(update={"env": env}))
