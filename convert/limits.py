"""How large, deep and long a stranger's file may be: every limit that a reader holds it to, in one table."""

from dataclasses import dataclass, replace

MEBIBYTE = 2**20

# Checkpoints.

MAX_CHECKPOINT_BYTES = 512 * MEBIBYTE
"""A checkpoint file, packed or unpacked: a policy of the kinds that are read takes a hundredth of it."""

# Child process: what it may take to read, convert and verify what a stranger wrote.


@dataclass(frozen=True)
class ChildLimits:
    """What a child process may take. Beyond it, a call fails or the process is ended.

    Args:
        memory_bytes: heap, stacks and private writable mappings (`RLIMIT_DATA`).
        cpu_seconds: of all its threads together.
        wall_seconds: from its start to its answer.
        file_bytes: of each file that it writes.
        open_files: at a time.
    """

    memory_bytes: int
    cpu_seconds: int
    wall_seconds: float
    file_bytes: int
    open_files: int


CONVERSION = ChildLimits(2048 * MEBIBYTE, 600, 3600, 512 * MEBIBYTE, 256)
"""The real checkpoints take 450 MB of such memory and 32 s at most: four times the memory, 19 times the processor's
time, and 100 times the time on the clock, for slow and busy machines. `policy.onnx` is as large as its checkpoint."""
READING = replace(CONVERSION, cpu_seconds=60, wall_seconds=600)
"""`inspect`: the real checkpoints take 3 s at most, the import of torch most of it."""
MAX_MESSAGE_BYTES = 256 * 1024
"""One line of a child's: a stage, an error and its traceback, the facts of a checkpoint."""
MAX_MESSAGES_BYTES = 4 * MEBIBYTE
"""All lines of a child's: a conversion's take 4 kB."""
