"""Runs a TypeScript test of web/test/parity/, which compares with what Python wrote into a folder."""

import os
import re
import subprocess
from pathlib import Path

from tests.support.repository import ROOT


def run_parity(name: str, folder: Path, timeout: float = 280) -> int:
    """How many tests of `web/test/parity/NAME.test.ts` passed, within `timeout` seconds; all of them must."""
    done = subprocess.run(
        ["npx", "vitest", "run"],
        cwd=ROOT / "web",
        env={**os.environ, "BBCONVERT_PARITY": name, "BBCONVERT_FOLDER": str(folder), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    (passed,) = re.findall(r"^ *Tests +(\d+) passed", done.stdout, re.MULTILINE)
    return int(passed)
