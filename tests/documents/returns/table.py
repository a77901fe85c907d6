"""The page `docs/returns.md`: a table, and a sentence for each figure that is not the published one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from bbconvert.convert.manifest import Manifest, Published
from tests.documents.returns.play import Played

ALIKE = 0.01
"""Below this probability two samples of returns are called different."""
PERMUTATIONS = 10_000


@dataclass(frozen=True)
class Row:
    """One checkpoint, played three ways (and once more as its authors evaluate it, where that differs)."""

    name: str
    manifest: Manifest
    published: Published | None
    original: Played
    converted: Played
    tab: Played
    own_protocol: Played | None
    action_difference: float


def page(rows: Sequence[Row], seeds: int) -> str:
    """The Markdown text."""
    return f"""# Returns

Every checkpoint of the test Hub, {seeds} seeds each (`just returns` made this page). *Published* is the model card's
figure, or rl-baselines3-zoo's benchmark. *Original* is Gymnasium with the original library's own agent: `predict()` of
Stable-Baselines3, the actor as CleanRL's script defines it. *Converted* is Gymnasium with `policy.onnx`. *Tab* is the
page: MuJoCo WASM and ONNX Runtime Web in Chromium. The last three play deterministic actions from the same seeds. Each
cell: mean ± standard deviation of the return, [95% interval of the mean], steps an episode.

| checkpoint | plays as | published | original | converted | tab |
|---|---|---|---|---|---|
{chr(10).join(_line(row) for row in rows)}

The difference between the original's actions and the converted one's, on the same observations (three episodes each),
and the probability that two samples as different in their means as these come from one distribution (a permutation
test with {PERMUTATIONS:,} shuffles; below {ALIKE:g} they would be called different):

| checkpoint | max Δ action | original, converted | converted, tab | same length in the tab |
|---|---|---|---|---|
{chr(10).join(_proof(row) for row in rows)}

## Where the published figure is another one

{chr(10).join(f"- **{row.name}**: {why}" for row in rows if (why := _why(row)))}
"""


def _line(row: Row) -> str:
    env = row.manifest.env
    plays = env.id + ("" if not env.kwargs else f" ({', '.join(f'{k}={v}' for k, v in env.kwargs.items())})")
    cells = (_figure(row.original), _figure(row.converted), _figure(row.tab))
    return f"| {row.name} | {plays} | {_published(row.published)} | {' | '.join(cells)} |"


def _proof(row: Row) -> str:
    same = int(np.sum(row.tab.lengths == row.converted.lengths))
    return (
        f"| {row.name} | {row.action_difference:.1e} "
        f"| {same_distribution(row.original.returns, row.converted.returns):.2f} "
        f"| {same_distribution(row.converted.returns, row.tab.returns):.2f} | {same} of {row.tab.lengths.size} |"
    )


def _figure(played: Played) -> str:
    mean, std = float(np.mean(played.returns)), float(np.std(played.returns))
    half = _half_interval(played)
    return f"{mean:.0f} ± {std:.0f} [{mean - half:.0f}, {mean + half:.0f}], {np.mean(played.lengths):.0f} steps"


def _published(published: Published | None) -> str:
    if published is None:
        return "none"
    return f"{published.mean_reward:g}" + ("" if published.std is None else f" ± {published.std:g}")


def _half_interval(played: Played) -> float:
    return NormalDist().inv_cdf(0.975) * float(np.std(played.returns)) / math.sqrt(played.returns.size - 1)


def same_distribution(one: np.ndarray, other: np.ndarray) -> float:
    """Permutation test of the means: the share of shuffles at least as far apart as the two samples [n], [m] are."""
    rng = np.random.default_rng(0)
    both, n = np.concatenate([one, other]), one.size
    apart = abs(one.mean() - other.mean())
    shuffled = rng.permuted(np.tile(both, (PERMUTATIONS, 1)), axis=1)
    differences = np.abs(shuffled[:, :n].mean(axis=1) - shuffled[:, n:].mean(axis=1))
    return float(np.mean(differences >= apart * (1 - 1e-12)))


def _why(row: Row) -> str:
    """What is known to differ from how the published figure was measured; empty where there is none, or it agrees."""
    if row.published is None:
        return ""
    low, high = np.mean(row.original.returns) - _half_interval(row.original), np.mean(row.original.returns)
    high += _half_interval(row.original)
    spread = row.published.std or 0.0
    if low - spread <= row.published.mean_reward <= high + spread and row.own_protocol is None:
        return ""
    reasons = [f"MuJoCo is {row.manifest.mujoco_version}"]
    if row.manifest.env.trained_on != row.manifest.env.id:
        reasons.append(
            f"the agent was trained and measured on {row.manifest.env.trained_on} under mujoco-py; its own library's "
            f"agent returns {_figure(row.original)} here, so it is the simulator that differs, not the conversion"
        )
    if row.own_protocol is not None:
        reasons.append(
            "CleanRL samples its PPO's actions and starts with fresh statistics that go on being updated; played so, "
            f"the converted policy returns {_figure(row.own_protocol)}"
        )
    if row.manifest.observation.zeroed:
        reasons.append("contact forces are given as zeros, as in training")
    return "; ".join(reasons) + "."
