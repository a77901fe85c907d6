"""One reader per checkpoint format; nothing here executes what a file contains."""

from pathlib import Path

from convert.checkpoints.checkpoint import Checkpoint


def read_checkpoint(path: Path, *, vec_normalize: Path | None = None) -> Checkpoint:
    """Reads the checkpoint at `path`, whichever known format it has.

    Args:
        path: the file.
        vec_normalize: Stable-Baselines3's VecNormalize statistics; None: those beside the file, where there are any.

    Raises:
        BBConvertError: the file is missing, of no known format, unsafe, or its contents do not make a policy.
    """
    from convert.checkpoints.cleanrl import read_cleanrl  # imports torch, which takes seconds

    del vec_normalize  # no reader takes it yet
    return read_cleanrl(path)
