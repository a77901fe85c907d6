"""Raises MuJoCo in Python and in the page, and writes what changed between the two releases (`just mujoco VERSION`)."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from bbconvert.convert.bundle.bundle import open_bundle
from bbconvert.convert.environments.environment import make_environment, mujoco_env
from bbconvert.convert.environments.registry import ENVIRONMENTS
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.evaluate import evaluate
from bbconvert.convert.shipped import SHIPPED
from tests.support.repository import ROOT

SEED, FREE_STEPS, EPISODES = 0, 300, 12
PARTED = 1e-6
"""Two free runs have parted where a position differs by as much."""
SUITE = [
    "tests/oracle",
    "tests/unit/verify",
    "tests/unit/bundle",
    "tests/unit/environments",
    "tests/browser/test_verification.py",
    "tests/browser/test_environments.py",
    "tests/browser/test_swarm.py",
    "tests/packaging/test_packaging.py",
]
PINS = {
    "pyproject.toml": r'("mujoco==){}(",)',
    "constraints.txt": r"(^mujoco==){}($)",
    "web/package.json": r'("@mujoco/mujoco": "){}(")',
    "convert/notices/THIRD_PARTY_NOTICES.md": r"(\| @mujoco/mujoco \| ){}( \|)",
}
CONSOLE = Console(stderr=True)


def main() -> None:
    """Measures, raises, remakes, measures again, tests and writes the document; or only measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", help="the release to go to, 3.14.0 for instance")
    parser.add_argument("--measure", type=Path, help="only write what this release computes into that file")
    arguments = parser.parse_args()
    if arguments.measure is not None:
        arguments.measure.write_text(json.dumps(measure()))
        return
    before, after = version("mujoco"), arguments.version
    if before == after:
        raise SystemExit(f"MuJoCo is {after} already.")
    _require(after)
    with tempfile.TemporaryDirectory() as scratch:
        old = _measured(Path(scratch) / "old.json", before)
        _raise(before, after)
        new = _measured(Path(scratch) / "new.json", after)
    CONSOLE.print("Making the bundles that ship anew …")
    _run([sys.executable, "policies/make_bundles.py"])
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--numprocesses", "auto", *SUITE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    summary = next((line for line in reversed(tests.stdout.splitlines()) if " in " in line), "no summary").strip("= ")
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", tests.stdout, re.MULTILINE)
    document = ROOT / "docs" / f"mujoco-{after}.md"
    document.write_text(written(before, after, old, new, summary, failed), encoding="utf-8")
    CONSOLE.print(f"{document.relative_to(ROOT)} says what changed. The suite: {summary}")
    if tests.returncode != 0:
        raise SystemExit(1)


def measure() -> dict[str, Any]:
    """Of each environment: the state after a reset, after one step, and in a free run; of each bundle: its returns."""
    found: dict[str, Any] = {"environments": {}, "returns": {}}
    for env_id in sorted(ENVIRONMENTS):
        try:
            env = make_environment(env_id, {})
        except BBConvertError:
            continue
        try:
            found["environments"][env_id] = _free_run(env)
        finally:
            env.close()
    for folder in SHIPPED:
        bundle = open_bundle(folder)
        result = evaluate(bundle, episodes=EPISODES, seed=SEED)
        found["returns"][bundle.manifest.name] = [episode.total for episode in result.episodes]
    return found


def _free_run(env: Any) -> dict[str, Any]:
    """Actions are drawn from a seed of their own, and are the same for every release."""
    inner, rng = mujoco_env(env), np.random.default_rng(SEED)
    env.reset(seed=SEED)
    states, rewards = [], []

    def state() -> list[float]:
        return [*inner.data.qpos.tolist(), *inner.data.qvel.tolist()]

    states.append(state())
    for _ in range(FREE_STEPS):
        low, high = env.action_space.low, env.action_space.high
        _, reward, *_ = env.step(rng.uniform(low, high).astype(np.float32))
        states.append(state())
        rewards.append(float(reward))
    return {"states": states, "rewards": rewards}


def _require(wanted: str) -> None:
    """Exits where PyPI or npm does not have the release."""
    for place, address, key in (
        ("PyPI", "https://pypi.org/pypi/mujoco/json", "releases"),
        ("npm", "https://registry.npmjs.org/@mujoco/mujoco", "versions"),
    ):
        with urllib.request.urlopen(address, timeout=60) as answer:
            there = list(json.load(answer)[key])
        if wanted not in there:
            newest = ", ".join(there[-6:])
            raise SystemExit(f"{place} has no MuJoCo {wanted}. It has {newest}. Both must have the same release.")


def _raise(before: str, after: str) -> None:
    """All pins, both lock files, and what is installed."""
    for name, pattern in PINS.items():
        path = ROOT / name
        found = re.compile(pattern.format(re.escape(before)), re.MULTILINE)
        text, count = found.subn(rf"\g<1>{after}\g<2>", path.read_text())
        if count != 1:
            raise SystemExit(f"{name} pins MuJoCo {before} {count} times, expected once.")
        path.write_text(text)
    CONSOLE.print(f"Installing MuJoCo {after} …")
    _run(["npm", "install", "--silent", "--no-audit", "--no-fund"], ROOT / "web")
    _run([sys.executable, "-m", "pip", "install", "--quiet", f"mujoco=={after}"])
    _run([sys.executable, "locked.py", "--make"])
    _forget_unneeded()
    _run([sys.executable, "hatch_build.py"])


def _forget_unneeded() -> None:
    """A release may need a package less; no pin stays of what nothing needs."""
    lock = (ROOT / "requirements.lock").read_text()
    needed = {_normal(name) for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    path = ROOT / "constraints.txt"
    lines = path.read_text().splitlines()
    kept = [line for line in lines if _normal(line.split("==")[0]) in needed | {"torch", "rust-just"}]
    path.write_text("\n".join(kept) + "\n")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _measured(file: Path, release: str) -> dict[str, Any]:
    CONSOLE.print(f"Measuring MuJoCo {release} …")
    _run([sys.executable, "-m", "tests.documents.mujoco", release, "--measure", str(file)])
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def _run(command: list[str], folder: Path = ROOT) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(command, cwd=folder, check=True, env=environment)


def written(before: str, after: str, old: dict[str, Any], new: dict[str, Any], summary: str, failed: list[str]) -> str:
    """The document."""
    rows = "\n".join(_row(env_id, old["environments"][env_id], run) for env_id, run in new["environments"].items())
    returns = "\n".join(
        f"| {name} | {np.mean(old['returns'][name]):.6g} | {np.mean(found):.6g} | "
        f"{np.max(np.abs(np.array(found) - np.array(old['returns'][name]))):.3g} |"
        for name, found in new["returns"].items()
    )
    listed = "".join(f"\n- `{name}`" for name in failed)
    return f"""# From MuJoCo {before} to {after}

Written by `just mujoco {after}`. The same actions, drawn at random, from the same seed; states are all positions and
velocities, differences are the largest of them.

| environment | after reset | after one step | after {FREE_STEPS} | apart by {PARTED:g} from step | reward of one step |
|---|---:|---:|---:|---:|---:|
{rows}

## Returns

{EPISODES} episodes of each policy that ships, by its bundle from before.

| bundle | {before} | {after} | largest difference of an episode |
|---|---:|---:|---:|
{returns}

## The suite

With bundles made anew: {summary}.{listed}
"""


def _row(env_id: str, old: dict[str, Any], new: dict[str, Any]) -> str:
    a, b = np.array(old["states"]), np.array(new["states"])
    if a.shape != b.shape:
        return f"| {env_id} | another model: {a.shape[1]} and {b.shape[1]} numbers | | | | |"
    apart = np.max(np.abs(a - b), axis=1)
    parted = np.flatnonzero(apart > PARTED)
    reward = abs(old["rewards"][0] - new["rewards"][0])
    when = str(parted[0]) if parted.size else "never"
    cells = (_number(apart[0]), _number(apart[1]), _number(apart[-1]), when, _number(reward))
    return f"| {env_id} | {' | '.join(cells)} |"


def _number(value: float) -> str:
    return "0" if value == 0 else f"{value:.2g}"


if __name__ == "__main__":
    main()
