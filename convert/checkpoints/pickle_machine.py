"""Runs a pickle's opcodes on inert descriptions: no import, no call, no object of a foreign class.

A real unpickler builds what the file asks for. This one writes down what the file asks for: a `Global` is a name, an
`Instance` is "this name, called with these arguments, given this state". A reader then looks for the descriptions that
it knows (`pickle_arrays.py`, `torch_file.py`) and ignores the rest.
Source: CPython's Lib/pickletools.py, which defines every opcode.
"""

import pickletools
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from bbconvert.convert.safety.limits import MAX_PICKLE_OPCODES

Atom = str | bytes | int | None
"""What may be a key of a mapping or a member of a set.

Hashing a deeply nested tuple overflows the C stack, and large integers can be chosen so that all of them collide.
"""

_MAX_INDEX = 2**32
"""Of the memo, and of an integer that is a key."""
_MAX_NAME = 512
"""Characters of a global's name: it is put together of two texts, which the pickle may name again and again."""


class MalformedPickleError(ValueError):
    """Not a pickle, cut short, or one that does what no pickle of data does."""


class ForbiddenGlobalError(Exception):
    """The pickle names something that its reader does not expect; the text of the error is that name."""


@dataclass(frozen=True)
class Global:
    """A class or function by name, `numpy.dtype` for instance. It is not imported."""

    name: str


MADE = Global("what a call made")
"""Stands for a class that the pickle itself makes by a call, as cloudpickle does; what was called is not kept."""


@dataclass(frozen=True)
class Persistent:
    """A reference to something outside the pickle; `torch.save` refers to its storages so."""

    identity: Any


@dataclass(eq=False)
class Instance:
    """What a call would have made.

    Args:
        made_by: the class or function.
        arguments: the positional arguments of the call.
        state: what `__setstate__` would have been given; None where the pickle has none.
        appended: what `append` and `extend` would have been given.
        pairs: what `__setitem__` would have been given.
    """

    made_by: Global
    arguments: tuple[Any, ...]
    state: Any = None
    appended: list[Any] = field(default_factory=list)
    pairs: list[tuple[Any, Any]] = field(default_factory=list)


def read_pickle(
    stream: BytesIO, is_expected: Callable[[str], bool], persistent_load: Callable[[Any], Any] = Persistent
) -> Any:
    """The value that the pickle at the stream's position describes; the stream stands behind it afterwards.

    Numbers, text, bytes, lists, tuples, sets and mappings are Python's own; everything else is a description.

    Args:
        stream: the bytes.
        is_expected: whether the reader expects a global of this name, `module.name`.
        persistent_load: makes what stands for a reference to something outside the pickle; given its identity.

    Raises:
        ForbiddenGlobalError: a global that is not expected.
        MalformedPickleError: not a pickle, cut short, longer than `MAX_PICKLE_OPCODES`, or not made of data.
    """
    machine = _Machine(is_expected, persistent_load)
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(stream)):
            if count >= MAX_PICKLE_OPCODES:
                raise MalformedPickleError(f"it has more than {MAX_PICKLE_OPCODES:,} opcodes")
            machine.run(opcode.name, argument)
    except MalformedPickleError:
        raise
    except (ValueError, IndexError, TypeError, OverflowError) as error:
        # pickletools and an empty stack say in these what is wrong with the bytes.
        raise MalformedPickleError((str(error).splitlines() or [type(error).__name__])[0][:120]) from error
    return machine.result()


class _Mark:
    """Where a group of values begins on the stack."""


_MARK = _Mark()

_LITERALS = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
}
"""Opcodes that push their argument."""

_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_SET": set,
    "EMPTY_TUPLE": tuple,
}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class _Machine:
    """The stack and the memo. One opcode never adds more than a constant amount of memory to what its bytes take."""

    def __init__(self, is_expected: Callable[[str], bool], persistent_load: Callable[[Any], Any]) -> None:
        self._is_expected = is_expected
        self._persistent_load = persistent_load
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def result(self) -> Any:
        """The value that stands alone on the stack when the pickle stops."""
        if len(self._stack) != 1 or self._stack[0] is _MARK:
            raise MalformedPickleError("it stops with something other than one value on its stack")
        return self._stack[0]

    def run(self, opcode: str, argument: Any) -> None:  # noqa: PLR0912  # one branch for each kind of opcode
        """Does what one opcode says."""
        stack = self._stack
        match opcode:
            case "PROTO" | "FRAME" | "STOP":
                pass
            case _ if opcode in _LITERALS:
                stack.append(argument)
            case _ if opcode in _CONSTANTS:
                stack.append(_CONSTANTS[opcode]())
            case _ if opcode in _TUPLES:
                items = [self._pop() for _ in range(_TUPLES[opcode])]
                stack.append(tuple(reversed(items)))
            case "MARK":
                stack.append(_MARK)
            case "POP":
                stack.pop()
            case "POP_MARK":
                self._pop_to_mark()
            case "DUP":
                stack.append(self._top())
            case "MEMOIZE":
                self._memo[len(self._memo)] = self._top()
            case "PUT" | "BINPUT" | "LONG_BINPUT":
                self._memo[_index(argument)] = self._top()
            case "GET" | "BINGET" | "LONG_BINGET":
                stack.append(self._recall(argument))
            case "TUPLE" | "LIST" | "DICT" | "FROZENSET":
                stack.append(_collection(opcode, self._pop_to_mark()))
            case "APPEND" | "APPENDS" | "SETITEM" | "SETITEMS" | "ADDITEMS":
                self._fill(opcode)
            case "PERSID" | "BINPERSID":
                stack.append(self._persistent_load(argument if opcode == "PERSID" else self._pop()))
            case "GLOBAL" | "STACK_GLOBAL":
                stack.append(self._global(argument))
            case "REDUCE" | "NEWOBJ" | "NEWOBJ_EX" | "INST" | "OBJ":
                stack.append(self._instance(opcode, argument))
            case "BUILD":
                state = self._pop()
                made = self._top()
                if not isinstance(made, Instance):
                    raise MalformedPickleError(f"it gives a state to a {type(made).__name__}")
                made.state = state
            case _:  # EXT1, EXT2, EXT4, NEXT_BUFFER, READONLY_BUFFER: what they refer to is not in the file
                raise MalformedPickleError(f"it uses the opcode {opcode}")

    def _top(self) -> Any:
        if not self._stack or self._stack[-1] is _MARK:
            raise MalformedPickleError("its stack is empty where a value is expected")
        return self._stack[-1]

    def _pop(self) -> Any:
        top = self._top()
        self._stack.pop()
        return top

    def _recall(self, index: int) -> Any:
        if index not in self._memo:
            raise MalformedPickleError(f"it recalls the value {index}, which it never stored")
        return self._memo[index]

    def _pop_to_mark(self) -> list[Any]:
        """The values above the topmost mark, which goes too."""
        items: list[Any] = []
        while True:
            item = self._stack.pop()
            if item is _MARK:
                return items[::-1]
            items.append(item)

    def _fill(self, opcode: str) -> None:
        """Puts one value, or those above the mark, into the collection below them."""
        items = self._pop_to_mark() if opcode.endswith("S") else [self._pop()]
        if opcode == "SETITEM":
            items.insert(0, self._pop())
        match self._top(), opcode:
            case list() as target, "APPEND" | "APPENDS":
                target.extend(items)
            case dict() as target, "SETITEM" | "SETITEMS":
                target.update(_pairs(items, check_keys=True))
            case set() as target, "ADDITEMS":
                target.update(map(_atom, items))
            case Instance() as target, "APPEND" | "APPENDS":
                target.appended.extend(items)
            case Instance() as target, "SETITEM" | "SETITEMS":
                target.pairs.extend(_pairs(items, check_keys=False))
            case target, _:
                raise MalformedPickleError(f"it uses {opcode} on a {type(target).__name__}")

    def _global(self, argument: str | None) -> Global:
        """From the opcode's own two lines (`module name`), or from the two texts on top of the stack."""
        if argument is None:
            name, module = self._pop(), self._pop()
        else:
            module, _, name = argument.partition(" ")
        if not isinstance(module, str) or not isinstance(name, str):
            raise MalformedPickleError("the name of a global is not text")
        if len(module) + len(name) > _MAX_NAME:
            raise MalformedPickleError(f"the name of a global has more than {_MAX_NAME} characters")
        full = f"{module}.{name}"
        if not self._is_expected(full):
            raise ForbiddenGlobalError(full)
        return Global(full)

    def _instance(self, opcode: str, argument: str | None) -> Instance:
        keywords: Any = {}
        if opcode == "INST":
            made_by, arguments = self._global(argument), tuple(self._pop_to_mark())
        elif opcode == "OBJ":
            made_by, *rest = self._pop_to_mark()
            arguments = tuple(rest)
        else:
            if opcode == "NEWOBJ_EX":
                keywords = self._pop()
            arguments, made_by = self._pop(), self._pop()
        if isinstance(made_by, Instance):
            made_by = MADE
        if not isinstance(made_by, Global) or not isinstance(arguments, tuple) or keywords != {}:
            raise MalformedPickleError(f"{opcode} does not call a name with positional arguments")
        return Instance(made_by, arguments)


def _collection(opcode: str, items: list[Any]) -> Any:
    match opcode:
        case "TUPLE":
            return tuple(items)
        case "DICT":
            return dict(_pairs(items, check_keys=True))
        case "FROZENSET":
            return frozenset(map(_atom, items))
        case _:
            return items


def _pairs(items: list[Any], *, check_keys: bool) -> list[tuple[Any, Any]]:
    if len(items) % 2:
        raise MalformedPickleError("a key has no value")
    keys = map(_atom, items[::2]) if check_keys else items[::2]
    return list(zip(keys, items[1::2], strict=True))


def _atom(value: Any) -> Atom:
    if not isinstance(value, str | bytes | int | None):
        raise MalformedPickleError(f"a {type(value).__name__} is a key or the member of a set")
    return _index(value) if isinstance(value, int) else value


def _index(value: int) -> int:
    if abs(value) >= _MAX_INDEX:
        raise MalformedPickleError("an integer of more than 32 bits is a key")
    return value
