"""Trains every body of docs/training-in-the-tab.md, and writes its tables and curves (`just training`)."""

import argparse
import json
import os
import platform
import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from rich.console import Console

from bbconvert.convert.bundle.body import body_name, write_body
from bbconvert.convert.shipped import CART_POLE_BUNDLE
from tests.documents.training_rates import RATED, measure_rates
from tests.support.repository import ROOT
from tests.support.vitest import run_parity

DOCUMENT = ROOT / "docs" / "training-in-the-tab.md"
FIGURE = ROOT / "docs" / "training-in-the-tab-curves.png"
BEGIN, END = "<!-- measured: just training -->", "<!-- end of what is measured -->"
SEEDS = 5
TUNED = CART_POLE_BUNDLE
PUSHES = {"perMinute": 60, "impulse": 3}
AT_ONCE = 2
"""Trainings side by side; each has one thread."""
EPISODES = 100
COLOURS = {"ars": "#c2543f", "ppo": "#2f6db5", "sac": "#3c8d5a"}
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Task:
    """A body, an algorithm, and what counts as solved."""

    env_id: str
    algorithm: str
    budget: int
    solved: float
    level: int | None = None
    without: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> str:
        """The body, with its level."""
        return body_name(self.env_id) + (f", level {self.level}" if self.level is not None else "")

    @property
    def way(self) -> str:
        """The algorithm, with what it leaves out of the reward."""
        return self.algorithm.upper() + "".join(f", learned without `{name}`" for name in self.without)

    def run(self, seed: int) -> Row:
        """What web/test/parity/training_runs.test.ts is told."""
        settings = {"algorithm": self.algorithm, "budget": self.budget, "level": self.level, "seed": seed}
        return {
            "name": f"{body_name(self.env_id)}-{self.level}-{self.algorithm}-{'-'.join(self.without)}-{seed}",
            "body": body_name(self.env_id),
            "settings": {**settings, **self.settings},
            "without": self.without,
            "episodes": EPISODES,
        }


TASKS = [
    Task("InvertedPendulum-v4", "ars", 100_000, 950),
    Task("InvertedPendulum-v4", "ppo", 100_000, 950),
    Task("InvertedPendulum-v4", "sac", 40_000, 950),
    Task("bbconvert/BalanceBot-v0", "ars", 1_000_000, 950, level=1),
    Task("bbconvert/BalanceBot-v0", "ppo", 1_000_000, 950, level=1),
    Task("Hopper-v4", "ars", 1_000_000, 2_500),
    Task("Hopper-v4", "ars", 1_000_000, 2_500, without=("reward_survive",)),
    Task("Hopper-v4", "ppo", 1_000_000, 2_500),
]


def main() -> None:
    """Measures, draws, and writes the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--keep", type=Path, help="a folder for what each training gave; what it has is not run again")
    arguments = parser.parse_args()
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory() as scratch:
        kept = arguments.keep or Path(scratch)
        kept.mkdir(parents=True, exist_ok=True)
        gradient = _gradient(kept)
        console.print(f"one gradient step: {gradient}")
        rates = [measure_rates(env_id, kept, console) for env_id in RATED]
        results = _train(kept, arguments.seeds, console)
        tuned = _tune(kept, arguments.seeds, console)
    _draw(results)
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    measured = _section(results, rates, gradient, arguments.seeds) + _tuned_section(tuned)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{measured}\n{END}{after}", encoding="utf-8")


def _train(kept: Path, seeds: int, console: Console) -> dict[Task, list[Row]]:
    """What each task's seeds gave."""
    for env_id in {task.env_id for task in TASKS}:
        folder = kept / body_name(env_id)
        folder.mkdir(exist_ok=True)
        write_body(env_id, folder)
    wanted = [(task, task.run(seed)) for task in TASKS for seed in range(seeds)]
    rows = _learn_all(kept, [run for _, run in wanted], console)
    results: dict[Task, list[Row]] = {}
    for (task, _), row in zip(wanted, rows, strict=True):
        results.setdefault(task, []).append(row)
    return results


def _tune(kept: Path, seeds: int, console: Console) -> list[Row]:
    """A policy that ships goes on from its weights, under pushes that it does not stand."""
    body = kept / TUNED.name
    if not body.exists():
        body.symlink_to(TUNED)
    settings = {"algorithm": "ppo", "budget": 200_000, "fineTune": True, "randomPushes": PUSHES}
    runs = [
        {
            "name": f"tuned-{seed}",
            "body": TUNED.name,
            "settings": {**settings, "seed": seed},
            "without": [],
            "episodes": EPISODES,
        }
        for seed in range(seeds)
    ]
    return _learn_all(kept, runs, console)


def _learn_all(kept: Path, runs: list[Row], console: Console) -> list[Row]:
    """What each of them gave; those that `kept` has are not run again."""

    def learn(run: Row) -> Row:
        found = kept / f"{run['name']}.json"
        if not found.is_file():
            folder = kept / f"run-{run['name']}"
            folder.mkdir(exist_ok=True)
            body = folder / run["body"]
            if not body.exists():
                body.symlink_to((kept / run["body"]).resolve())
            (folder / "runs.json").write_text(json.dumps([run]))
            run_parity("training_runs", folder, timeout=3600)
            (folder / found.name).rename(found)
        row: Row = json.loads(found.read_text())
        best = max(row["curve"], key=lambda point: point["mean"])
        console.print(f"{run['name']}: {best['mean']:.1f}, {row['steps']:,} steps in {row['seconds']:.1f} s")
        return row

    with ThreadPoolExecutor(AT_ONCE) as executor:
        return list(executor.map(learn, runs))


def _gradient(kept: Path) -> Row:
    if not (kept / "gradient.json").is_file():
        run_parity("training_gradient", kept)
    found: Row = json.loads((kept / "gradient.json").read_text())
    return found


def _solved(task: Task, row: Row) -> Row | None:
    return next((point for point in row["curve"] if point["mean"] >= task.solved), None)


def _section(results: dict[Task, list[Row]], rates: list[Row], gradient: Row, seeds: int) -> str:
    machine = f"{os.cpu_count()} CPUs, {platform.platform()}"
    lines = [
        f"Written by `just training` on {machine}: {seeds} seeds of each, {AT_ONCE} at a time, each in one thread of "
        "Node, its evaluations included. *Solved*: the first evaluation (ten episodes without exploration) that "
        f"reaches the number. *The result*: {EPISODES} episodes of the best policy, seeds 0 to {EPISODES - 1}, by the "
        "environment's own reward.",
        "",
        f"![Mean return against control steps, each seed and the mean of all]({FIGURE.name})",
        "",
        "| body | algorithm | solved at | solved by | control steps (median) | seconds (median) | each seed's result |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for task, rows in results.items():
        solved = [point for row in rows if (point := _solved(task, row)) is not None]
        steps = f"{statistics.median(point['steps'] for point in solved):,.0f}" if solved else ""
        seconds = f"{statistics.median(point['seconds'] for point in solved):.1f}" if solved else ""
        means = ", ".join(f"{statistics.fmean(e[0] for e in row['episodes']):,.0f}" for row in rows)
        share = f"{len(solved)} of {len(rows)}"
        lines.append(f"| {task.body} | {task.way} | {task.solved:,.0f} | {share} | {steps} | {seconds} | {means} |")
    lines += ["", "Upright to the end, 1,000 steps, of 100 seeds each:", ""]
    for task, rows in results.items():
        if task.level is None:
            continue
        shares = [sum(length >= 1000 for _, length in row["episodes"]) for row in rows]
        lines.append(f"- {task.body}, {task.way}: {', '.join(f'{share}' for share in shares)} of {EPISODES}.")
    lines += [
        "",
        "PPO's control steps a second, each in turn on the same cores, medians of three; the page's own evaluations "
        "are included in its time. Batches of 64, ten epochs, two networks of 64 and 64:",
        "",
        "| body | Stable-Baselines3, 1 environment | 16 environments | the page | ratio to 1 | ratio to 16 |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row['env']} | {row['sb3 1']:,.0f} | {row['sb3 16']:,.0f} | {row['page']:,.0f} | "
        f"{row['page'] / row['sb3 1']:.1f} | {row['page'] / row['sb3 16']:.1f} |"
        for row in rates
    ]
    lines += [
        "",
        "One gradient step of a network of 11, 64, 64 and 3 with tanh on 64 rows, both passes and Adam, median: "
        f"{gradient['ours']:.0f} µs in the learning kernel, {gradient['theirs']:,.0f} µs in TensorFlow.js (its CPU "
        "backend, the one that the page carries).",
    ]
    return "\n".join(lines)


def _tuned_section(rows: list[Row]) -> str:
    before = statistics.fmean(row["curve"][0]["mean"] for row in rows)
    after = ", ".join(f"{row['best']['mean']:,.0f}" for row in rows)
    seconds = statistics.median(row["seconds"] for row in rows)
    return (
        f"\n\nFine-tuning: the policy of {TUNED.name} that ships, under {PUSHES['perMinute']} pushes of "
        f"{PUSHES['impulse']} N·s a minute, earns {before:,.0f}; after 200,000 control steps of PPO from its own "
        f"weights, {after} ({seconds:.0f} s, median)."
    )


def _draw(results: dict[Task, list[Row]]) -> None:
    """Of each body: the seeds' curves, thin, and their mean."""
    bodies = list(dict.fromkeys(task.body for task in results))
    figure = Figure(figsize=(10, 3), layout="constrained")
    for axes, body in zip(figure.subplots(1, len(bodies)), bodies, strict=True):
        for task, rows in results.items():
            if task.body != body:
                continue
            style = "--" if task.without else "-"
            colour = COLOURS[task.algorithm]
            for row in rows:
                curve = [(point["steps"], point["mean"]) for point in row["curve"]]
                axes.plot(*zip(*curve, strict=True), style, color=colour, alpha=0.25, linewidth=0.8)
            shortest = min(len(row["curve"]) for row in rows)
            steps = [statistics.fmean(row["curve"][i]["steps"] for row in rows) for i in range(shortest)]
            means = [statistics.fmean(row["curve"][i]["mean"] for row in rows) for i in range(shortest)]
            label = task.way.replace("`", "").replace("learned ", "")
            axes.plot(steps, means, style, color=colour, linewidth=1.8, label=label)
        goal = next(task.solved for task in results if task.body == body)
        axes.axhline(goal, color="grey", linewidth=0.8, linestyle=":")
        axes.set_title(body, fontsize=10)
        axes.set_xlabel("control steps")
        axes.ticklabel_format(axis="x", style="sci", scilimits=(3, 3))
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, fontsize=8, loc="lower right")
    figure.axes[0].set_ylabel("mean return without exploration")
    figure.savefig(FIGURE, dpi=150)


if __name__ == "__main__":
    main()
