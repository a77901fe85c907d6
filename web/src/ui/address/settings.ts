/** The settings in the address: what it says is a change of settings, and what differs from the default is written. */
import type { Player } from "../../player/player";
import {
  DEFAULT_SETTINGS,
  OVERLAYS,
  type Overlay,
  type Override,
  type Settings,
  type SettingsChange,
  type Sight,
} from "../../protocol";
import { strings } from "../strings";

/** The speed that is as fast as possible. */
const UNLIMITED = "max";

/**
 * `policy=0`, `level=3`, `speed=0.5` (or `max`), `next=0` (no auto-reset), `felt=1`, `stiffness=20`, `show=contacts,forces`,
 * `pushes=12,24` (a minute, N·s), `sampled=1`, `noise=0.5,0.1` (observation, action), `mute=0,3`, `hand=0:0.5,3:-1`
 * (actuator and value), `sight=used` (or `beside`).
 */
export function readSettings(query: URLSearchParams, complain: (message: string) => void): SettingsChange {
  const asked = query.get("speed");
  const speed = asked === UNLIMITED ? Number.POSITIVE_INFINITY : Number(asked);
  const [stiffness] = numbers(query.get("stiffness"));
  const shown = overlays(query.get("show"), complain);
  const [perMinute, impulse = Number.NaN] = numbers(query.get("pushes"));
  const [observation = 0, action = 0] = numbers(query.get("noise"));
  const mutes = numbers(query.get("mute"));
  return {
    ...(query.has("level") && { level: Number(query.get("level")) }),
    ...(query.get("policy") === "0" && { policy: false }),
    ...(((speed >= 0.1 && speed <= 4) || asked === UNLIMITED) && { speed }),
    ...(query.get("next") === "0" && { autoReset: false }),
    ...(query.get("felt") === "1" && { handFelt: true }),
    ...(stiffness !== undefined && { stiffness }),
    ...(shown.length > 0 && { overlays: Object.fromEntries(shown.map((overlay) => [overlay, true])) }),
    ...(perMinute !== undefined && { randomPushes: { perMinute, impulse } }),
    ...(query.get("sampled") === "1" && { sampled: true }),
    ...((observation !== 0 || action !== 0) && { noise: { observation, action } }),
    ...(mutes.length > 0 && { mutes }),
    ...(query.has("sight") && { sight: query.get("sight") as Sight }),
    ...(query.has("command") && { command: numbers(query.get("command")) }),
    ...(query.has("hand") && { overrides: overrides(query.get("hand") ?? "") }),
  };
}

/** Adds what differs from the default; the speed always. */
export function writeSettings(query: URLSearchParams, settings: Settings): void {
  const { level, policy, speed, autoReset, handFelt, stiffness, overlays, randomPushes, sampled, noise, mutes } =
    settings;
  if (level !== null) query.set("level", String(level));
  if (!policy) query.set("policy", "0");
  query.set("speed", Number.isFinite(speed) ? String(speed) : UNLIMITED);
  if (handFelt) query.set("felt", "1");
  if (stiffness !== DEFAULT_SETTINGS.stiffness) query.set("stiffness", short(stiffness));
  if (randomPushes) query.set("pushes", `${short(randomPushes.perMinute)},${short(randomPushes.impulse)}`);
  if (sampled) query.set("sampled", "1");
  if (noise.observation > 0 || noise.action > 0) query.set("noise", `${noise.observation},${noise.action}`);
  if (mutes.length > 0) query.set("mute", mutes.join(","));
  if (settings.command.length > 0) query.set("command", settings.command.map(short).join(","));
  if (settings.sight !== "off") query.set("sight", settings.sight);
  if (settings.overrides.length > 0)
    query.set("hand", settings.overrides.map(({ actuator, value }) => `${actuator}:${value}`).join(","));
  if (overlays.length > 0) query.set("show", overlays.join(","));
  if (!autoReset) query.set("next", "0");
}

/** Gives the player one setting after the other; reports what it refuses to `complain`, and continues. */
export async function applySettings(
  player: Player,
  settings: SettingsChange,
  complain: (message: string) => void,
): Promise<void> {
  for (const [name, value] of Object.entries(settings)) {
    try {
      await player.set({ [name]: value });
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
    }
  }
}

function overlays(text: string | null, complain: (message: string) => void): Overlay[] {
  const names = (text ?? "").split(",").filter(Boolean);
  return names.flatMap((name) => {
    const overlay = OVERLAYS.find((known) => known === name);
    if (overlay === undefined) complain(strings.badOverlay(name, OVERLAYS.join(", ")));
    return overlay ?? [];
  });
}

function overrides(text: string): Override[] {
  return text.split(",").map((pair) => {
    const [actuator = Number.NaN, value = Number.NaN] = pair.split(":").map(Number);
    return { actuator, value };
  });
}

function numbers(text: string | null): number[] {
  return text === null || text === "" ? [] : text.split(",").map(Number);
}

/** Four figures: what a slider can say. */
function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
