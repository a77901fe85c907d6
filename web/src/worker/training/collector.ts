/**
 * Plays what a learner asks for: whole episodes, or segments of a body that goes on.
 *
 * A job carries all that its result depends on, the body included, so it does not matter which worker plays it, and one that
 * was lost is played again elsewhere.
 */
import type { Manifest } from "../../generated/bundle";
import type {
  EpisodeJob,
  EpisodeResult,
  NetworkShape,
  SavedMoment,
  SegmentJob,
  SegmentResult,
  TrainingBody,
  TrainingJob,
  TrainingResult,
  TrainingSettings,
} from "../../protocol";
import { Generator } from "../env/random";
import { actionOf } from "../export/trained_bundle";
import type { Engine } from "../physics/engine";
import type { SubstepRecorder } from "../physics/physics";
import { ActionTransform } from "../policy/action";
import { COUNTERS_SIZE } from "../simulation/episode_counters";
import { DivergedError, Simulation } from "../simulation/simulation";
import { Actor } from "./actor";
import { ObservationMoments } from "./statistics";

/** Bounds of the logarithm of SAC's standard deviation. */
export const LOG_STD_LOW = -20;
export const LOG_STD_HIGH = 2;

/** How an episode ended, in `SegmentResult.endings`. */
export const TERMINATED = 1;
export const TRUNCATED = 2;

type Levels = NonNullable<Manifest["env"]["levels"]>;

/** The manifest of what is learned: the environment with this reward, at every level. */
export function withReward(manifest: Manifest, reward: TrainingSettings["reward"]): Manifest {
  if (reward === null) return manifest;
  const levels = (manifest.env.levels ?? []).map((level) => ({ ...level, reward: [...reward] })) as Levels;
  return { ...manifest, env: { ...manifest.env, reward: [...reward], levels } };
}

export class Collector implements SubstepRecorder {
  private readonly simulation: Simulation;
  /** Where only episodes by the environment's own reward are played. */
  private readonly own: Simulation;
  private readonly actor: Actor;
  private readonly transform: ActionTransform;
  private readonly action: Float32Array;
  private readonly moment: Float64Array;

  constructor(
    engine: Engine,
    { manifest, xml, assets }: TrainingBody,
    private readonly settings: TrainingSettings,
    shape: NetworkShape,
  ) {
    const open = (described: Manifest): Simulation => {
      const simulation = new Simulation(engine, described, xml, assets);
      if (settings.level !== null) simulation.setLevel(settings.level);
      simulation.randomPushes.set(settings.randomPushes);
      return simulation;
    };
    this.simulation = open(withReward(manifest, settings.reward));
    try {
      this.own = settings.reward === null ? this.simulation : open(manifest);
    } catch (error) {
      this.simulation.dispose();
      throw error;
    }
    this.actor = new Actor(shape, manifest);
    this.transform = new ActionTransform(actionOf(manifest, shape));
    this.action = new Float32Array(manifest.action.size);
    this.moment = new Float64Array(this.simulation.physics.fullState.size);
    this.simulation.physics.recorder = this;
  }

  /** Raises, in words, where the reward is not a number. */
  play(job: TrainingJob): TrainingResult {
    this.actor.set(job.policy);
    return job.kind === "episode" ? this.episode(job) : this.segment(job);
  }

  /** Keeps where the last substep of a step begins. */
  beforeSubstep(substep: number): void {
    const { physics } = this.simulation;
    if (substep === physics.frameSkip - 1) physics.fullState.save(this.moment, 0);
  }

  dispose(): void {
    this.simulation.dispose();
    if (this.own !== this.simulation) this.own.dispose();
  }

  private episode({ seed, own }: EpisodeJob): EpisodeResult {
    const simulation = own ? this.own : this.simulation;
    const { actor, action, transform } = this;
    const moments = new ObservationMoments(simulation.observation.values.length);
    simulation.reset({ seed });
    const output = new Float64Array(action.length);
    while (!simulation.ended) {
      moments.add(simulation.observation.values);
      actor.look(simulation.observation.values);
      actor.run();
      for (let i = 0; i < output.length; i++) output[i] = actor.output(i);
      transform.apply(output, action);
      if (!this.advance(simulation)) break;
    }
    const { episodeReturn, episodeLength } = simulation;
    return { kind: "episode", episodeReturn, episodeLength, moments: moments.copy() };
  }

  private segment(job: SegmentJob): SegmentResult {
    const { simulation, actor, action, transform } = this;
    const { steps } = job;
    const inputs = actor.seen.length;
    const m = action.length;
    const moments = new ObservationMoments(inputs);
    const observations = new Float32Array((steps + 1) * inputs);
    const drawn = new Float32Array(steps * m);
    const rewards = new Float64Array(steps);
    const endings = new Uint8Array(steps);
    const finals: number[] = [];
    const episodes: [number, number][] = [];
    const generator = new Generator(job.entropy);
    if (job.body === null) simulation.reset({ seed: job.seed });
    else this.resume(job.body);
    let fresh = job.body === null || job.body.reset;
    for (let step = 0; step < steps; step++) {
      moments.add(simulation.observation.values);
      actor.look(simulation.observation.values);
      this.blur(generator);
      observations.set(actor.seen, step * inputs);
      const pre = drawn.subarray(step * m, (step + 1) * m);
      this.draw(job, generator, pre);
      transform.apply(pre, action);
      this.shake(generator);
      const alive = this.advance(simulation);
      fresh = false;
      rewards[step] = alive ? simulation.reward : 0;
      if (alive && !simulation.ended) continue;
      endings[step] = !alive || simulation.terminated ? TERMINATED : TRUNCATED;
      if (alive) actor.look(simulation.observation.values);
      finals.push(...actor.seen);
      episodes.push([simulation.episodeReturn, simulation.episodeLength]);
      simulation.reset({ seed: simulation.seed + job.stride });
      fresh = true;
    }
    actor.look(simulation.observation.values);
    observations.set(actor.seen, steps * inputs);
    return {
      kind: "segment",
      observations,
      drawn,
      rewards,
      endings,
      finals: Float32Array.from(finals),
      episodes,
      moments: moments.copy(),
      body: this.leave(fresh),
    };
  }

  /** An action before its transform, drawn around the network's output. */
  private draw({ policy, uniform }: SegmentJob, generator: Generator, into: Float32Array): void {
    const { actor } = this;
    const m = into.length;
    if (uniform) {
      // The action is uniform between the bounds; what is kept is what tanh makes that of.
      for (let i = 0; i < m; i++) into[i] = Math.atanh(generator.uniform(-1, 1) * 0.999999);
      return;
    }
    actor.run();
    for (let i = 0; i < m; i++) {
      const logStd = policy.logStd?.[i] ?? Math.min(Math.max(actor.output(m + i), LOG_STD_LOW), LOG_STD_HIGH);
      into[i] = actor.output(i) + Math.exp(logStd) * generator.standardNormal();
    }
  }

  /** Noise on what the policy sees, in standard deviations. */
  private blur(generator: Generator): void {
    const { observation } = this.settings.noise;
    if (observation === 0) return;
    const { seen } = this.actor;
    for (let i = 0; i < seen.length; i++) seen[i] = (seen[i] as number) + observation * generator.standardNormal();
  }

  /** Noise on the action, as a share of its range. */
  private shake(generator: Generator): void {
    const { noise } = this.settings;
    if (noise.action === 0) return;
    const { low, high } = this.simulation.manifest.action;
    for (let i = 0; i < this.action.length; i++) {
      const [least, most] = [low[i] as number, high[i] as number];
      const value = (this.action[i] as number) + noise.action * (most - least) * generator.standardNormal();
      this.action[i] = Math.min(Math.max(value, least), most);
    }
  }

  /** One control step; false where the world left the finite numbers. */
  private advance(simulation: Simulation): boolean {
    try {
      simulation.advance(this.action);
    } catch (error) {
      if (error instanceof DivergedError) return false;
      throw error;
    }
    if (Number.isFinite(simulation.reward)) return true;
    const terms = simulation.manifest.env.reward;
    const at = simulation.rewardTerms.values.findIndex((value) => !Number.isFinite(value));
    throw new Error(
      `The reward is ${simulation.reward} at step ${simulation.steps} of seed ${simulation.seed}: its term ` +
        `"${terms[at]?.name ?? "?"}" is not a finite number. Give it a smaller weight, or leave it out.`,
    );
  }

  /** A push that was under way has ended. */
  private resume({ reset, state, counters, action, carried }: SavedMoment): void {
    const { simulation } = this;
    const { physics } = simulation;
    const { nq, nv } = physics.model;
    if (reset) physics.reset(state.subarray(0, nq), state.subarray(nq, nq + nv));
    else physics.restore(state);
    simulation.perturbations.reset();
    simulation.loadCounters(counters, 0, action, carried);
  }

  private leave(reset: boolean): SavedMoment {
    const { simulation, moment } = this;
    const { qpos, qvel } = simulation.physics.start;
    const counters = new Float64Array(COUNTERS_SIZE);
    simulation.saveCounters(counters, 0);
    return {
      reset,
      state: reset ? Float64Array.of(...qpos, ...qvel) : moment.slice(),
      counters,
      action: simulation.action.slice(),
      carried: simulation.carried.slice(),
      statistics: new Float64Array(),
    };
  }
}
