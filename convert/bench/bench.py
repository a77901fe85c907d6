"""Measures speed, sizes and start-up against their budgets: medians and ratios of one run, in the page's own worker."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bbconvert
from bbconvert.convert.bench.allocations import allocated_bytes
from bbconvert.convert.browser import TIMEOUT_MS, open_page, served
from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.errors import BBConvertError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BLOCK = 512
"""Control steps between two readings: as many as the worker's own medians go back."""
BLOCKS = 12
LATENESS_SECONDS = 60
LATENESS_WINDOW = 30
"""Seconds between two readings; the worker keeps the lateness of some 40 s at 100 Hz."""
VISITS = 5
HELPS = 5

Announce = Callable[[str], None]

_BLOCK = """async ([seed, steps]) => {
  const player = await window.bbconvert.ready;
  await player.reset({ seed });
  const start = performance.now();
  await player.step(steps);
  const wall = (performance.now() - start) * 1000 / steps;
  return { wall, ...(await player.metrics()).stepUs };
}"""

_STEPS = "window.bbconvert.ready.then((player) => player.step({steps}))"

_METRICS = "window.bbconvert.ready.then((player) => player.metrics())"

# Milliseconds from the navigation to the first control step, reckoned back from a later one.
_FIRST_STEP = """async (dt) => {
  const player = await window.bbconvert.ready;
  for (;;) {
    const { step } = await player.snapshot();
    if (step > 0) return performance.now() - (step - 1) * dt * 1000;
  }
}"""

_RESOURCES = "performance.getEntriesByType('resource').map(({ name, encodedBodySize }) => [name, encodedBodySize])"


@dataclass(frozen=True)
class Measurement:
    """One line: `value` in `unit`, to be at most `budget` (at least, where `at_least`); no budget: for information."""

    subject: str
    what: str
    value: float
    unit: str
    budget: float | None = None
    at_least: bool = False

    @property
    def ok(self) -> bool | None:
        """Whether the budget is kept; None without one."""
        if self.budget is None:
            return None
        return self.value >= self.budget if self.at_least else self.value <= self.budget


def measure(bundles: list[Bundle], repo: str | None, announce: Announce) -> Iterator[Measurement]:
    """Every measurement, as it is made; `repo` is pulled into a temporary folder to time it.

    Raises:
        BBConvertError: no browser is installed, or the page did not start.
    """
    yield from _command_line(announce)
    if repo is not None:
        yield _pull(repo, announce)
    for bundle in bundles:
        with served(make_library([bundle])) as address:
            yield from _throughput(bundle, address, announce)
            yield from _start(bundle, address, announce)
            yield from _lateness(bundle, address, announce)


def _throughput(bundle: Bundle, address: str, announce: Announce) -> Iterator[Measurement]:
    """The control step, flat out; nothing is drawn."""
    name, env = bundle.manifest.name, bundle.manifest.env
    announce(f"{name}: {BLOCKS} blocks of {BLOCK} control steps, flat out")
    with open_page(f"{address}?paused=1", drawing=False) as page:
        page.evaluate(_BLOCK, [0, BLOCK])  # compiled and warm from here on
        blocks: list[dict[str, float]] = [page.evaluate(_BLOCK, [seed, BLOCK]) for seed in range(BLOCKS)]
        announce(f"{name}: allocations of {BLOCK} control steps")
        allocated = allocated_bytes(page, _STEPS.format(steps=BLOCK))
        heap = page.evaluate(_METRICS)["heapBytes"]
    wall, physics, observation, policy = (
        statistics.median(block[stage] for block in blocks) for stage in ("wall", "physics", "observation", "policy")
    )
    ratio = statistics.median(block["physics"] / block["wall"] for block in blocks)
    added = statistics.median(block["wall"] - block["physics"] for block in blocks)
    humanoid = env.id == "Humanoid-v4"  # the budgets name it
    yield Measurement(name, "control steps per second, flat out", 1e6 / wall, "/s", 100, at_least=True)
    yield Measurement(name, "physics alone", physics, "µs")
    yield Measurement(
        name, "throughput, as a share of physics alone", ratio, "", 0.9 if humanoid else None, at_least=True
    )
    yield Measurement(name, "a step above its physics", added, "µs", None if humanoid else 60)
    size = bundle.manifest.observation.size
    yield Measurement(name, f"observation of {size} numbers", observation, "µs", 10)
    yield Measurement(name, "policy call, ONNX float64", policy, "µs", 40)
    yield Measurement(name, "allocated per control step in the worker", allocated / BLOCK / 1000, "kB", 1)
    yield Measurement(name, "MuJoCo's heap", heap / 1e6, "MB")


def _start(bundle: Bundle, address: str, announce: Announce) -> Iterator[Measurement]:
    """Visits with an empty cache; the server and the browser are warm."""
    name = bundle.manifest.name
    announce(f"{name}: {VISITS} visits with an empty cache")
    with open_page(f"{address}?paused=1", drawing=True) as page:
        browser = page.context.browser
        if browser is None:
            raise BBConvertError("The browser closed itself; run bbconvert bench again.")
        page.close()
        visits = [_visit(browser, address, bundle.manifest.env.dt) for _ in range(VISITS)]
    first = statistics.median(visit[0] for visit in visits)
    sent = statistics.median(visit[1] for visit in visits)
    yield Measurement(name, "first control step after navigation", first / 1000, "s", 1.5)
    yield Measurement(name, "a cold load, compressed", sent / 1e6, "MB", 6)


def _visit(browser: "Browser", address: str, dt: float) -> tuple[float, int]:
    """Milliseconds to the first control step, and the bytes of the bodies that were sent."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        finished: list[Any] = []
        page.on("requestfinished", lambda request: finished.append(request))
        page.goto(address)
        first = float(page.evaluate(_FIRST_STEP, dt))
        # Playwright gives no size for the worker's own script: the page's resource timing does.
        sizes = {name: int(size) for name, size in page.evaluate(_RESOURCES)}
        for request in finished:
            sizes[request.url] = request.sizes()["responseBodySize"] or sizes.get(request.url, 0)
    finally:
        context.close()
    return first, sum(sizes.values())


def _lateness(bundle: Bundle, address: str, announce: Announce) -> Iterator[Measurement]:
    """The clock in real time, drawing included."""
    name, env = bundle.manifest.name, bundle.manifest.env
    announce(f"{name}: {LATENESS_SECONDS} s in real time, drawing")
    with open_page(f"{address}?paused=1", drawing=True) as page:
        page.evaluate("window.bbconvert.ready.then((player) => player.play())")
        before = page.evaluate(_METRICS)
        readings: list[dict[str, Any]] = []
        for _ in range(LATENESS_SECONDS // LATENESS_WINDOW):
            page.wait_for_timeout(LATENESS_WINDOW * 1000)
            readings.append(page.evaluate(_METRICS))
    p99 = max(float(reading["latenessMs"]["p99"]) for reading in readings)
    at_100_hz = abs(env.dt - 0.01) < 1e-9  # the budget names that rate
    yield Measurement(name, f"lateness of the {1 / env.dt:.1f} Hz tick, p99", p99, "ms", 2 if at_100_hz else None)
    lost = readings[-1]["slipped"] - before["slipped"]
    yield Measurement(name, f"ticks lost in {LATENESS_SECONDS} s", lost, "", 0 if at_100_hz else None)
    yield Measurement(name, "real-time factor", readings[-1]["realTimeFactor"], "")
    yield Measurement(name, "frames drawn per second", readings[-1]["renderFps"], "/s")


def _command_line(announce: Announce) -> Iterator[Measurement]:
    announce(f"bbconvert --help, {HELPS} times")
    times = []
    for _ in range(HELPS):
        start = time.perf_counter()
        _run("-m", "bbconvert", "--help")
        times.append(time.perf_counter() - start)
    imported = _run("-c", "import bbconvert.convert.cli.main, sys; print('torch' in sys.modules)").strip()
    yield Measurement("command line", "bbconvert --help", statistics.median(times), "s", 0.4)
    yield Measurement("command line", "torch imported for it", float(imported == "True"), "", 0)


def _pull(repo: str, announce: Announce) -> Measurement:
    announce(f"bbconvert pull {repo}, into a temporary folder")
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        _run("-m", "bbconvert", "pull", repo, "--out", str(Path(folder) / "bundle"))
        return Measurement("command line", f"bbconvert pull {repo}", time.perf_counter() - start, "s", 20)


def _run(*arguments: str) -> str:
    """The output of this Python with these arguments.

    Raises:
        BBConvertError: it failed.
    """
    path = os.pathsep.join(filter(None, [str(Path(bbconvert.__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BBConvertError(f"`{' '.join(arguments)}` failed: {done.stderr.strip()}")
    return done.stdout
