"""Shoves the shipped policy in Gymnasium and in a tab: the table and the figure of docs/policies.md (`just policies`).

Beside it stand the policy switched off, and CleanRL's published policy for Humanoid-v4 in its own environment, where a
bundle of it is given: `evaluate.py bundles/cleanrl--Humanoid-v4-…`.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
from shoves import Outcome, Trial, in_gymnasium, in_tab

import bbconvert
from bbconvert.convert.shipped import DEFAULT_BUNDLE

DOCUMENTS = Path(__file__).parents[2] / "docs"
SEEDS = range(200)
IMPULSES = (5, 10, 15, 20, 25, 30, 40, 50, 60)
PULLS = (20, 30, 40, 50)
ASKED = {"20 N·s", "30 N·s", "50 N·s", "30 N", "50 N"}
TRIALS = {
    "60 s undisturbed": Trial.standing(),
    **{f"impulse on the torso, {impulse} N·s": Trial.push(impulse) for impulse in IMPULSES},
    **{f"pull at a hand for 1 s, {force} N": Trial.pull(force) for force in PULLS},
}
IN_TAB = [trial for trial in TRIALS if trial == "60 s undisturbed" or trial.split(", ")[1] in ASKED]
"""What the page is asked as well: it plays at a third of Gymnasium's pace on two cores."""
Outcomes = Mapping[str, Outcome]


def main() -> None:
    """Measures, draws, and replaces what stands between the document's two markers."""
    trained = bbconvert.open_bundle(DEFAULT_BUNDLE)
    columns: dict[str, Outcomes] = {
        "Gymnasium": {name: in_gymnasium(trained, trial, SEEDS) for name, trial in TRIALS.items()},
        "a tab": {name: in_tab(trained, TRIALS[name], SEEDS) for name in IN_TAB},
    }
    columns["policy off"] = {name: in_gymnasium(trained, trial, SEEDS, off=True) for name, trial in TRIALS.items()}
    if len(sys.argv) > 1:
        published = bbconvert.open_bundle(Path(sys.argv[1]))
        name = f"CleanRL's {published.manifest.env.id}"
        columns[name] = {name: in_gymnasium(published, trial, SEEDS) for name, trial in TRIALS.items()}
    _draw(columns)
    _write(_table(columns))


def _table(columns: Mapping[str, Outcomes]) -> str:
    rows = [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for trial in TRIALS:
        shares = (f"{column[trial].share:.1%}" if trial in column else "" for column in columns.values())
        rows += [f"| {trial} | " + " | ".join(shares) + " |"]
    standing = next(iter(TRIALS))
    drifts = {name: columns[name][standing] for name in ("Gymnasium", "a tab")}
    told = ", ".join(f"{outcome.drift[outcome.up].max():.2f} m in {name}" for name, outcome in drifts.items())
    return "\n".join([*rows, "", f"Undisturbed for 60 s, the torso ends at most {told} from where it began."])


def _draw(columns: Mapping[str, Outcomes]) -> None:
    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    for name, outcomes in columns.items():
        shares = {impulse: outcomes.get(f"impulse on the torso, {impulse} N·s") for impulse in IMPULSES}
        points = [(impulse, outcome.share) for impulse, outcome in shares.items() if outcome is not None]
        axes.plot(*zip(*points, strict=True), "o" if name == "a tab" else "-", label=name)
    axes.set(xlabel="impulse on the torso, N·s over 0.1 s", ylabel="up 6 s later", ylim=(-0.03, 1.03), xlim=(0, None))
    axes.yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1))
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    figure.savefig(DOCUMENTS / "humanoid-balance-survival.png", dpi=110)


def _write(table: str) -> None:
    document = DOCUMENTS / "policies.md"
    begin, end = "<!-- humanoid-balance -->", "<!-- /humanoid-balance -->"
    text = document.read_text(encoding="utf-8")
    text = re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{table}\n{end}", text, flags=re.DOTALL)
    document.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
