"""Evaluates an observation spec with NumPy, from MuJoCo's model and data alone."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import mujoco
import numpy as np
from numpy.typing import NDArray

from bbconvert.observation.spec import ObservationTerm, Seen

Array = NDArray[np.float64]

_FUNCTIONS: dict[str, Callable[[Array], Array]] = {"sin": np.sin, "cos": np.cos}
_NOTHING = np.zeros(0)


@dataclass
class Asked:
    """What a robot's control loop knows beside `mjData`, float64.

    Args:
        command: what the user asks for, [c].
        action: the network's last, [m].
        stride: the phase of the stride that the command drives, in [0, 1).
        past: with a history the last values of each term, the newest first, one term after the other, [size].
    """

    command: Array = field(default_factory=lambda: _NOTHING)
    action: Array = field(default_factory=lambda: _NOTHING)
    stride: float = 0.0
    past: Array = field(default_factory=lambda: _NOTHING)


class ObservationExtractor:
    """The NumPy interpreter of observation terms.

    Args:
        model: the MuJoCo model that the terms index into.
        seen: the manifest's `observation`.
        asked: what `command` and `last_action` read; as it stands then.

    Raises:
        ValueError: a term names a body, a joint, a site, a sensor or elements that the model does not have.
    """

    def __init__(self, model: mujoco.MjModel, seen: Seen, asked: Asked | None = None) -> None:
        data = mujoco.MjData(model)
        self._seen, self._terms = seen, list(seen.terms)
        self._asked = asked or Asked()
        self._readers = [_reader(model, term, self._asked) for term in self._terms]
        for term, read in zip(self._terms, self._readers, strict=True):
            if term.source == "time_left":
                continue
            available = read(data).size
            stop = available if term.stop is None else term.stop
            if not term.start < stop <= available:
                raise ValueError(
                    f"observation term {term.name!r} reads {term.source}[{term.start}:{stop}], "
                    f"but the model's {term.source} has {available} numbers"
                )
            for name in ("offset", "scale"):
                values = getattr(term, name)
                if isinstance(values, list) and len(values) != stop - term.start:
                    raise ValueError(
                        f"observation term {term.name!r} has {stop - term.start} numbers, its {name} {len(values)}"
                    )
        weights, asks = 0 if seen.stride is None else len(seen.stride.weights), self._asked.command.size
        if weights > asks:
            raise ValueError(f"the stride has {weights} weights, the command {asks} numbers")
        self.term_sizes = [self._evaluate(data, i).size for i in range(len(self._terms))]
        common = 1 if seen.history is None else seen.history.length
        self._lengths = [common if term.history is None else term.history for term in self._terms]
        self._ends = np.cumsum(self.term_sizes)[:-1]
        held = [size * length for size, length in zip(self.term_sizes, self._lengths, strict=True)]
        self._past_ends = np.cumsum(held)[:-1]
        self.size = sum(held)

    def begin(self, data: mujoco.MjData) -> None:
        """An episode begins: before its first observation there was the same one, or zeros."""
        self._asked.stride = 0.0
        history = self._seen.history
        if history is not None:
            parts = np.split(self.frame(data), self._ends)
            older = [part if history.start == "first" else np.zeros_like(part) for part in parts]
            rows = zip(parts, older, self._lengths, strict=True)
            self._asked.past = np.concatenate([each for new, old, n in rows for each in (new, *[old] * (n - 1))])

    def remember(self, dt: float) -> None:
        """A control step of `dt` seconds begins: the stride goes on, the newest observation is one of the past now."""
        stride, asked = self._seen.stride, self._asked
        if stride is not None:
            frequency = stride.frequency
            for weight, number in zip(stride.weights, asked.command.tolist(), strict=False):
                frequency += weight * abs(number)
            frequency = min(max(frequency, stride.low), stride.high)
            asked.stride = math.fmod(asked.stride + dt * frequency, 1.0)
        if self._seen.history is not None:
            for past, size in zip(self._past(), self.term_sizes, strict=True):
                past[size:] = past[:-size].copy()

    def __call__(self, data: mujoco.MjData) -> Array:
        """The observation [size] float64 of `data` as it stands; nothing is recomputed."""
        frame, history = self.frame(data), self._seen.history
        if history is None:
            return frame
        rows = []
        for past, part in zip(self._past(), np.split(frame, self._ends), strict=True):
            past[: part.size] = part
            row = past.reshape(-1, part.size)
            rows.append(row if history.newest == "first" else row[::-1])
        return np.hstack(rows).ravel() if history.order == "time" else np.concatenate([row.ravel() for row in rows])

    def newest(self, observation: Array) -> Array:
        """Of observations [..., size] what the terms made of the present, [..., n], without its past."""
        history, total = self._seen.history, sum(self.term_sizes)
        if history is None:
            return observation
        if history.order == "time":
            return observation[..., :total] if history.newest == "first" else observation[..., -total:]
        parts, at = [], 0
        for size, length in zip(self.term_sizes, self._lengths, strict=True):
            begin = at if history.newest == "first" else at + size * (length - 1)
            parts.append(observation[..., begin : begin + size])
            at += size * length
        return np.concatenate(parts, axis=-1)

    def _past(self) -> list[Array]:
        """Each term's part of `Asked.past`."""
        return np.split(self._asked.past, self._past_ends)

    def frame(self, data: mujoco.MjData) -> Array:
        """What the terms make of `data`, without a history."""
        values = np.concatenate([self._evaluate(data, i) for i in range(len(self._terms))])
        if self._seen.clip is not None:
            values = np.clip(values, -self._seen.clip, self._seen.clip)
        return values.astype(np.float32).astype(np.float64) if self._seen.dtype == "float32" else values

    def _evaluate(self, data: mujoco.MjData, i: int) -> Array:
        term = self._terms[i]
        if term.source == "time_left" and term.period is not None and term.steps is not None:
            return np.array([1 - round(data.time / term.period) / term.steps])
        value = self._readers[i](data)[term.start : term.stop]
        if term.offset is not None:
            value = value - np.asarray(term.offset)
        if term.function is not None:
            value = _FUNCTIONS[term.function](value)
        if term.clip is not None:
            value = np.clip(value, *term.clip)
        if term.scale is not None:
            value = value * np.asarray(term.scale)
        return value


def projected_gravity(quaternion: Array) -> Array:
    """The direction of gravity in a frame whose attitude is `quaternion` (w, x, y, z)."""
    w, x, y, z = (float(number) for number in quaternion)
    return np.array([2 * (-z * x + w * y), -2 * (z * y + w * x), 1 - 2 * (w * w + z * z)])


def base_linvel(quaternion: Array, velocity: Array) -> Array:
    """A velocity of the world in a frame whose attitude is `quaternion` (w, x, y, z)."""
    w, x, y, z = (float(number) for number in quaternion)
    a, b, c = (float(number) for number in velocity)
    return np.array(
        [
            (1 - 2 * (y * y + z * z)) * a + 2 * (x * y + w * z) * b + 2 * (x * z - w * y) * c,
            2 * (x * y - w * z) * a + (1 - 2 * (x * x + z * z)) * b + 2 * (y * z + w * x) * c,
            2 * (x * z + w * y) * a + 2 * (y * z - w * x) * b + (1 - 2 * (x * x + y * y)) * c,
        ]
    )


Read = Callable[[mujoco.MjData], Array]


def _reader(model: mujoco.MjModel, term: ObservationTerm, asked: Asked) -> Read:
    """The numbers of the term's source, flattened, before anything is done to them."""
    made = _ASKED.get(term.source)
    if made is not None:
        return made(asked)
    if term.source == "phase":
        return _of_phase(model, term, asked)
    return _ROBOT.get(term.source, _of_array)(model, term)


_ASKED: dict[str, Callable[[Asked], Read]] = {
    "command": lambda asked: lambda _: asked.command,
    "last_action": lambda asked: lambda _: asked.action,
    "time_left": lambda _: lambda _: _NOTHING,
}


def _of_array(model: mujoco.MjModel, term: ObservationTerm) -> Read:
    """An array of `mjData`, or a body's row of it."""
    source = term.source
    if term.body is None:
        return lambda data: getattr(data, source).ravel()
    row = _named(model, term, mujoco.mjtObj.mjOBJ_BODY, term.body)
    if term.minus is None:
        return lambda data: getattr(data, source)[row]
    minus = _named(model, term, mujoco.mjtObj.mjOBJ_BODY, term.minus)
    return lambda data: getattr(data, source)[row] - getattr(data, source)[minus]


def _of_joints(model: mujoco.MjModel, term: ObservationTerm) -> Read:
    velocity = term.source == "joint_vel"
    picked = np.array([_joint(model, term, name)[velocity] for name in term.joints or []], np.intp)
    array = "qvel" if velocity else "qpos"
    return lambda data: getattr(data, array)[picked]


def _of_sensor(model: mujoco.MjModel, term: ObservationTerm) -> Read:
    sensor = _named(model, term, mujoco.mjtObj.mjOBJ_SENSOR, term.sensor)
    start, count = int(model.sensor_adr[sensor]), int(model.sensor_dim[sensor])
    return lambda data: data.sensordata[start : start + count]


def _of_site(model: mujoco.MjModel, term: ObservationTerm) -> Read:
    site = _named(model, term, mujoco.mjtObj.mjOBJ_SITE, term.site)
    return lambda data: data.site_xmat[site]


def _of_gravity(model: mujoco.MjModel, term: ObservationTerm) -> Read:
    at = _free_joint(model, term)
    return lambda data: projected_gravity(data.qpos[at + 3 : at + 7])


def _of_base(model: mujoco.MjModel, term: ObservationTerm) -> Read:
    joint = _free_joint(model, term)
    at = int(model.jnt_dofadr[model.jnt_qposadr.tolist().index(joint)])
    return lambda data: base_linvel(data.qpos[joint + 3 : joint + 7], data.qvel[at : at + 3])


def _of_phase(model: mujoco.MjModel, term: ObservationTerm, asked: Asked) -> Read:
    timestep, period = model.opt.timestep, term.period

    def read(data: mujoco.MjData) -> Array:
        if term.still is not None and math.sqrt(sum(number * number for number in asked.command.tolist())) < term.still:
            return np.zeros(2)
        steps = round(data.time / timestep)
        share = asked.stride if period is None else math.fmod(steps * timestep, period) / period
        angle = 2 * np.pi * (share + term.shift)
        return np.array([np.sin(angle), np.cos(angle)])

    return read


_ROBOT: dict[str, Callable[[mujoco.MjModel, ObservationTerm], Read]] = {
    "joint_pos": _of_joints,
    "joint_vel": _of_joints,
    "sensor": _of_sensor,
    "site_xmat": _of_site,
    "projected_gravity": _of_gravity,
    "base_linvel": _of_base,
}


def _free_joint(model: mujoco.MjModel, term: ObservationTerm) -> int:
    """Where the position of the first free joint begins in `qpos`."""
    free = np.flatnonzero(model.jnt_type == int(mujoco.mjtJoint.mjJNT_FREE))
    if free.size == 0:
        raise ValueError(f"observation term {term.name!r} reads {term.source}, but the model has no free joint")
    return int(model.jnt_qposadr[free[0]])


def _joint(model: mujoco.MjModel, term: ObservationTerm, name: str) -> tuple[int, int]:
    """Where the joint's position and velocity are, in `qpos` and `qvel`."""
    joint = _named(model, term, mujoco.mjtObj.mjOBJ_JOINT, name)
    if mujoco.mjtJoint(int(model.jnt_type[joint])) not in (mujoco.mjtJoint.mjJNT_HINGE, mujoco.mjtJoint.mjJNT_SLIDE):
        raise ValueError(f"observation term {term.name!r} names joint {name!r}, which is neither a hinge nor a slide")
    return int(model.jnt_qposadr[joint]), int(model.jnt_dofadr[joint])


_KINDS = {
    mujoco.mjtObj.mjOBJ_BODY: ("body", "bodies", "nbody"),
    mujoco.mjtObj.mjOBJ_JOINT: ("joint", "joints", "njnt"),
    mujoco.mjtObj.mjOBJ_SITE: ("site", "sites", "nsite"),
    mujoco.mjtObj.mjOBJ_SENSOR: ("sensor", "sensors", "nsensor"),
}


def _named(model: mujoco.MjModel, term: ObservationTerm, kind: mujoco.mjtObj, name: str | None) -> int:
    found = mujoco.mj_name2id(model, kind, name or "")
    if found < 0:
        one, several, count = _KINDS[kind]
        names = ", ".join(mujoco.mj_id2name(model, kind, i) or "?" for i in range(getattr(model, count))) or "none"
        raise ValueError(f"observation term {term.name!r} names {one} {name!r}; the model's {several} are {names}")
    return int(found)
