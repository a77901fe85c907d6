"""One more row of level `network`, when the source is an ONNX file: that file itself, as it was given."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.checkpoints.onnx_chain import read_chain
from bbconvert.convert.parity import Check
from bbconvert.convert.rollout.policy import onnx_session, with_zeros
from bbconvert.convert.safety.onnx_file import read_onnx
from bbconvert.convert.verify.check import largest_difference
from bbconvert.convert.verify.kicked import kicked_states
from bbconvert.convert.verify.network import SINGLE_TOLERANCE, network_observations, single_scale


def original_check(bundle: Bundle, path: Path) -> Check:
    """The original's actions in ONNX Runtime, clipped to the environment's bounds, against those of `policy.onnx`.

    On the observations of level `network`: kicked states and the policy's own rollouts. Such a file computes in float32
    throughout, so that its rounding is relative to its largest numbers.
    """
    manifest = bundle.manifest
    model = read_onnx(path)
    chain = read_chain(path, model)
    observations = network_observations(bundle, kicked_states(bundle))
    single = chain.input.type.tensor_type.elem_type == TensorProto.FLOAT
    seen = with_zeros(observations, manifest.observation.zeroed).astype(np.float32 if single else np.float64)
    fixed = chain.input.type.tensor_type.shape.dim[0].dim_value or None
    batches = [seen] if fixed is None else np.split(seen[: len(seen) // fixed * fixed], len(seen) // fixed)
    session = onnx_session(model)
    original: NDArray[np.float64] = np.concatenate(
        [session.run([chain.output.name], {chain.input.name: batch})[0] for batch in batches]
    ).astype(np.float64)
    (action,) = onnx_session(bundle.policy_bytes).run(["action"], {"observation": observations[: len(original)]})
    clipped = np.clip(original, manifest.action.low, manifest.action.high)
    scale = single_scale(seen[: len(original)], original)
    name = f"action of {path.name} as it was given, relative"
    return largest_difference("network", name, action / scale, clipped / scale, SINGLE_TOLERANCE)
