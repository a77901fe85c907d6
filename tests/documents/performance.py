"""Measures what `bbconvert bench` measures, and writes docs/performance.md with its figure: `just performance`.

A file of `bbconvert bench --json` may be given: a former run on the same machine, whose values stand beside.
"""

import os
import platform
import sys
from pathlib import Path
from urllib.parse import urlsplit

from matplotlib.figure import Figure

from bbconvert.convert.bench.bench import BLOCK, BLOCKS, VERIFIED, Measurement, measure, visit
from bbconvert.convert.bench.report import read_report
from bbconvert.convert.browser import served, start_browser
from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.shipped import BALANCE_BOT_BUNDLE, DEFAULT_BUNDLE, PAGE
from tests.documents.memory.footprint import Scales
from tests.documents.memory.graphics import count_graphics, graphics_bytes
from tests.support.repository import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
FIGURE = ROOT / "docs" / "performance.png"
BUNDLES = (DEFAULT_BUNDLE, BALANCE_BOT_BUNDLE)
MEMORY_SECONDS = 20
STAGES = {"physics": "#5b7c99", "policy, in the kernel": "#c98a4b", "observation": "#7a9a6b", "the rest": "#b7b7b7"}

HEAD = """# Performance

Written by `just performance`, which is `bbconvert bench` on the two shipped bundles. All values are of one run, in
headless Chromium on {cpus} shared cores ({platform}), drawn in software: absolute times mean little, ratios more. The
times of the stages are of the same {steps} control steps: the median, the 10th percentile and the mean.
`performance.now()` counts in steps of 5 µs, which the mean evens out. `before` is a former run of `bbconvert bench`.

![Where a control step's time goes](performance.png)
"""

MEMORY = """
## What the page holds

{name}, played for {seconds} s at 1280 by 800, its verification done and garbage collected. The verification has a
worker of its own, whose memory (a second world, ONNX Runtime, TensorFlow.js) ends with it.

| | MB |
|---|---:|
"""

LOAD = """
## What a first visit loads

Until the first control step, compressed (Brotli), with an empty cache. After it come ONNX Runtime (2.7 MB),
TensorFlow.js and the golden rollout, for the proof that the badge shows.

| file | kB |
|---|---:|
"""


def main(before: Path | None) -> None:
    """Measures and writes."""
    former = read_report(before) if before is not None else {}
    bundles = [open_bundle(folder) for folder in BUNDLES]
    lines = list(measure(bundles, None, lambda stage: print(f"Measuring {stage} ...", file=sys.stderr)))  # noqa: T201
    head = HEAD.format(cpus=os.cpu_count(), platform=platform.platform(), steps=f"{BLOCK * BLOCKS:,}")
    text = head + "".join(_section(subject, lines, former) for subject in dict.fromkeys(line.subject for line in lines))
    text += MEMORY.format(name=bundles[0].manifest.title, seconds=MEMORY_SECONDS) + _memory(bundles[0])
    text += LOAD + "".join(f"| {name} | {size / 1000:,.1f} |\n" for name, size in _assets(bundles[0]))
    DOCUMENT.write_text(text)
    _figure(lines, [bundle.manifest.name for bundle in bundles])


def _section(subject: str, lines: list[Measurement], former: dict[tuple[str, str], float]) -> str:
    own = [line for line in lines if line.subject == subject]
    rows = []
    for line in own:
        p10, mean = ("" if value is None else _digits(value) for value in (line.p10, line.mean))
        budget = "" if line.budget is None else f"{'≥' if line.at_least else '≤'} {line.budget:g}"
        was = former.get((subject, line.what))
        before = "" if was is None else _digits(was)
        rows.append(f"| {line.what} | {p10} | {_digits(line.value)} {line.unit} | {mean} | {budget} | {before} |\n")
    head = "| | p10 | median or value | mean | budget | before |\n|---|---:|---:|---:|---:|---:|\n"
    return f"\n## {subject}\n\n{head}{''.join(rows)}"


def _digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _assets(bundle: Bundle) -> list[tuple[str, int]]:
    """Names and bytes of what a visit loads, the largest first, and their sum."""
    from playwright.sync_api import sync_playwright

    with served(make_library([bundle]), PAGE) as address, sync_playwright() as playwright:
        browser = start_browser(playwright, drawing=True)
        _, sizes = visit(browser, address, bundle.manifest.env.dt)
        browser.close()
    named = [(urlsplit(url).path.lstrip("/") or "index.html", size) for url, size in sizes.items()]
    return [*sorted(named, key=lambda pair: -pair[1]), ("**all**", sum(sizes.values()))]


def _memory(bundle: Bundle) -> str:
    """Rows of what the page of a bundle holds, and their sum."""
    from playwright.sync_api import sync_playwright

    with served(make_library([bundle]), PAGE) as address, sync_playwright() as playwright:
        page = start_browser(playwright, drawing=True).new_page(viewport={"width": 1280, "height": 800})
        count_graphics(page)
        page.goto(address)
        page.locator(VERIFIED).wait_for()
        page.wait_for_timeout(MEMORY_SECONDS * 1000)
        scales = Scales(page)
        held = scales.weigh()
        tab = scales.tab()
        graphics = graphics_bytes(page)
    parts = {
        "page: JavaScript's heap": held.page,
        "page: typed arrays and decoded files": held.page_buffers,
        "worker: JavaScript's heap": held.worker,
        "worker: typed arrays, the timeline's minute above all": held.worker_buffers,
        "worker: MuJoCo's memory": held.wasm,
        "worker: the kernel's memory, about the weights of `policy.onnx`": len(bundle.policy_bytes),
    }
    rows = {**parts, "**page and worker** (asked: at most 120)": sum(parts.values()), "graphics": graphics}
    rows["private memory of the tab's process, compiled code and the browser's own part included"] = tab
    return "".join(f"| {what} | {size / 1e6:,.1f} |\n" for what, size in rows.items())


def _figure(lines: list[Measurement], names: list[str]) -> None:
    """One bar a bundle: the means of the stages, and MuJoCo alone as a line across."""
    figure = Figure(figsize=(8, 2.2), layout="constrained")
    axes = figure.subplots()
    for at, name in enumerate(names):
        means = {line.what: line.mean or 0.0 for line in lines if line.subject == name}
        observation = next(value for what, value in means.items() if what.startswith("observation"))
        parts = {"physics": means["physics"], "policy, in the kernel": means["policy, in the kernel"]}
        parts["observation"] = observation
        parts["the rest"] = max(0.0, means["control step"] - sum(parts.values()))
        left = 0.0
        for stage, width in parts.items():
            axes.barh(at, width, left=left, color=STAGES[stage], label=stage if at == 0 else None, height=0.55)
            left += width
        bare = means["MuJoCo alone, over the same steps"]
        axes.plot([bare, bare], [at - 0.4, at + 0.4], color="black", label="MuJoCo alone" if at == 0 else None)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel("µs of a control step, mean")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, ncols=5, loc="upper center", bbox_to_anchor=(0.45, 1.3), fontsize=8)
    figure.savefig(FIGURE, dpi=160)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
