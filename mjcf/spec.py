"""Reset, reward and termination as data: the page interprets it, Gymnasium is the truth that it is held to."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SHOVE_SECONDS = 0.1
"""An impulse is spread over this simulated time, in Python and on the page."""


class _Data(BaseModel):
    model_config = ConfigDict(populate_by_name=True, extra="ignore", allow_inf_nan=False)


class UniformDraw(_Data):
    """Adds `Generator.uniform(low, high, size=to-from)` to `target[from:to]`."""

    distribution: Literal["uniform"] = "uniform"
    target: Literal["qpos", "qvel"]
    start: int = Field(0, alias="from", ge=0)
    stop: int | None = Field(None, alias="to", ge=1)
    low: float
    high: float


class UniformPointDraw(_Data):
    """Sets `target[from:]` to a point, drawn again until its Euclidean norm lies between the bounds (a goal to reach).

    Each try draws `Generator.uniform(low[i], high[i])` for one coordinate after the other.
    """

    distribution: Literal["uniform_point"] = "uniform_point"
    target: Literal["qpos", "qvel"]
    start: int = Field(0, alias="from", ge=0)
    low: list[float]
    high: list[float]
    norm_above: float | None = None
    norm_below: float | None = None


class Constant(_Data):
    """Sets `target[from:to]` to `value`, whatever was drawn there before; draws nothing."""

    distribution: Literal["constant"] = "constant"
    target: Literal["qpos", "qvel"]
    start: int = Field(0, alias="from", ge=0)
    stop: int | None = Field(None, alias="to", ge=1)
    value: float


class NormalDraw(_Data):
    """Adds `scale * Generator.standard_normal(to-from)` to `target[from:to]`."""

    distribution: Literal["standard_normal"] = "standard_normal"
    target: Literal["qpos", "qvel"]
    start: int = Field(0, alias="from", ge=0)
    stop: int | None = Field(None, alias="to", ge=1)
    scale: float


Draw = Annotated[UniformDraw | UniformPointDraw | NormalDraw | Constant, Field(discriminator="distribution")]


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
    """`weight * sum(square(x))`; a cost has a negative weight.

    `of` is `ctrl` (float64), or `action`, the float32 that `env.step` was given: then squares, sum and product are
    float32 too, as NumPy computes them.
    """

    kind: Literal["control_cost"] = "control_cost"
    name: str
    of: Literal["ctrl", "action"] = "ctrl"
    weight: float


class ContactCost(_Data):
    """`-clip(weight * sum(clip(cfrc_ext, force_range)**2), cost_range)`; null bounds are open.

    Unlike the other terms its weight is positive and the cost is subtracted: the range bounds the cost.
    """

    kind: Literal["contact_cost"] = "contact_cost"
    name: str
    weight: float
    force_range: tuple[float | None, float | None] = (None, None)
    cost_range: tuple[float | None, float | None] = (None, None)


class DistanceReward(_Data):
    """`weight * |xpos[of] - xpos[to]|` of two bodies, metres, before the control step or after it."""

    kind: Literal["distance"] = "distance"
    name: str
    of: str
    to: str
    when: Literal["before", "after"]
    weight: float


class StateReward(_Data):
    """`weight * (source[index] - offset)**power` after the control step.

    For `site_xpos` the index counts within the row of `site`.
    """

    kind: Literal["state"] = "state"
    name: str
    source: Literal["qpos", "qvel", "site_xpos"]
    index: Annotated[int, Field(ge=0)]
    site: str | None = None
    offset: float = 0.0
    power: Literal[1, 2] = 1
    weight: float


RewardTerm = Annotated[
    VelocityReward | ConstantReward | HealthyReward | ControlCost | ContactCost | DistanceReward | StateReward,
    Field(discriminator="kind"),
]


class Condition(_Data):
    """`above < x < below` for every x of `source[index:to]`, on the state after the control step.

    A null `to` means `source[index]` alone, a null bound is open: with neither bound the numbers must be finite.
    `inclusive` makes it `above <= x <= below`. For `xpos` and `xmat` (row-major) the index counts within the row of
    `body`, less that of `minus` where it is given, for `site_xpos` within that of `site`.
    """

    source: Literal["qpos", "qvel", "xpos", "xmat", "site_xpos"]
    index: Annotated[int, Field(ge=0)]
    stop: int | None = Field(None, alias="to", ge=1)
    body: str | None = None
    minus: str | None = None
    site: str | None = None
    above: float | None = None
    below: float | None = None
    inclusive: bool = False


class Termination(_Data):
    """The episode terminates when a condition fails, if `terminate_when_unhealthy`; a NaN fails every condition."""

    healthy: list[Condition]
    terminate_when_unhealthy: bool


class Dynamics(_Data):
    """What makes the model's XML an environment: reset, reward and termination."""

    reset: Reset
    reward: list[RewardTerm]
    termination: Termination
