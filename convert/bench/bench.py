"""Measures speed, sizes and start-up against their budgets: in the page's own worker, and in Python beside it."""

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

import mujoco
import numpy as np
from numpy.typing import NDArray

import bbconvert
from bbconvert.convert.bench.allocations import allocated_bytes
from bbconvert.convert.browser import TIMEOUT_MS, open_page, served
from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.environments.environment import mujoco_env, rebuild_environment
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.rollout.policy import OnnxPolicy

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WARM_UP = 128
"""Control steps at the start of each block that are not counted: code and data come into the caches."""
BLOCK = 512
"""Control steps of one seed that are counted."""
BLOCKS = 12
LATENESS_SECONDS = 30
"""The worker keeps the lateness of some 40 s at 100 Hz."""
ALLOCATION_STEPS = 10_000
NATIVE_STEPS = 2000
VISITS = 7
HELPS = 5

Announce = Callable[[str], None]

_BLOCK = """async ([seed, steps]) => {
  const player = await window.bbconvert.ready;
  const times = await player.benchmark(seed, steps);
  return Object.fromEntries(Object.entries(times).map(([stage, each]) => [stage, Array.from(each)]));
}"""

_IDLE = "(ticks) => window.bbconvert.ready.then((player) => player.idle(ticks)).then((late) => Array.from(late))"

_STEPS = "window.bbconvert.ready.then((player) => player.step({steps}))"

VERIFIED = "#parity:is([data-standing=holds], [data-standing=fails], [data-standing=unavailable])"

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
    p10: float | None = None
    """Of single control steps whose median is `value`."""
    mean: float | None = None

    @property
    def ok(self) -> bool | None:
        """Whether the budget is kept; None without one."""
        if self.budget is None:
            return None
        # A median may be 0 where the clock is coarse, a mean high where the machine is busy: both must keep it.
        measured = max(self.value, self.mean or 0.0)
        return measured >= self.budget if self.at_least else measured <= self.budget


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
            yield from _native(bundle, announce)
            yield from _start(bundle, address, announce)
            yield from _lateness(bundle, address, announce)


def _throughput(bundle: Bundle, address: str, announce: Announce) -> Iterator[Measurement]:
    """The control step, flat out; nothing is drawn."""
    name = bundle.manifest.name
    announce(f"{name}: {BLOCKS} blocks of {BLOCK} control steps, flat out")
    with open_page(f"{address}?paused=1", drawing=False) as page:
        page.locator(VERIFIED).wait_for()  # the page does so by itself, on another core and in a second worker
        heap = page.evaluate(_METRICS)["heapBytes"]
        # Compiled, and the minute that the timeline remembers is full: its memory is in place.
        page.evaluate(_STEPS.format(steps=ALLOCATION_STEPS))
        steps = WARM_UP + BLOCK
        blocks: list[dict[str, list[float]]] = [page.evaluate(_BLOCK, [seed, steps]) for seed in range(BLOCKS)]
        announce(f"{name}: allocations of {ALLOCATION_STEPS} control steps")
        allocated = allocated_bytes(page, _STEPS.format(steps=ALLOCATION_STEPS))
    times = {stage: np.concatenate([block[stage][WARM_UP:] for block in blocks]) for stage in blocks[0]}
    means = {stage: float(each.mean()) for stage, each in times.items()}
    size = bundle.manifest.observation.size
    yield Measurement(name, "control steps per second, flat out", 1e6 / means["whole"], "/s", 100, at_least=True)
    yield _stage(name, "control step", times["whole"])
    yield _stage(name, "physics", times["physics"])
    yield _stage(name, "policy, in the kernel", times["policy"], 40)
    yield _stage(name, f"observation of {size} numbers", times["observation"], 10)
    yield _stage(name, "MuJoCo alone, over the same steps", times["bare"])
    yield Measurement(name, "MuJoCo alone, as a share of the control step", means["bare"] / means["whole"], "")
    yield _stage(name, "MuJoCo and the policy alone, over the same steps", times["core"])
    rest = means["whole"] - means["core"]
    yield Measurement(name, "a step beside MuJoCo and policy, by means", max(0.0, rest), "µs", 10)
    yield Measurement(name, "allocated per control step in the worker", allocated / ALLOCATION_STEPS / 1000, "kB", 0.2)
    yield Measurement(name, "MuJoCo's heap", heap / 1e6, "MB")


def _stage(subject: str, what: str, times: NDArray[np.float64], budget: float | None = None) -> Measurement:
    """Median, 10th percentile and mean of one stage over all steps, microseconds."""
    p10, median = (float(x) for x in np.percentile(times, [10, 50]))
    return Measurement(subject, what, median, "µs", budget, p10=p10, mean=float(times.mean()))


def _native(bundle: Bundle, announce: Announce) -> Iterator[Measurement]:
    """The same episode in Python: MuJoCo alone, and Gymnasium with ONNX Runtime."""
    manifest = bundle.manifest
    announce(f"{manifest.name}: {NATIVE_STEPS} control steps in Python")
    policy = OnnxPolicy(bundle.policy_bytes, manifest.normalization, manifest.observation.zeroed)
    env = rebuild_environment(manifest, bundle.folder)
    inner = mujoco_env(env)
    try:
        observation, _ = env.reset(seed=0)
        policy.reset_statistics()
        policy.begin()
        policy.observe(observation)
        state = mujoco.mjtState.mjSTATE_INTEGRATION
        begin = np.empty(mujoco.mj_stateSize(inner.model, state))
        mujoco.mj_getState(inner.model, inner.data, begin, state)
        actions, whole = [], np.empty(NATIVE_STEPS)
        for i in range(NATIVE_STEPS):
            start = time.perf_counter()
            action = policy(observation)
            observation, _, _, _, _ = env.step(action)
            policy.observe(observation)
            whole[i] = (time.perf_counter() - start) * 1e6
            actions.append(action)
        mujoco.mj_setState(inner.model, inner.data, begin, state)
        bare = np.empty(NATIVE_STEPS)
        for i, action in enumerate(actions):
            start = time.perf_counter()
            inner.data.ctrl[:] = action
            mujoco.mj_step(inner.model, inner.data, nstep=manifest.env.frame_skip)
            mujoco.mj_rnePostConstraint(inner.model, inner.data)
            bare[i] = (time.perf_counter() - start) * 1e6
    finally:
        env.close()
    yield _stage(manifest.name, "native: Gymnasium with ONNX Runtime", whole)
    yield _stage(manifest.name, "native: MuJoCo alone, over the same steps", bare)


def _start(bundle: Bundle, address: str, announce: Announce) -> Iterator[Measurement]:
    """Visits with an empty cache; the server and the browser are warm."""
    name = bundle.manifest.name
    announce(f"{name}: {VISITS} visits with an empty cache")
    with open_page(f"{address}?paused=1", drawing=True) as page:
        browser = page.context.browser
        if browser is None:
            raise BBConvertError("The browser closed itself; run bbconvert bench again.")
        page.close()
        visits = [visit(browser, address, bundle.manifest.env.dt) for _ in range(VISITS)]
    first = statistics.median(first for first, _ in visits)
    sent = statistics.median(sum(sizes.values()) for _, sizes in visits)
    yield Measurement(name, "first control step after navigation", first / 1000, "s", 1)
    yield Measurement(name, "a cold load, compressed", sent / 1e6, "MB", 3.5)


def visit(browser: "Browser", address: str, dt: float) -> tuple[float, dict[str, int]]:
    """Milliseconds to the first control step, and the bytes of each body that was sent until then, by its address."""
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
            # What a preload brought comes from the cache the second time: a negative size.
            sizes[request.url] = max(request.sizes()["responseBodySize"], sizes.get(request.url, 0))
    finally:
        context.close()
    return first, sizes


def _lateness(bundle: Bundle, address: str, announce: Announce) -> Iterator[Measurement]:
    """The clock in real time: with nothing to do, playing, and playing while the page draws."""
    name, env = bundle.manifest.name, bundle.manifest.env
    announce(f"{name}: the clock, three times {LATENESS_SECONDS} s in real time")
    rate = f"{1 / env.dt:.1f} Hz tick, p99"
    at_100_hz = abs(env.dt - 0.01) < 1e-9  # the budget names that rate
    with open_page(f"{address}?paused=1", drawing=False) as page:
        page.locator(VERIFIED).wait_for()
        idle = page.evaluate(_IDLE, round(LATENESS_SECONDS / env.dt))
        yield Measurement(name, f"lateness of an idle {rate}", float(np.percentile(idle, 99)), "ms")
        undrawn = _play(page)
        late = undrawn["latenessMs"]["p99"]
        yield Measurement(name, f"lateness of the {rate}, not drawn", late, "ms", 2 if at_100_hz else None)
    with open_page(f"{address}?paused=1", drawing=True) as page:
        page.locator(VERIFIED).wait_for()
        drawn = _play(page)
    # No budget: this browser draws in software, on the cores that the worker needs.
    yield Measurement(name, f"lateness of the {rate}, drawn in software", drawn["latenessMs"]["p99"], "ms")
    dropped = drawn["droppedSteps"]
    yield Measurement(name, f"steps dropped in {LATENESS_SECONDS} s", dropped, "", 0 if at_100_hz else None)
    yield Measurement(name, "real-time factor", drawn["realTimeFactor"], "")
    yield Measurement(name, "frames drawn per second", drawn["renderFps"], "/s")


def _play(page: "Page") -> dict[str, Any]:
    """The metrics of `LATENESS_SECONDS` in real time; `droppedSteps` those of that time."""
    page.evaluate("window.bbconvert.ready.then((player) => player.play())")
    before = page.evaluate(_METRICS)
    page.wait_for_timeout(LATENESS_SECONDS * 1000)
    metrics: dict[str, Any] = page.evaluate(_METRICS)
    return {**metrics, "droppedSteps": metrics["droppedSteps"] - before["droppedSteps"]}


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
