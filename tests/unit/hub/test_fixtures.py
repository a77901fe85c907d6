"""`just fixtures`: the real checkpoints, downloaded."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.fixtures import CHECKPOINTS
from tests.support.local_hub import running_hub
from tests.support.repository import ROOT

PROGRAM = (
    "import sys; from pathlib import Path; from tests.support.fixtures import fetch; print(fetch(Path(sys.argv[1])))"
)


@pytest.mark.hub
def test_every_repository_is_downloaded_once_and_compared(shared_hub: Path, tmp_path: Path) -> None:
    with running_hub(shared_hub) as hub:
        environment = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1"}

        def fetch() -> str:
            command = [sys.executable, "-c", PROGRAM, str(tmp_path / "hub")]
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
            return done.stdout.decode().strip()

        assert fetch() == "[]"
        for repo in CHECKPOINTS:
            names = {path.name for path in (shared_hub / repo).iterdir()}
            assert {path.name for path in (tmp_path / "hub" / repo).iterdir() if path.is_file()} == names
        asked = len(hub.requests)
        next((tmp_path / "hub" / "sb3" / "ppo-Ant-v3").glob("*.zip")).write_bytes(b"another")
        assert fetch() == "['sb3/ppo-Ant-v3 has another checkpoint on the Hub than the tests were written with.']"
        assert len(hub.requests) == asked
