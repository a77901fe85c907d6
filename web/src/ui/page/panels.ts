/** Which tool is in hand, and which panels on the right are open: the HUD, and its sections that fold. */

import { PANELS, type Panel, type PanelsWish } from "../address/panels";
import { tool } from "../perturbations/tools";
import type { Telemetry } from "../telemetry/telemetry";

interface Section {
  readonly details: HTMLDetailsElement;
  readonly usual: boolean;
}

export class Panels {
  readonly #hud: Telemetry;
  readonly #sections: ReadonlyMap<Panel, Section>;

  /** The sections stand as is usual. */
  constructor(hud: Telemetry, sections: Readonly<Record<Exclude<Panel, "hud">, HTMLElement>>) {
    this.#hud = hud;
    this.#sections = new Map(
      Object.entries(sections).flatMap(([panel, root]) => {
        const details = root.querySelector("details");
        return details ? [[panel as Panel, { details, usual: details.open }]] : [];
      }),
    );
  }

  get shown(): PanelsWish {
    const usual = PANELS.every((panel) => this.#isOpen(panel) === (this.#sections.get(panel) ?? this.#hud).usual);
    return { tool: tool.value, open: usual ? null : PANELS.filter((panel) => this.#isOpen(panel)) };
  }

  /** Takes the tool, opens these panels and folds the others; null leaves them as they are. */
  show({ tool: chosen, open }: PanelsWish): void {
    tool.value = chosen;
    if (open === null) return;
    this.#hud.open = open.includes("hud");
    for (const [panel, { details }] of this.#sections) details.open = open.includes(panel);
  }

  #isOpen(panel: Panel): boolean {
    return this.#sections.get(panel)?.details.open ?? this.#hud.open;
  }
}
