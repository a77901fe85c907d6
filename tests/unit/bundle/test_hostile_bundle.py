"""A bundle is an untrusted word: it is held to the catalogue, to limits, and to its own files."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.bundle.environment_standing import environment_differences, require_described, standing
from bbconvert.convert.bundle.library import index_json, local_library, open_library
from bbconvert.convert.environments.environment import environment_spec, make_environment, rebuild_environment
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety.scene_file import require_safe_scene
from bbconvert.convert.shipped import BALANCE_BOT_BUNDLE, DEFAULT_BUNDLE, SHIPPED
from bbconvert.convert.verify import verify_bundle

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundles" / "bot"
    shutil.copytree(BALANCE_BOT_BUNDLE, folder)
    return folder


def edit(folder: Path, change: Change) -> None:
    path = folder / "bundle.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def setting(*path: str, value: Any) -> Change:
    """Sets `document[path[0]][path[1]]…` to `value`."""

    def change(document: dict[str, Any]) -> None:
        for name in path[:-1]:
            document = document[name]
        document[path[-1]] = value

    return change


@pytest.mark.parametrize("folder", [DEFAULT_BUNDLE, BALANCE_BOT_BUNDLE])
def test_the_shipped_bundles_are_as_the_catalogue_describes_them(folder: Path) -> None:
    bundle = open_bundle(folder)

    assert standing(bundle) == "catalogue"
    assert environment_differences(bundle) == []


RICH = [{"kind": "constant", "name": "alive", "weight": 1e6}]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (setting("env", "reward", value=RICH), "env.reward"),
        (setting("env", "max_episode_steps", value=7), "env.max_episode_steps"),
        (setting("env", "termination", "healthy", value=[]), "env.termination.healthy"),
        (setting("env", "reset", "draws", value=[]), "env.reset.draws"),
        (setting("action", "names", value=["a", "b", "c"]), "action.names"),
    ],
)
def test_an_environment_that_is_not_the_catalogues_is_refused_and_never_verified(
    change: Change, field: str, bundle: Path
) -> None:
    edit(bundle, change)
    opened = open_bundle(bundle)

    assert standing(opened) == "altered"
    with pytest.raises(BBConvertError, match=rf"does not describe bbconvert/BalanceBot-v0.*{field}"):
        require_described(opened, "The bundle x/y")
    (row,) = (check for check in verify_bundle(opened, ("observation",), lambda _: None) if "catalogue" in check.name)
    assert (row.ok, row.value >= 1, row.tolerance) == (False, True, 0)


def test_another_scene_is_told_by_what_it_compiles_to(bundle: Path) -> None:
    scene = bundle / "scene.xml"
    text = scene.read_text()

    scene.write_text(text.replace("<mujoco", "<!-- other words --><mujoco", 1))
    assert standing(open_bundle(bundle)) == "catalogue"

    gravity = text.replace("<option ", '<option gravity="0 0 -1" ', 1)
    assert gravity != text
    scene.write_text(gravity)
    assert standing(open_bundle(bundle)) == "altered"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (setting("env", "frame_skip", value=10**9), "env.frame_skip"),
        (setting("env", "dt", value=5e-324), "dt is"),
        (setting("env", "timestep", value=5e-324), "env.timestep"),
        (setting("env", "max_episode_steps", value=10**12), "max_episode_steps"),
        (setting("env", "reset", "init_qpos", value=[0.0] * 20_000), "init_qpos"),
        (setting("action", "low", value=[-1.0] * 5), "low has 5 entries"),
        (setting("parity", "episodes", "lengths", value=[10**6] * 12), "partial returns|physics steps"),
        (setting("title", value="x" * 500), "title"),
        (setting("name", value="../x"), "name"),
        (
            setting("env", "reset", "draws", value=[
                {"distribution": "uniform_point", "target": "qpos", "low": [-1, -1], "high": [1, 1], "norm_above": 9}
            ]),
            "would hardly end",
        ),
    ],
)  # fmt: skip
def test_numbers_beyond_any_environments_are_refused(change: Change, words: str, bundle: Path) -> None:
    edit(bundle, change)

    with pytest.raises(BBConvertError, match=words):
        open_bundle(bundle)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_is_not_finite_is_refused(text: str, bundle: Path) -> None:
    path = bundle / "bundle.json"
    edit(bundle, setting("parity", "episodes", "returns", value=["@"] * 12))
    path.write_text(path.read_text().replace('"@"', text))

    with pytest.raises(BBConvertError, match=r"bundle\.json is"):
        open_bundle(bundle)


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b'{"format": ' + b"[" * 5000, b"\xff\xfe", b"null", b"", b'{"a": ' + b"9" * 5000 + b"}"]
)
def test_one_bad_bundle_does_not_stop_the_others(content: bytes, bundle: Path) -> None:
    (bundle / "bundle.json").write_bytes(content)

    library, left_out = local_library(bundle.parent)

    assert list(library) == [folder.name for folder in SHIPPED]
    assert len(left_out) == 1
    assert f"{bundle} is left out" in left_out[0]
    json.loads(index_json(library), parse_constant=pytest.fail)
    with pytest.raises(BBConvertError):
        open_library([bundle])


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"frame_skip": 10**9}, "frame_skip"),
        ({"xml_file": "/etc/passwd"}, "xml_file"),
        ({"xml_file": "../../etc/passwd"}, "xml_file"),
        ({"xml_file": "~/.ssh/config"}, "xml_file"),
        ({"reset_noise_scale": 1e300}, "reset_noise_scale"),
        ({"healthy_reward": float("nan")}, "healthy_reward"),
        ({"healthy_reward": 1e300}, "healthy_reward"),
        ({"terminate_when_unhealthy": "yes"}, "terminate_when_unhealthy"),
        ({"entry_point": "os:system"}, "entry_point"),
    ],
)
def test_arguments_of_a_stranger_are_an_allow_list_with_ranges(
    kwargs: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(BBConvertError, match=words):
        environment_spec("Hopper-v5", kwargs, own_files=tmp_path)
    manifest = open_bundle(DEFAULT_BUNDLE).manifest
    env = manifest.env.model_copy(update={"id": "Hopper-v5", "kwargs": kwargs})
    with pytest.raises(BBConvertError, match=words):
        rebuild_environment(manifest.model_copy(update={"env": env}), tmp_path)


def test_arguments_about_pictures_never_reach_the_constructor(tmp_path: Path) -> None:
    manifest = open_bundle(DEFAULT_BUNDLE).manifest
    env = manifest.env.model_copy(update={"id": "Hopper-v5", "kwargs": {"render_mode": "human", "width": 10**9}})

    made = rebuild_environment(manifest.model_copy(update={"env": env}), tmp_path)
    try:
        assert made.render_mode is None
    finally:
        made.close()
    with pytest.raises(BBConvertError):
        make_environment("NoSuch-v1", {})


HEAD, TAIL = "<mujoco><worldbody>", "</worldbody></mujoco>"


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        ('<!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><mujoco>&b;</mujoco>', "DOCTYPE"),
        (HEAD + '<replicate count="100000"><geom size="1"/></replicate>' + TAIL, "elements"),
        (HEAD + '<replicate count="999"><replicate count="999"><geom/></replicate></replicate>' + TAIL, "elem"),
        (HEAD + '<composite type="particle" count="100 100 100"/>' + TAIL, "elements"),
        ('<mujoco><asset><texture builtin="flat" width="99999" height="99999"/></asset></mujoco>', "pixels"),
        ('<mujoco><asset><hfield name="h" nrow="100000" ncol="100000" size="1 1 1 1"/></asset></mujoco>', "pixels"),
        ('<mujoco><size memory="100G"/></mujoco>', "memory"),
        ('<mujoco><option timestep="1e-300"/></mujoco>', "timestep"),
        ('<mujoco><asset><mesh name="m" file="/etc/passwd"/></asset></mujoco>', "/etc/passwd"),
        ('<mujoco><asset><mesh name="m" file="../secret.stl"/></asset></mujoco>', "secret"),
        ('<mujoco><include file="/etc/passwd"/></mujoco>', "/etc/passwd"),
        ('<mujoco><include file="scene.xml"/></mujoco>', "includes too many files"),
        ('<mujoco><extension><plugin plugin="mujoco.sdf.bolt"/></extension></mujoco>', "plugin"),
        (HEAD + "<body>" * 200 + "</body>" * 200 + TAIL, "nested"),
        ("<svg/>", "first element"),
        ("<mujoco>", "not XML"),
    ],
)  # fmt: skip
def test_a_scene_asks_for_no_foreign_file_and_no_gigabytes(scene: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "scene.xml").write_text(scene)
    (tmp_path.parent / "secret.stl").write_text("solid")

    with pytest.raises(BBConvertError, match=words):
        require_safe_scene(tmp_path, "scene.xml")


@pytest.mark.parametrize("folder", [DEFAULT_BUNDLE, BALANCE_BOT_BUNDLE])
def test_the_shipped_scenes_are_safe(folder: Path) -> None:
    require_safe_scene(folder, "scene.xml")


def _loop(model: onnx.ModelProto) -> None:
    body = helper.make_graph([], "body", [], [])
    model.graph.node.insert(0, helper.make_node("Loop", ["", ""], ["x"], body=body))


def _external(model: onnx.ModelProto) -> None:
    tensor = numpy_helper.from_array(np.zeros(4, np.float32), "secret")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="secret.bin")
    model.graph.node.insert(0, helper.make_node("Constant", [], ["secret"], value=tensor))


def _random(model: onnx.ModelProto) -> None:
    model.graph.node.insert(0, helper.make_node("RandomNormal", [], ["noise"], shape=[10**6, 10**6]))


def _empty_input(model: onnx.ModelProto) -> None:
    """ONNX Runtime 1.26 ends with a segmentation fault on it."""
    next(node for node in model.graph.node if node.op_type == "Max").input.append("")


def _matmul(model: onnx.ModelProto) -> None:
    next(node for node in model.graph.node if node.op_type == "Min").op_type = "MatMul"


def _broadcast(model: onnx.ModelProto) -> None:
    """64 kB that ONNX Runtime folds into 512 MB."""
    for name, shape in (("column", (8000, 1)), ("row", (1, 8000))):
        model.graph.initializer.append(numpy_helper.from_array(np.ones(shape, np.float32), name))
    model.graph.node.insert(0, helper.make_node("Mul", ["column", "row"], ["big"]))


def _renamed(model: onnx.ModelProto) -> None:
    model.graph.input[0].name = "obs"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_loop, "was not read: its node Loop"),
        (_external, "was not read"),
        (_random, "its node 0 is .*RandomNormal.*expected .*Sub"),
        (_empty_input, "its node .*Max.*expected .*Max"),
        (_matmul, "its node .*MatMul.*expected .*Min"),
        (_broadcast, "its node 0 is .*Mul.*expected .*Sub"),
        (_renamed, "is not a valid ONNX|does not belong"),
    ],
)
def test_a_policy_is_made_of_what_bbconvert_writes(
    change: Callable[[onnx.ModelProto], None], words: str, bundle: Path
) -> None:
    model = onnx.load(bundle / "policy.onnx")
    change(model)
    (bundle / "policy.onnx").write_bytes(model.SerializeToString())

    with pytest.raises(BBConvertError, match=words):
        _ = open_bundle(bundle).policy_bytes
