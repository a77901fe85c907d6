"""An ONNX policy of one's own: normalisation, dense layers, activations and squash, found in the graph."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bbconvert.convert.activation import Activation
from bbconvert.convert.checkpoints.checkpoint import Checkpoint, ObservationStatistics
from bbconvert.convert.checkpoints.onnx_activation import activation_of
from bbconvert.convert.checkpoints.onnx_chain import Chain, Step, described, read_chain, width_of
from bbconvert.convert.checkpoints.onnx_steps import Affine, bounds, read_affine, symmetric
from bbconvert.convert.checkpoints.tensors import dense_layer, mlp_of, require_mlp, single
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import Dense, PolicyNetwork, Squash
from bbconvert.convert.safety.onnx_file import read_onnx

_DENSE = ("Gemm", "MatMul")


def read_onnx_file(path: Path) -> Checkpoint:
    """Constant normalisation, `Gemm` or `MatMul` and `Add`, one activation between them, a squash or clip at the end.

    Raises:
        BBConvertError: damaged, not a batch of vectors in and out, or an operator that no such policy has: named.
    """
    chain = read_chain(path, read_onnx(path))
    places = [i for i, step in enumerate(chain.steps) if step.operator in _DENSE]
    if not places:
        operators = ", ".join(step.name for step in chain.steps[:6])
        raise BBConvertError(f"{path} is not an MLP: it has no Gemm and no MatMul, only {operators}.")
    _require_chain(path, chain.steps, places)
    normalization, clip = _normalization(path, chain.steps[: places[0]], width_of(chain.input))
    layers, ends = _layers(path, chain.steps, places)
    halved = _halves(path, chain.steps[ends[-1] :], layers[-1][1].bias.size)
    if halved:
        name, last = layers[-1]
        actions = last.bias.size // 2
        layers[-1] = (name, Dense(last.weight[:actions], last.bias[:actions]))
        ends[-1] += 1
    activations = {
        activation_of(path, chain.steps[end:start], end - 1, chain.opset)
        for end, start in zip(ends[:-1], places[1:], strict=True)
    }
    if len(activations) > 1:
        raise BBConvertError(
            f"{path} has different activations between its layers ({', '.join(sorted(activations))}); bbconvert's "
            "networks have one."
        )
    activation: Activation = next(iter(activations), "linear")
    actor = mlp_of(path, layers, activation)
    pre_clip, squash = _tail(path, chain.steps[ends[-1] :], actor.widths[-1])
    _require_width(path, chain, actor.inputs)
    normalizes = normalization is not None or clip is not None
    return Checkpoint(
        library="onnx",
        algorithm="unknown",
        network=PolicyNetwork(actor=actor, squash=squash, pre_clip=pre_clip),
        normalizes=normalizes,
        statistics=_statistics(normalization, actor.inputs) if normalizes else None,
        epsilon=0.0,
        clip=clip,
        notes=(f"Read {described(chain.input)} → {described(chain.output)}: {_words(chain.steps)}.",),
    )


def _require_chain(path: Path, steps: Sequence[Step], places: Sequence[int]) -> None:
    """The layers split the steps: none reaches back past the layer before it, and a layer has one input."""
    first = -1
    for i, step in enumerate(steps):
        early = [source for source in step.sources.values() if source < first]
        if early or (i in places and (set(step.sources) != {0} or step.sources[0] != i - 1)):
            raise BBConvertError(
                f"{path} is not a plain MLP: {step.name} takes more than the operator before it gives (a shortcut, "
                "or weights that are not constant)."
            )
        first = i if i in places else first


def _layers(path: Path, steps: Sequence[Step], places: Sequence[int]) -> tuple[list[tuple[str, Dense]], list[int]]:
    """The dense layers with their names, and the number of the first step behind each."""
    layers, ends = [], []
    for place in places:
        step, end = steps[place], place + 1
        if 1 not in step.constants:
            raise BBConvertError(f"{path}: {step.name} has no constant weight.")
        weight, bias = step.constants[1], step.constants.get(2)
        if step.operator == "Gemm":
            if step.attributes.get("transA", 0) or any(step.attributes.get(f, 1.0) != 1.0 for f in ("alpha", "beta")):
                raise BBConvertError(f"{path}: {step.name} is scaled or transposed (alpha, beta or transA is set).")
            weight = weight if step.attributes.get("transB", 0) else weight.T
        else:
            weight = weight.T
            following = steps[end] if end < len(steps) else None
            if following and following.operator == "Add" and following.constants:
                bias, end = next(iter(following.constants.values())), end + 1
        if bias is None:
            bias = np.zeros(weight.shape[0])  # what a layer without a bias adds
        if bias.size == weight.shape[0]:
            bias = bias.reshape(-1)
        require_mlp(path, {f"{step.name}: weight": weight, f"{step.name}: bias": bias})
        layers.append((step.name, dense_layer(path, step.name, weight, bias)))
        ends.append(end)
    return layers, ends


def _halves(path: Path, steps: Sequence[Step], outputs: int) -> bool:
    """Whether the output is split, and the first half goes on: Brax's policies give means, then standard deviations."""
    if not steps or steps[0].operator != "Split":
        return False
    step = steps[0]
    stated = step.attributes.get("split", step.constants.get(1))
    sizes = [outputs // 2] * 2 if stated is None else [int(size) for size in np.ravel(stated)]
    if step.attributes.get("axis", 0) not in (-1, 1) or outputs % 2 or sizes != [outputs // 2] * 2:
        raise BBConvertError(f"{path}: {step.name} does not split its {outputs} numbers into two halves.")
    return True


def _normalization(path: Path, steps: Sequence[Step], inputs: int | None) -> tuple[Affine | None, float | None]:
    """What stands before the first layer: `(x - mean) / std`, then a clip, either of them or none."""
    affine, rest = read_affine(steps, inputs)
    low, high, rest = bounds(rest)
    if rest:
        raise BBConvertError(
            f"{path}: {rest[0].name} stands before the first layer, where constants may be subtracted and divided by, "
            "and the result clipped."
        )
    if affine is not None and np.any(affine.scale <= 0):
        raise BBConvertError(f"{path}: its normalisation divides by numbers that are not positive.")
    return affine, symmetric(path, low, high, "its normalisation clips")


def _statistics(affine: Affine | None, size: int) -> ObservationStatistics:
    """`scale * x + shift` as mean and variance; the count is 1, for nothing is updated."""
    scale = np.ones(size) if affine is None else affine.scale
    shift = np.zeros(size) if affine is None else affine.shift
    return ObservationStatistics(mean=-shift / scale, var=1 / scale**2, count=1.0)


def _tail(path: Path, steps: Sequence[Step], actions: int) -> tuple[float | None, Squash | None]:
    """What stands behind the last layer: a clip; or tanh, scaled and shifted."""
    low, high, rest = bounds(steps)
    pre_clip = symmetric(path, low, high, "its output is clipped")
    squash = None
    if rest and rest[0].operator == "Tanh":
        affine, rest = read_affine(rest[1:], actions)
        scale = np.ones(actions) if affine is None else affine.scale
        bias = np.zeros(actions) if affine is None else affine.shift
        low, high, rest = bounds(rest)
        if np.any(low > bias - np.abs(scale)) or np.any(high < bias + np.abs(scale)):
            raise BBConvertError(f"{path}: its output is clipped to less than its tanh reaches.")
        squash = Squash(single(path, "the scale of its output", scale), single(path, "the shift of its output", bias))
    if rest:
        raise BBConvertError(
            f"{path}: {rest[0].name} stands behind the last layer, where a Clip may stand, or a Tanh with a Mul and an "
            "Add of constants."
        )
    return pre_clip, squash


def _require_width(path: Path, chain: Chain, inputs: int) -> None:
    if width_of(chain.input) != inputs:
        raise BBConvertError(f"{path}: its input is {described(chain.input)}, but its first layer takes {inputs}.")


def _words(steps: Sequence[Step]) -> str:
    return ", ".join(step.operator for step in steps)
