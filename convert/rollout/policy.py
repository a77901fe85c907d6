"""Runs a bundle's `policy.onnx` step by step, normalisation included."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.manifest import Normalization
from bbconvert.observation.normalization import RunningStatistics

Float64 = NDArray[np.float64]
Float32 = NDArray[np.float32]


class Policy(Protocol):
    """What plays an environment: it is shown every raw observation once, and asked for actions."""

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
        self.reset_statistics()

    def reset_statistics(self) -> None:
        """Forgets running statistics; nothing else has state."""
        running = self._normalization.mode == "running"
        self.statistics = RunningStatistics(self._size) if running else None

    def observe(self, observation: Float64) -> None:
        """Updates running statistics, as Gymnasium's wrapper does with each observation that passes through it."""
        if self.statistics is not None:
            self.statistics.update(with_zeros(observation, self._zeroed))

    def __call__(self, observation: Float64) -> Float32:
        """The action [m] float32 for the raw observation [n] float64, by the statistics as they are."""
        outputs = self._session.run(self._outputs, self._feeds(observation[None]))
        if self._rng is None:
            action: Float32 = outputs[0][0]
            return action
        mean, std = outputs[0][0].astype(np.float32), np.exp(outputs[1]).astype(np.float32)
        sampled = mean + std * self._rng.standard_normal(mean.size).astype(np.float32)
        clipped: Float32 = np.clip(sampled, self._low, self._high)
        return clipped

    def actions(self, observations: Float64) -> Float32:
        """The actions [N, m] float32 for raw observations [N, n] float64: means, by the statistics as they are."""
        answers: Float32 = self._session.run(["action"], self._feeds(observations))[0]
        return answers

    def _feeds(self, batch: Float64) -> dict[str, Float64]:
        feeds = {"observation": batch}
        if self.statistics is not None:
            feeds["obs_mean"] = self.statistics.mean.astype(np.float64)
            feeds["obs_var"] = self.statistics.var.astype(np.float64)
        return feeds
