"""Runs a bundle's `policy.onnx` step by step, normalisation included."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.manifest import Normalization
from bbconvert.convert.network import NEXT_RECURRENT_STATE, RECURRENT_STATE
from bbconvert.observation.normalization import RunningStatistics

Float64 = NDArray[np.float64]
Float32 = NDArray[np.float32]
_NOTHING: Mapping[str, Float64] = {}


class Policy(Protocol):
    """What plays an environment: it is shown every raw observation once, and asked for actions."""

    def begin(self) -> None:
        """An episode begins: called after each `env.reset`. A recurrent policy forgets what it saw."""

    def observe(self, observation: Float64) -> None:
        """Takes in a raw observation [n] float64: each that `env.reset` and `env.step` return, the last included."""

    def __call__(self, observation: Float64) -> Float32:
        """The action [m] float32 that `env.step` is given for the raw observation [n] float64."""


def with_zeros(observation: Float64, zeroed: Sequence[tuple[int, int]]) -> Float64:
    """The observation [..., n] with 0 in the runs `zeroed`; itself where there are none."""
    if not zeroed:
        return observation
    seen = observation.copy()
    for start, stop in zeroed:
        seen[..., start:stop] = 0.0
    return seen


class OnnxSession(onnxruntime.InferenceSession):  # type: ignore[misc]  # onnxruntime has no types
    """An ONNX Runtime session whose errors are told in words: a model may be untrusted."""

    def __init__(self, content: bytes, options: onnxruntime.SessionOptions) -> None:
        try:
            super().__init__(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's own types, and RuntimeError
            raise BBConvertError(f"ONNX Runtime does not take the policy: {_first_line(error)}") from error

    def run(self, names: Sequence[str] | None, feeds: dict[str, Any], options: Any = None) -> list[Any]:
        """The outputs of these names.

        Raises:
            BBConvertError: the model cannot be run on what it is fed.
        """
        try:
            outputs: list[Any] = super().run(names, feeds, options)
        except Exception as error:  # as above
            raise BBConvertError(f"ONNX Runtime cannot run the policy: {_first_line(error)}") from error
        return outputs


def outputs_of(
    session: OnnxSession, names: Sequence[str], observations: Float64, feeds: Mapping[str, Float64] = _NOTHING
) -> list[Any]:
    """The outputs of these names for raw observations [N, n] float64, a row each.

    Of a recurrent policy the observations are the steps of one episode, from its beginning on.
    """
    size = state_size(session)
    if size == 0:
        return session.run(names, {"observation": observations, **feeds})
    state, rows = np.zeros((1, size)), []
    for observation in observations:
        fed = {"observation": observation[None], RECURRENT_STATE: state, **feeds}
        state, *outputs = session.run([NEXT_RECURRENT_STATE, *names], fed)
        rows.append(outputs)
    return [np.concatenate(column) for column in zip(*rows, strict=True)]


def state_size(session: OnnxSession) -> int:
    """How many numbers a recurrent policy keeps from step to step; 0 of any other."""
    return next((int(held.shape[1]) for held in session.get_inputs() if held.name == RECURRENT_STATE), 0)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def onnx_session(model: onnx.ModelProto | bytes) -> OnnxSession:
    """An ONNX Runtime session on one thread of the CPU.

    Raises:
        BBConvertError: ONNX Runtime does not take the model.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    content = model if isinstance(model, bytes) else model.SerializeToString()
    return OnnxSession(content, options)


class OnnxPolicy:
    """`policy.onnx` as it plays: one raw observation after the other.

    Args:
        model: the graph, exported for this normalisation mode.
        normalization: the manifest's section; in `running` mode the statistics are kept here.
        zeroed: the manifest's `observation.zeroed`: what running statistics see zeros in place of.
        rng: where given, actions are sampled from the Gaussian around `pre_action` (float32, as training did), and then
            clipped to `low` and `high` [m].
    """

    def __init__(
        self,
        model: onnx.ModelProto | bytes,
        normalization: Normalization,
        zeroed: Sequence[tuple[int, int]] = (),
        *,
        rng: np.random.Generator | None = None,
        low: Float32 | None = None,
        high: Float32 | None = None,
    ) -> None:
        self._session = onnx_session(model)
        self._normalization = normalization
        self._zeroed = zeroed
        self._rng = rng
        self._low, self._high = low, high
        self._outputs = ["action"] if rng is None else ["pre_action", "log_std"]
        self._size = int(self._session.get_inputs()[0].shape[1])
        self._state_size = state_size(self._session)
        if self._state_size:
            self._outputs.append(NEXT_RECURRENT_STATE)
        self.reset_statistics()
        self.begin()

    @property
    def recurrent(self) -> bool:
        """Whether it keeps numbers from step to step, within an episode."""
        return self._state_size > 0

    def begin(self) -> None:
        """Forgets what a recurrent network keeps; running statistics go on."""
        self._state = np.zeros((1, self._state_size))

    def reset_statistics(self) -> None:
        """Forgets running statistics."""
        running = self._normalization.mode == "running"
        self.statistics = RunningStatistics(self._size) if running else None

    def observe(self, observation: Float64) -> None:
        """Updates running statistics, as Gymnasium's wrapper does with each observation that passes through it."""
        if self.statistics is not None:
            self.statistics.update(with_zeros(observation, self._zeroed))

    def __call__(self, observation: Float64) -> Float32:
        """The action [m] float32 for the raw observation [n] float64, by the statistics as they are."""
        feeds = {"observation": observation[None], **self._fed}
        if self.recurrent:
            *outputs, self._state = self._session.run(self._outputs, {**feeds, RECURRENT_STATE: self._state})
        else:
            outputs = self._session.run(self._outputs, feeds)
        if self._rng is None:
            action: Float32 = outputs[0][0]
            return action
        mean, std = outputs[0][0].astype(np.float32), np.exp(outputs[1]).astype(np.float32)
        sampled = mean + std * self._rng.standard_normal(mean.size).astype(np.float32)
        clipped: Float32 = np.clip(sampled, self._low, self._high)
        return clipped

    def actions(self, observations: Float64) -> Float32:
        """The actions [N, m] float32 for raw observations [N, n] float64: means, by the statistics as they are.

        Of a recurrent policy the observations are the steps of one episode, from its beginning on.
        """
        answers: Float32 = outputs_of(self._session, ["action"], observations, self._fed)[0]
        return answers

    @property
    def _fed(self) -> dict[str, Float64]:
        if self.statistics is None:
            return {}
        return {
            "obs_mean": self.statistics.mean.astype(np.float64),
            "obs_var": self.statistics.var.astype(np.float64),
        }
