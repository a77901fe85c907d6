"""Zip archives written byte by byte: what the headers say need not be true."""

import struct
import zlib
from dataclasses import dataclass, replace
from random import Random

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_NAMES = (
    *(
        "../escaped",
        "/absolute",
        "a\\..\\..\\b",
        "C:evil",
        "",
        "data.pkl",
        "archive/data.pkl",
        "archive/version",
        "data",
    ),
    *("policy.pth", "parameters", "archive/.data/serialization_id", "archive/byteorder", "archive/data/0", "²"),
    *("x" * 60_000, "a\x00b", "archive/", "pytorch_model.bin", "code/x.py", "constants.pkl"),
)
_METHODS = (0, 1, 6, 8, 9, 12, 14, 93, 95, 99)
_SIZES = (0, 1, 100, 2**31 - 1, 2**32 - 2, 2**32 - 1)


@dataclass(frozen=True)
class Entry:
    """A file of the archive; None stands for the truth.

    Args:
        name: its path.
        content: what it holds once it is unpacked.
        method: how it is packed: 0 stored, 8 deflated; whatever else is only claimed.
        flags: bit 0 claims encryption, bit 3 sizes behind the data.
        size: what the headers say it unpacks to.
        packed: what they say it takes.
        crc: its claimed checksum.
        local_name: its name in the local header.
    """

    name: str
    content: bytes
    method: int = 0
    flags: int = 0
    size: int | None = None
    packed: int | None = None
    crc: int | None = None
    local_name: str | None = None
    extra: bytes = b""


def archive(entries: list[Entry], *, count: int | None = None, comment: bytes = b"") -> bytes:
    """The zip."""
    body, directory = b"", b""
    for entry in entries:
        offset = len(body)
        data = zlib.compress(entry.content, 9)[2:-4] if entry.method == 8 else entry.content
        common = struct.pack(
            "<HHHHHIII",
            20,
            entry.flags & 0xFFFF,
            entry.method,
            0,
            33,
            zlib.crc32(entry.content) if entry.crc is None else entry.crc,
            len(data) if entry.packed is None else entry.packed,
            len(entry.content) if entry.size is None else entry.size,
        )
        name = entry.name.encode("utf-8", "surrogatepass")[:65_535]
        local = (entry.name if entry.local_name is None else entry.local_name).encode()[:65_535]
        body += _LOCAL + common + struct.pack("<HH", len(local), len(entry.extra)) + local + entry.extra + data
        fields = struct.pack("<HHHHHII", len(name), len(entry.extra), 0, 0, 0, 0, offset)
        directory += _CENTRAL + b"\x14\x00" + common + fields + name + entry.extra
    number = len(entries) if count is None else count
    end = struct.pack("<HHHHIIH", 0, 0, number, number, len(directory), len(body), len(comment))
    return body + directory + _END + end + comment


def lying(rng: Random, entries: list[Entry]) -> bytes:
    """The archive with one or two lies."""
    entries = list(entries)
    count: int | None = None
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(len(entries)) if entries else 0
        match rng.randrange(11) if entries else 10:
            case 0:
                entries[at] = replace(entries[at], size=rng.choice(_SIZES))
            case 1:
                entries[at] = replace(entries[at], packed=rng.choice(_SIZES))
            case 2:
                entries[at] = replace(entries[at], flags=rng.choice((1, 8, 0x40, 0x800, 0x2000, 0xFFFF)))
            case 3:
                entries[at] = replace(entries[at], method=rng.choice(_METHODS))
            case 4:
                entries.append(replace(entries[at], content=rng.randbytes(rng.choice((0, 40)))))
            case 5:
                entries[at] = replace(entries[at], name=rng.choice(_NAMES))
            case 6:
                entries[at] = replace(entries[at], local_name=rng.choice(_NAMES))
            case 7:
                entries[at] = replace(entries[at], crc=rng.getrandbits(32))
            case 8:
                zip64 = struct.pack("<HHQQ", 1, 16, rng.choice((0, 2**40, 2**63)), rng.choice((0, 2**40)))
                entries[at] = replace(entries[at], extra=zip64, size=2**32 - 1, packed=2**32 - 1)
            case 9:
                del entries[at]
            case _:
                count = rng.choice((0, 1, 65_535))
    return archive(entries, count=count, comment=rng.choice((b"", b"", rng.randbytes(40))))


def deflated(rng: Random, entries: list[Entry]) -> list[Entry]:
    """Some entries compressed, and perhaps a bomb among them."""
    packed = [replace(entry, method=8) if rng.random() < 0.5 else entry for entry in entries]
    if rng.random() < 0.3 and packed:
        at = rng.randrange(len(packed))
        bomb = packed[at].content + bytes(rng.choice((2**20, 2**24)))
        packed[at] = replace(packed[at], content=bomb, method=8)
    return packed
