/** A hidden tab pauses, and plays on when it is seen again if it played before. */
import type { Player } from "../../player/player";

/** Whether the player is paused only because its tab is hidden. */
let resting = false;

export function isResting(): boolean {
  return resting;
}

/** Starts to play, or waits until the tab is seen. */
export async function playWhenSeen(player: Player): Promise<void> {
  if (document.hidden) resting = true;
  else await player.play();
}

export function restWhileHidden(player: Player): void {
  document.addEventListener("visibilitychange", () => void change(player));
}

async function change(player: Player): Promise<void> {
  if (document.hidden) {
    if (!player.state.playing) return;
    resting = true;
    // A lost simulation is reported by its own event.
    await player.pause().catch(() => undefined);
  } else if (resting) {
    resting = false;
    await player.play().catch(() => undefined);
  }
}
