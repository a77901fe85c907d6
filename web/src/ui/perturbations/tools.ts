/** What a press on the body does: drag it, push it, or hold it in the air. */
import type { HandTool } from "../../view/pointer";
import { element, icon } from "../controls/element";
import { strings } from "../strings";

export const TOOLS: readonly HandTool[] = ["drag", "push", "hold"];
const ICONS = { drag: "hand", push: "push", hold: "pin" } as const;

export class Tools {
  readonly #radios: Readonly<Record<HandTool, HTMLInputElement>>;
  /** Called with each choice. */
  chosen: ((tool: HandTool) => void) | null = null;

  constructor(root: HTMLElement) {
    const radio = (tool: HandTool) =>
      element("input", { type: "radio", name: "tool", value: tool, id: `tool-${tool}`, checked: tool === "drag" });
    this.#radios = { drag: radio("drag"), push: radio("push"), hold: radio("hold") };
    root.setAttribute("role", "radiogroup");
    root.setAttribute("aria-label", strings.tools);
    for (const [index, tool] of TOOLS.entries()) {
      const face = element("span", { class: "face" }, icon(ICONS[tool]), strings.tool[tool]);
      const title = `${strings.toolTitle[tool]} (${index + 1})`;
      root.append(element("label", { title, for: `tool-${tool}` }, this.#radios[tool], face));
      this.#radios[tool].addEventListener("change", () => this.choose(tool));
    }
  }

  get tool(): HandTool {
    return TOOLS.find((tool) => this.#radios[tool].checked) ?? "drag";
  }

  choose(tool: HandTool): void {
    this.#radios[tool].checked = true;
    this.chosen?.(tool);
  }
}
