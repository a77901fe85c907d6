"""An untrusted ONNX file as a model that refers to nothing outside of itself, checked before any runtime sees it."""

import math
from collections.abc import Iterator
from pathlib import Path

import onnx
from onnx import TensorProto

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety.limits import MAX_ONNX_BYTES, MAX_ONNX_NODES, MAX_RANK, MEBIBYTE

_WIDTHS: dict[int, int] = {
    TensorProto.DOUBLE: 8,
    TensorProto.FLOAT: 4,
    TensorProto.FLOAT16: 2,
    TensorProto.INT64: 8,
    TensorProto.INT32: 4,
    TensorProto.INT16: 2,
    TensorProto.INT8: 1,
    TensorProto.UINT64: 8,
    TensorProto.UINT32: 4,
    TensorProto.UINT16: 2,
    TensorProto.UINT8: 1,
    TensorProto.BOOL: 1,
}
"""The dtypes of constants that are read, and their bytes."""

_FIELDS = ("float_data", "int32_data", "int64_data", "double_data", "uint64_data")
"""Where a tensor's numbers stand unless in `raw_data`."""


def read_onnx(path: Path) -> onnx.ModelProto:
    """The ONNX checkpoint at `path`, with the weights that stand beside it in `NAME.onnx.data`, as torch exports them.

    Raises:
        BBConvertError: as `parse_onnx`.
    """
    again = "Export it again as one file, with the weights inside."
    return parse_onnx(str(path), path.read_bytes(), again, beside=path.with_name(f"{path.name}.data"))


def parse_onnx(name: str, content: bytes, again: str, beside: Path | None = None) -> onnx.ModelProto:
    """The model in `content`.

    Args:
        name: stands for the file in messages.
        content: the file's bytes.
        again: the end of a message: what to do.
        beside: the one other file that its weights may stand in, under its name alone; None: there is none.

    Raises:
        BBConvertError: not ONNX, too large, with data in other files, graphs in nodes, or sparse tensors.
    """
    if len(content) > MAX_ONNX_BYTES:
        raise BBConvertError(
            f"{name} has {len(content) / MEBIBYTE:.0f} MiB, more than the {MAX_ONNX_BYTES // MEBIBYTE} MiB that an "
            "ONNX policy may take."
        )
    damaged = f"{name} is not a valid ONNX file, or is damaged or cut short"
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf raises a type of its own
        raise BBConvertError(f"{damaged} ({_first_line(error)}). {again}") from error
    if beside is not None and beside.is_file() and not beside.is_symlink():
        _take_in(model, beside)
    fault = _fault(model)
    if fault:
        raise BBConvertError(f"{name} was not read: {fault}. {again}")
    try:
        onnx.checker.check_model(model)
    except Exception as error:  # the checker's own types, and RuntimeError
        raise BBConvertError(f"{damaged} ({_first_line(error)}). {again}") from error
    return model


def _take_in(model: onnx.ModelProto, file: Path) -> None:
    """Puts the weights that stand in `file` into the model; what does not lie whole in it is left where it is said."""
    if file.stat().st_size > MAX_ONNX_BYTES:
        return
    content = file.read_bytes()
    for tensor in _tensors(model.graph):
        said = {held.key: held.value for held in tensor.external_data}
        if tensor.data_location != TensorProto.EXTERNAL or said.pop("location", None) != file.name:
            continue
        numbers = [said.get("offset", "0"), said.get("length", str(len(content)))]
        if not all(number.isascii() and number.isdigit() and len(number) < 16 for number in numbers):
            continue
        offset, length = map(int, numbers)
        if offset + length <= len(content):
            tensor.raw_data = content[offset : offset + length]
            del tensor.external_data[:]
            tensor.ClearField("data_location")


def _fault(model: onnx.ModelProto) -> str | None:
    """What is wrong with the model, or None."""
    graph = model.graph
    if model.functions or model.training_info or graph.sparse_initializer:
        return "it has functions, training information or sparse tensors, which a policy does not need"
    if len(graph.node) > MAX_ONNX_NODES:
        return f"it has {len(graph.node):,} nodes, more than {MAX_ONNX_NODES:,}"
    for node in graph.node:
        if any(held.g.ByteSize() or held.graphs or _is_sparse(held) for held in node.attribute):
            return f"its node {node.op_type[:40]} holds a graph or a sparse tensor"
    return next((found for tensor in _tensors(graph) if (found := _tensor_fault(tensor))), None)


def _is_sparse(attribute: onnx.AttributeProto) -> bool:
    return bool(attribute.sparse_tensor.ByteSize() or attribute.sparse_tensors)


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    """Every tensor in the graph: its initialisers and those in the attributes of nodes."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def _tensor_fault(tensor: onnx.TensorProto) -> str | None:
    name = tensor.name[:80] or "a constant"
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        return f"{name} is kept in another file. Save it in one: onnx.save(onnx.load(PATH), NEW_PATH)"
    width = _WIDTHS.get(tensor.data_type)
    if width is None:
        return f"{name} is of a type that is not a real number ({tensor.data_type})"
    sizes = list(tensor.dims)
    if len(sizes) > MAX_RANK or any(size < 0 for size in sizes):
        return f"{name} has the shape {sizes[:12]}"
    raw, numbers = len(tensor.raw_data), math.prod(sizes)
    held = raw // width if raw else max(len(getattr(tensor, field)) for field in _FIELDS)
    if numbers != held or raw % width:
        return f"{name} of shape {sizes} holds {held} numbers"
    return None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
