"""The simulation keeps time in its worker, whatever the page's own thread does."""

import pytest

from bbconvert.convert.bundle.bundle import Bundle
from tests.browser.conftest import OpenTab
from tests.browser.tab import PATIENCE_MS

CATCH_UP = 8
"""Control steps that the worker may make up for at once."""
STEPS = 2
"""How far count and clock may differ."""

# A snapshot is taken at an unknown moment between question and answer: two such brackets bound the time between.
# Steps that are due and not yet taken may still come, steps that were lost never do: hence looks until one is in time.
_BLOCK = f"""
const {{ rate, slack }} = argument;
const look = async () => {{
  const asked = performance.now();
  const [snapshot, metrics] = await Promise.all([player.snapshot(), player.metrics()]);
  return {{ asked, answered: performance.now(), step: snapshot.step, dropped: metrics.droppedSteps }};
}};
await player.reset({{ seed: 1 }});
const before = await look();
for (const end = performance.now() + 2000; performance.now() < end; );
const looks = [];
for (const end = performance.now() + {PATIENCE_MS}; performance.now() < end; ) {{
  const after = await look();
  const steps = after.step - before.step;
  // Steps that a busy machine made the worker give up are counted as dropped.
  const accounted = steps + after.dropped - before.dropped;
  const least = rate * (after.asked - before.answered);
  const most = rate * (after.answered - before.asked);
  looks.push({{ steps, accounted, least, most }});
  if (accounted >= least - slack) break;
}}
return looks;
"""


@pytest.mark.parametrize("speed", [1, 0.1, 0.25, 4])
def test_the_worker_steps_on_in_time_while_the_main_thread_is_blocked_for_two_seconds(
    open_tab: OpenTab, default_bundle: Bundle, speed: float
) -> None:
    rate = speed * 1e-3 / default_bundle.manifest.env.dt
    # No next episode by itself: it would begin to count anew.
    tab = open_tab(speed=speed, next=0)
    tab.verify()  # the page does so by itself soon after it opened, and takes time from the steps
    looks = tab.call(_BLOCK, {"rate": rate, "slack": STEPS})
    # A worker that waits for the main thread would have caught up eight steps at most. How many there are in a second,
    # and that none is lost: playback.test.ts, on a clock of its own.
    assert looks[0]["steps"] > CATCH_UP
    # At the first look a busy worker may be that many steps late, which it makes up for until the next.
    assert all(look["accounted"] <= look["most"] + CATCH_UP + STEPS for look in looks), looks
    assert looks[-1]["accounted"] >= looks[-1]["least"] - STEPS, looks
