"""A robot's record as JSON, for a test in TypeScript."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

STEPS = 200


def write_record(record: Mapping[str, NDArray[np.floating]], file: Path) -> None:
    """States, observations and actions of the first steps; a float has as many digits as it needs."""
    names = ("qpos", "qvel", "observation", "action")
    rows = {name: record[name][: STEPS + 1].astype(np.float64).tolist() for name in names}
    file.write_text(json.dumps(rows))
