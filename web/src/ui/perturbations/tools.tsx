/** What a press on the body does: drag it, push it, or drag it and leave it pinned. */
import { signal } from "@preact/signals";
import type { HandTool } from "../../view/pointer";
import { Icon } from "../controls/icon";
import { strings } from "../strings";

export const TOOLS: readonly HandTool[] = ["drag", "push", "hold"];
const ICONS = { drag: "hand", push: "push", hold: "pin" } as const;

export const tool = signal<HandTool>("drag");

export function Tools() {
  return TOOLS.map((name, index) => (
    <label key={name} title={`${strings.toolTitle[name]} (${index + 1})`} for={`tool-${name}`}>
      <input
        type="radio"
        name="tool"
        value={name}
        id={`tool-${name}`}
        checked={tool.value === name}
        onChange={() => {
          tool.value = name;
        }}
      />
      <span class="face">
        <Icon name={ICONS[name]} />
        {strings.tool[name]}
      </span>
    </label>
  ));
}
