"""The player of a page, from Python: every call is awaited, and does what the page's own interface does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from safetensors.numpy import load as load_safetensors

from bbconvert.convert.notebook.awaiting import answered
from bbconvert.convert.notebook.widget import PageWidget
from bbconvert.convert.parity import Check
from bbconvert.convert.rollout.rollout import Golden

Float64 = NDArray[np.float64]


@dataclass(frozen=True)
class Snapshot:
    """The state after the last control step.

    Args:
        episode: counts resets since the bundle was loaded, from 1.
        step: control steps since the reset.
        time: seconds of simulated time since the reset.
        seed: of this episode.
        qpos: [nq] float64, MuJoCo's positions; quaternions wxyz.
        qvel: [nv] float64.
        ctrl: [nu] float64.
        observation: [n] float64, raw: what the policy will act on next.
        action: [m] float64, the action that led here; zeros after a reset.
        reward: of the last step.
        episode_return: the sum of rewards, frozen at the end of the episode.
        episode_length: control steps, frozen likewise.
        terminated: latches.
        truncated: latches.
    """

    episode: int
    step: int
    time: float
    seed: int
    qpos: Float64
    qvel: Float64
    ctrl: Float64
    observation: Float64
    action: Float64
    reward: float
    episode_return: float
    episode_length: int
    terminated: bool
    truncated: bool


class Player:
    """The player of a page in a cell; `docs/embedding.md` says what each call does. Points are world metres, z up.

    Every call raises BBConvertError in the page's words, or where no page answers.
    """

    def __init__(self, widget: PageWidget, title: str) -> None:
        self._widget = widget
        self._title = title

    def __repr__(self) -> str:
        return f"<Player of {self._title}: await player.step(100)>"

    def _display_(self) -> PageWidget:
        """What marimo shows."""
        return self._widget

    async def play(self) -> None:
        """Starts the clock."""
        await self._call("play")

    async def pause(self) -> None:
        """Stops the clock after the current control step."""
        await self._call("pause")

    async def reset(
        self, *, seed: int | None = None, qpos: ArrayLike | None = None, qvel: ArrayLike | None = None
    ) -> Snapshot:
        """Pauses, begins an episode as `env.reset(seed=seed)` does, then puts positions [nq] and velocities [nv] in."""
        await self.pause()
        wish: dict[str, Any] = {} if seed is None else {"seed": seed}
        for name, values in (("qpos", qpos), ("qvel", qvel)):
            if values is not None:
                wish[name] = np.asarray(values, np.float64)
        return _snapshot(await self._call("reset", wish))

    async def step(self, n: int = 1) -> Snapshot:
        """Pauses, and takes exactly `n` control steps, on past a termination."""
        await self.pause()
        return _snapshot(await self._call("step", n))

    async def snapshot(self) -> Snapshot:
        """The state after the last control step."""
        return _snapshot(await self._call("snapshot"))

    async def act(self, observation: ArrayLike) -> NDArray[np.float32]:
        """What the policy would do [m] for a raw observation [n]; nothing moves."""
        action: NDArray[np.float32] = await self._call("act", np.asarray(observation, np.float64))
        return action

    async def push(self, body: str, impulse: Sequence[float], *, point: Sequence[float] | None = None) -> None:
        """Gives a body an impulse (N·s, 3 numbers) over 0.1 s, at a point or at its centre of mass."""
        await self._call("push", _given(body=body, impulse=_vector(impulse), point=_vector(point)))

    async def grab(self, body: str, point: Sequence[float], target: Sequence[float]) -> None:
        """Drags a body at a point towards a target with a spring, until `release`."""
        await self._call("grab", _given(body=body, point=_vector(point), target=_vector(target)))

    async def release(self) -> None:
        """Ends the drag."""
        await self._call("release")

    async def pin(
        self, body: str, *, point: Sequence[float] | None = None, target: Sequence[float] | None = None
    ) -> None:
        """Holds a point of a body (its centre of mass) at a point of the world (where it is)."""
        await self._call("pin", _given(body=body, point=_vector(point), target=_vector(target)))

    async def unpin(self, body: str | None = None) -> None:
        """Removes the pin of a body, or all."""
        await self._call("unpin", *([] if body is None else [body]))

    async def set_policy(self, on: bool) -> None:
        """Off: zero torques, a limp body."""
        await self._call("setPolicy", on)

    async def set_backend(self, backend: Literal["kernel", "onnx", "tfjs"]) -> None:
        """Who computes the action."""
        await self._call("setBackend", backend)

    async def set_speed(self, speed: float) -> None:
        """Simulated seconds per second, 0.1 to 4, or infinity; the time step never changes."""
        await self._call("setSpeed", float(speed))

    async def verify(self) -> list[Check]:
        """The rows of `bbconvert verify`, computed in the tab from the golden rollout."""
        return [Check.model_validate(row) for row in await self._call("verify")]

    async def rollout(self) -> Golden:
        """The episode that is shown, from its reset to its last step that the page remembers (a minute), as arrays."""
        file = await self._call("rollout", "safetensors")
        tensors = load_safetensors(file["bytes"])
        return Golden(**{name: tensors[name] for name in Golden.__dataclass_fields__})

    async def replay(self, rollout: bytes) -> Snapshot:
        """Pauses where a saved rollout (the bytes of its file) begins; `play` and `step` then take its actions."""
        return _snapshot(await self._call("replay", rollout, "The rollout"))

    async def _call(self, method: str, *arguments: Any) -> Any:
        return await answered(self._widget, self._widget.call(method, *arguments))


def _vector(values: Sequence[float] | None) -> list[float] | None:
    return None if values is None else [float(value) for value in values]


def _given(**wish: Any) -> dict[str, Any]:
    return {name: value for name, value in wish.items() if value is not None}


def _snapshot(told: dict[str, Any]) -> Snapshot:
    names = {"episodeReturn": "episode_return", "episodeLength": "episode_length"}
    told = {names.get(name, name): value for name, value in told.items()}
    return Snapshot(**{name: told[name] for name in Snapshot.__dataclass_fields__})
