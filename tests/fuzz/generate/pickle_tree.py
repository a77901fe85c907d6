"""A pickle as a tree of what it builds, written as opcodes of any protocol: nothing is ever imported or called."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any


@dataclass(frozen=True)
class Global:
    """A name to look up."""

    module: str
    name: str


@dataclass(frozen=True)
class Reduce:
    """`function(*arguments)`."""

    function: Any
    arguments: Any


@dataclass(frozen=True)
class NewObject:
    """`cls.__new__(cls, *arguments)`."""

    cls: Any
    arguments: Any = ()


@dataclass(frozen=True)
class Build:
    """`target` with its state set."""

    target: Any
    state: Any


@dataclass(frozen=True)
class Persistent:
    """What the file that the pickle lies in holds under this identity."""

    identity: Any


@dataclass(frozen=True)
class Shared:
    """The same object wherever the key stands again."""

    key: int
    value: Any


@dataclass(frozen=True)
class Entries:
    """A dictionary as keys and values in turn: keys that stand twice or have no hash are possible."""

    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Items:
    """`target` with keys and values, in turn, set in it."""

    target: Any
    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Opcodes:
    """Opcodes as they are."""

    content: bytes


def assemble(tree: Any, protocol: int) -> bytes:
    """The pickle that builds the tree."""
    head = b"\x80" + bytes([protocol]) if protocol >= 2 else b""
    return head + _Writer(protocol).write(tree) + b"."


def opcodes(tree: Any, protocol: int = 2) -> Opcodes:
    """The tree as opcodes: what is shared in it is not walked through again and again."""
    return Opcodes(_Writer(protocol).write(tree))


class _Writer:
    def __init__(self, protocol: int) -> None:
        self.protocol = protocol
        self.memo: set[int] = set()

    def write(self, tree: Any) -> bytes:  # noqa: PLR0911, PLR0912  # one case a type
        match tree:
            case Opcodes():
                return tree.content
            case Shared():
                if tree.key in self.memo:
                    return b"j" + struct.pack("<I", tree.key)
                self.memo.add(tree.key)
                return self.write(tree.value) + b"r" + struct.pack("<I", tree.key)
            case Global():
                return self._global(tree)
            case Reduce():
                return self.write(tree.function) + self.write(tree.arguments) + b"R"
            case NewObject() if self.protocol >= 2:
                return self.write(tree.cls) + self.write(tree.arguments) + b"\x81"
            case NewObject():
                arguments = tree.arguments if isinstance(tree.arguments, tuple) else (tree.arguments,)
                return self.write(Reduce(Global("copyreg", "__newobj__"), (tree.cls, *arguments)))
            case Build():
                return self.write(tree.target) + self.write(tree.state) + b"b"
            case Persistent():
                return self.write(tree.identity) + b"Q"
            case None:
                return b"N"
            case bool():
                return (b"\x88" if tree else b"\x89") if self.protocol >= 2 else (b"I01\n" if tree else b"I00\n")
            case int():
                return self._int(tree)
            case float():
                return b"G" + struct.pack(">d", tree) if self.protocol else f"F{tree!r}\n".encode()
            case str():
                return self._str(tree)
            case bytes():
                return self._bytes(tree)
            case tuple():
                return b"(" + b"".join(map(self.write, tree)) + b"t"
            case list():
                return b"](" + b"".join(map(self.write, tree)) + b"e"
            case Items():
                return self.write(tree.target) + b"(" + b"".join(map(self.write, tree.parts)) + b"u"
            case Entries():
                return b"}(" + b"".join(map(self.write, tree.parts)) + b"u"
            case dict():
                return b"}(" + b"".join(self.write(part) for item in tree.items() for part in item) + b"u"
            case _:
                raise TypeError(type(tree))

    def _global(self, tree: Global) -> bytes:
        if self.protocol >= 4:
            return self._str(tree.module) + self._str(tree.name) + b"\x93"
        return b"c" + f"{tree.module}\n{tree.name}\n".encode("utf-8", "surrogatepass")

    def _int(self, number: int) -> bytes:
        if self.protocol == 0:
            return f"L{number}L\n".encode()
        if -(2**31) <= number < 2**31:
            return b"J" + struct.pack("<i", number)
        size = number.bit_length() // 8 + 1
        if size < 256:
            return b"\x8a" + bytes([size]) + number.to_bytes(size, "little", signed=True)
        return b"\x8b" + struct.pack("<i", size) + number.to_bytes(size, "little", signed=True)

    def _str(self, text: str) -> bytes:
        content = text.encode("utf-8", "surrogatepass")
        return b"X" + struct.pack("<I", len(content)) + content

    def _bytes(self, content: bytes) -> bytes:
        if self.protocol >= 3:
            return b"B" + struct.pack("<I", len(content)) + content
        return self.write(Reduce(Global("_codecs", "encode"), (content.decode("latin1"), "latin1")))


def children(tree: Any) -> list[Any]:  # noqa: PLR0911  # one case a type
    """The parts of a tree, in order."""
    match tree:
        case Global():
            return [tree.module, tree.name]
        case Reduce():
            return [tree.function, tree.arguments]
        case NewObject():
            return [tree.cls, tree.arguments]
        case Build():
            return [tree.target, tree.state]
        case Persistent():
            return [tree.identity]
        case Shared():
            return [tree.value]
        case tuple() | list():
            return list(tree)
        case Entries():
            return list(tree.parts)
        case Items():
            return [tree.target, *tree.parts]
        case dict():
            return [part for item in tree.items() for part in item]
        case _:
            return []


def with_children(tree: Any, parts: list[Any]) -> Any:  # noqa: PLR0911  # one case a type
    """The tree with other parts."""
    match tree:
        case Global():
            return Global(*(part if isinstance(part, str) else "numpy" for part in parts))
        case Reduce() | NewObject() | Build():
            return type(tree)(*parts)
        case Persistent():
            return Persistent(parts[0])
        case Shared():
            return replace(tree, value=parts[0])
        case tuple():
            return tuple(parts)
        case list():
            return parts
        case Items():
            return Items(parts[0], tuple(parts[1:]))
        case dict() | Entries():
            return Entries(tuple(parts))
        case _:
            return tree


def changed_somewhere(rng: Random, tree: Any, change: Callable[[Random, Any], Any]) -> Any:
    """The tree with one random part, or itself, passed through `change(rng, part)`."""
    size = _size(tree)
    return _changed(tree, rng.randrange(size), lambda part: change(rng, part))


def _size(tree: Any) -> int:
    return 1 + sum(map(_size, children(tree)))


def _changed(tree: Any, at: int, change: Callable[[Any], Any]) -> Any:
    if at == 0:
        return change(tree)
    at -= 1
    parts = children(tree)
    for i, part in enumerate(parts):
        size = _size(part)
        if at < size:
            parts[i] = _changed(part, at, change)
            return with_children(tree, parts)
        at -= size
    return tree
