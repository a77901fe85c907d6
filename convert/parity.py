"""The manifest's section `parity`: what was verified when the bundle was made, and what it is held to from then on."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from bbconvert.convert.safety import limits
from bbconvert.convert.section import Return, Section

Level = Literal["network", "observation", "rollout", "browser"]


class Check(Section):
    """One row of `verify`: `value` of `metric` over `n` samples, held against `tolerance`."""

    level: Level
    name: str
    metric: str
    value: float
    tolerance: float
    n: int
    ok: bool


class Episodes(Section):
    """Closed-loop episodes in Gymnasium, one per seed: the policy in the loop to termination or truncation.

    Contacts amplify rounding errors, for some bodies to metres. Where an episode departs from its recording, the check
    measures for how many steps Python agrees with itself in reruns under an ULP perturbation, and holds it to those.
    """

    seeds: Annotated[list[Annotated[int, Field(ge=0)]], Field(max_length=limits.MAX_SEEDS)]
    returns: list[Return]
    lengths: list[Annotated[int, Field(ge=0, le=limits.MAX_EPISODE_STEPS)]]
    partial_returns: list[list[Return]] | None = Field(
        None,
        description="Of each episode, the returns of its first 10, 20, 40, 80, … steps: those that it has.",
    )
    horizons: list[Annotated[int, Field(ge=0)]] | None = Field(
        None, description="In older bundles: the steps for which Python agreed with itself."
    )
    horizon_returns: list[Return] | None = Field(
        None, description="In older bundles: the return of the first `horizons` steps."
    )

    @model_validator(mode="after")
    def _of_one_number(self) -> "Episodes":
        for name in ("returns", "lengths", "partial_returns", "horizons", "horizon_returns"):
            entries = getattr(self, name)
            if entries is not None and len(entries) != len(self.seeds):
                raise ValueError(f"{name} has {len(entries)} entries, seeds has {len(self.seeds)}")
        if self.partial_returns is not None:
            for length, partial in zip(self.lengths, self.partial_returns, strict=True):
                if len(partial) != len(partial_steps(length)):
                    raise ValueError(f"an episode of {length} steps has {len(partial)} partial returns")
        elif self.horizons is None or self.horizon_returns is None:
            raise ValueError("partial_returns are missing")
        elif any(horizon > length for horizon, length in zip(self.horizons, self.lengths, strict=True)):
            raise ValueError("a horizon is longer than its episode")
        return self

    def partial(self, i: int, steps: int) -> tuple[int, float]:
        """How many steps, `steps` at most, the longest recorded part of episode `i` has, and its return."""
        if self.partial_returns is not None:
            reached = partial_steps(min(steps, self.lengths[i]))
            return (reached[-1], self.partial_returns[i][len(reached) - 1]) if reached else (0, 0.0)
        horizons, returns = self.horizons or [], self.horizon_returns or []
        return horizons[i], returns[i]


def partial_steps(length: int) -> list[int]:
    """After how many steps the return of an episode of `length` steps is recorded: 10, and always twice as many."""
    return [10 << k for k in range(length.bit_length()) if 10 << k <= length]


class Parity(Section):
    """What was verified when the bundle was made, with what."""

    checks: list[Check] = Field([], max_length=limits.MAX_CHECKS)
    episodes: Episodes | None = None
    saturated_share: float | None = Field(None, description="Share of golden action components at a bound.")
    recorded: Literal["gymnasium", "tab"] = Field(
        "gymnasium",
        description="Where the golden rollout and the episodes were played; a tab's may differ by rounding.",
    )
    versions: dict[str, str] = Field({})
