"""An observation as data: an ordered list of terms in the manifest, interpreted twice (NumPy, TypeScript)."""

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

StateArray = Literal["qpos", "qvel", "cinert", "cvel", "qfrc_actuator", "cfrc_ext", "qfrc_constraint", "ctrl"]
"""Arrays of `mjData`, read flattened in row-major order."""

BodyArray = Literal["xpos", "xquat", "xmat", "xipos"]
"""Arrays of `mjData` with one row a body: 3, 4 (`wxyz`), 9 (row-major) and 3 numbers, world frame."""

TimeLeft = Literal["time_left"]
"""One number, `1 - k / steps` with k control steps since the reset: `data.time / period`, rounded."""

RobotSource = Literal[
    "sensor",
    "site_xmat",
    "projected_gravity",
    "base_linvel",
    "joint_pos",
    "joint_vel",
    "command",
    "last_action",
    "phase",
]
"""What a robot's control loop reads.

`sensor`: the numbers of the sensor of that name. `site_xmat`: a site's frame (9, row-major, world from site).
`projected_gravity`: the direction of gravity in the frame of the free joint, from its quaternion (w, x, y, z):
`2(wy - zx), -2(zy + wx), 1 - 2(ww + zz)`. `base_linvel`: the velocity of the free joint, in its own frame.
`joint_pos`, `joint_vel`: of the hinges and slides `joints`, in that order. `command`: what the user asks for.
`last_action`: as the network gave it, zeros at first. `phase`: sine and cosine of `2 pi * (share + shift)`. With a
`period`, `share = (k * timestep mod period) / period`, k being MuJoCo's steps since the reset; without one it is the
phase of the observation's `stride`. Both are 0 while the command, as a vector, is shorter than `still`.
"""

SOURCES: tuple[str, ...] = tuple(
    name for kind in (StateArray, BodyArray, TimeLeft, RobotSource) for name in get_args(kind)
)
"""All that a term may read."""

_NEEDED = {"sensor": "sensor", "site_xmat": "site", "joint_pos": "joints", "joint_vel": "joints"}


class ObservationTerm(BaseModel):
    """A run of consecutive numbers of the observation.

    The value is `source[from:to]` of the flattened array (of the body's row for body arrays, less the same elements of
    `minus`'s row where that is given), less `offset`; then `function` is applied, then `clip`, and the result is
    multiplied with `scale`. All in float64.
    """

    model_config = ConfigDict(populate_by_name=True, extra="ignore", allow_inf_nan=False)

    name: Annotated[str, Field(description="What the page calls the term, e.g. `qpos` or `com_inertia`.")]
    source: StateArray | BodyArray | TimeLeft | RobotSource
    start: int = Field(0, alias="from", ge=0, description="First element, counted in the flattened array.")
    stop: int | None = Field(None, alias="to", ge=1, description="One past the last element; null: to the end.")
    body: str | None = Field(None, description="The body whose row is read (body arrays only).")
    minus: str | None = Field(None, description="A second body, whose row is subtracted.")
    function: Literal["sin", "cos"] | None = None
    clip: tuple[float, float] | None = Field(None, description="[low, high], inclusive.")
    sensor: str | None = Field(None, description="The sensor that is read (`sensor` only).")
    site: str | None = Field(None, description="The site whose frame is read (`site_xmat` only).")
    joints: list[str] | None = Field(
        None, max_length=1000, description="Whose positions or velocities are read, in this order."
    )
    offset: float | list[float] | None = Field(None, description="Is subtracted, one for all or one for each.")
    scale: float | list[float] | None = Field(None, description="Multiplies the result, one for all or one for each.")
    period: float | None = Field(
        None, gt=0, description="Seconds: of a control step (`time_left`), or of a stride (`phase`)."
    )
    steps: int | None = Field(None, ge=1, description="Control steps of a whole episode (`time_left` only).")
    shift: float = Field(0.0, description="Is added to the share of a stride (`phase` only).")
    still: float | None = Field(
        None, gt=0, description="The length of the command below which both numbers are 0 (`phase` only)."
    )
    history: int | None = Field(
        None,
        ge=1,
        le=1000,
        title="Own history",
        description="How many of its last values are given, if not as many as of other terms.",
    )

    @model_validator(mode="after")
    def _body_arrays_name_their_body(self) -> "ObservationTerm":
        by_body = self.source in ("xpos", "xquat", "xmat", "xipos")
        if by_body != (self.body is not None):
            need = "needs a `body`" if by_body else "takes no `body`"
            raise ValueError(f"observation term {self.name!r}: source {self.source!r} {need}")
        if self.minus is not None and not by_body:
            raise ValueError(f"observation term {self.name!r}: `minus` is for body arrays, not {self.source!r}")
        if self.source == "time_left" and (self.period is None or self.steps is None):
            raise ValueError(f"observation term {self.name!r}: source 'time_left' needs `period` and `steps`")
        wanted = _NEEDED.get(self.source)
        if wanted is not None and getattr(self, wanted) is None:
            raise ValueError(f"observation term {self.name!r}: source {self.source!r} needs `{wanted}`")
        return self


class History(BaseModel):
    """The last `length` observations, of which the newest is the present one, as the policy is given them.

    `time`: one whole observation after the other. `term`: of each term all its numbers, one observation after the
    other; a term with a `history` of its own has that many. At a reset what came before it is the first observation
    again, or zeros.
    """

    model_config = ConfigDict(extra="ignore")

    length: Annotated[int, Field(ge=1, le=1000)]
    order: Literal["term", "time"] = "term"
    newest: Literal["first", "last"] = "last"
    start: Literal["first", "zeros"] = "first"


class Stride(BaseModel):
    """A stride whose frequency follows from the command: its phase is 0 at first, and kept from step to step.

    Each control step it becomes `(phase + dt * f) mod 1` with `f = frequency + sum(weights * |command|)` in Hz, bounded
    by `low` and `high`, before it is observed.
    """

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    frequency: float = 0.0
    weights: Annotated[list[float], Field(max_length=16)] = []
    low: Annotated[float, Field(ge=0)] = 0.0
    high: Annotated[float, Field(le=1000)] = 1000.0

    @model_validator(mode="after")
    def _in_order(self) -> "Stride":
        if self.low > self.high:
            raise ValueError(f"low is {self.low:g} Hz, high {self.high:g} Hz")
        return self


class Seen(BaseModel):
    """What the policy sees: the terms in order, each computed in float64 and rounded to `dtype`.

    With a `history` the terms make one observation of several. `fresh`: `mj_step1` is called before they are read, so
    that nothing lags behind `qpos`: a control loop that is asked between `mj_step1` and `mj_step2` sees this.
    """

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    terms: Annotated[list[ObservationTerm], Field(min_length=1)]
    dtype: Literal["float64", "float32"] = "float64"
    clip: float | None = Field(None, gt=0, description="Bound of every number, after all that its term does.")
    fresh: bool = False
    history: History | None = None
    stride: Stride | None = None

    @model_validator(mode="after")
    def _has_what_its_terms_need(self) -> "Seen":
        for term in self.terms:
            if term.source == "phase" and (term.period is None) == (self.stride is None):
                one = "needs a `period`, or the observation a `stride`" if self.stride is None else "takes no `period`"
                raise ValueError(f"observation term {term.name!r}: source 'phase' {one}")
            if term.history is not None and (self.history is None or self.history.order != "term"):
                raise ValueError(
                    f"observation term {term.name!r}: its `history` needs one of the observation, in the order 'term'"
                )
        return self


class ObservationSpec(Seen):
    """The whole observation: `size` numbers, equal to Gymnasium's.

    The policy is given zeros in place of the runs `zeroed`: agents trained under mujoco-py saw no contact forces.
    """

    size: Annotated[int, Field(ge=1)]
    zeroed: list[tuple[int, int]] = Field(
        [], description="Runs [from, to) that are 0 before normalisation, and before its statistics are updated."
    )
