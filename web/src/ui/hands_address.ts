/** What an address says about hands, and about what stands between the policy and its body. */
import type { Player } from "../player";
import type { Noise, PlayState, RandomPushes } from "../sim/protocol";
import { USUAL_STIFFNESS } from "../sim/stiffness";

export interface HandsWish {
  readonly handFelt: boolean;
  /** Null: as it is. */
  readonly stiffness: number | null;
  readonly randomPushes: RandomPushes | null;
  readonly sampled: boolean;
  readonly noise: Noise;
  readonly mutes: readonly number[];
}

/** `felt=1`, `stiffness=20`, `pushes=12,24` (a minute, N·s), `sampled=1`, `noise=0.5,0.1` (observation, action), `mute=0,3`. */
export function readHands(query: URLSearchParams): HandsWish {
  const pushes = numbers(query.get("pushes"));
  const [observation = 0, action = 0] = numbers(query.get("noise"));
  return {
    handFelt: query.get("felt") === "1",
    stiffness: numbers(query.get("stiffness"))[0] ?? null,
    randomPushes: pushes.length === 0 ? null : { perMinute: pushes[0] ?? Number.NaN, impulse: pushes[1] ?? Number.NaN },
    sampled: query.get("sampled") === "1",
    noise: { observation, action },
    mutes: numbers(query.get("mute")),
  };
}

/** Adds what differs from the usual. */
export function writeHands(query: URLSearchParams, state: PlayState): void {
  const { handFelt, stiffness, randomPushes, sampled, noise, mutes } = state;
  if (handFelt) query.set("felt", "1");
  if (stiffness !== USUAL_STIFFNESS) query.set("stiffness", short(stiffness));
  if (randomPushes) query.set("pushes", `${short(randomPushes.perMinute)},${short(randomPushes.impulse)}`);
  if (sampled) query.set("sampled", "1");
  if (noise.observation > 0 || noise.action > 0) query.set("noise", `${noise.observation},${noise.action}`);
  if (mutes.length > 0) query.set("mute", mutes.join(","));
}

/** Asks the player for it; what it refuses goes to `complain`, the rest is done. */
export async function obeyHands(player: Player, wish: HandsWish, complain: (message: string) => void): Promise<void> {
  const { handFelt, stiffness, randomPushes, sampled, noise, mutes } = wish;
  const asked = [
    handFelt ? () => player.setHandFelt(true) : null,
    stiffness === null ? null : () => player.setStiffness(stiffness),
    randomPushes === null ? null : () => player.setRandomPushes(randomPushes),
    sampled ? () => player.setSampling(true) : null,
    noise.observation === 0 && noise.action === 0 ? null : () => player.setNoise(noise),
    mutes.length === 0 ? null : () => player.setMutes(mutes),
  ];
  for (const ask of asked) {
    try {
      await ask?.();
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
    }
  }
}

function numbers(text: string | null): number[] {
  return text === null || text === "" ? [] : text.split(",").map(Number);
}

/** Four figures: what a slider can say. */
function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
