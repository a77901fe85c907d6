/** Opens and closes a swarm around the player, and keeps what its panel shows. */
import { effect, signal, untracked } from "@preact/signals";
import type { Channel } from "../../player/client";
import type { Player } from "../../player/player";
import { type DealtFrame, SwarmPool, usualWorkers } from "../../player/swarm";
import { type EndedEpisode, MOST_BODIES, type SwarmSettings } from "../../protocol";
import type { Stage } from "../../view/stage";
import { type Actions, messageOf } from "../actions";
import { frame, loaded, state } from "../page/now";
import { strings } from "../strings";
import { KEPT } from "./statistics";

export type Layout = "grid" | "overlaid";

/** What the panel shows. */
export interface SwarmFigures {
  /** The slowest worker's simulated seconds per second, and all control steps a second. */
  readonly factor: number;
  readonly stepRate: number;
  /** Control steps so far, of each body's episode. */
  readonly steps: Int32Array;
}

/** Bodies that play, this one included. */
export const bodies = signal(1);
export const layout = signal<Layout>("grid");
export const workers = signal(usualWorkers());
/** Null while there is no swarm. */
export const figures = signal<SwarmFigures | null>(null);
/** Episodes that ended, the last `KEPT` of them, and how many in all; since when, milliseconds. */
export const ended = signal<{ readonly last: readonly EndedEpisode[]; readonly count: number; readonly since: number }>(
  {
    last: [],
    count: 0,
    since: 0,
  },
);

interface Running {
  readonly pool: SwarmPool;
  readonly latest: Map<number, DealtFrame["frame"]>;
}

export class SwarmControl {
  #running: Running | null = null;
  /** Counts the openings: an older one that comes late sees that it is over. */
  #openings = 0;

  constructor(
    readonly player: Player,
    readonly actions: Actions,
    readonly startWorker: () => Channel,
    readonly stage: () => Stage | null,
    readonly complain: (message: string) => void,
  ) {
    let settings = "";
    effect(() => {
      const { playing } = state.value;
      const next = settingsNow();
      untracked(() => {
        void this.#tell((pool) => pool.play(playing));
        if (JSON.stringify(next) !== settings) void this.#tell((pool) => pool.set(next));
        settings = JSON.stringify(next);
      });
    });
    player.addEventListener("load", () => void this.open(bodies.value));
    player.addEventListener("episode", ({ detail }) => {
      if (detail.phase === "end" && this.#running !== null)
        this.#note([{ ...detail, terminated: detail.reason === "terminated" }]);
    });
  }

  /** So many bodies from here on, this one included; the others begin anew. */
  async open(count: number): Promise<void> {
    const opening = ++this.#openings;
    this.close();
    bodies.value = Math.max(1, Math.min(MOST_BODIES, Math.round(count) || 1));
    if (bodies.value === 1 || this.player.loaded === null) return;
    const { seed } = state.value;
    const others = bodies.value - 1;
    this.stage()?.others.gather(others, layout.value);
    ended.value = { last: [], count: 0, since: performance.now() };
    try {
      const latest: Running["latest"] = new Map();
      const pool = await SwarmPool.open(
        this.startWorker,
        {
          bundle: await this.player.bundleFiles(),
          seeds: Array.from({ length: others }, (_, other) => seed + 1 + other),
          stride: bodies.value,
          settings: settingsNow(),
          workers: workers.value,
        },
        (dealt) => this.#show(latest, dealt),
        (message) => this.#lost(opening, message),
      );
      if (opening !== this.#openings) {
        pool.close();
        return;
      }
      this.#running = { pool, latest };
      // They may have changed while it opened.
      await pool.set(settingsNow());
      await pool.play(state.value.playing);
    } catch (error) {
      if (opening !== this.#openings) return;
      this.complain(messageOf(error));
      bodies.value = 1;
      this.close();
    }
  }

  close(): void {
    this.#running?.pool.close();
    this.#running = null;
    figures.value = null;
    this.stage()?.others.disperse();
  }

  /** Brings the crowd into a picture that opened later. */
  gather(): void {
    if (bodies.value > 1) this.stage()?.others.gather(bodies.value - 1, layout.value);
  }

  setLayout(to: Layout): void {
    layout.value = to;
    this.gather();
  }

  setWorkers(count: number): Promise<void> {
    workers.value = count;
    return this.open(bodies.value);
  }

  /** A push of the strength that is set, away from the viewer, for every body. */
  push(): void {
    this.actions.push("away");
    const { away } = this.actions.viewer.directions();
    const strength = this.actions.impulse.value;
    void this.#tell((pool) => pool.push([strength * away.x, strength * away.y, 0]));
  }

  /** Every body begins anew, from the seed on. */
  again(): void {
    this.actions.reset();
    void this.open(bodies.value);
  }

  /** The player and another body (1 is the first) change places: that one can be pulled and pushed now. */
  async follow(other: number): Promise<void> {
    const moment = frame.value?.moment;
    if (this.#running === null || moment === undefined) return;
    try {
      await this.player.enter(await this.#running.pool.swap(other - 1, moment));
    } catch (error) {
      this.complain(messageOf(error));
    }
  }

  #show(latest: Running["latest"], { first, stride, frame }: DealtFrame): void {
    this.stage()?.others.placeCrowd(1 + first, stride, frame.poses);
    latest.set(first, frame);
    const all = [...latest.values()];
    const own = state.value.playing ? 1 / (loaded.value?.manifest.env.dt ?? 1) : 0;
    figures.value = {
      factor: Math.min(...all.map(({ factor }) => factor)),
      stepRate: all.reduce((sum, { stepRate }) => sum + stepRate, own),
      steps: Int32Array.from(all.flatMap(({ steps }) => Array.from(steps))),
    };
    this.#note(frame.ended);
  }

  #note(episodes: readonly EndedEpisode[]): void {
    if (episodes.length === 0) return;
    const { last, count, since } = ended.value;
    ended.value = { last: [...last, ...episodes].slice(-KEPT), count: count + episodes.length, since };
  }

  #lost(opening: number, reason: string): void {
    if (opening !== this.#openings) return;
    if (workers.value === 1) {
      this.complain(strings.swarmEnded(reason));
      bodies.value = 1;
      this.close();
      return;
    }
    this.complain(strings.swarmLost(reason));
    workers.value -= 1;
    void this.open(bodies.value);
  }

  async #tell(what: (pool: SwarmPool) => Promise<void>): Promise<void> {
    if (this.#running === null) return;
    await what(this.#running.pool).catch((error: unknown) => this.complain(messageOf(error)));
  }
}

function settingsNow(): SwarmSettings {
  const { policy, level, speed, randomPushes, command } = state.value;
  return { policy, level, speed, randomPushes, command };
}
