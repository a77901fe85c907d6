"""The figure of docs/environments.md: small multiples, a panel for each family of environments."""

import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from tests.documents.environments.free_running import Departure, FreeRun

mpl.use("agg")

COLUMNS = 5
ZERO = 1e-18
"""Where bit-equal steps are drawn on the logarithmic axis."""
CEILING = 1e3
COLOURS = {"v4": "#2f6fb3", "v5": "#d9822b", "v0": "#3b8f5a"}


def draw_figure(runs: dict[str, FreeRun], path: Path) -> None:
    """Draws the runs, by environment id, into a PNG at `path`."""
    families: dict[str, dict[str, FreeRun]] = {}
    for env_id, run in runs.items():
        family, version = re.fullmatch(r"(?:.*/)?(.*)-(v\d+)", env_id).groups()  # type: ignore[union-attr]  # all are
        families.setdefault(family, {})[version] = run
    rows = -(-(len(families) + 1) // COLUMNS)
    figure, grid = plt.subplots(
        rows, COLUMNS, figsize=(13, 2.35 * rows), sharex=True, sharey=True, squeeze=False, layout="constrained"
    )
    panels = list(grid.flat)
    for panel, (family, versions) in zip(panels, families.items(), strict=False):
        _draw_panel(panel, family, versions)
    for panel in panels[len(families) :]:
        panel.axis("off")
    legend = panels[-1]
    for version in ("v4", "v5", "v0"):
        legend.plot([], [], color=COLOURS[version], label=f"the tab, {version}")
    legend.plot([], [], color="0.72", label="Python, rounded\notherwise")
    legend.legend(loc="center", frameon=False, fontsize=9)
    figure.supxlabel("control step", fontsize=10)
    figure.supylabel("largest |Δqpos| against Python (m or rad)", fontsize=10)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _draw_panel(panel: Axes, family: str, versions: dict[str, FreeRun]) -> None:
    for run in versions.values():
        panel.semilogy(_drawn(run.rounded), color="0.72", linewidth=1.0)
    for version, run in versions.items():
        panel.semilogy(_drawn(run.tab), color=COLOURS[version], linewidth=1.2)
    panel.set_title(family, fontsize=9.5, loc="left", pad=4)
    panel.set_xlim(0, 300)
    panel.set_ylim(ZERO / 3, CEILING)
    panel.set_yticks([ZERO, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 1.0], ["0", "1e-15", "1e-12", "1e-9", "1e-6", "1e-3", "1"])
    panel.minorticks_off()
    panel.tick_params(labelsize=8)
    panel.grid(visible=True, color="0.92", linewidth=0.6)
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)


def _drawn(departure: Departure) -> Departure:
    drawn: Departure = np.clip(departure, ZERO, CEILING)
    return drawn
