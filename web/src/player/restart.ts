/** Brings a new worker to where the one before it was. */
import type { Command, Frame, PlayState, Replies } from "../protocol";

/** The simulation worker, as the player needs it. */
export interface Simulation {
  request<C extends Command>(command: C): Promise<Replies[C["type"]]>;
  /** Ends the worker and starts another, which has no bundle yet. */
  restart(): void;
}

/** What is known of a worker that was ended: what was set, and the last frame, with where its body was. */
export interface Lost {
  readonly state: PlayState;
  frame: Frame | null;
}

/** After the load: puts the body where it was, paused, and pins it as it was pinned. */
export async function resume(simulation: Simulation, lost: Lost): Promise<void> {
  const { frame } = lost;
  if (frame === null) return;
  // Should it be this state that it is stuck in, the next attempt begins with the seed.
  lost.frame = null;
  await simulation.request({ type: "resume", moment: frame.moment });
  for (const { body, point, target } of frame.pins) await simulation.request({ type: "pin", body, point, target });
}
