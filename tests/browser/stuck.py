"""A worker that is stuck, or crashes, when a test wants it; and the page's clock, turned by the test."""

from collections.abc import Callable

from playwright.sync_api import Page, Route

from tests.browser.tab import Tab

WORKER = "**/assets/sim-worker-*.js"
SECONDS = 11
"""The first second asks, the ten after it wait."""

# What makes the worker stop answering, or stop: a push.
SPIN = "for (;;);"
CRASH = "throw new Error('a bomb');"


def plant_trap(what: str) -> Callable[[Page], None]:
    """Before the page opens: a push makes the worker do this; and the page's own clock can be turned."""
    trap = f"self.addEventListener('message', ({{ data }}) => {{ if (data.type === 'push') {{ {what} }} }});"

    def plant(route: Route) -> None:
        whole = route.fetch()
        route.fulfill(response=whole, body=f"{trap}\n{whole.text()}")

    def before(page: Page) -> None:
        page.clock.install()
        page.route(WORKER, plant)

    return before


def freeze(tab: Tab) -> None:
    """From now on the page's clock goes on with `let_pass` alone; the worker's is another one."""
    tab.page.clock.pause_at(tab.page.evaluate("Date.now()") / 1000 + 1)
    tab.snapshot()


def let_pass(tab: Tab, seconds: int) -> None:
    """Lets the page's clock go on, with every timer that is due."""
    for _ in range(seconds):
        tab.page.clock.run_for(1000)


def push(tab: Tab) -> None:
    """Pushes, and does not wait: nobody answers. The clock stands still from here on."""
    freeze(tab)
    tab.call(
        "player.push({ body: 'torso', impulse: [1, 0, 0] }).catch((error) => { window.failure = error.message; });"
    )
