"""Where the controls of the page stand, as a person meets them: what is pressed, how large, and what is in its way."""

from itertools import combinations
from typing import Any

from playwright.sync_api import Page

SLACK = 0.5
"""CSS pixels: boxes are laid out on fractions."""

# What a person presses: where a label is drawn for its box or its switch, the label. `control` is what has the focus.
_TARGETS = """
const controls = "button, input, select, textarea, a[href], summary, [tabindex='0']";
const target = (control) => control.parentElement?.matches("label") ? control.parentElement : control;
const named = (control) => (control.getAttribute("aria-label")
  || (control.labels?.[0] ?? control).textContent || control.title || control.id).trim().replace(/\\s+/g, " ");
// Not scrolled out of sight, nor half.
const inSight = (box) => {
  const { left, top, right, bottom } = box.getBoundingClientRect();
  for (let around = box.parentElement; around !== null; around = around.parentElement) {
    if (getComputedStyle(around).overflowY === "visible") continue;
    const edge = around.getBoundingClientRect();
    if (left < edge.left || top < edge.top || right > edge.right || bottom > edge.bottom) return false;
  }
  return true;
};
const targets = () => [...document.querySelectorAll(controls)]
  .filter((control) => !control.disabled && control.tabIndex >= 0)
  .map((control) => ({ control, name: named(control), box: target(control) }))
  .filter(({ box }) => box.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .filter(({ box }) => box.getBoundingClientRect().width > 1)
  .filter(({ control }) => document.querySelector("dialog:modal")?.contains(control) ?? true);
// Painted twice: what grows tells its neighbours in the frame between.
const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
"""


def targets(page: Page) -> list[dict[str, Any]]:
    """The visible controls: `name`, the box that stands for it in CSS pixels, `shown` unless it is scrolled away."""
    found: list[dict[str, Any]] = page.evaluate(
        f"""async () => {{ {_TARGETS}
          await painted();
          return targets().map(({{ control, name, box }}) => {{
            const {{ left, top, right, bottom }} = box.getBoundingClientRect();
            const inline = control.matches("p a");
            const radio = control.type === "radio" ? control.name : null;
            const checked = control.checked ?? null;
            return {{ name, left, top, right, bottom, inline, radio, checked, shown: inSight(box) }};
          }});
        }}"""
    )
    return found


def overlapping(controls: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The names of each two that share some of the screen."""
    return [(one["name"], other["name"]) for one, other in combinations(controls, 2) if _overlap(one, other)]


def obstructed(page: Page) -> list[str]:
    """What keeps controls from being had whole: each is scrolled to, on the screen, uncovered, its text inside."""
    found: list[str] = page.evaluate(
        f"""async () => {{ {_TARGETS}
          await painted();
          const problems = [];
          for (const {{ name, box }} of targets()) {{
            box.scrollIntoView({{ block: "nearest", inline: "nearest" }});
            const {{ left, top, right, bottom, width, height }} = box.getBoundingClientRect();
            if (left < -{SLACK} || top < -{SLACK} || right > innerWidth + {SLACK} || bottom > innerHeight + {SLACK})
              problems.push(`${{name}}: off the screen at ${{[left, top, right, bottom].map(Math.round)}}`);
            const points = [[0.5, 0.5], [0.5, 0.15], [0.5, 0.85], [0.1, 0.5], [0.9, 0.5]];
            for (const [x, y] of points) {{
              const hit = document.elementFromPoint(left + x * width, top + y * height);
              if (hit === null || !(box.contains(hit) || hit.contains(box) && hit.matches("label, summary")))
                problems.push(`${{name}}: covered by ${{hit?.id || hit?.className || hit?.tagName}}`);
            }}
            if (box.matches("input, select, textarea, canvas, [role=slider]")) continue;
            if (getComputedStyle(box).overflowX === "auto") continue;
            const text = document.createRange();
            text.selectNodeContents(box);
            for (const part of text.getClientRects())
              if (part.left < left - 1.5 || part.right > right + 1.5 || part.top < top - 3 || part.bottom > bottom + 3)
                if (part.width > 1) problems.push(`${{name}}: its text leaves it`);
          }}
          return [...new Set(problems)];
        }}"""
    )
    return found


def focus_next(page: Page) -> dict[str, Any] | None:
    """Presses Tab: the name of what then has the focus, whether that is shown and nothing covers it; None: the page."""
    page.keyboard.press("Tab")
    focused: dict[str, Any] | None = page.evaluate(
        f"""() => {{ {_TARGETS}
          const control = document.activeElement;
          if (control === null || control === document.body) return null;
          const outlined = (element) => {{
            const style = element && getComputedStyle(element);
            return Boolean(style) && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
          }};
          const shown = outlined(control) || outlined(control.nextElementSibling);
          const box = target(control);
          const {{ left, top, width, height }} = box.getBoundingClientRect();
          const hit = document.elementFromPoint(left + width / 2, top + height / 2);
          return {{ name: named(control), shown, uncovered: hit !== null && box.contains(hit) }};
        }}"""
    )
    return focused


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    across = min(one["right"], other["right"]) - max(one["left"], other["left"])
    down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
    return bool(across > SLACK and down > SLACK)
