/** Plays other policies beside the player: the same seed, the same pushes, one transport, one camera. */
import { effect, signal, untracked } from "@preact/signals";
import type { Channel } from "../../player/client";
import { baseOf, type Player } from "../../player/player";
import { SwarmPool } from "../../player/swarm";
import type { Frame, SwarmFrame, SwarmSettings } from "../../protocol";
import type { Stage } from "../../view/stage";
import { type Actions, messageOf } from "../actions";
import { frame, loaded, state } from "../page/now";
import { strings } from "../strings";
import { Disagreement } from "./disagreement";

/** Policies side by side, the player's included. */
export const MOST = 4;
/** Milliseconds after the last one ended at which all begin anew. */
const PAUSE_MS = 2000;
/** Of a bundle's name in the address, where its policy is off. */
const OFF = ":off";

/** Another player, as its row shows it. */
export interface Companion {
  /** As the address says it: the bundle's name, with `:off` where its policy is off. */
  readonly key: string;
  readonly title: string;
  readonly steps: number;
  readonly dt: number;
  readonly episodeReturn: number;
  readonly running: boolean;
  /** The actuators on which it and this policy disagree most; empty where their environments differ. */
  readonly disagreement: readonly { readonly name: string; readonly difference: number }[];
}

/** What plays beside the player, and how it is shown. */
export const companions = signal<readonly Companion[]>([]);
export const ghosts = signal(false);

interface Playing {
  readonly key: string;
  readonly pool: SwarmPool;
  readonly disagreement: Disagreement | null;
}

export class CompareControl {
  #playing: Playing[] = [];
  #over = 0;
  /** Of the player's episode. */
  #seed = 0;
  #asking = false;
  #following = false;
  /** Where the others are. */
  #at = { episode: -1, step: 0 };

  constructor(
    readonly player: Player,
    readonly actions: Actions,
    readonly startWorker: () => Channel,
    readonly stage: () => Stage | null,
    readonly complain: (message: string) => void,
  ) {
    effect(() => {
      const { level, randomPushes, command } = state.value;
      untracked(() => {
        for (const { pool } of this.#playing)
          void this.#told(pool.set({ randomPushes, ...(this.#isSame(pool) && { level, command }) }));
      });
    });
    player.addEventListener("load", () => this.close());
    player.addEventListener("episode", ({ detail }) => {
      if (detail.phase === "begin") this.#seed = detail.seed;
    });
    effect(() => {
      const now = frame.value;
      if (now === null) return;
      untracked(() => {
        void this.#follow(now);
        if (now.observation) void this.#ask(Float64Array.from(now.observation));
        this.#restartWhenOver();
      });
    });
  }

  /** Adds the bundle of that name, or `NAME:off` with its policy off. */
  async add(key: string): Promise<void> {
    if (this.#playing.length + 1 >= MOST) {
      this.complain(strings.compareFull(MOST));
      return;
    }
    const { speed, randomPushes, seed } = state.value;
    const settings: SwarmSettings = { policy: !key.endsWith(OFF), level: null, speed, randomPushes, command: [] };
    const index = this.#playing.length;
    const own: { pool: SwarmPool | null } = { pool: null };
    try {
      const pool = await SwarmPool.open(
        this.startWorker,
        { bundle: baseOf(key.replace(OFF, "")), seeds: [seed], stride: null, settings, workers: 1 },
        // Its first frame comes before the pool is there.
        ({ frame }) => own.pool && this.#show(own.pool, frame),
        (message) => this.complain(strings.compareFailed(key, message)),
      );
      own.pool = pool;
      const { manifest } = pool.ready;
      const mine = loaded.value?.manifest;
      const same = manifest.env.id === mine?.env.id && manifest.observation.size === mine.observation.size;
      const comparable = same && !key.endsWith(OFF);
      this.#at = { episode: -1, step: 0 };
      this.#playing.push({ key, pool, disagreement: comparable ? new Disagreement() : null });
      // They may have changed while it opened.
      const { level, command } = state.value;
      if (this.#isSame(pool)) await pool.set({ level, command });
      const title = key.endsWith(OFF) ? strings.compareOff(manifest.title) : manifest.title;
      const row = { key, title, steps: 0, dt: manifest.env.dt, episodeReturn: 0, running: true, disagreement: [] };
      companions.value = [...companions.value.slice(0, index), row];
      this.gather();
      await this.player.setAutoReset(false);
      await this.player.reset({ seed });
    } catch (error) {
      this.complain(strings.compareFailed(key, messageOf(error)));
    }
  }

  remove(key: string): void {
    const at = this.#playing.findIndex((playing) => playing.key === key);
    this.#playing[at]?.pool.close();
    this.#playing = this.#playing.filter((_, i) => i !== at);
    companions.value = companions.value.filter((_, i) => i !== at);
    this.gather();
    if (this.#playing.length === 0) void this.#told(this.player.setAutoReset(true));
  }

  close(): void {
    for (const { pool } of this.#playing) pool.close();
    this.#playing = [];
    companions.value = [];
    this.stage()?.others.accompany([], false);
  }

  /** Brings the companions into the picture. */
  gather(): void {
    const scenes = this.#playing.map(({ pool }) => pool.ready.scene);
    this.stage()?.others.accompany(scenes, ghosts.value);
  }

  setGhosts(on: boolean): void {
    ghosts.value = on;
    this.gather();
  }

  /** The same push as the player's body was given, N·s, world. */
  push(impulse: readonly [number, number, number]): void {
    for (const { pool } of this.#playing) void this.#told(pool.push(impulse));
  }

  /** Takes the others to the control step that the player is at: one clock is all there is. */
  async #follow({ episode, step }: Frame): Promise<void> {
    if (this.#following || this.#playing.length === 0) return;
    this.#following = true;
    const began = episode !== this.#at.episode || step < this.#at.step;
    try {
      if (began) {
        window.clearTimeout(this.#over);
        this.#over = 0;
        await Promise.all(this.#playing.map(({ pool }) => pool.restart([this.#seed])));
        this.#at = { episode, step: 0 };
      }
      await Promise.all(this.#playing.map(({ pool }) => pool.step(step - this.#at.step)));
      this.#at = { episode, step };
    } catch (error) {
      this.complain(messageOf(error));
    } finally {
      this.#following = false;
    }
  }

  #show(pool: SwarmPool, { poses, steps, returns, running }: SwarmFrame): void {
    const at = this.#playing.findIndex((playing) => playing.pool === pool);
    const playing = this.#playing[at];
    if (!playing) return;
    this.stage()?.others.placeCompanion(at, poses);
    const names = pool.ready.manifest.action.names;
    const disagreement = (playing.disagreement?.most(3) ?? []).map(({ actuator, difference }) => ({
      name: names[actuator] || strings.actuator(actuator),
      difference,
    }));
    companions.value = companions.value.map((row, i) =>
      i === at
        ? {
            ...row,
            steps: Number(steps[0]),
            episodeReturn: Number(returns[0]),
            running: running[0] === 1,
            disagreement,
          }
        : row,
    );
  }

  /** All of them begin anew, with the next seed, a while after the last one ended. */
  #restartWhenOver(): void {
    const mine = frame.value;
    if (this.#playing.length === 0) return;
    const over = Boolean(mine?.terminated || mine?.truncated) && companions.value.every(({ running }) => !running);
    if (!over || this.#over !== 0 || !state.value.playing) return;
    this.#over = window.setTimeout(() => this.actions.reset(state.value.seed + 1), PAUSE_MS);
  }

  /** Asks all of them what they would do where this body is. */
  async #ask(observation: Float64Array): Promise<void> {
    const limits = loaded.value?.manifest.action;
    const asked = this.#playing.filter(({ disagreement }) => disagreement !== null);
    if (this.#asking || !limits || asked.length === 0) return;
    this.#asking = true;
    try {
      const mine = await this.player.act(observation);
      for (const { pool, disagreement } of asked)
        disagreement?.add(mine, await pool.act(observation), limits.low, limits.high);
    } catch {
      // A player that is closed meanwhile; what else is wrong is told where it plays.
    } finally {
      this.#asking = false;
    }
  }

  #isSame(pool: SwarmPool): boolean {
    return pool.ready.manifest.env.id === loaded.value?.manifest.env.id;
  }

  async #told(done: Promise<void>): Promise<void> {
    await done.catch((error: unknown) => this.complain(messageOf(error)));
  }
}
