"""What an environment calls healthy, and what it pays for it."""

import math
from collections.abc import Mapping
from typing import Any, Literal

from bbconvert.mjcf.spec import Condition, ConstantReward, HealthyReward, RewardTerm

Bounds = tuple[float, float]


def within(
    bounds: Bounds, source: Literal["qpos", "qvel"], index: int, stop: int | None = None, *, inclusive: bool = False
) -> Condition:
    """`source[index:stop]` between two bounds, either of them infinite; one element where `stop` is None."""
    above, below = open_bounds(bounds)
    return Condition(source=source, index=index, stop=stop, above=above, below=below, inclusive=inclusive)


def open_bounds(bounds: Bounds) -> tuple[float | None, float | None]:
    """JSON has no infinity: an open bound is null."""
    low, high = (None if math.isinf(bound) else float(bound) for bound in bounds)
    return low, high


def healthy_reward_v4(name: str, arguments: Mapping[str, Any]) -> RewardTerm:
    """Up to v4 the reward is paid at every step where unhealthy steps end the episode, the last one included."""
    weight = float(arguments["healthy_reward"])
    if arguments["terminate_when_unhealthy"]:
        return ConstantReward(name=name, weight=weight)
    return HealthyReward(name=name, weight=weight)


def healthy_reward_v5(name: str, arguments: Mapping[str, Any]) -> RewardTerm:
    """From v5 on an unhealthy step is never paid."""
    return HealthyReward(name=name, weight=float(arguments["healthy_reward"]))
