/** Keys, wherever the focus is, except where it types or works a control of its own. */
import type { HandTool } from "../../view/pointer";
import type { Actions } from "../actions";
import { TOOLS, tool } from "../perturbations/tools";
import { toggleHelp } from "./help";

/** The way through the last minute. */
export interface Past {
  leap(moments: number): Promise<void>;
  leapSeconds(sign: -1 | 1): Promise<void>;
  toBegin(): Promise<void>;
  toNow(): Promise<void>;
}

/** These may repeat while they are held. */
const REPEATING = new Set([".", ",", "[", "]"]);

export function listenToKeys(
  actions: Actions,
  toggleTelemetry: () => void,
  past: Past,
  more: ReadonlyMap<string, () => void>,
): void {
  const keys: Readonly<Record<string, () => void>> = {
    " ": () => actions.togglePlay(),
    ".": () => actions.step(),
    ",": () => void past.leap(-1),
    "[": () => void past.leapSeconds(-1),
    "]": () => void past.leapSeconds(1),
    Home: () => void past.toBegin(),
    End: () => void past.toNow(),
    r: () => actions.reset(),
    R: () => actions.reset(actions.player.state.seed + 1),
    x: () => void actions.hold(),
    p: () => actions.setPolicy(!actions.player.state.policy),
    c: () => actions.viewer.resetCamera(),
    h: toggleTelemetry,
    "?": toggleHelp,
    ArrowUp: () => actions.push("away"),
    ArrowDown: () => actions.push("towards"),
    ArrowLeft: () => actions.push("left"),
    ArrowRight: () => actions.push("right"),
  };
  const choose = (name: HandTool) => () => {
    tool.value = name;
  };
  const tools = new Map(TOOLS.map((name, index) => [String(index + 1), choose(name)]));
  window.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.shiftKey || event.key.length > 1 ? event.key : event.key.toLowerCase();
    const act = keys[key] ?? tools.get(key) ?? more.get(key);
    if (!act || keepsKey(event.target, key)) return;
    event.preventDefault();
    // A held space or R must not flicker; held arrows and steps may repeat.
    if (event.repeat && !REPEATING.has(key) && !key.startsWith("Arrow")) return;
    act();
  });
  // A mouse click leaves no focus behind, or the next Space would press that button again.
  document.addEventListener("click", (event) => {
    const pressed =
      event.target instanceof Element && event.target.closest("button, input[type=checkbox], input[type=radio]");
    if (event.detail > 0 && pressed instanceof HTMLElement && !pressed.closest("dialog")) pressed.blur();
  });
}

/** Whether the focused element has its own use for the key. */
function keepsKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (document.querySelector("dialog[open]")) return key !== "?";
  if (target.closest("input[type=number], select, textarea")) return true;
  if (target.closest("input[type=range], input[type=radio], [role=slider]"))
    return key.startsWith("Arrow") || key === "Home" || key === "End";
  return key === " " && target.closest("button, a, input[type=checkbox]") !== null;
}
