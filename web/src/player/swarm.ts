/** A swarm over a pool of workers: bodies are dealt out like cards, and no result depends on how many workers there are. */
import type {
  BundleFiles,
  Command,
  EndedEpisode,
  Replies,
  SavedMoment,
  ShownPolicy,
  SwarmBenchmark,
  SwarmFrame,
  SwarmReady,
  SwarmSettings,
  Vec3,
} from "../protocol";
import { type Channel, SimulationClient } from "./client";

/** A frame of the worker that has the bodies `first`, `first + stride`, `first + 2 stride`, …. */
export interface DealtFrame {
  readonly first: number;
  readonly stride: number;
  readonly frame: SwarmFrame;
}

export interface SwarmOptions {
  /** What was loaded, or the absolute URL of its folder. */
  readonly bundle: BundleFiles | string;
  /** The seed of each body's first episode. A body's next one is this many further: `seeds.length`, or `stride`. */
  readonly seeds: readonly number[];
  readonly stride?: number | null;
  readonly settings: SwarmSettings;
  readonly workers: number;
}

/** How many workers this machine has room for beside the page and the worker that plays. */
export function usualWorkers(): number {
  return Math.max(1, (navigator.hardwareConcurrency || 2) - 1);
}

export class SwarmPool {
  private constructor(
    private readonly clients: readonly SimulationClient[],
    /** Of all workers together. */
    readonly bodies: number,
    /** What the first worker said of itself. */
    readonly ready: SwarmReady,
  ) {}

  /**
   * Starts the workers; the bodies stand at the beginning of their episodes. `lost` is told where a worker dies: the others
   * go on.
   */
  static async open(
    startWorker: () => Channel,
    { bundle, seeds, stride = seeds.length, settings, workers }: SwarmOptions,
    show: (dealt: DealtFrame) => void,
    lost: (message: string) => void,
  ): Promise<SwarmPool> {
    const count = Math.max(1, Math.min(workers, seeds.length));
    const clients = Array.from(
      { length: count },
      (_, first) =>
        new SimulationClient(startWorker, (event) => {
          if (event.type === "swarmFrame") show({ first, stride: count, frame: event });
          else if (event.type === "error") lost(event.message);
        }),
    );
    try {
      const [ready] = await Promise.all(
        clients.map((client, first) => {
          const share = { bundle, seeds: seeds.filter((_, body) => body % count === first), stride, settings };
          return client.request({ type: "swarm", share });
        }),
      );
      return new SwarmPool(clients, seeds.length, ready as SwarmReady);
    } catch (error) {
      for (const client of clients) client.terminate();
      throw error;
    }
  }

  /** The episodes of these seeds, in their order, each played to its end. */
  static async episodes(
    startWorker: () => Channel,
    { bundle, seeds, settings, workers }: SwarmOptions,
  ): Promise<readonly EndedEpisode[]> {
    const count = Math.max(1, Math.min(workers, seeds.length));
    const clients = Array.from({ length: count }, () => new SimulationClient(startWorker, () => {}));
    try {
      const played = await Promise.all(
        clients.map((client, first) => {
          const share = { bundle, seeds: seeds.filter((_, at) => at % count === first), stride: null, settings };
          return client.request({ type: "swarmEpisodes", share });
        }),
      );
      return seeds.map((_, at) => played[at % count]?.[Math.floor(at / count)] as EndedEpisode);
    } finally {
      for (const client of clients) client.terminate();
    }
  }

  /** Times `steps` control steps of so many bodies, flat out, after as many that are not counted. */
  static async benchmark(startWorker: () => Channel, options: SwarmOptions, steps: number): Promise<SwarmBenchmark> {
    const pool = await SwarmPool.open(
      startWorker,
      options,
      () => {},
      () => {},
    );
    try {
      await pool.step(steps);
      const began = performance.now();
      await pool.step(steps);
      const seconds = (performance.now() - began) / 1000;
      return { workers: pool.workers, stepRate: (steps * pool.bodies) / seconds, memory: pool.ready.memory };
    } finally {
      pool.close();
    }
  }

  get workers(): number {
    return this.clients.length;
  }

  play(on: boolean): Promise<void> {
    return this.all({ type: "swarmPlay", on });
  }

  /** So many control steps of every body, without a clock. */
  step(n: number): Promise<void> {
    return this.all({ type: "swarmStep", n });
  }

  /** Each body begins an episode with its seed of these. */
  async restart(seeds: readonly number[]): Promise<void> {
    await Promise.all(
      this.clients.map((client, first) =>
        client.request({ type: "swarmRestart", seeds: seeds.filter((_, body) => body % this.workers === first) }),
      ),
    );
  }

  /** The policy's action for a raw observation of another body. */
  act(observation: Float64Array): Promise<Float32Array> {
    const client = this.clients[0] as SimulationClient;
    return client.request({ type: "swarmAct", observation });
  }

  /** Every body plays another policy of the same shape from here on. */
  exchange({ policy, manifest }: ShownPolicy): Promise<void> {
    return this.all({ type: "swarmPolicy", policy, manifest });
  }

  set(change: Partial<SwarmSettings>): Promise<void> {
    return this.all({ type: "swarmSet", change });
  }

  /** N·s, world, on the root of every body. */
  push(impulse: Vec3): Promise<void> {
    return this.all({ type: "swarmPush", impulse });
  }

  /** Puts `moment` into the place of a body (or nothing), and returns the moment that the body was at. */
  swap(body: number, moment: SavedMoment | null): Promise<SavedMoment> {
    const client = this.clients[body % this.workers];
    if (client === undefined) throw new Error(`There are ${this.bodies} bodies, and none at ${body}.`);
    return client.request({ type: "swarmSwap", body: Math.floor(body / this.workers), moment });
  }

  close(): void {
    for (const client of this.clients) client.terminate("The swarm was closed.");
  }

  private async all<C extends Command>(command: C): Promise<void> {
    const asked: Promise<Replies[C["type"]]>[] = this.clients.map((client) => client.request(command));
    await Promise.all(asked);
  }
}
