"""A robot's control loop as data: from the policy's action to `ctrl`, and what the user commands."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

PerActuator = Annotated[list[float], Field(max_length=1000)]


class _Data(BaseModel):
    model_config = ConfigDict(populate_by_name=True, extra="ignore", allow_inf_nan=False)


class Control(_Data):
    """`target = offset + float32(action * scale)`, in float64, rounded to `dtype`.

    From it comes `ctrl`, before each of MuJoCo's steps. `position`: `ctrl = target`; the model's actuators have the
    gains. `pd_torque`: `ctrl = (target - q) * kp + (0 - v) * kd` in float64, with position and velocity of `joints`, in
    their order, clipped to ±`torque_limit`. The first `hold` of MuJoCo's steps after a reset have `target = offset`.
    """

    law: Literal["position", "pd_torque"]
    scale: PerActuator
    offset: PerActuator
    dtype: Literal["float64", "float32"] = "float64"
    kp: PerActuator | None = None
    kd: PerActuator | None = None
    torque_limit: PerActuator | None = None
    joints: Annotated[list[str], Field(max_length=1000)] | None = None
    hold: Annotated[int, Field(ge=0, le=10_000)] = 0

    @model_validator(mode="after")
    def _complete(self) -> "Control":
        size = len(self.scale)
        if self.law == "pd_torque" and (self.kp is None or self.kd is None or self.joints is None):
            raise ValueError("law 'pd_torque' needs kp, kd and joints")
        for name in ("offset", "kp", "kd", "torque_limit", "joints"):
            values = getattr(self, name)
            if values is not None and len(values) != size:
                raise ValueError(f"{name} has {len(values)} entries, scale has {size}")
        return self


class Command(_Data):
    """What the user asks of the policy: numbers with names, units, ranges and the values at the beginning."""

    names: Annotated[list[str], Field(min_length=1, max_length=16)]
    units: list[str]
    low: list[float]
    high: list[float]
    initial: list[float]

    @model_validator(mode="after")
    def _of_one_size(self) -> "Command":
        for name in ("units", "low", "high", "initial"):
            if len(getattr(self, name)) != len(self.names):
                raise ValueError(f"{name} has {len(getattr(self, name))} entries, names has {len(self.names)}")
        if any(low > high for low, high in zip(self.low, self.high, strict=True)):
            raise ValueError("a lower bound is above its upper one")
        return self
