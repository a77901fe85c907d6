"""Reset, reward and termination as data: the page interprets it, Gymnasium is the truth that it is held to."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Data(BaseModel):
    model_config = ConfigDict(populate_by_name=True, extra="ignore")


class UniformDraw(_Data):
    """Adds `Generator.uniform(low, high, size=to-from)` to `target[from:to]`."""

    distribution: Literal["uniform"] = "uniform"
    target: Literal["qpos", "qvel"]
    start: int = Field(0, alias="from", ge=0)
    stop: int | None = Field(None, alias="to", ge=1)
    low: float
    high: float


class NormalDraw(_Data):
    """Adds `scale * Generator.standard_normal(to-from)` to `target[from:to]`."""

    distribution: Literal["standard_normal"] = "standard_normal"
    target: Literal["qpos", "qvel"]
    start: int = Field(0, alias="from", ge=0)
    stop: int | None = Field(None, alias="to", ge=1)
    scale: float


Draw = Annotated[UniformDraw | NormalDraw, Field(discriminator="distribution")]


class Reset(_Data):
    """The initial state: `mj_resetData`, then `init_qpos` and `init_qvel` plus the draws in order, then `mj_forward`.

    The draws come from one NumPy PCG64 generator seeded as `env.reset(seed=…)` seeds it; without a seed it goes on.
    """

    init_qpos: list[float]
    init_qvel: list[float]
    draws: list[Draw]


class VelocityReward(_Data):
    """`weight * (after - before) / dt` of one world axis of a point, before and after the control step.

    `of` is `mass_center` (masses times `xipos`, over the whole body), or the name of a body (its `xpos`), or `qpos`
    with `axis` the element.
    """

    kind: Literal["velocity"] = "velocity"
    name: str
    of: str
    axis: int
    weight: float


class ConstantReward(_Data):
    """`weight` at every step, healthy or not."""

    kind: Literal["constant"] = "constant"
    name: str
    weight: float


class HealthyReward(_Data):
    """`weight` while every condition of `termination.healthy` holds, else 0."""

    kind: Literal["healthy"] = "healthy"
    name: str
    weight: float


class ControlCost(_Data):
    """`weight * sum(ctrl**2)`; a cost has a negative weight."""

    kind: Literal["control_cost"] = "control_cost"
    name: str
    weight: float


RewardTerm = Annotated[VelocityReward | ConstantReward | HealthyReward | ControlCost, Field(discriminator="kind")]


class Condition(_Data):
    """`above < source[index] < below`, on the state after the control step; a null bound is open.

    For `xpos` and `xmat` (row-major) the index counts within the row of `body`.
    """

    source: Literal["qpos", "qvel", "xpos", "xmat"]
    index: Annotated[int, Field(ge=0)]
    body: str | None = None
    above: float | None = None
    below: float | None = None


class Termination(_Data):
    """The episode terminates when a condition fails, if `terminate_when_unhealthy`; a NaN fails every condition."""

    healthy: list[Condition]
    terminate_when_unhealthy: bool


class Dynamics(_Data):
    """What makes the model's XML an environment: reset, reward and termination."""

    reset: Reset
    reward: list[RewardTerm]
    termination: Termination
