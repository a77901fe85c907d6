/** Frames for the view: at most one per display frame, in buffers that come back. */
import type { FromWorker, SavedMoment } from "../../protocol";
import { UNPERTURBED } from "../perturbation/perturbation_state";
import type { Simulation } from "../simulation/simulation";
import { Gait } from "./gait";
import { Overlays } from "./overlays";
import { Traces } from "./traces";

export type Post = (message: FromWorker, transfer?: Transferable[]) => void;

/** Half a millisecond short of a 60 Hz frame, so that every second tick of 120 Hz passes. */
const FRAME_MS = 16;
const HUD_MS = 100;
/** Buffers kept for reuse: one drawn, one to interpolate from, some on their way. */
const POOL = 6;

export class Frames {
  readonly overlays: Overlays;
  readonly traces: Traces;
  readonly gait: Gait;
  private pool: Float32Array[] = [];
  private published = Number.NEGATIVE_INFINITY;
  private detailed = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly simulation: Simulation,
    private readonly post: Post,
    /** The moment that the simulation is at. */
    private readonly keep: () => SavedMoment,
  ) {
    this.overlays = new Overlays(simulation.physics);
    this.traces = new Traces(simulation);
    const { physics, observation, manifest } = simulation;
    this.gait = new Gait(physics, Boolean(manifest.env.control), () => observation.phase);
  }

  dispose(): void {
    this.overlays.dispose();
    this.traces.stop();
  }

  /** Takes a buffer back from the view; one of another model is dropped. */
  giveBack(poses: Float32Array): void {
    if (this.pool.length < POOL && poses.length === this.size) this.pool.push(poses);
  }

  /** Publishes the state if the last frame is old enough. `due` and `now`: milliseconds of `performance.now()`. */
  offer(due: number, now: number): void {
    if (now - this.published >= FRAME_MS) this.publish(due, now, now - this.detailed >= HUD_MS);
  }

  /** Publishes the state with its observation and action. */
  publish(due: number, now: number, detailed = true): void {
    const { simulation } = this;
    const poses = this.pool.pop() ?? new Float32Array(this.size);
    simulation.writePoses(poses);
    this.post(
      {
        type: "frame",
        at: performance.timeOrigin + due,
        episode: simulation.episode,
        step: simulation.steps,
        poses,
        time: simulation.steps * simulation.physics.dt,
        reward: simulation.reward,
        episodeReturn: simulation.episodeReturn,
        episodeLength: simulation.episodeLength,
        terminated: simulation.terminated,
        truncated: simulation.truncated,
        ...(simulation.perturbation ?? UNPERTURBED),
        overlays: this.overlays.read(),
        action: detailed ? simulation.action.slice() : null,
        observation: detailed ? Float32Array.from(simulation.observation.values) : null,
        normalized: detailed ? this.normalized() : null,
        traces: this.traces.take(),
        gait: this.gait.take(),
        phase: simulation.observation.phase,
        moment: this.keep(),
      },
      [poses.buffer],
    );
    this.published = now;
    if (detailed) this.detailed = now;
  }

  private normalized(): Float32Array | null {
    const { normalizer, observation } = this.simulation;
    if (normalizer.statistics === null) return null;
    const normalized = new Float32Array(observation.values.length);
    normalizer.normalize(observation.values, normalized);
    return normalized;
  }

  private get size(): number {
    return 7 * this.simulation.physics.model.nbody;
  }
}
