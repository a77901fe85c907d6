/** Brings a new worker to where the one before it was. */
import type { Player } from "./player";
import type { Command, Frame, PlayState, Replies } from "./sim/protocol";

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

/** After a load: sets everything as it was, and puts the body where it was, paused. */
export async function goOn(player: Player, simulation: Simulation, lost: Lost): Promise<void> {
  const { state, frame } = lost;
  await player.setPolicy(state.policy);
  await player.setSpeed(state.speed);
  await player.setHandFelt(state.handFelt);
  await player.setAutoReset(state.autoReset);
  await player.setStiffness(state.stiffness);
  await player.setRandomPushes(state.randomPushes);
  await player.setSampling(state.sampled);
  await player.setNoise(state.noise);
  await player.setMutes(state.mutes);
  for (const overlay of state.overlays) await player.setOverlay(overlay, true);
  if (frame === null) return;
  // Should it be this state that it is stuck in, the next attempt begins with the seed.
  lost.frame = null;
  await simulation.request({ type: "resume", kept: frame.kept });
  for (const { body, point, target } of frame.pins) await player.pin({ body, point, target });
}
