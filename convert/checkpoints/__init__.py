"""One reader per checkpoint format; nothing here executes what a file contains."""

from pathlib import Path

from convert.checkpoints.checkpoint import Checkpoint
from convert.errors import BBConvertError


def read_checkpoint(path: Path, *, vec_normalize: Path | None = None) -> Checkpoint:
    """Reads the checkpoint at `path`, whichever known format it has.

    Args:
        path: the file.
        vec_normalize: Stable-Baselines3's VecNormalize statistics; None: those beside the file, where there are any.

    Raises:
        BBConvertError: the file is missing, of no known format, unsafe, or its contents do not make a policy.
    """
    from convert.checkpoints.cleanrl import read_cleanrl  # imports torch, which takes seconds
    from convert.checkpoints.sb3 import read_sb3
    from convert.checkpoints.sb3_archive import is_sb3_zip

    if is_sb3_zip(path):
        return read_sb3(path, vec_normalize)
    if vec_normalize is not None:
        raise BBConvertError(
            f"{path} is no zip of Stable-Baselines3, to which alone --vec-normalize {vec_normalize} could belong. "
            "Leave the option out."
        )
    return read_cleanrl(path)
