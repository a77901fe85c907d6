"""`import bbconvert`: the public functions, and the examples of docs/api.md, which run in the order of the page."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bbconvert
from bbconvert.convert.environments.registry import ENVIRONMENTS
from bbconvert.mjcf.spec import Condition, ConstantReward, Termination, UniformDraw
from bbconvert.observation.spec import ObservationTerm
from tests.support.command_line import CommandLine
from tests.support.local_hub import LocalHub
from tests.support.repository import ROOT
from tests.support.small_agent import AGENT, AGENT_ENV, AGENT_REPO

EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(), flags=re.DOTALL)

PROGRAM = """
import bbconvert
from bbconvert.mjcf.spec import ConstantReward, Termination, UniformDraw
from bbconvert.observation.spec import ObservationTerm
"""

TERMS = [ObservationTerm(name="qpos", source="qpos"), ObservationTerm(name="qvel", source="qvel")]
UPRIGHT = Termination(
    healthy=[Condition(source="qpos", index=1, above=-0.2, below=0.2, inclusive=True)], terminate_when_unhealthy=True
)
DESCRIPTION = {
    "observation": TERMS,
    "reset": [UniformDraw(target="qpos", low=-0.01, high=0.01), UniformDraw(target="qvel", low=-0.01, high=0.01)],
    "reward": [ConstantReward(name="reward_survive", weight=1.0)],
    "termination": UPRIGHT,
}


def test_every_public_function_has_an_example_that_runs(hub: LocalHub, bbconvert_at_hub: CommandLine) -> None:
    assert hub.url
    functions = {name for name in bbconvert.__all__ if name[0].islower()}
    assert {name for name in functions if any(f"bbconvert.{name}(" in example for example in EXAMPLES)} == functions
    shutil.copy(AGENT, bbconvert_at_hub.cwd / "agent.cleanrl_model")
    (bbconvert_at_hub.cwd / "examples.py").write_text(PROGRAM + "\n".join(EXAMPLES))

    done = subprocess.run(
        [sys.executable, "examples.py"],
        cwd=bbconvert_at_hub.cwd,
        env={**bbconvert_at_hub.environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert (AGENT_REPO, AGENT_ENV) == ("tester/hopper-ppo", "Hopper-v5")


def test_the_package_alone_imports_nothing_heavy_and_lists_its_names() -> None:
    program = (
        "import sys, json, bbconvert; names = dir(bbconvert); "
        "print(json.dumps([sorted({'numpy', 'torch', 'mujoco', 'onnx'} & set(sys.modules)), names]))"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    heavy, names = json.loads(done.stdout)
    assert heavy == []
    assert set(bbconvert.__all__) <= set(names)
    for name in bbconvert.__all__:
        assert callable(getattr(bbconvert, name))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = bbconvert.nothing


def test_a_bad_call_raises_and_does_not_exit(tmp_path: Path) -> None:
    with pytest.raises(bbconvert.BBConvertError, match="does not exist; expected a checkpoint file"):
        bbconvert.convert(tmp_path / "nothing.pt", "Hopper-v4")
    with pytest.raises(bbconvert.BBConvertError, match="is not a bundle"):
        bbconvert.verify(tmp_path)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    copy = dict(ENVIRONMENTS)
    monkeypatch.setattr("bbconvert.convert.environments.registration.ENVIRONMENTS", copy)
    return copy  # type: ignore[return-value]


def test_a_description_that_fits_is_registered_whole(registry: dict[str, object]) -> None:
    before = registry["InvertedPendulum-v5"]

    bbconvert.register_environment("InvertedPendulum-v5", **DESCRIPTION)  # type: ignore[arg-type]

    assert registry["InvertedPendulum-v5"] is not before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"observation": TERMS[:1]}, r"its terms give 2 numbers, its observation_space has the shape \(4,\)"),
        ({"observation": TERMS[::-1]}, "number 0 of its observation is .* by the terms and .* by Gymnasium"),
        ({"observation": [ObservationTerm(name="x", source="xpos", body="leg")]}, "names body 'leg'"),
        ({"reset": [UniformDraw(target="qvel", start=1, stop=3, low=-1, high=1)]}, r"qvel\[1:3\] of 2 numbers"),
        (
            {"termination": Termination(healthy=[Condition(source="qvel", index=2)], terminate_when_unhealthy=True)},
            r"reads qvel\[2\] of 2",
        ),
        (
            {
                "termination": Termination(
                    healthy=[Condition(source="xpos", body="leg", index=2)], terminate_when_unhealthy=True
                )
            },
            "names body 'leg'; the model has world, cart, pole",
        ),
    ],
)
def test_a_description_that_does_not_fit_is_refused_and_not_registered(
    change: dict[str, object], words: str, registry: dict[str, object]
) -> None:
    before = dict(registry)

    with pytest.raises(bbconvert.BBConvertError, match=words):
        bbconvert.register_environment("InvertedPendulum-v5", **{**DESCRIPTION, **change})  # type: ignore[arg-type]

    assert registry == before


def test_an_environment_that_gymnasium_does_not_know_is_refused() -> None:
    with pytest.raises(bbconvert.BBConvertError, match=r"Call gymnasium.register\('Nothing-v0'"):
        bbconvert.register_environment("Nothing-v0", **DESCRIPTION)  # type: ignore[arg-type]
