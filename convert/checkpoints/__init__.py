"""One reader per checkpoint format; nothing here executes what a file contains."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bbconvert.convert.checkpoints.checkpoint import Checkpoint, Unsaid
from bbconvert.convert.errors import BBConvertError

if TYPE_CHECKING:
    from bbconvert.convert.checkpoints.tensors import Tensors


def read_checkpoint(path: Path, *, vec_normalize: Path | None = None, unsaid: Unsaid | None = None) -> Checkpoint:
    """Reads the checkpoint at `path`, whichever known format it has; its content decides, not its name.

    Args:
        path: the file.
        vec_normalize: Stable-Baselines3's VecNormalize statistics; None: those beside the file, where there are any.
        unsaid: what a file of plain weights does not say about its network.

    Raises:
        BBConvertError: the file is missing, of no known format, unsafe, or its contents do not make a policy. Nothing
            else: what a reader did not foresee is told in the same way.
    """
    from bbconvert.convert.checkpoints.soundness import require_sound

    try:
        checkpoint = _read(path, vec_normalize, unsaid or Unsaid())
        require_sound(path, checkpoint)
    except BBConvertError:
        raise
    except Exception as error:  # a file of no known kind may make a reader raise any type
        first = (str(error).splitlines() or [""])[0][:160]
        raise BBConvertError(
            f"{path} could not be read ({type(error).__name__}: {first}). It is damaged, or its reader is at fault: "
            "please report it with the output of --debug."
        ) from error
    return checkpoint


def _read(path: Path, vec_normalize: Path | None, unsaid: Unsaid) -> Checkpoint:
    from bbconvert.convert.checkpoints.file_format import file_format

    kind = file_format(path)
    if kind == "stable-baselines3":
        from bbconvert.convert.checkpoints.sb3 import read_sb3

        _refuse_unsaid(path, unsaid)
        return read_sb3(path, vec_normalize)
    if vec_normalize is not None:
        raise BBConvertError(
            f"{path} is not a zip of Stable-Baselines3 or SBX, to which alone --vec-normalize {vec_normalize} could "
            "belong. Leave the option out."
        )
    if kind in _WHOLE:
        _refuse_unsaid(path, unsaid)
        return _WHOLE[kind](path)
    if kind == "brax":
        from bbconvert.convert.checkpoints.brax import read_brax

        _refuse_unsaid(path, Unsaid(prefix=unsaid.prefix))
        return read_brax(path, unsaid)
    if kind == "safetensors":
        from bbconvert.convert.checkpoints.safetensors_file import load_safetensors, said_in

        return _read_tensors(path, [load_safetensors(path)], unsaid if unsaid.options else said_in(path))
    from bbconvert.convert.checkpoints.torch_file import load_torch, state_dicts
    from bbconvert.convert.checkpoints.training_checkpoint import read_training_checkpoint

    file = load_torch(path)
    return read_training_checkpoint(path, file, unsaid) or _read_tensors(path, state_dicts(str(path), file), unsaid)


def _read_onnx(path: Path) -> Checkpoint:
    from bbconvert.convert.checkpoints.onnx_file import read_onnx_file

    return read_onnx_file(path)


def _read_flax(path: Path) -> Checkpoint:
    from bbconvert.convert.checkpoints.cleanrl_jax import read_jax
    from bbconvert.convert.checkpoints.flax_file import load_flax

    return read_jax(path, load_flax(path))


def _read_cs285(path: Path) -> Checkpoint:
    from bbconvert.convert.checkpoints.cs285 import read_cs285

    return read_cs285(path)


def _read_torchscript(path: Path) -> Checkpoint:
    from bbconvert.convert.checkpoints.torchscript import read_torchscript

    return read_torchscript(path)


_WHOLE: dict[str, Callable[[Path], Checkpoint]] = {
    "onnx": _read_onnx,
    "flax": _read_flax,
    "cs285": _read_cs285,
    "torchscript": _read_torchscript,
}
"""Readers of formats that say themselves what their network is."""


def _read_tensors(path: Path, found: "Sequence[Tensors]", unsaid: Unsaid) -> Checkpoint:
    """By the names of the tensors, unless a person says what they are."""
    from bbconvert.convert.checkpoints.cleanrl_actor import is_actor, read_actor
    from bbconvert.convert.checkpoints.cleanrl_ppo import is_ppo, read_ppo
    from bbconvert.convert.checkpoints.state_dict import read_state_dict, without_memory
    from bbconvert.convert.checkpoints.tensors import listed, require_mlp
    from bbconvert.convert.checkpoints.two_heads import is_two_heads, read_two_heads

    for tensors in found:
        require_mlp(path, without_memory(tensors))
    if not unsaid.options:
        if is_actor(found[0]):
            return read_actor(path, found)
        if is_ppo(found[0]):
            return read_ppo(path, found[0])
        if is_two_heads(found[0]) and len(found) == 1:
            return read_two_heads(path, found[0])
    if len(found) > 1:
        raise BBConvertError(
            f"{path} is a tuple of {len(found)} state_dicts, of which the first is not one of CleanRL's actors: found "
            f"{listed(found[0])}. Save the policy's state_dict alone."
        )
    return read_state_dict(path, found[0], unsaid)


def _refuse_unsaid(path: Path, unsaid: Unsaid) -> None:
    if unsaid.options:
        raise BBConvertError(
            f"{path} says itself what its network is: {', '.join(unsaid.options)} is for files of plain weights "
            "(a state_dict, safetensors). Leave it out."
        )
