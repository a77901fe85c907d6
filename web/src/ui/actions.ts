/** What a user can do: buttons and keys call these, and a failure becomes a notice in words. */
import { signal } from "@preact/signals";
import type { Player } from "../player/player";
import type { Backend, Noise, Overlay, Override, RandomPushes, Sight, Vec3 } from "../protocol";
import type { Notices } from "./notices/notices";

/** A push as seen by the viewer. */
export type Direction = "away" | "towards" | "left" | "right";

/** Where the viewer looks, on the floor: unit vectors away from the viewer and to the right. */
export interface Viewer {
  directions(): { away: { x: number; y: number }; right: { x: number; y: number } };
  resetCamera(): void;
  /** Pins what the pointer drags, where it is; whether it drags anything. */
  hold(): boolean;
}

/** Of the random pushes that go with a level. */
const LEVEL_PUSHES_A_MINUTE = 12;

/** Where there is no picture there is no camera: away is the world's +x. */
const NO_VIEWER: Viewer = {
  directions: () => ({ away: { x: 1, y: 0 }, right: { x: 0, y: -1 } }),
  resetCamera: () => {},
  hold: () => false,
};

export class Actions {
  viewer: Viewer = NO_VIEWER;
  /** Impulse of a push, N·s. */
  readonly impulse = signal(20);
  /** Told of each push, N·s, world: others are pushed alike. */
  pushed: ((impulse: Vec3) => void) | null = null;
  /** When the last mute that was toggled is. */
  #toggled = Promise.resolve();

  constructor(
    readonly player: Player,
    readonly notices: Notices,
  ) {}

  togglePlay(): void {
    this.#run(this.player.state.playing ? this.player.pause() : this.player.play());
  }

  /** One control step; a playing simulation is paused first. */
  step(): void {
    const first = this.player.state.playing ? this.player.pause() : Promise.resolve();
    this.#run(first.then(() => this.player.step(1)));
  }

  reset(seed = this.player.state.seed): void {
    this.#run(this.player.reset({ seed }));
  }

  setPolicy(on: boolean): void {
    this.#run(this.player.setPolicy(on));
  }

  setBackend(backend: Backend): void {
    this.#run(this.player.setBackend(backend));
  }

  /** A stage of the training; null: the last. */
  setStage(stage: number | null): Promise<void> {
    return this.#run(this.player.setStage(stage));
  }

  setHandFelt(on: boolean): void {
    this.#run(this.player.setHandFelt(on));
  }

  /** Another level of the environment, with the random pushes that go with it. */
  setLevel(level: number, impulse: number): void {
    this.#run(this.player.set({ level, randomPushes: { perMinute: LEVEL_PUSHES_A_MINUTE, impulse } }));
  }

  setStiffness(stiffness: number): Promise<void> {
    return this.#run(this.player.setStiffness(stiffness));
  }

  setRandomPushes(pushes: RandomPushes | null): Promise<void> {
    return this.#run(this.player.setRandomPushes(pushes));
  }

  setSampling(on: boolean): void {
    this.#run(this.player.setSampling(on));
  }

  setNoise(noise: Partial<Noise>): Promise<void> {
    return this.#run(this.player.setNoise(noise));
  }

  /** Silences an actuator, or lets it move again. */
  toggleMute(actuator: number): void {
    // One after the other: each begins from what the one before left.
    this.#toggled = this.#toggled.then(() => {
      const { mutes } = this.player.state;
      const rest = mutes.filter((muted) => muted !== actuator);
      return this.#run(this.player.setMutes(rest.length < mutes.length ? rest : [...mutes, actuator]));
    });
  }

  setOverrides(overrides: readonly Override[]): Promise<void> {
    return this.#run(this.player.setOverrides(overrides));
  }

  setCommand(command: readonly number[]): Promise<void> {
    return this.#run(this.player.setCommand(command));
  }

  setSight(sight: Sight): void {
    this.#run(this.player.setSight(sight));
  }

  /** Lets the network look beside the policy while someone watches; one that the policy acts on looks anyway. */
  watchSight(watched: boolean): void {
    const { sight, overlays } = this.player.state;
    if (sight !== "used") this.setSight(watched ? "beside" : "off");
    if (watched && !overlays.includes("torques")) this.setOverlay("torques", true);
  }

  /** Removes noise, mutes, sampling and what is moved by hand. */
  removeDisturbances(): void {
    this.#run(this.player.removeDisturbances());
  }

  unpin(): void {
    this.#run(this.player.unpin());
  }

  /** Pins what the pointer drags; else removes all pins; else pins the root where it is. */
  async hold(): Promise<void> {
    if (this.viewer.hold()) return;
    try {
      const { pins } = await this.player.snapshot();
      const scene = this.player.loaded?.scene;
      const body = scene?.bodies[scene.root];
      if (pins.length > 0) await this.player.unpin();
      else if (body) await this.player.pin({ body: body.name });
    } catch (error) {
      this.notices.toast(messageOf(error));
    }
  }

  setOverlay(overlay: Overlay, on: boolean): void {
    this.#run(this.player.setOverlay(overlay, on));
  }

  setAutoReset(on: boolean): void {
    this.#run(this.player.setAutoReset(on));
  }

  setSpeed(speed: number): void {
    this.#run(this.player.setSpeed(speed));
  }

  /** An impulse at a point of a body along a direction of length one. */
  pushAt(push: { body: string; point: Vec3; direction: Vec3 }): void {
    const { body, point } = push;
    const [x, y, z] = push.direction;
    const strength = this.impulse.value;
    const impulse: Vec3 = [x * strength, y * strength, z * strength];
    this.#run(this.player.push({ body, point, impulse }));
    this.pushed?.(impulse);
  }

  /** Pushes the root body in a direction as the viewer sees it. */
  push(direction: Direction): void {
    const scene = this.player.loaded?.scene;
    const body = scene?.bodies[scene.root];
    if (!body) return;
    const { away, right } = this.viewer.directions();
    const along = { away: [away, 1], towards: [away, -1], right: [right, 1], left: [right, -1] } as const;
    const [axis, sign] = along[direction];
    const strength = sign * this.impulse.value;
    const impulse: Vec3 = [strength * axis.x, strength * axis.y, 0];
    this.#run(this.player.push({ body: body.name, impulse }));
    this.pushed?.(impulse);
  }

  /** Resolves when it is done, or its failure was reported. */
  async #run(done: Promise<unknown>): Promise<void> {
    try {
      await done;
    } catch (error) {
      this.notices.toast(messageOf(error));
    }
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
