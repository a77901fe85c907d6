"""How large, deep and long a stranger's file may be: every limit that a reader holds it to, in one table."""

MEBIBYTE = 2**20

# Checkpoints.

MAX_CHECKPOINT_BYTES = 512 * MEBIBYTE
"""A checkpoint file, packed or unpacked: a policy of the kinds that are read takes a hundredth of it."""

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
