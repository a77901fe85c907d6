"""How large, deep and long a stranger's file may be: every limit that a reader holds it to, in one table."""

MEBIBYTE = 2**20

# Checkpoints.

MAX_CHECKPOINT_BYTES = 512 * MEBIBYTE
"""A checkpoint file, packed or unpacked: a policy of the kinds that are read takes a hundredth of it."""
