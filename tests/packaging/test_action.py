"""The GitHub Action: its steps, run here as the runner would run them."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from tests.support.repository import ROOT
from tests.support.small_agent import AGENT

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
INSTALLED = "pip"
"""What `pip install` is given here: something that is there, so that the bbconvert of these tests stays."""


class Runner:
    """As much of GitHub's runner as a composite action needs: inputs, outputs of steps, and the files it names."""

    def __init__(self, folder: Path, inputs: dict[str, str]) -> None:
        self.folder = folder
        self.outputs: dict[str, dict[str, str]] = {}
        self.summary = folder / "summary.md"
        self.inputs = {name: str(about.get("default", "")) for name, about in ACTION["inputs"].items()} | inputs

    def value(self, text: str) -> str:
        """With its `${{ … }}` put in."""

        def put(match: re.Match[str]) -> str:
            where, *path = match[1].split(".")
            if where == "inputs":
                return self.inputs[path[0]]
            assert (where, path[1]) == ("steps", "outputs")
            return self.outputs[path[0]][path[2]]

        return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", put, text)

    def run(self) -> subprocess.CompletedProcess[str]:
        """All steps, up to the first that fails; actions of others are passed over."""
        done = subprocess.CompletedProcess[str]([], 0)
        for step in ACTION["runs"]["steps"]:
            if "uses" in step:
                continue
            done = self._step(step)
            if done.returncode != 0:
                break
        return done

    def _step(self, step: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        output = self.folder / "output"
        output.write_text("")
        environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            **{name: self.value(text) for name, text in step.get("env", {}).items()},
        }
        (self.folder / "temp").mkdir(exist_ok=True)
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", self.value(step["run"])]
        done = subprocess.run(
            shell, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=200
        )
        lines = output.read_text().splitlines()
        self.outputs[step.get("id", step["name"])] = dict(line.split("=", 1) for line in lines)
        return done


@pytest.mark.packaging
@pytest.mark.timeout(400)
def test_the_actions_steps_make_a_verified_site_with_its_badge(tmp_path: Path) -> None:
    shutil.copyfile(AGENT, tmp_path / AGENT.name)
    runner = Runner(tmp_path, {"policy": AGENT.name, "env": "Hopper-v5", "bbconvert": INSTALLED})

    done = runner.run()

    assert done.returncode == 0, done.stderr
    site = tmp_path / runner.value(ACTION["outputs"]["site"]["value"])
    assert (site / "index.html").is_file()
    assert (tmp_path / runner.value(ACTION["outputs"]["badge"]["value"])).read_text().startswith("<svg")
    assert json.loads((site / "parity.json").read_text())["ok"] is True
    assert "checks hold" in runner.summary.read_text()


@pytest.mark.packaging
def test_a_policy_that_does_not_convert_fails_the_step(tmp_path: Path) -> None:
    shutil.copyfile(AGENT, tmp_path / AGENT.name)
    runner = Runner(tmp_path, {"policy": AGENT.name, "env": "Ant-v5", "bbconvert": INSTALLED})

    done = runner.run()

    assert done.returncode == 1
    assert "does not fit Ant-v5" in done.stderr
    assert not (tmp_path / "site").exists()


def test_no_input_reaches_a_script_but_by_the_environment() -> None:
    """`${{ inputs.… }}` inside of a script would run what somebody wrote into it."""
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), step["name"]
