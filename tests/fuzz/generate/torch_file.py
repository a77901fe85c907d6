"""Files of `torch.save`: its zip, and the file of before 1.6."""

import struct
from random import Random
from typing import Any

from tests.fuzz.generate import values
from tests.fuzz.generate.pickle_tree import assemble
from tests.fuzz.generate.torch_tree import TorchFile, forged_network, network
from tests.fuzz.generate.zips import Entry, archive, deflated, lying

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001


def valid_zip(rng: Random) -> bytes:
    """A state_dict or a tuple of them."""
    file = TorchFile()
    return torch_zip(file, network(rng, file, lies=0))


def torch_zip(file: TorchFile, tree: Any) -> bytes:
    """The zip of a tree and the storages that it views."""
    return archive(_entries(file, tree))


def hostile_zip(rng: Random) -> bytes:
    """Forged tensors, anything in its pickle, or a lying zip around an intact one."""
    file = TorchFile()
    kind = rng.randrange(4)
    tree = forged_network(rng, file) if kind == 1 else network(rng, file, lies=0 if kind == 0 else rng.randint(1, 2))
    entries = _entries(file, tree)
    if kind != 0:
        return archive(entries)
    return lying(rng, deflated(rng, entries) if rng.random() < 0.3 else entries)


def _entries(file: TorchFile, tree: Any) -> list[Entry]:
    return [
        Entry("archive/data.pkl", assemble(tree, 2)),
        Entry("archive/byteorder", b"little"),
        *(Entry(f"archive/data/{key}", content) for key, content in file.storages.items()),
        Entry("archive/version", b"3\n"),
    ]


def valid_legacy(rng: Random) -> bytes:
    """The same in the older format."""
    file = TorchFile(legacy=True)
    return _legacy(file, network(rng, file, lies=0))


def hostile_legacy(rng: Random) -> bytes:
    """Forged tensors, anything in its pickle, or a head or storages that lie."""
    file = TorchFile(legacy=True)
    kind = rng.randrange(3)
    tree = forged_network(rng, file) if kind == 1 else network(rng, file, lies=0 if kind == 0 else rng.randint(1, 2))
    lies: dict[str, Any] = {}
    if kind == 0:
        lies = rng.choice(
            (
                {"magic": values.scalar(rng)}, {"protocol": values.scalar(rng)}, {"info": values.document(rng)},
                {"keys": values.document(rng)}, {"keys": ["0"] * 3}, {"keys": [str(i) for i in range(200)]},
                {"count": rng.choice((0, -1, 2**40, 2**62, 3))},
                {"info": {"protocol_version": 1001, "little_endian": False, "type_sizes": {}}},
            )
        )  # fmt: skip
    return _legacy(file, tree, **lies)


def _legacy(file: TorchFile, tree: Any, **lies: Any) -> bytes:
    info = {
        "protocol_version": _PROTOCOL, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4},
    }  # fmt: skip
    head = (lies.get("magic", _MAGIC), lies.get("protocol", _PROTOCOL), lies.get("info", info), tree)
    keys = lies.get("keys", list(file.storages))
    storages = b"".join(
        struct.pack("<q", lies.get("count", _count(content))) + content for content in file.storages.values()
    )
    return b"".join(assemble(part, 2) for part in (*head, keys)) + storages


def _count(content: bytes) -> int:
    """Elements of four bytes, which all intact storages have."""
    return len(content) // 4
