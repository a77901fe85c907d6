"""Changes bytes without knowing what they mean."""

import struct
from collections.abc import Callable
from random import Random

_NUMBERS = (0, 1, -1, 127, 128, 255, 256, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**64 - 1)
_MOST = 2**20
"""Bytes: a reader's limits on size have tests of their own."""


def mutate(rng: Random, content: bytes, other: bytes) -> bytes:
    """`content` after one to eight changes; `other` is what is spliced in."""
    for _ in range(min(rng.randint(1, 8), rng.randint(1, 8))):
        content = rng.choice(_CHANGES)(rng, content, other)[:_MOST]
    return content


def _flip(rng: Random, content: bytes, _: bytes) -> bytes:
    changed = bytearray(content)
    for _times in range(rng.randint(1, 4)):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _replace(rng: Random, content: bytes, _: bytes) -> bytes:
    changed = bytearray(content)
    if changed:
        changed[rng.randrange(len(changed))] = rng.choice((0, 1, 0x20, 0x7F, 0x80, 0xFF, rng.randrange(256)))
    return bytes(changed)


def _truncate(rng: Random, content: bytes, _: bytes) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _behead(rng: Random, content: bytes, _: bytes) -> bytes:
    return content[rng.randrange(min(len(content), 64) + 1) :]


def _insert(rng: Random, content: bytes, _: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + rng.randbytes(rng.choice((1, 2, 4, 8, 64))) + content[at:]


def _delete(rng: Random, content: bytes, _: bytes) -> bytes:
    start, end = _span(rng, content)
    return content[:start] + content[end:]


def _duplicate(rng: Random, content: bytes, _: bytes) -> bytes:
    start, end = _span(rng, content)
    return content[:end] + content[start:end] * rng.choice((1, 1, 2, 16)) + content[end:]


def _move(rng: Random, content: bytes, _: bytes) -> bytes:
    start, end = _span(rng, content)
    rest = content[:start] + content[end:]
    at = rng.randrange(len(rest) + 1)
    return rest[:at] + content[start:end] + rest[at:]


def _splice(rng: Random, content: bytes, other: bytes) -> bytes:
    start, end = _span(rng, other)
    at = rng.randrange(len(content) + 1)
    gone = rng.choice((0, end - start))
    return content[:at] + other[start:end] + content[at + gone :]


def _number(rng: Random, content: bytes, _: bytes) -> bytes:
    """Overwrites a few bytes by a number that sizes and offsets seldom have."""
    form, size = rng.choice((("<B", 1), ("<H", 2), (">H", 2), ("<I", 4), (">I", 4), ("<Q", 8), (">Q", 8)))
    at = rng.randrange(max(1, len(content) - size + 1))
    number = struct.pack(form, rng.choice(_NUMBERS) % 2 ** (8 * size))
    return content[:at] + number + content[at + size :]


def _digits(rng: Random, content: bytes, _: bytes) -> bytes:
    """Replaces a run of digits in a text."""
    places = [i for i, byte in enumerate(content[:4096]) if 48 <= byte <= 57]
    if not places:
        return content
    start = end = rng.choice(places)
    while end < len(content) and 48 <= content[end] <= 57:
        end += 1
    numbers = (b"0", b"-1", b"1e999", b"NaN", b"9" * 30, b"9" * 5000, b"5e-324", b"0x10", "²".encode(), b"1_0")
    return content[:start] + rng.choice(numbers) + content[end:]


def _span(rng: Random, content: bytes) -> tuple[int, int]:
    start = rng.randrange(len(content) + 1)
    longest = rng.choice((4, 32, 256, 4096))
    return start, min(len(content), start + rng.randint(0, longest))


_CHANGES: tuple[Callable[[Random, bytes, bytes], bytes], ...] = (
    _flip, _replace, _truncate, _behead, _insert, _delete, _duplicate, _move, _splice, _number, _digits,
)  # fmt: skip
