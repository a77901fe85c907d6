"""Small files that once took gigabytes, minutes or another exception: each is refused in one sentence, or read."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import onnx
import pytest
import torch
import yaml  # type: ignore[import-untyped]
from onnx import TensorProto, helper, numpy_helper

from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.checkpoint import Unsaid
from bbconvert.convert.checkpoints.companions import read_companions
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.hub.model_card import parse_model_card, parse_reward
from bbconvert.convert.safety.strict_yaml import StrictYamlError, load_yaml
from tests.support.small_agent import AGENT

SAID = Unsaid(activation="tanh", output="clip")


def ppo() -> dict[str, torch.Tensor]:
    return {
        "actor_mean.0.weight": torch.ones(4, 3),
        "actor_mean.0.bias": torch.ones(4),
        "actor_mean.2.weight": torch.ones(2, 4),
        "actor_mean.2.bias": torch.ones(2),
    }


def test_the_intact_twin_is_read(tmp_path: Path) -> None:
    torch.save(ppo(), tmp_path / "agent.pth")

    assert read_checkpoint(tmp_path / "agent.pth").network.actor.widths == [4, 2]


@pytest.mark.parametrize(
    "change",
    [
        {"actor_mean.².weight": torch.ones(4, 3)},
        {f"actor_mean.{'9' * 200}.weight": torch.ones(4, 3)},
        {"actor_mean.0.weight": torch.ones(4, 3, dtype=torch.complex64)},
        {"actor_mean.0.weight": torch.full((4, 3), 1e300, dtype=torch.float64)},
        {"actor_mean.0.bias": torch.tensor(1.0)},
        {"actor_mean.0.weight": torch.ones(0, 3), "actor_mean.0.bias": torch.ones(0)},
        {"actor_mean.2.weight": torch.ones(2, 0)},
        {"actor_logstd": torch.full((1, 2), float("inf"))},
        {"critic.00.weight": torch.ones(1, 3), "critic.0.weight": torch.ones(())},
        {"obs_rms.mean": torch.ones(3), "obs_rms.var": torch.full((3,), float("nan")), "obs_rms.count": torch.ones(1)},
        {"x" * 5000: torch.ones(1)},
        {f"w{i}": torch.ones(1) for i in range(3000)},
    ],
    ids=lambda change: next(iter(change))[:24],
)
def test_strange_names_and_numbers_are_refused_or_left_aside(change: dict[str, torch.Tensor], tmp_path: Path) -> None:
    torch.save({**ppo(), **change}, tmp_path / "agent.pth")

    try:
        checkpoint = read_checkpoint(tmp_path / "agent.pth")
    except BBConvertError as error:
        assert "at fault" not in str(error), "the net at the boundary caught it, no reader"  # noqa: PT017
    else:
        assert all(np.all(np.isfinite(layer.weight)) for layer in checkpoint.network.actor.layers)
        assert checkpoint.network.actor.widths == [4, 2]


def test_weights_that_overflow_in_float32_are_refused(tmp_path: Path) -> None:
    torch.save({**ppo(), "actor_mean.0.weight": torch.full((4, 3), 1e300, dtype=torch.float64)}, tmp_path / "agent.pth")

    with pytest.raises(BBConvertError, match="not finite in float32"):
        read_checkpoint(tmp_path / "agent.pth")


def test_numbered_layers_of_a_plain_state_dict_may_have_any_digits(tmp_path: Path) -> None:
    network = {f"net.{name}.{part}": torch.ones(size) for name in ("²", "9" * 200) for part, size in PARTS.items()}
    torch.save(network, tmp_path / "agent.pth")

    assert read_checkpoint(tmp_path / "agent.pth", unsaid=SAID).network.actor.widths == [3, 3]


PARTS = {"weight": (3, 3), "bias": (3,)}


def test_what_no_reader_foresaw_is_one_sentence_with_the_files_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise LookupError("nothing\nto be shown")

    monkeypatch.setattr("bbconvert.convert.checkpoints.torch_file.load_torch", fails)
    torch.save(ppo(), tmp_path / "agent.pth")

    with pytest.raises(BBConvertError, match=r"agent\.pth could not be read \(LookupError: nothing\)"):
        read_checkpoint(tmp_path / "agent.pth")


# ONNX.


def gemm(*nodes: onnx.NodeProto, extra: tuple[onnx.TensorProto, ...] = ()) -> bytes:
    """A policy of one layer, behind `nodes`, which make `h` of `x` [1, 3]."""
    weight = numpy_helper.from_array(np.ones((3, 2), np.float32), "w")
    graph = helper.make_graph(
        [*nodes, helper.make_node("MatMul", ["h", "w"], ["action"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3])],
        [helper.make_tensor_value_info("action", TensorProto.FLOAT, [1, 2])],
        [weight, *extra],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    content: bytes = model.SerializeToString()
    return content


def external(name: str = "secret") -> onnx.TensorProto:
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[3], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="secret.bin")
    return tensor


def folded(count: int) -> bytes:
    """Constants [4096, 1] and [1, 4096], added `count` times: 16 million numbers each time."""
    tall = numpy_helper.from_array(np.ones((4096, 1), np.float32), "tall")
    wide = numpy_helper.from_array(np.ones((1, 4096), np.float32), "wide")
    sums = [helper.make_node("Add", ["tall", "wide"], [f"s{i}"]) for i in range(count)]
    chain = [helper.make_node("Add", ["x" if i == 0 else f"c{i - 1}", f"s{i}"], [f"c{i}"]) for i in range(count)]
    last = helper.make_node("Identity", [f"c{count - 1}"], ["h"])
    return gemm(*sums, *chain, last, extra=(tall, wide))


def test_the_intact_graph_is_read(tmp_path: Path) -> None:
    (tmp_path / "policy.onnx").write_bytes(gemm(helper.make_node("Identity", ["x"], ["h"])))

    assert read_checkpoint(tmp_path / "policy.onnx").network.actor.widths == [2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gemm(helper.make_node("Add", ["x", "secret"], ["h"]), extra=(external(),)), "kept in another file"),
        (
            gemm(
                helper.make_node("Constant", [], ["secret"], value=external()),
                helper.make_node("Add", ["x", "secret"], ["h"]),
            ),
            "kept in another file",
        ),
        (folded(41), "would be computed to more than"),
        (gemm(helper.make_node("Softmax", ["x"], ["h"])), "Softmax"),
        (
            gemm(
                helper.make_node("ConstantOfShape", ["n"], ["big"]),
                helper.make_node("Add", ["x", "big"], ["h"]),
                extra=(numpy_helper.from_array(np.array([2**40]), "n"),),
            ),
            "ConstantOfShape",
        ),
        (b"\x08\x08", "not a valid ONNX file"),
        (b"\x08\x08:\x00", "ONNX"),
    ],
    ids=["initialiser", "constant node", "folded", "softmax", "constant of shape", "empty", "empty graph"],
)
def test_an_onnx_file_reads_no_other_file_and_computes_within_a_budget(
    content: bytes, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.bin").write_bytes(bytes(12))
    (tmp_path / "policy.onnx").write_bytes(content)

    with pytest.raises(BBConvertError, match=words):
        read_checkpoint(tmp_path / "policy.onnx")


# flax, safetensors, Stable-Baselines3.


def test_a_deep_tree_of_long_names_does_not_multiply_them(tmp_path: Path) -> None:
    leaf = msgpack.ExtType(1, msgpack.packb([[1], "float32", bytes(4)]))
    tree: Any = {f"{i:04}": leaf for i in range(500)}
    for _ in range(100):
        tree = {"n" * 250: tree}
    (tmp_path / "agent.model").write_bytes(msgpack.packb(tree))

    with pytest.raises(BBConvertError, match=r"nested more than|cut short"):
        read_checkpoint(tmp_path / "agent.model")


def test_many_empty_containers_are_counted(tmp_path: Path) -> None:
    (tmp_path / "agent.model").write_bytes(
        msgpack.packb({str(i): {str(j): {} for j in range(900)} for i in range(900)})
    )

    with pytest.raises(BBConvertError, match="lists and mappings"):
        read_checkpoint(tmp_path / "agent.model")


def safetensors(header: dict[str, Any], data: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ({"w": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}}, bytes(4)),
        ({"w": {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 4]}}, bytes(4)),
        ({"w": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}}, bytes(4)),
        ({}, b""),
    ],
)
def test_a_strange_safetensors_file_is_refused(header: dict[str, Any], data: bytes, tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_bytes(safetensors(header, data))

    with pytest.raises(BBConvertError):
        read_checkpoint(tmp_path / "w.safetensors", unsaid=SAID)


def test_an_empty_tensor_of_a_great_shape_is_refused(tmp_path: Path) -> None:
    header = {"w.weight": {"dtype": "F32", "shape": [2**40, 0], "data_offsets": [0, 0]}}
    (tmp_path / "w.safetensors").write_bytes(safetensors(header))

    with pytest.raises(BBConvertError, match=r"w.weight has shape \(1099511627776, 0\)"):
        read_checkpoint(tmp_path / "w.safetensors", unsaid=SAID)


def rezipped(change: Callable[[zipfile.ZipInfo], None]) -> bytes:
    """The shipped checkpoint's zip with another directory."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(AGENT) as source, zipfile.ZipFile(buffer, "w") as archive:
        for info in source.infolist():
            archive.writestr(info.filename, source.read(info))
        for info in archive.infolist():
            change(info)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        lambda info: setattr(info, "compress_type", zipfile.ZIP_LZMA),
        lambda info: setattr(info, "compress_type", 99),
        lambda info: setattr(info, "flag_bits", info.flag_bits | 1),
        lambda info: setattr(info, "file_size", 2**31),
        lambda info: setattr(info, "filename", "same"),
        lambda info: setattr(info, "header_offset", info.header_offset + 7),
    ],
    ids=["lzma", "unknown method", "encrypted", "size", "one name", "offset"],
)
def test_a_zip_that_lies_in_its_directory_is_refused(change: Callable[[zipfile.ZipInfo], None], tmp_path: Path) -> None:
    (tmp_path / "agent.zip").write_bytes(rezipped(change))

    with pytest.raises(BBConvertError, match=r"agent\.zip"):
        read_checkpoint(tmp_path / "agent.zip")


# YAML and model cards.


def test_merge_keys_and_anchors_are_refused_at_once() -> None:
    bomb = "a: &a {x: 1}\n" + "".join(f"b{i}: &b{i} {{<<: [*a, *a]}}\n" for i in range(20))
    for text in (bomb, "a: &a 1", "a: *b", "<<: {a: 1}", "? [a, b]\n: 1", "!!bool x", "!!python/name:os.system"):
        with pytest.raises(StrictYamlError):
            load_yaml(text)


def test_depth_and_length_are_limited() -> None:
    for text in ("[" * 100 + "]" * 100, "a: " + "x" * 100_000, '"\\UFFFFFFFF"', "a: 1\n---\nb: 2"):
        with pytest.raises(StrictYamlError):
            load_yaml(text)


def test_plain_settings_are_read_as_pyyaml_reads_them() -> None:
    text = yaml.safe_dump(
        {"lr": 0.0003, "n": -7, "on": True, "none": None, "nested": [{"a": ["x", 1.5]}], "text": "3e-4", "empty": {}}
    )

    assert load_yaml(text) == yaml.safe_load(text)
    assert load_yaml("!!python/object/apply:collections.OrderedDict\n- - - algo\n    - sac\n") == {"algo": "sac"}
    assert load_yaml("date: 2023-02-30") == {"date": "2023-02-30"}
    assert load_yaml("") is None


@pytest.mark.parametrize("value", ["1" * 20_000, "1" * 20_000 + " +/- ", ".5" * 5000, 10**400, float("nan"), True, [1]])
def test_a_reward_that_is_not_one_is_none_at_once(value: Any) -> None:
    assert parse_reward(value) is None


@pytest.mark.parametrize(
    "text",
    [
        "---\ndate: 2023-02-30\n---\n",
        "---\na: !!bool x\n---\n",
        "---\n" + "a: &a [*a]\n---\n",
        "```python" + "\n" * 20_000,
        "```python\n" + "-" * 19_000 + "1\n```",
        "```python\n" + "(" * 10_000 + "\n```",
        "---\n" * 20_000,
    ],
)
def test_a_broken_card_says_nothing_and_does_not_fail(text: str) -> None:
    card = parse_model_card(text)

    assert (card.env_id, card.published, card.hyperparameters) == (None, None, {})


@pytest.mark.parametrize(
    "text", ["&a [*a]", "{xml_file: [" * 50, "!!python/object/apply:os.system [true]", "\x00", "é: ["]
)
def test_notes_that_are_not_plain_yaml_are_passed_over(text: str, tmp_path: Path) -> None:
    (tmp_path / "env_kwargs.yml").write_text(text)

    found = read_companions(tmp_path / "agent.zip")

    assert found.env_kwargs == {}
    assert len(found.unreadable) == 1
