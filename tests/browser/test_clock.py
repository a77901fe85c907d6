"""The simulation keeps time in its worker, whatever the page's own thread does."""

from typing import Any

import pytest

from convert.bundle import Bundle
from tests.browser.conftest import OpenTab

ATTEMPTS = 3
"""Other work on this machine may take the worker's core away."""
STEPS = 2
"""How far count and clock may differ."""

# A snapshot is taken at an unknown moment between question and answer: two such brackets bound the time between.
# Steps that are due and not yet taken may still come, steps that were lost never do: hence several looks.
_BLOCK = """
const look = async () => {
  const asked = performance.now();
  const [snapshot, metrics] = await Promise.all([player.snapshot(), player.metrics()]);
  return { asked, answered: performance.now(), step: snapshot.step, slipped: metrics.slipped };
};
await player.reset({ seed: 1 });
const before = await look();
for (const end = performance.now() + 2000; performance.now() < end; );
const looks = [];
for (let k = 0; k < 10; k++) {
  const after = await look();
  looks.push({
    least: after.asked - before.answered, most: after.answered - before.asked,
    steps: after.step - before.step, slipped: after.slipped - before.slipped,
  });
}
return looks;
"""


def _in_time(look: dict[str, Any], rate: float) -> bool:
    """Whether the steps are those of the milliseconds between, at `rate` steps a millisecond."""
    # Steps that a busy machine made the worker give up are counted as slipped.
    accounted = look["steps"] + look["slipped"]
    return bool(rate * look["least"] - STEPS <= accounted <= rate * look["most"] + STEPS)


@pytest.mark.parametrize("speed", [1, 0.1, 0.25, 4])
def test_the_worker_steps_on_in_time_while_the_main_thread_is_blocked_for_two_seconds(
    open_tab: OpenTab, default_bundle: Bundle, speed: float
) -> None:
    rate = speed * 1e-3 / default_bundle.manifest.env.dt
    tab = open_tab(speed=speed)
    tab.verify()  # the page does so by itself soon after it opened, and takes time from the steps
    attempts = []
    for _ in range(ATTEMPTS):
        looks = tab.call(_BLOCK)
        # A worker that waits for the main thread would have caught up eight steps at most.
        if looks[0]["steps"] > rate * looks[0]["least"] / 4 and any(_in_time(look, rate) for look in looks):
            return
        attempts.append(looks)
    raise AssertionError(f"steps against milliseconds at {1000 * rate:g} Hz: {attempts}")
