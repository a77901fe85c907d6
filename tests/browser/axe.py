"""What axe-core finds on a page."""

from playwright.sync_api import Page

from tests.support.repository import ROOT

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# A panel that grows moves its neighbours a frame later.
_VIOLATIONS = """(tags) => new Promise((settled) => requestAnimationFrame(() => requestAnimationFrame(settled)))
  .then(() => axe.run(document, { resultTypes: ["violations"], runOnly: { type: "tag", values: tags } }))
  .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, any, all, none }) =>
    `${id}, ${target.join(" ")}: ${(any[0] ?? all[0] ?? none[0])?.message}`)))"""


def violations(page: Page) -> list[str]:
    """What axe-core finds: the rule, the element, and why."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"{AXE.read_text(encoding='utf-8')};true")
    found: list[str] = page.evaluate(_VIOLATIONS, TAGS)
    return found
