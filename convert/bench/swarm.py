"""Measures swarms: many bodies of one bundle over the workers that a page usually has."""

from collections.abc import Iterator
from typing import Any

from bbconvert.convert.bench.bench import Announce, Measurement
from bbconvert.convert.browser import TIMEOUT_MS, open_page, served
from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.library import make_library

BODIES = (1, 10, 100, 1000)
STEPS = 4000
"""Control steps of all bodies together that are timed, about."""
LEAST = 10
"""Control steps of each body, at least."""
SHOWN_SECONDS = 5

_BENCHMARK = """([bodies, steps]) =>
  window.bbconvert.ready.then((player) => player.benchmarkSwarm(bodies, steps))"""

_METRICS = "window.bbconvert.ready.then((player) => player.metrics())"


def measure_swarm(bundles: list[Bundle], announce: Announce) -> Iterator[Measurement]:
    """Steps a second, bodies in real time, memory, and pictures a second, for each number of bodies.

    Raises:
        BBConvertError: no browser is installed, or the page did not start.
    """
    for bundle in bundles:
        name = bundle.manifest.name
        with served(make_library([bundle])) as address:
            with open_page(f"{address}?paused=1", drawing=False) as page:
                page.set_default_timeout(10 * TIMEOUT_MS)
                for bodies in BODIES:
                    announce(f"{name}: a swarm of {bodies}, flat out")
                    found = page.evaluate(_BENCHMARK, [bodies, max(LEAST, STEPS // bodies)])
                    yield from _rates(bundle, bodies, found)
            for bodies in BODIES:
                announce(f"{name}: a swarm of {bodies}, drawn")
                with open_page(f"{address}?swarm={bodies}", drawing=True) as page:
                    page.wait_for_timeout(1000 * SHOWN_SECONDS)
                    drawn = page.evaluate(_METRICS)["renderFps"]
                yield Measurement(name, f"{bodies} bodies: pictures a second, drawn in software", drawn, "/s")


def _rates(bundle: Bundle, bodies: int, found: dict[str, Any]) -> Iterator[Measurement]:
    name, workers = bundle.manifest.name, found["workers"]
    rate = found["stepRate"]
    yield Measurement(name, f"{bodies} bodies: control steps a second, {workers} worker(s)", rate, "/s")
    yield Measurement(name, f"{bodies} bodies: seconds simulated a second", rate * bundle.manifest.env.dt / bodies, "")
    if bodies == BODIES[-1]:
        yield Measurement(name, "bodies in real time, no picture", rate * bundle.manifest.env.dt, "")
        yield Measurement(name, "memory a body", found["memory"]["body"] / 1000, "kB")
        yield Measurement(name, "MuJoCo's heap, a worker", found["memory"]["heap"] / 1e6, "MB")
