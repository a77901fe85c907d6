"""The pickle machine: plain data as `pickle.loads` gives it, and nothing that a file asks for beyond that."""

import pickle
import pickletools
import struct
from collections import OrderedDict
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bbconvert.convert.checkpoints.pickle_machine import (
    MADE,
    ForbiddenGlobalError,
    Global,
    Instance,
    MalformedPickleError,
    Persistent,
    read_pickle,
)
from bbconvert.convert.safety.limits import MAX_PICKLE_OPCODES

KEYS = st.text(max_size=5) | st.binary(max_size=5) | st.integers(-(2**31), 2**31) | st.none() | st.booleans()
VALUES = st.recursive(
    KEYS | st.integers() | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.sets(KEYS, max_size=4)
        | st.frozensets(KEYS, max_size=4)
    ),
    max_leaves=20,
)


def read(content: bytes, expected: bool = True) -> Any:
    return read_pickle(BytesIO(content), lambda _: expected)


@given(value=VALUES, protocol=st.sampled_from([4, 5]))
def test_plain_data_is_what_pickle_loads_gives(value: Any, protocol: int) -> None:
    assert read(pickle.dumps(value, protocol)) == value


@given(value=st.recursive(KEYS.filter(lambda key: not isinstance(key, bytes)) | st.floats(allow_nan=False), st.lists))
def test_the_text_protocol_is_read_too(value: Any) -> None:
    assert read(pickle.dumps(value, 0)) == value


def test_the_stream_stands_behind_the_pickle_afterwards() -> None:
    stream = BytesIO(pickle.dumps([1]) + pickle.dumps("next") + b"raw")

    assert read_pickle(stream, lambda _: True) == [1]
    assert read_pickle(stream, lambda _: True) == "next"
    assert stream.read() == b"raw"


def test_a_call_is_written_down_and_not_made() -> None:
    described = read(pickle.dumps(OrderedDict(a=1)))

    assert isinstance(described, Instance)
    assert described.made_by == Global("collections.OrderedDict")
    assert (described.arguments, described.pairs) == ((), [("a", 1)])


def test_a_class_that_a_call_made_is_called_without_its_name() -> None:
    """cloudpickle writes `_builtin_type("CodeType")(...)`."""
    described = read(b"\x80\x02cm\nmake\nK\x01\x85RK\x02\x85R.")

    assert isinstance(described, Instance)
    assert (described.made_by, described.arguments) == (MADE, (2,))


def test_a_persistent_reference_is_written_down() -> None:
    assert read(b"\x80\x02(X\x07\x00\x00\x00storagetQ.") == Persistent(("storage",))


def test_a_global_that_is_not_expected_is_named() -> None:
    with pytest.raises(ForbiddenGlobalError, match=r"^os\.system$"):
        read(b"cos\nsystem\n(S'true'\ntR.", expected=False)


LONG_NESTED_KEY = b"\x80\x02})" + b"\x85" * 150_000 + b"K\x01s."
"""A mapping whose key is a tuple in a tuple in a tuple: hashing it overflows the C stack of CPython."""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a sentence",
        b".",
        b"(.",
        b"N",
        b"NN.",
        b"h\x05.",
        b"t.",
        b"}N\x94s.",
        b"](N",
        b"Nb.",
        b"}(Nu.",
        b"NNR.",
        b"\x82\x01.",
        b"\x97.",
        b"p" + b"9" * 5000 + b"\n.",
        b"\x8e" + struct.pack("<Q", 2**62) + b".",
        b"}" + b"\x8a\x08" + struct.pack("<q", 2**61 - 1) + b"Ns.",
        b"c" + b"m" * 600 + b"\nname\n.",
        LONG_NESTED_KEY,
        b"(" + b"N" * MAX_PICKLE_OPCODES + b"t.",
    ],
)
def test_what_is_not_a_pickle_of_data_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(MalformedPickleError, match=r"\w+ \w+"):
        read(content)


def test_every_opcode_is_run_or_refused() -> None:
    """None is forgotten: an opcode that nobody handles is refused by name, and only those outside of the file are."""
    refused = set()
    for opcode in pickletools.opcodes:
        argument = b"1\n1\n" if opcode.arg is not None and opcode.arg.n < 0 else bytes(8)
        content = b"(N](NN" + opcode.code.encode("latin-1") + argument + b"."
        try:
            read(content)
        except MalformedPickleError as error:
            if "uses the opcode" in str(error):
                refused.add(opcode.name)
    assert refused == {"EXT1", "EXT2", "EXT4", "NEXT_BUFFER", "READONLY_BUFFER"}
