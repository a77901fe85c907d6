/** What an address says about controls: the tool in hand, and which panels on the right are open. */
import type { HandTool } from "../../view/pointer";
import { TOOLS } from "../perturbations/tools";
import { strings } from "../strings";

/** The panel itself, and its sections that fold. */
export const PANELS = ["hud", "hands", "policy", "manual", "charts"] as const;
export type Panel = (typeof PANELS)[number];

const NONE = "none";
const USUAL_TOOL: HandTool = "drag";

export interface PanelsWish {
  readonly tool: HandTool;
  /** Those that are open; null: as is usual in a window of this size. */
  readonly open: readonly Panel[] | null;
}

/** `tool=push`, `open=hud,charts` (the others are folded) or `open=none`. */
export function readPanels(query: URLSearchParams, complain: (message: string) => void): PanelsWish {
  const asked = query.get("tool") ?? USUAL_TOOL;
  const tool = TOOLS.find((known) => known === asked);
  if (tool === undefined) complain(strings.badTool(asked, TOOLS.join(", ")));
  const names = query.get("open")?.split(",");
  for (const name of names ?? [])
    if (name !== NONE && !PANELS.some((panel) => panel === name)) complain(strings.badPanel(name, PANELS.join(", ")));
  return { tool: tool ?? USUAL_TOOL, open: names ? PANELS.filter((panel) => names.includes(panel)) : null };
}

/** Adds what differs from the usual. */
export function writePanels(query: URLSearchParams, { tool, open }: PanelsWish): void {
  if (tool !== USUAL_TOOL) query.set("tool", tool);
  if (open !== null) query.set("open", open.join(",") || NONE);
}
