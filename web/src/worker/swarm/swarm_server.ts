/** Answers the requests of a worker that is one of a swarm. */
import type { EndedEpisode, Replies, Request, SwarmReady, SwarmShare } from "../../protocol";
import { type Bundle, type ReadFile, readBundle } from "../bundle/bundle";
import type { Engine } from "../physics/engine";
import type { TimeSource } from "../playback/clock";
import type { SerialQueue } from "../playback/queue";
import { describeScene } from "../scene/scene";
import { Swarm } from "./swarm";
import { type PostFrame, SwarmPlay } from "./swarm_play";

export type SwarmRequest = Extract<Request, { type: `swarm${string}` }>;

/** Bodies that play side by side where only their episodes are asked for. */
const AT_ONCE = 32;
/** Milliseconds of episodes between two moments at which messages are served. */
const BREATH_MS = 50;

type Loaded = Pick<Bundle, "manifest" | "xml" | "assets" | "policy">;

export function isSwarmRequest(request: Request): request is SwarmRequest {
  return request.type.startsWith("swarm");
}

export class SwarmServer {
  private play: SwarmPlay | null = null;

  constructor(
    private readonly engine: Promise<Engine>,
    private readonly time: TimeSource,
    private readonly queue: SerialQueue,
    private readonly post: PostFrame,
    private readonly fail: (error: unknown) => void,
    private readonly reader: (base: string) => ReadFile,
  ) {}

  async answer(request: SwarmRequest): Promise<Replies[SwarmRequest["type"]]> {
    if (request.type === "swarm") return await this.begin(request.share);
    if (request.type === "swarmEpisodes") return await this.episodes(request.share);
    const { play } = this;
    if (play === null) throw new Error("This worker has no bodies yet: send `swarm` first.");
    switch (request.type) {
      case "swarmPlay":
        if (request.on) play.play();
        else play.pause();
        return null;
      case "swarmStep":
        play.step(request.n);
        return null;
      case "swarmPolicy":
        play.swarm.exchange(request.policy, request.manifest);
        return null;
      case "swarmRestart":
        play.restart(request.seeds);
        return null;
      case "swarmAct":
        return play.swarm.act(request.observation);
      case "swarmSet":
        play.set(request.change);
        return null;
      case "swarmPush":
        play.push(request.impulse);
        return null;
      case "swarmSwap":
        return play.swap(request.body, request.moment);
    }
  }

  dispose(): void {
    this.play?.dispose();
    this.play = null;
  }

  private async begin({ bundle: named, seeds, stride, settings }: SwarmShare): Promise<SwarmReady> {
    const [engine, bundle] = await Promise.all([this.engine, this.read(named)]);
    this.dispose();
    const swarm = new Swarm(engine, bundle, seeds.length, (slot, previous) => {
      if (previous === null) return seeds[slot] ?? null;
      return stride === null ? null : previous + stride;
    });
    const play = new SwarmPlay(swarm, this.time, this.queue, this.post, this.fail);
    try {
      swarm.begin();
      play.set(settings);
    } catch (error) {
      play.dispose();
      throw error;
    }
    this.play = play;
    play.step(0);
    const { physics, manifest } = swarm.simulation;
    const memory = { body: swarm.bodyBytes, heap: physics.heapBytes };
    return { memory, manifest, scene: describeScene(physics) };
  }

  private async read(bundle: SwarmShare["bundle"]): Promise<Loaded> {
    return typeof bundle === "string" ? await readBundle(this.reader(bundle)) : bundle;
  }

  private async episodes({ bundle: named, seeds, settings }: SwarmShare): Promise<readonly EndedEpisode[]> {
    const bundle = await this.read(named);
    if (bundle.manifest.env.max_episode_steps == null) {
      throw new Error(`${bundle.manifest.env.id} has no last step: an episode in it may never end.`);
    }
    let next = 0;
    const swarm = new Swarm(await this.engine, bundle, Math.min(AT_ONCE, seeds.length), () => seeds[next++] ?? null);
    try {
      if (settings.level !== null) swarm.simulation.setLevel(settings.level);
      swarm.policyOn = settings.policy;
      swarm.setRandomPushes(settings.randomPushes);
      swarm.setCommand(settings.command);
      swarm.begin();
      for (let rested = this.time.now(); swarm.ended.length < seeds.length; ) {
        swarm.step();
        if (this.time.now() - rested < BREATH_MS) continue;
        await this.time.sleepUntil(Number.NEGATIVE_INFINITY);
        rested = this.time.now();
      }
      const order = new Map(seeds.map((seed, at) => [seed, at]));
      return swarm.ended
        .map(({ slot: _, ...episode }) => episode)
        .sort((one, other) => (order.get(one.seed) ?? 0) - (order.get(other.seed) ?? 0));
    } finally {
      swarm.dispose();
    }
  }
}
