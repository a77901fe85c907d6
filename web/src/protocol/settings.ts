/** What a person sets: a load carries it over, the address mirrors it, and the worker applies it. */
import { OVERLAYS, type Overlay } from "./frame";
import type { Sight } from "./sight";

/** Bounds and default of the drag's stiffness, N/(m·kg): at 10, a stretch of about a metre lifts what is dragged. */
export const SOFTEST = 1;
export const STIFFEST = 200;
export const USUAL_STIFFNESS = 10;

/** Random impulses on the root body, in horizontal directions. */
export interface RandomPushes {
  /** Pushes per simulated minute. */
  readonly perMinute: number;
  /** N·s. */
  readonly impulse: number;
}

/** Standard deviations of Gaussian noise. */
export interface Noise {
  /** In standard deviations of the training's observations where they are known, else in the observation's own units. */
  readonly observation: number;
  /** As a share of each actuator's range. */
  readonly action: number;
}

/** An actuator that a person moves: `value` in its own units, within its limits. */
export interface Override {
  readonly actuator: number;
  readonly value: number;
}

export interface Settings {
  /** Whether the policy acts; else the controls are zero. */
  readonly policy: boolean;
  /** Of the environment, where it has some; null: the bundle's own. */
  readonly level: number | null;
  /** Simulated seconds per second of wall time. Infinity: as fast as possible. */
  readonly speed: number;
  /** Whether the next episode begins by itself after one ends. */
  readonly autoReset: boolean;
  /** Whether perturbations enter the contact forces that some policies observe. */
  readonly handFelt: boolean;
  /** Of the drag, N/(m·kg). */
  readonly stiffness: number;
  /** What is drawn over the picture. */
  readonly overlays: readonly Overlay[];
  readonly randomPushes: RandomPushes | null;
  /** Whether actions are drawn as in training, instead of their mean. */
  readonly sampled: boolean;
  readonly noise: Noise;
  /** Actuators that get 0, ascending. */
  readonly mutes: readonly number[];
  /** Actuators that are moved by hand instead of by the policy, ascending. */
  readonly overrides: readonly Override[];
  /** What the user asks of a robot, in the manifest's order; empty: nothing can be asked, or what the bundle begins with. */
  readonly command: readonly number[];
  /** Whether the network that sees runs, and whether the policy acts on what it tells. */
  readonly sight: Sight;
}

/** A change of settings; what is absent stays. */
export interface SettingsChange extends Partial<Omit<Settings, "noise" | "overlays">> {
  readonly noise?: Partial<Noise>;
  readonly overlays?: { readonly [overlay in Overlay]?: boolean };
}

export const DEFAULT_SETTINGS: Settings = {
  policy: true,
  level: null,
  speed: 1,
  autoReset: true,
  handFelt: false,
  stiffness: USUAL_STIFFNESS,
  overlays: [],
  randomPushes: null,
  sampled: false,
  noise: { observation: 0, action: 0 },
  mutes: [],
  overrides: [],
  command: [],
  sight: "off",
};

/** The settings with which another bundle begins: a person's own stay, what disturbs the policy ends. */
export function carriedOver(settings: Settings): Settings {
  const { level, randomPushes, sampled, noise, mutes, overrides, command, sight } = DEFAULT_SETTINGS;
  return { ...settings, level, randomPushes, sampled, noise, mutes, overrides, command, sight };
}

/** The change that makes any settings these. */
export function changeTo(settings: Settings): SettingsChange {
  const overlays = Object.fromEntries(OVERLAYS.map((overlay) => [overlay, settings.overlays.includes(overlay)]));
  return { ...settings, overlays };
}
