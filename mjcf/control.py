"""A robot's control loop as data: from the policy's action to `ctrl`, and what the user commands."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

PerActuator = Annotated[list[float], Field(max_length=1000)]


class _Data(BaseModel):
    model_config = ConfigDict(populate_by_name=True, extra="ignore", allow_inf_nan=False)


_NEEDED: dict[str, tuple[str, ...]] = {
    "position": (),
    "pd_torque": ("kp", "kd", "joints"),
    "pd_implicit": ("kp", "kd"),
    "velocity": ("kd", "joints"),
}


class ModelChanges(_Data):
    """What a loop changes in the scene's model before it plays: numbers of joints and masses of bodies, by their names.

    `armature` (kg m²), `damping` (N m s/rad) and `frictionloss` (N m) are of a joint's first degree of freedom; a
    body's inertia changes with its `mass` (kg).
    """

    integrator: Literal["Euler", "RK4", "implicit", "implicitfast"] | None = None
    armature: Annotated[dict[str, float], Field(max_length=1000)] = Field({})
    damping: Annotated[dict[str, float], Field(max_length=1000)] = Field({})
    frictionloss: Annotated[dict[str, float], Field(max_length=1000)] = Field({})
    mass: Annotated[dict[str, Annotated[float, Field(gt=0)]], Field(max_length=1000)] = Field({})

    @model_validator(mode="after")
    def _physical(self) -> "ModelChanges":
        for name in ("armature", "damping", "frictionloss"):
            low = [joint for joint, value in getattr(self, name).items() if value < 0]
            if low:
                raise ValueError(f"{name} of {low[0]} is negative")
        return self


class Control(_Data):
    """`target = offset + float32(action * scale)`, in float64, rounded to `dtype`.

    Where `relative`, the position of `joints` at that moment is added to it. The first `hold` of MuJoCo's steps after a
    reset have `target = offset`. From the target comes `ctrl`, before each of MuJoCo's steps:

    - `position`: `ctrl = target`; the model's actuators have the gains.
    - `pd_torque`: `ctrl = (target - q) * kp + (0 - v) * kd` in float64, with position and velocity of `joints`, in
      their order, clipped to ±`torque_limit`.
    - `pd_implicit`: `ctrl = target`, and each actuator of the model is made a servo of force `kp (ctrl - q) - kd v`,
      which MuJoCo's implicit integrators know of. Its limits are the scene's (`actuatorfrcrange` of its joints).
    - `velocity`: `ctrl = (target - v) * kd`, clipped to ±`torque_limit`.

    `rounding`: each number of `scale`, `offset`, `kp` and `kd` was written rounded, and may be so far off.

    `actuators` are MuJoCo's numbers of those that the numbers of an action drive, in the action's order; null: in the
    model's. `joints` are in the action's order, too.
    """

    law: Literal["position", "pd_torque", "pd_implicit", "velocity"]
    relative: bool = False
    scale: PerActuator
    offset: PerActuator
    dtype: Literal["float64", "float32"] = "float64"
    kp: PerActuator | None = None
    kd: PerActuator | None = None
    torque_limit: PerActuator | None = None
    joints: Annotated[list[str], Field(max_length=1000)] | None = None
    actuators: Annotated[list[int], Field(max_length=1000)] | None = None
    hold: Annotated[int, Field(ge=0, le=10_000)] = 0
    rounding: Annotated[float, Field(gt=0, le=1)] | None = None

    @model_validator(mode="after")
    def _complete(self) -> "Control":
        size = len(self.scale)
        needed = [*_NEEDED[self.law], *(["joints"] if self.relative else [])]
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            raise ValueError(f"law {self.law!r} needs {', '.join(missing)}")
        if self.torque_limit is not None and self.law not in ("pd_torque", "velocity"):
            raise ValueError(f"law {self.law!r} takes no torque_limit: its limits are those of the scene's joints")
        if self.actuators is not None and sorted(self.actuators) != list(range(size)):
            raise ValueError(f"actuators are not the numbers 0 to {size - 1}, each once")
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
