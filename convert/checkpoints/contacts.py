"""Whether training saw contact forces: mujoco-py computed none, and its agents act on zeros."""

import re

import numpy as np

from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.environments.environment import EnvironmentSpec

MAX_RESIDUE = 1e-6
"""What constant zeros leave of the variance 1 that running statistics start with: `1e-4 / count` in one process; more
where the statistics of several processes were merged (1.2e-8 at a count of 1e7 for ARS on Ant-v3)."""


def unseen_contacts(checkpoint: Checkpoint, spec: EnvironmentSpec) -> list[tuple[int, int]]:
    """The runs [from, to) of the observation that hold contact forces which training saw as zeros.

    Statistics decide where the checkpoint has them; else the id does: v2 and v3 stand on mujoco-py, which leaves
    `cfrc_ext` at 0 (Source: https://github.com/openai/gym/issues/1541).
    """
    runs, start = [], 0
    for term, size in zip(spec.observation.terms, spec.term_sizes, strict=True):
        if term.source == "cfrc_ext" and _unseen(checkpoint, spec, start, start + size):
            runs.append((start, start + size))
        start += size
    return runs


def _unseen(checkpoint: Checkpoint, spec: EnvironmentSpec, start: int, stop: int) -> bool:
    if checkpoint.statistics is None:
        return re.search(r"-v[23]$", spec.env.trained_on) is not None
    mean, var = checkpoint.statistics.mean[start:stop], checkpoint.statistics.var[start:stop]
    return bool(np.all(mean == 0) and np.all(var == var[0]) and var[0] <= MAX_RESIDUE)
