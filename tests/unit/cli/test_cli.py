"""convert/cli: what the commands print, and what they exit with."""

import errno
import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from bbconvert.convert import __version__
from bbconvert.convert.bundle.output_folder import bundle_name, existing_bundle
from bbconvert.convert.cli import edge, options
from bbconvert.convert.cli.convert import parse_env_args
from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.manifest import NormalizationMode, Source
from bbconvert.convert.shipped import DEFAULT_BUNDLE
from tests.support.command_line import CommandLine
from tests.support.repository import ROOT
from tests.support.small_agent import AGENT, AGENT_ENV

SLOW_TO_IMPORT = ("torch", "gymnasium", "mujoco", "onnx", "onnxruntime", "numpy", "huggingface_hub", "starlette")


def test_help_imports_nothing_slow() -> None:
    script = (
        "import sys\nfrom bbconvert.convert.cli.main import main\nsys.argv = ['bbconvert', '--help']\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert stop.code == 0\n"
        f"sys.stderr.write(' '.join(name for name in {SLOW_TO_IMPORT!r} if name in sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert result.stderr == ""
    for command in ("pull", "convert", "inspect", "verify", "evaluate", "play", "serve", "export", "list", "envs"):
        assert f" {command} " in result.stdout


def test_the_version_is_the_packages(bbconvert: CommandLine) -> None:
    result = bbconvert("--version")

    assert (result.returncode, result.stdout) == (0, f"bbconvert {__version__}\n")


def test_wrong_usage_exits_2_and_says_how_to_go_on(bbconvert: CommandLine) -> None:
    for arguments in (["bogus"], ["pull"], ["pull", "Humanoid-v4"], ["pull", "a/b", "--normalization", "maybe"]):
        result = bbconvert(*arguments)
        assert (result.returncode, result.stdout) == (2, ""), arguments
        assert result.stderr != ""


def test_debug_may_stand_anywhere_and_shows_the_traceback(bbconvert: CommandLine) -> None:
    plain = bbconvert("inspect", "no/such")
    assert plain.returncode == 1
    assert "Traceback" not in plain.stderr

    for arguments in (
        ["--debug", "inspect", "no/such"],
        ["inspect", "--debug", "no/such"],
        ["inspect", "no/such", "--debug"],
    ):
        result = bbconvert(*arguments)
        assert result.returncode == 1
        assert "Traceback" in result.stderr
        assert plain.stderr in result.stderr


def test_debug_after_two_hyphens_is_an_argument() -> None:
    assert edge.take_debug(["inspect", "--", "--debug"]) == ["inspect", "--", "--debug"]


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (BBConvertError("what failed"), 1, "what failed"),
        (UsageError("wrong"), 2, "wrong"),
        (KeyboardInterrupt(), 130, "Stopped; nothing was written."),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), 1, "The disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 1, "/x: Permission denied"),
        (OSError(errno.EROFS, "Read-only file system"), 1, "read-only: choose another folder with --out"),
        (ZeroDivisionError("division by zero"), 1, "Unexpected ZeroDivisionError: division by zero"),
    ],
)
def test_every_error_has_its_words_and_its_exit_code(error: BaseException, code: int, words: str) -> None:
    message, got = edge.explain(error)

    assert got == code
    assert words in message


def test_an_unexpected_error_is_one_line_and_names_debug(capsys: pytest.CaptureFixture[str]) -> None:
    edge.take_debug([])
    assert edge.report(ZeroDivisionError("division by zero\nmore")) == 1

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[1] == "--debug shows the traceback."
    assert len(captured.err.splitlines()) == 2


def test_the_normalisation_option_offers_the_manifests_modes() -> None:
    offered = get_args(get_args(options.NormalizationOption)[0])[0]

    assert set(get_args(offered)) == set(get_args(NormalizationMode))


def test_envs_lists_sizes_rate_and_ending_on_stdout(bbconvert: CommandLine) -> None:
    result = bbconvert("envs", "--json")

    assert result.returncode == 0, result.stderr
    environments = {env["id"]: env for env in json.loads(result.stdout)["environments"]}
    humanoid = environments["Humanoid-v4"]
    assert (humanoid["observation_size"], humanoid["action_size"], humanoid["max_episode_steps"]) == (376, 17, 1000)
    assert humanoid["control_hz"] == pytest.approx(1 / 0.015, rel=1e-12)
    assert humanoid["ends"] == "root z outside 1…2; after 1000 steps"
    assert environments["bbconvert/HumanoidBalance-v0"]["control_hz"] == pytest.approx(100, rel=1e-12)
    assert environments["Ant-v3"]["plays_as"] == "Ant-v4"
    assert (environments["Ant-v3"]["observation_size"], environments["Ant-v4"]["observation_size"]) == (111, 27)
    assert "Pusher-v4" not in environments
    table = " ".join(bbconvert("envs", COLUMNS="200").stdout.split())
    for env_id, env in environments.items():
        assert env_id in table
        assert env["ends"] in table
    assert "(plays as Ant-v4)" in table


def test_list_shows_bundles_and_says_which_cannot_be_read(bbconvert: CommandLine) -> None:
    broken = bbconvert.cwd / "bundles" / "broken"
    broken.mkdir(parents=True)
    (broken / "bundle.json").write_text('{"format": "bbconvert-bundle", "version": 99}')

    result = bbconvert("list", "--json")

    bundles = json.loads(result.stdout)["bundles"]
    assert result.returncode == 0, result.stderr
    assert bundles[0]["name"] == "broken"
    assert "version 99" in bundles[0]["error"]
    assert bundles[1]["bundle"] == str(DEFAULT_BUNDLE)
    assert bundles[1]["env_id"] == "bbconvert/HumanoidBalance-v0"
    assert "version 99" in bbconvert("list").stdout


def test_inspect_shows_a_bundle_and_a_checkpoint(bbconvert: CommandLine) -> None:
    bundle = json.loads(bbconvert("inspect", DEFAULT_BUNDLE, "--json").stdout)
    manifest = json.loads((DEFAULT_BUNDLE / "bundle.json").read_text())
    assert (bundle["kind"], bundle["name"]) == ("bundle", manifest["name"])
    assert bundle["network"]["layers"] == [manifest["network"]["inputs"], *manifest["network"]["layers"]]

    checkpoint = json.loads(bbconvert("inspect", AGENT, "--json").stdout)
    assert (checkpoint["kind"], checkpoint["observation_size"], checkpoint["action_size"]) == ("checkpoint", 11, 3)
    assert f"sha256{' ' * 12}{checkpoint['sha256']}" in bbconvert("inspect", AGENT).stdout


def test_convert_with_json_prints_one_document_and_nothing_else(bbconvert: CommandLine) -> None:
    result = bbconvert("convert", AGENT, "--env", AGENT_ENV, "--normalization", "none", "--out", "out", "--json")

    assert (result.returncode, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert (document["bundle"], document["normalization"]) == ("out", "none")
    assert document["checks"]["failed"] == 0
    assert document["checks"]["passed"] > 0


def test_environment_arguments_are_literals_or_text() -> None:
    assert parse_env_args(["a=True", "b=(1.0, 2)", "c=text=more", "d="]) == {
        "a": True,
        "b": (1.0, 2),
        "c": "text=more",
        "d": "",
    }
    for wrong in (["a"], ["=1"], ["1a=2"], ["a=1", "a=2"]):
        with pytest.raises(UsageError, match="--env-arg"):
            parse_env_args(wrong)


def test_a_bundle_name_fits_a_folder_and_the_manifest() -> None:
    assert bundle_name("cleanrl/Humanoid-v4") == "cleanrl--Humanoid-v4"
    assert bundle_name("../../my agent--bbconvert/X-v0") == "my-agent--bbconvert--X-v0"
    assert bundle_name("été") == "t-"
    assert bundle_name("///") == "bundle"


def test_an_existing_bundle_is_kept_only_for_the_same_source(tmp_path: Path) -> None:
    from bbconvert.convert.bundle.bundle import open_bundle

    source = open_bundle(DEFAULT_BUNDLE).manifest.source
    kept = existing_bundle(DEFAULT_BUNDLE, source, "frozen", force=False)
    assert kept is not None
    assert kept.folder == DEFAULT_BUNDLE

    other = Source(filename="f", sha256="0" * 64, library="l", algorithm="a")
    with pytest.raises(BBConvertError, match="another source"):
        existing_bundle(DEFAULT_BUNDLE, other, None, force=False)
    with pytest.raises(BBConvertError, match="normalisation frozen; asked for was none"):
        existing_bundle(DEFAULT_BUNDLE, source, "none", force=False)
    assert existing_bundle(tmp_path / "new", source, None, force=False) is None
    assert existing_bundle(tmp_path, source, None, force=False) is None
