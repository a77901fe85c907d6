/** What a person sets, one method a setting: each is one message of `set`. */
import type { Noise, Overlay, Override, RandomPushes, SettingsChange, Sight } from "../protocol";
import { PlayerEventTarget } from "./events";

export abstract class PlayerSettings extends PlayerEventTarget {
  /** Changes several settings in one message; what is absent stays. */
  abstract set(change: SettingsChange): Promise<void>;

  /** Policy on, or off: then the controls are zero and the body is limp. */
  setPolicy(on: boolean): Promise<void> {
    return this.set({ policy: on });
  }

  /** Simulated seconds per second of wall time: 0.1 to 4, or Infinity, as fast as this machine can. */
  setSpeed(speed: number): Promise<void> {
    return this.set({ speed });
  }

  /** Whether perturbations enter the contact forces that some policies observe; off by default. */
  setHandFelt(on: boolean): Promise<void> {
    return this.set({ handFelt: on });
  }

  /** Another level of the environment, which begins anew with the same seed; null: the bundle's own. */
  setLevel(level: number | null): Promise<void> {
    return this.set({ level });
  }

  /** Whether the next episode starts by itself, with the next seed, 2 s after one ends; on by default. */
  setAutoReset(on: boolean): Promise<void> {
    return this.set({ autoReset: on });
  }

  /** Shows something over the picture, or ends it: contacts, forces, joints, centreOfMass, torques. */
  setOverlay(overlay: Overlay, on: boolean): Promise<void> {
    return this.set({ overlays: { [overlay]: on } });
  }

  /** Stiffness of the drag, N/m per kilogram of what is dragged: 1 to 200, 10 at first. */
  setStiffness(stiffness: number): Promise<void> {
    return this.set({ stiffness });
  }

  /** Random pushes, the same for the same seed; null ends them. */
  setRandomPushes(pushes: RandomPushes | null): Promise<void> {
    return this.set({ randomPushes: pushes });
  }

  /** Draws actions as training did, instead of their mean; for a policy with `network.stochastic`, in ONNX. */
  setSampling(on: boolean): Promise<void> {
    return this.set({ sampled: on });
  }

  /** Gaussian noise on observation and action, the same for the same seed; what is absent stays. */
  setNoise(noise: Partial<Noise>): Promise<void> {
    return this.set({ noise });
  }

  /** The actuators (indices of the action) that get 0 instead of the policy's value; an empty list ends it. */
  setMutes(actuators: readonly number[]): Promise<void> {
    return this.set({ mutes: actuators });
  }

  /** What a robot is asked to do (`loaded.manifest.env.command`: names, units, ranges), from the next control step on. */
  setCommand(command: readonly number[]): Promise<void> {
    return this.set({ command });
  }

  /** Actuators that are moved by hand, also while the policy is off: values in their own units; an empty list ends it. */
  setOverrides(overrides: readonly Override[]): Promise<void> {
    return this.set({ overrides });
  }

  /**
   * Where the bundle has a network that sees: `beside`, it tells the body's attitude from a picture before each control
   * step; `used`, the policy acts on what it tells instead of on the true one. What it saw comes as `sight` events.
   */
  setSight(sight: Sight): Promise<void> {
    return this.set({ sight });
  }
}
