"""The simulation keeps time in its worker, whatever the page's own thread does."""

from typing import Any

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


def test_the_worker_steps_on_in_time_while_the_main_thread_is_blocked_for_two_seconds(
    open_tab: OpenTab, default_bundle: Bundle
) -> None:
    rate = 1e-3 / default_bundle.manifest.env.dt  # steps per millisecond
    tab = open_tab()
    tab.verify()  # the page does so by itself soon after it opened, and takes time from the steps

    def in_time(look: dict[str, Any]) -> bool:
        # Steps that a busy machine made the worker give up are counted as slipped.
        accounted = look["steps"] + look["slipped"]
        return bool(rate * look["least"] - STEPS <= accounted <= rate * look["most"] + STEPS)

    attempts = []
    for _ in range(ATTEMPTS):
        looks = tab.call(_BLOCK)
        # A worker that waits for the main thread would have caught up eight steps at most.
        if looks[0]["steps"] > rate * looks[0]["least"] / 4 and any(map(in_time, looks)):
            return
        attempts.append(looks)
    raise AssertionError(f"steps against milliseconds at {1000 * rate:g} Hz: {attempts}")
