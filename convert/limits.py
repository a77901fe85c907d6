"""How large, deep and long a stranger's file may be: every limit that a reader holds it to, in one table."""

MEBIBYTE = 2**20

# Checkpoints.

MAX_CHECKPOINT_BYTES = 512 * MEBIBYTE
"""A checkpoint file, packed or unpacked: a policy of the kinds that are read takes a hundredth of it."""

MAX_RANK = 8
"""Dimensions of an array; those of an MLP have two."""

# Zips.

MAX_ZIP_ENTRIES = 4096
"""A torch file has one for each tensor and some more."""

MAX_ZIP_RATIO = 200
"""Unpacked to packed: weights hardly shrink, and neither torch nor Stable-Baselines3 compresses them."""

# Pickles.

MAX_PICKLE_OPCODES = 200_000
"""Steps of one pickle; a value takes up to some hundred bytes of memory a step. VecNormalize takes 600 steps, a torch
state_dict 40 for each tensor."""

MAX_STATISTICS_BYTES = 16 * MEBIBYTE
"""A VecNormalize file: far more than the statistics of an observation made of numbers take."""
