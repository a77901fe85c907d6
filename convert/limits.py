"""How large, deep and long a stranger's file may be: every limit that a reader holds it to, in one table."""

MEBIBYTE = 2**20

# Checkpoints.

MAX_CHECKPOINT_BYTES = 512 * MEBIBYTE
"""A checkpoint file, packed or unpacked: a policy of the kinds that are read takes a hundredth of it."""

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
