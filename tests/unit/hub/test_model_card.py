"""convert/hub/model_card.py."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconvert.convert.hub.model_card import (
    ModelCard,
    card_from_metadata,
    env_id_in,
    parse_model_card,
    parse_reward,
    read_model_card,
)

SB3_CARD = """---
library_name: stable-baselines3
tags:
- deep-reinforcement-learning
- stable-baselines3
model-index:
- name: PPO
  results:
  - metrics:
    - type: mean_reward
      value: 5819.10 +/- 663.53
    task: {type: reinforcement-learning}
    dataset: {name: HalfCheetah-v3, type: HalfCheetah-v3}
---
# **PPO** Agent playing **HalfCheetah-v3**
```python
from stable_baselines3 import PPO
```
```python
OrderedDict([('batch_size', 64), ('clip_range', 0.1)])
```
"""


@pytest.mark.hub
def test_the_real_card_of_cleanrl_gives_environment_reward_and_hyperparameters(shared_hub: Path) -> None:
    card = read_model_card(shared_hub / "cleanrl" / "Humanoid-v4-ppo_continuous_action-seed1" / "README.md")

    assert (card.env_id, card.algorithm, card.library, card.license) == ("Humanoid-v4", "PPO", "cleanrl", None)
    assert card.published is not None
    assert (card.published.mean_reward, card.published.std) == (378.92, 50.08)
    assert card.hyperparameters["total_timesteps"] == 1_000_000
    assert card.hyperparameters["target_kl"] is None


def test_the_card_of_stable_baselines3_is_read_too() -> None:
    card = parse_model_card(SB3_CARD)

    assert (card.env_id, card.library) == ("HalfCheetah-v3", "stable-baselines3")
    assert card.published is not None
    assert (card.published.mean_reward, card.published.std) == (5819.10, 663.53)
    assert card.hyperparameters == {"batch_size": 64, "clip_range": 0.1}


def test_the_tags_name_the_environment_where_the_model_index_does_not() -> None:
    assert card_from_metadata({"tags": ["reinforcement-learning", "Hopper-v4"]}).env_id == "Hopper-v4"
    assert card_from_metadata({"tags": ["bbconvert/HumanoidBalance-v0"]}).env_id == "bbconvert/HumanoidBalance-v0"
    assert card_from_metadata({"tags": ["reinforcement-learning", 3, None]}).env_id is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no front matter",
        "---\n: [broken\n---\n",
        "---\n- a list\n---\n",
        "---\ntags: 7\nmodel-index: text\nlicense: [mit]\n---\n",
        "---\nmodel-index:\n- results: [{metrics: [{type: mean_reward, value: high}]}]\n---\n",
        "---\nnever closed: true\n",
        "```python\n__import__('os').system('true')\n```",
    ],
)
def test_a_broken_card_says_nothing(text: str) -> None:
    assert parse_model_card(text) == ModelCard()


def test_rewards_are_read_in_the_ways_they_are_written() -> None:
    for text, expected in {
        "378.92 +/- 50.08": (378.92, 50.08),
        "-4.5 ± .5": (-4.5, 0.5),
        "1e3": (1000.0, None),
        "12": (12.0, None),
    }.items():
        published = parse_reward(text)
        assert published is not None
        assert (published.mean_reward, published.std) == expected
    assert [parse_reward(value) for value in ("high", "", "nan", None, [1], "3 of 4")] == [None] * 6


@given(st.floats(-1e6, 1e6), st.floats(0, 1e5))
def test_any_reward_printed_with_its_deviation_is_read_back(mean: float, std: float) -> None:
    published = parse_reward(f"{mean:.2f} +/- {std:.2f}")

    assert published is not None
    assert (published.mean_reward, published.std) == (float(f"{mean:.2f}"), float(f"{std:.2f}"))


@given(st.text(max_size=300))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    parse_model_card(f"---\n{text}\n---\n")
    parse_model_card(f"```python\n{text}\n```")


def test_a_repository_name_gives_its_environment() -> None:
    assert env_id_in("Humanoid-v4-ppo_continuous_action-seed1") == "Humanoid-v4"
    assert env_id_in("ppo-HalfCheetah-v3") == "HalfCheetah-v3"
    assert env_id_in("my-best-agent") is None
