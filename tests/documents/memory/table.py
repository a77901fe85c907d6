"""`docs/memory.md`."""

from bbconvert.convert.bundle.bundle import Bundle
from tests.documents.memory.footprint import Footprint

Sample = tuple[int, int, Footprint]
"""Control steps and resets so far, and what is held then."""

_HEAD = (
    "control steps",
    "resets",
    "page heap",
    "its buffers",
    "worker heap",
    "its buffers",
    "MuJoCo's heap",
    "nodes",
    "listeners",
    "renderer and GPU process",
)


def document(bundle: Bundle, samples: list[Sample]) -> str:
    """The page of the docs."""
    return f"""# Memory

Written by `just memory`: `{bundle.manifest.name}` plays an hour of control steps in Chromium as fast as a machine can,
drawn in software. Charts are open, every overlay is shown, and random pushes let it fall and begin anew. Megabytes (10⁶
bytes) after garbage collection; buffers are `ArrayBuffer`s; the last column is what the browser's renderers and its GPU
process have in memory, garbage and caches included.

The first minute fills the timeline; the second world of MuJoCo's heap is the one that verifies. On a busy machine the
samples are not evenly spaced.

{table(samples)}"""


def table(samples: list[Sample]) -> str:
    """A row for each sample."""
    rule = "|" + "---:|" * len(_HEAD)
    return "\n".join(["| " + " | ".join(_HEAD) + " |", rule, *map(_row, samples)]) + "\n"


def _row(sample: Sample) -> str:
    steps, resets, held = sample
    cells = (
        f"{steps:,}",
        f"{resets:,}",
        *(f"{size / 1e6:.2f}" for size in (held.page, held.page_buffers, held.worker, held.worker_buffers)),
        f"{held.wasm / 1e6:.1f}",
        str(held.nodes),
        str(held.listeners),
        f"{held.resident / 1e6:.0f}",
    )
    return "| " + " | ".join(cells) + " |"
