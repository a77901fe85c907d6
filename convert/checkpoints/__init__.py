"""One reader per checkpoint format; nothing here executes what a file contains."""

from pathlib import Path

from convert.checkpoints.checkpoint import Checkpoint


def read_checkpoint(path: Path) -> Checkpoint:
    """Reads the checkpoint at `path`, whichever known format it has.

    Raises:
        BBConvertError: the file is missing, of no known format, unsafe, or its contents do not make a policy.
    """
    from convert.checkpoints.cleanrl import read_cleanrl  # imports torch, which takes seconds

    return read_cleanrl(path)
