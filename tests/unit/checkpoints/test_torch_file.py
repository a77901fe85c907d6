"""Files of torch.save, read without torch: the arrays are torch's own, and what cannot be an array is refused."""

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from bbconvert.convert.checkpoints.torch_file import load_torch, parse_torch, state_dicts
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety.limits import MAX_PICKLE_OPCODES

DTYPES = [
    *(torch.float16, torch.bfloat16, torch.float32, torch.float64),
    *(torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8, torch.bool),
]


def saved(value: Any, *, legacy: bool = False) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=not legacy)
    return buffer.getvalue()


def read(content: bytes) -> list[dict[str, Any]]:
    return state_dicts("agent.pth", parse_torch("agent.pth", content))


def assert_reads(tensors: dict[str, torch.Tensor], content: bytes) -> None:
    (arrays,) = read(content)
    assert list(arrays) == list(tensors)
    for name, tensor in tensors.items():
        plain = tensor.detach()
        expected = (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy()
        assert (arrays[name].dtype, arrays[name].shape) == (expected.dtype, expected.shape), name
        np.testing.assert_array_equal(arrays[name], expected, err_msg=name)


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype_is_read_as_torch_reads_it(dtype: torch.dtype, legacy: bool) -> None:
    tensors = {"a": (torch.randn(3, 5) * 4).to(dtype), "scalar": torch.tensor(1).to(dtype)}

    assert_reads(tensors, saved(tensors, legacy=legacy))


@pytest.mark.parametrize("legacy", [False, True])
def test_views_and_shared_storages_are_read_as_torch_reads_them(legacy: bool) -> None:
    whole = torch.arange(60, dtype=torch.float64).reshape(4, 5, 3)
    layer = nn.Linear(3, 2)
    tensors = {
        "transposed": whole.transpose(0, 2),
        "part": whole[1:3, ::2, 1:],
        "last": whole[-1, -1, -1],
        "empty": whole[:0],
        "tied": whole,
        "parameter": layer.weight,
        "tied parameter": layer.weight,
    }

    assert_reads(tensors, saved(tensors, legacy=legacy))


@settings(deadline=None)
@given(data=st.data(), legacy=st.booleans())
def test_any_strided_view_is_read_as_torch_reads_it(data: st.DataObject, legacy: bool) -> None:
    sizes = data.draw(st.lists(st.integers(0, 4), max_size=4))
    tensor = torch.arange(int(np.prod([n + 2 for n in sizes])), dtype=torch.int32).reshape([n + 2 for n in sizes])
    for axis, size in enumerate(sizes):
        tensor = tensor.narrow(axis, data.draw(st.integers(0, 2)), size)
    tensor = tensor.permute(data.draw(st.permutations(range(tensor.ndim))))

    assert_reads({"view": tensor}, saved({"view": tensor}, legacy=legacy))


@pytest.mark.parametrize("legacy", [False, True])
def test_a_module_and_a_tuple_of_modules_are_read(legacy: bool) -> None:
    networks = [nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), nn.Sequential(nn.Linear(4, 2))]

    read_back = read(saved(tuple(network.state_dict() for network in networks), legacy=legacy))

    assert len(read_back) == 2
    for arrays, network in zip(read_back, networks, strict=True):
        assert list(arrays) == list(network.state_dict())
    assert_reads(dict(networks[0].state_dict()), saved(networks[0].state_dict(), legacy=legacy))


@pytest.mark.hub
def test_the_real_files_are_read_as_torch_reads_them(shared_hub: Path) -> None:
    files = [path for path in sorted(shared_hub.rglob("*.cleanrl_model")) if path.read_bytes()[:2] == b"PK"]
    assert len(files) >= 3
    for path in files:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
        parts = loaded if isinstance(loaded, tuple) else (loaded,)
        for arrays, tensors in zip(state_dicts(str(path), load_torch(path)), parts, strict=True):
            for name, tensor in tensors.items():
                np.testing.assert_array_equal(arrays[name], tensor.numpy())


# Files that torch.save does not write.


class Call:
    """Pickles to a call of `function`."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


class _Pickler(pickle.Pickler):
    def persistent_id(self, value: Any) -> Any:
        return value.identity if isinstance(value, Stored) else None


class Stored:
    """Pickles to a reference to a storage."""

    def __init__(self, count: int, kind: Any = torch.FloatStorage, key: str = "0") -> None:
        self.identity = ("storage", kind, key, "cpu", count)


def tensor(storage: Stored, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> Call:
    return Call(torch._utils._rebuild_tensor_v2, storage, offset, size, stride, False, {})


def crafted(value: Any, storage: bytes = bytes(40)) -> bytes:
    """A zip as torch.save writes it, around any pickle and one storage."""
    pickled, buffer = io.BytesIO(), io.BytesIO()
    _Pickler(pickled, 2).dump(value)
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickled.getvalue())
        archive.writestr("archive/data/0", storage)
    return buffer.getvalue()


def test_the_crafted_twin_that_is_in_order_is_read() -> None:
    content = crafted({"a": tensor(Stored(10), 0, (2, 5), (5, 1))}, np.arange(10, dtype="<f4").tobytes())

    np.testing.assert_array_equal(read(content)[0]["a"], np.arange(10).reshape(2, 5))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (tensor(Stored(10), 0, (2**15, 2**15), (0, 0)), "reaches beyond its storage"),
        (tensor(Stored(10), 0, (11,), (0,)), "reaches beyond its storage"),
        (tensor(Stored(10), 0, (2, 6), (5, 1)), "reaches beyond its storage"),
        (tensor(Stored(10), 10, (1,), (1,)), "reaches beyond its storage"),
        (tensor(Stored(10), -4, (1,), (1,)), "not made of counts"),
        (tensor(Stored(10), 0, (-1,), (1,)), "not made of counts"),
        (tensor(Stored(10), 9, (5,), (-1,)), "not made of counts"),
        (tensor(Stored(10), 0, (1,), (2**80,)), "not made of counts"),
        (tensor(Stored(10), 0, (1,) * 40, (1,) * 40), "not made of counts"),
        (tensor(Stored(10), 0, (2, 5), (1,)), "not made of counts"),
        (tensor(Stored(2**40), 0, (2**40,), (1,)), "cut short"),
        (tensor(Stored(11), 0, (11,), (1,)), "cut short"),
        (tensor(Stored(10, torch.ComplexFloatStorage), 0, (1,), (1,)), "its numbers are a torch.ComplexFloatStorage"),
        (tensor(Stored(10, torch.QInt8Storage), 0, (1,), (1,)), "its numbers are a torch.QInt8Storage"),
        (tensor(Stored(10, key="1"), 0, (1,), (1,)), "has no storage '1'"),
    ],
)
def test_a_tensor_that_does_not_fit_its_storage_is_refused(value: Call, words: str) -> None:
    with pytest.raises(BBConvertError, match=words):
        read(crafted({"a": value}))


def test_tensors_that_share_a_storage_count_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bbconvert.convert.checkpoints.torch_file.MAX_CHECKPOINT_BYTES", 400)
    shared = {f"{i}": tensor(Stored(10), 0, (10,), (1,)) for i in range(11)}

    assert len(read(crafted({name: shared[name] for name in list(shared)[:10]}))[0]) == 10
    with pytest.raises(BBConvertError, match="its tensors together"):
        read(crafted(shared))


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize(
    "value",
    [
        torch.sparse_coo_tensor(torch.tensor([[0, 1]]), torch.tensor([1.0, 2.0]), (2,)),
        torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.quint8),
        torch.ones(3, dtype=torch.complex64),
        torch.ones(3).to(torch.float8_e4m3fn),
        torch.empty(3, device="meta"),
    ],
    ids=["sparse", "quantised", "complex", "float8", "meta"],
)
def test_tensors_that_are_not_dense_real_numbers_are_refused(value: torch.Tensor, legacy: bool) -> None:
    if legacy and value.device.type == "meta":
        legacy = False  # torch itself does not write it so
    with pytest.raises(BBConvertError, match="is not a torch checkpoint"):
        read(saved({"a": value}, legacy=legacy))


@pytest.mark.parametrize("legacy", [False, True])
def test_a_file_cut_anywhere_is_refused_in_words(legacy: bool) -> None:
    content = saved(nn.Linear(2, 2).state_dict(), legacy=legacy)
    for length in range(len(content) - 1):
        with pytest.raises(BBConvertError, match=r"cut short|is empty"):
            read(content[:length])


def test_a_pickle_longer_than_any_state_dict_is_refused() -> None:
    with pytest.raises(BBConvertError, match="opcodes"):
        read(crafted([0] * MAX_PICKLE_OPCODES))


def test_what_is_not_a_state_dict_is_refused() -> None:
    for value, words in [
        ({}, "holds a dict, expected a state_dict"),
        ([], "holds a list"),
        ({"w": torch.ones(1), "lr": 0.1}, "holds a dict"),
        (torch.Size([1, 2]), "holds a torch.Size"),
    ]:
        with pytest.raises(BBConvertError, match=words):
            read(saved(value))
