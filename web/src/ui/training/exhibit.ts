/** The bodies that show what was learned so far: a small swarm in real time, with the newest weights. */
import type { Channel } from "../../player/client";
import { SwarmPool } from "../../player/swarm";
import type { RandomPushes, SceneDescription, ShownPolicy, SwarmFrame, TrainingBody } from "../../protocol";
import type { Stage } from "../../view/stage";

/** How many bodies are shown. */
export const SHOWN = 9;
/** Their seeds: none that is learned from. */
const FIRST_SEED = 0;

export class Exhibit {
  private latest: SwarmFrame | null = null;
  private stage: Stage | null = null;
  private episode = 0;

  private constructor(
    private readonly pool: SwarmPool,
    readonly scene: SceneDescription,
  ) {}

  static async open(
    startWorker: () => Channel,
    body: TrainingBody,
    { manifest, policy }: ShownPolicy,
    settings: { readonly level: number | null; readonly randomPushes: RandomPushes | null },
    lost: (message: string) => void,
  ): Promise<Exhibit> {
    let exhibit: Exhibit | null = null;
    const pool = await SwarmPool.open(
      startWorker,
      {
        bundle: { base: "", manifest, xml: body.xml, assets: body.assets, policy },
        seeds: Array.from({ length: SHOWN }, (_, i) => FIRST_SEED + i),
        settings: { policy: true, speed: 1, command: [], ...settings },
        workers: 1,
      },
      ({ frame }) => exhibit?.show(frame),
      lost,
    );
    exhibit = new Exhibit(pool, pool.ready.scene);
    await pool.play(true);
    return exhibit;
  }

  /** Draws them in this picture from here on. */
  appear(stage: Stage): void {
    this.stage = stage;
    stage.show(this.scene);
    stage.others.gather(SHOWN - 1, "grid");
    if (this.latest !== null) this.show(this.latest);
  }

  renew(shown: ShownPolicy): Promise<void> {
    return this.pool.exchange(shown);
  }

  /** N·s, world, for every body. */
  push(impulse: readonly [number, number, number]): Promise<void> {
    return this.pool.push(impulse);
  }

  play(on: boolean): Promise<void> {
    return this.pool.play(on);
  }

  close(): void {
    this.pool.close();
    this.stage?.others.disperse();
  }

  /** The first body stands in the middle, as a player's does; the others around it. */
  private show(frame: SwarmFrame): void {
    this.latest = frame;
    const { stage } = this;
    if (stage === null) return;
    const width = 7 * this.scene.bodies.length;
    if (frame.ended.length > 0) this.episode += 1;
    stage.push({
      at: performance.timeOrigin + performance.now(),
      episode: this.episode,
      step: frame.steps[0] ?? 0,
      poses: frame.poses.slice(0, width),
      hand: null,
      pins: [],
      pushes: [],
      overlays: null,
    });
    stage.others.placeCrowd(1, 1, frame.poses.subarray(width));
  }
}
