"""How large, deep and long a stranger's file may be: every limit that a reader holds it to, in one table."""

from dataclasses import dataclass, replace

MEBIBYTE = 2**20

# Checkpoints.

MAX_CHECKPOINT_BYTES = 512 * MEBIBYTE
"""A checkpoint file, packed or unpacked: a policy of the kinds that are read takes a hundredth of it."""

MAX_FLAX_BYTES = 64 * MEBIBYTE
"""A msgpack file of CleanRL's agents in JAX: those have 1 MiB."""

MAX_ONNX_BYTES = 128 * MEBIBYTE
"""An ONNX file, a bundle's or a checkpoint."""

MAX_ONNX_NODES = 4096

MAX_FOLDED_NUMBERS = 2**24
"""Numbers in all the constants that are computed of an ONNX file's constants."""

MAX_TENSORS = 2048
"""Named arrays in a file."""

MAX_TENSOR_NAME = 256
"""Characters."""

MAX_LAYERS = 64

MAX_WIDTH = 2**17
"""Numbers in a layer, an observation or an action."""

MAX_RANK = 8
"""Dimensions of an array; those of an MLP have two."""

# Zips.

MAX_ZIP_ENTRIES = 4096
"""A torch file has one for each tensor and some more."""

MAX_ZIP_RATIO = 200
"""Unpacked to packed: weights hardly shrink, and neither torch nor Stable-Baselines3 compresses them."""

MAX_SB3_DATA_BYTES = 8 * MEBIBYTE
"""The JSON in Stable-Baselines3's zip, which takes up to 30 times that in memory; those of the zoo have 0.1 MiB."""

# Pickles.

MAX_PICKLE_OPCODES = 200_000
"""Steps of one pickle; a value takes up to some hundred bytes of memory a step. VecNormalize takes 600 steps, a torch
state_dict 40 for each tensor."""

MAX_STATISTICS_BYTES = 16 * MEBIBYTE
"""A VecNormalize file: far more than the statistics of an observation made of numbers take."""

# Text: YAML, model cards, Python literals.

MAX_CARD_CHARACTERS = 2**20
"""A model card; more of it is not looked at."""

MAX_YAML_CHARACTERS = 2**16
"""The front matter of a model card, or a file of settings: PyYAML reads some 100,000 characters a second."""

MAX_YAML_DEPTH = 24

MAX_LITERAL_CHARACTERS = 20_000
"""Hyperparameters printed as a dictionary. CPython's parser takes a chain of operators of that length without harm."""

MAX_REWARD_CHARACTERS = 64
"""`378.92 +/- 50.08` has 16."""

# Server.

MAX_CONNECTIONS = 256
"""At a time: thirty browsers with the six connections that each opens, and some. Fewer where a process may have few
files open: a quarter of that number, since an answered connection has a second file open."""
MAX_QUEUED_CONNECTIONS = 1024
"""That the system keeps until the server takes them; one that is dropped tries again after a second or more."""
REQUEST_TIMEOUT_S = 10.0
"""From the connection, or from the last answer, to the next whole request head. Honest clients need one round trip."""
STALL_TIMEOUT_S = 30.0
"""For a client that reads nothing of its answer: longer than the pauses of a bad wireless network."""
SHUTDOWN_TIMEOUT_S = 1.0
"""For answers under way when the server is stopped."""
MAX_COMPRESSED_HERE_BYTES = 64 * MEBIBYTE
"""A larger file is sent as it is: gzip takes a second for 30 MB, and its result is kept in memory."""

# Downloads.

MAX_CARD_DOWNLOAD_BYTES = 4 * MEBIBYTE
"""A model card: the Hub's largest are some 100 kB; a larger one is left where it is, as if there were none."""

MAX_COMPANION_BYTES = 64 * MEBIBYTE
"""A file beside a checkpoint, such as its VecNormalize statistics: they take some kB; a larger one is left there."""

MAX_ANSWER_BYTES = 64 * MEBIBYTE
"""An answer of the Hub's API, unpacked: the list of a repository with 100,000 files has about 30 MiB."""

MAX_ANSWER_SECONDS = 60
"""From an answer's first byte to its last: whoever sends it slower than that sends it one byte at a time."""

MAX_WAITING_SECONDS = 60
"""What a command waits in all where the Hub asks it to (Retry-After): its limits are renewed every few minutes, and a
person would rather be told than wait for that."""

MAX_WAITS = 4
"""How often one request is repeated where the Hub asks to wait: a Hub that says "in 0 seconds" for ever is not one."""

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
