/**
 * One bundle being played: the control loop's state, without a clock.
 *
 * A control step: the policy acts on the last observation, the physics advance, reward and termination are read, then the
 * next observation. An episode's return and length freeze when it ends; the world goes on. Used by the worker, by the
 * verification in its own instance, and under Node by the tests.
 */

import type { Environment, Manifest } from "../../generated/bundle";
import type { Snapshot } from "../../protocol";
import { loopSize, recurrentSize, strideSize } from "../bundle/carried_sizes";
import { Observation } from "../env/observation";
import { Generator } from "../env/random";
import { drawInitialState } from "../env/reset";
import { Reward } from "../env/reward";
import type { Asked } from "../env/robot_sources";
import { Termination } from "../env/termination";
import { type PerturbationState, UNPERTURBED } from "../perturbation/perturbation_state";
import { Perturbations } from "../perturbation/perturbations";
import { RandomPushes } from "../perturbation/random_pushes";
import type { Engine } from "../physics/engine";
import { Physics } from "../physics/physics";
import { Disturbance } from "../policy/disturbance";
import { type Normalizer, normalizerOf } from "../policy/normalization";
import { Overrides } from "../policy/overrides";
import type { Policy } from "../policy/policy";
import type { Replay } from "../recording/replay";
import type { Sight } from "../sight/sight";
import { COUNTERS } from "./episode_counters";
import type { StopWatch } from "./stop_watch";

export interface ResetOptions {
  readonly seed?: number;
  readonly qpos?: readonly number[];
  readonly qvel?: readonly number[];
}

/** Where an episode goes on. */
export interface Entrance {
  readonly seed: number;
  /** Control steps since its reset. */
  readonly steps: number;
  readonly state: Float64Array;
  /** The action that led there, which an observation may tell, and what a recurrent network carried; null: zeros. */
  readonly lastAction: Float32Array | null;
  readonly recurrentState: Float64Array | null;
  /** What a robot's loop remembers, `Simulation.loop`; null: as at a reset. */
  readonly loop: Float64Array | null;
}

/** The world left the finite numbers; it has to be reset. */
export class DivergedError extends Error {}

export class Simulation {
  readonly physics: Physics;
  readonly observation: Observation;
  readonly normalizer: Normalizer;
  readonly perturbations: Perturbations;
  readonly randomPushes: RandomPushes;
  readonly disturbance: Disturbance;
  readonly overrides: Overrides;
  /** Null: the actuators rest. */
  policy: Policy | null = null;
  /** SavedPerturbations instead of the policy and of the hand, until it is over. */
  replay: Replay | null = null;
  /** The network that sees, where the bundle has one; its owner's to free. */
  sight: Sight | null = null;

  episode = 0;
  seed = -1;
  /** Control steps since the reset. */
  steps = 0;
  reward = 0;
  episodeReturn = 0;
  episodeLength = 0;
  /** These two latch. */
  terminated = false;
  truncated = false;
  /** Gymnasium's flags for the last step alone. */
  stepTerminated = false;
  stepTruncated = false;

  /** The last action, float32 values; zeros after a reset. */
  readonly action: Float32Array;
  /** Its terms are those of the last step. */
  rewardTerms: Reward;
  /** The level that is played, of an environment that has some; null where no level was chosen. */
  level: number | null;
  /** What goes from step to step beside the physics: a recurrent network's state, the command, what the loop remembers. */
  readonly carried: Float64Array;
  /** The first part of it. */
  readonly recurrentState: Float64Array;
  /** The last: the phase of the stride, then the observations of a history. */
  readonly loop: Float64Array;
  /** What the observation reads beside the physics; all but the action is part of `carried`. */
  readonly asked: Asked;
  private readonly rest: Float32Array;
  private termination: Termination;
  private initial: Environment["reset"];
  private readonly qpos: Float64Array;
  private readonly qvel: Float64Array;

  constructor(
    engine: Engine,
    readonly manifest: Manifest,
    xml: string,
    assets: ReadonlyMap<string, Uint8Array>,
  ) {
    const { env } = manifest;
    const { timestep, frame_skip: frameSkip, control = null, changes = null } = env;
    const fresh = manifest.observation.fresh ?? false;
    this.physics = new Physics(engine, { xml, assets, timestep, frameSkip, control, changes, fresh });
    try {
      const { nq, nv, nu } = this.physics.model;
      if (nu !== manifest.action.size) {
        throw new Error(`The policy moves ${manifest.action.size} actuators, scene.xml has ${nu}.`);
      }
      this.action = new Float32Array(nu);
      const initial = env.command?.initial ?? [];
      const size = recurrentSize(manifest);
      this.carried = new Float64Array(size + initial.length + loopSize(manifest));
      this.carried.set(initial.map(Math.fround), size);
      this.recurrentState = this.carried.subarray(0, size);
      const command = this.carried.subarray(size, size + initial.length);
      this.loop = this.carried.subarray(size + initial.length);
      const [stride, past] = [this.loop.subarray(0, strideSize(manifest)), this.loop.subarray(strideSize(manifest))];
      this.asked = { command, action: this.action, stride, past };
      this.observation = new Observation(manifest.observation, this.physics, this.asked);
      this.normalizer = normalizerOf(manifest);
      this.initial = env.reset;
      this.level = env.level ?? null;
      this.termination = new Termination(env.termination, this.physics);
      this.rewardTerms = new Reward(env.reward, this.physics, this.termination);
      this.disturbance = new Disturbance(manifest, this.normalizer);
      this.overrides = new Overrides(manifest.action);
      this.perturbations = new Perturbations(this.physics);
      this.randomPushes = new RandomPushes(this.physics, this.perturbations);
      this.rest = new Float32Array(nu);
      this.qpos = new Float64Array(nq);
      this.qvel = new Float64Array(nv);
    } catch (error) {
      this.physics.dispose();
      throw error;
    }
  }

  /** What the user asks of a robot; empty where nothing can be asked. */
  get command(): readonly number[] {
    return Array.from(this.asked.command);
  }

  /** The next observation tells it. Raises where the policy takes another number of them, or one is out of range. */
  set command(values: readonly number[]) {
    const { command } = this.manifest.env;
    const names = command?.names ?? [];
    // It is held in float32, which may round a bound away from zero.
    const single = (bounds: readonly number[] | undefined, i: number) => Math.fround(bounds?.[i] ?? 0);
    const fits = values.map(Math.fround).every((value, i) => {
      return value >= single(command?.low, i) && value <= single(command?.high, i);
    });
    if (values.length !== names.length || !fits) {
      const ranges = names.map((name, i) => `${name} ${command?.low[i]} to ${command?.high[i]}`).join(", ");
      throw new RangeError(`The command is ${values.join(", ")}; expected: ${ranges || "nothing, it takes none"}.`);
    }
    this.asked.command.set(values.map(Math.fround));
  }

  get ended(): boolean {
    return this.terminated || this.truncated;
  }

  /** What hands do now or, where a recorded rollout acts, did then; null where it is nothing. */
  get perturbation(): PerturbationState | null {
    return this.replay === null ? this.perturbations.current : this.replay.perturbation(this.steps);
  }

  /**
   * A new episode. With a seed it is `env.reset(seed=…)` of a fresh environment: running statistics begin anew. Without
   * one the next seed follows and the statistics go on. `qpos` and `qvel` replace what the seed would draw.
   */
  reset({ seed, qpos, qvel }: ResetOptions = {}): void {
    const next = seed ?? this.seed + 1;
    drawInitialState(this.initial, new Generator(next), this.qpos, this.qvel);
    this.physics.reset(qpos ?? this.qpos, qvel ?? this.qvel);
    this.perturbations.reset();
    this.sight?.pictures.clear();
    if (seed !== undefined) this.normalizer.reset();
    this.seed = next;
    this.episode += 1;
    this.steps = 0;
    this.reward = 0;
    this.episodeReturn = 0;
    this.episodeLength = 0;
    this.terminated = false;
    this.truncated = false;
    this.stepTerminated = false;
    this.stepTruncated = false;
    this.action.fill(0);
    this.recurrentState.fill(0);
    this.observation.begin();
    this.normalizer.observe(this.observation.values);
  }

  /** Plays `gymnasium.make(id, **kwargs)` of another level from here on; null: the bundle's own. Then reset. */
  setLevel(number: number | null): void {
    const { env } = this.manifest;
    const levels = env.levels ?? [];
    const level = levels.find((each) => each.level === number);
    if (number !== null && level === undefined) {
      const choices = levels.map((each) => each.level).join(", ") || "none";
      throw new Error(`${env.id} has no level ${number}. Its levels: ${choices}.`);
    }
    this.level = number ?? env.level ?? null;
    this.initial = { ...env.reset, draws: level?.draws ?? env.reset.draws };
    this.termination = new Termination(level?.termination ?? env.termination, this.physics);
    this.rewardTerms = new Reward(level?.reward ?? env.reward, this.physics, this.termination);
  }

  /** A new episode that begins `steps` control steps after its reset, in a full state; running statistics begin anew. */
  enter({ seed, steps, state, lastAction, recurrentState, loop }: Entrance): void {
    this.reset({ seed });
    this.physics.restore(state);
    if (lastAction !== null) this.action.set(lastAction);
    if (recurrentState !== null) this.recurrentState.set(recurrentState);
    if (loop !== null) this.loop.set(loop);
    this.steps = steps;
    this.episodeLength = steps;
    this.observation.read();
    this.normalizer.reset();
    this.normalizer.observe(this.observation.values);
  }

  /** One control step under the policy, or at rest without one. Null: it is made. Raises `DivergedError`. */
  step(watch: StopWatch | null = null): Promise<void> | null {
    watch?.start();
    const { policy, replay, sight } = this;
    if (replay !== null) {
      // A recurrent policy sees what is replayed: it may take over.
      const asked = policy !== null && this.recurrentState.length > 0;
      const pending = asked ? policy.act(this.observation.values, this.normalizer.fed, this.recurrentState) : null;
      if (pending !== null) return pending.then(() => this.stepReplaying(replay, watch));
      this.stepReplaying(replay, watch);
      return null;
    }
    if (policy === null) {
      this.advance(this.overrides.of(this.rest), watch);
      return null;
    }
    if (sight !== null && sight.mode !== "off") return this.stepSeeing(policy, sight, watch);
    const action = this.disturbance.none ? policy.action : this.disturbance.action;
    const pending = this.decide(policy, this.observation.values);
    if (pending !== null) return pending.then(() => this.advance(this.overrides.of(action), watch));
    this.advance(this.overrides.of(action), watch);
    return null;
  }

  private stepReplaying(replay: Replay, watch: StopWatch | null): void {
    const command = replay.command(this.steps + 1);
    if (command !== null) this.asked.command.set(command);
    this.advance(replay.action(this.steps), watch);
    replay.compare(this.steps);
  }

  /** As `step`, after the network has seen the body. */
  private async stepSeeing(policy: Policy, sight: Sight, watch: StopWatch | null): Promise<void> {
    const { seen, acted } = await sight.see(this);
    await this.decide(policy, seen);
    const { disturbance, overrides } = this;
    this.advance(overrides.of(disturbance.none ? policy.action : disturbance.action), watch);
    acted(this.action);
  }

  /** The policy's action for what it sees, into its own array or, where something disturbs it, the disturbance's. */
  decide(policy: Policy, seen: Float64Array): Promise<void> | null {
    const { disturbance } = this;
    if (disturbance.none) return policy.act(seen, this.normalizer.fed, this.recurrentState);
    return disturbance.act(policy, seen, this.recurrentState, this.seed, this.steps);
  }

  /** One control step under a given action. */
  advance(action: Float32Array, watch: StopWatch | null = null): void {
    watch?.ends("policy");
    this.action.set(action);
    this.rewardTerms.begin();
    this.observation.remember();
    if (this.replay === null) this.randomPushes.before(this.steps * this.physics.dt, this.physics.dt, this.seed);
    this.physics.step(this.action, this.replay?.beforeSubstep(this.steps) ?? this.perturbations.beforeSubstep);
    watch?.ends("physics");
    this.observation.read();
    watch?.ends("observation");
    this.steps += 1;
    this.reward = this.rewardTerms.end();
    if (this.physics.diverged || !finite(this.observation.values) || !finite(this.action)) {
      throw new DivergedError(this.divergence());
    }
    this.normalizer.observe(this.observation.values);
    this.judge();
    watch?.stop();
  }

  /** Writes the counters into `rows` from element `at` on. Allocates nothing. */
  saveCounters(counterRows: Float64Array, at: number): void {
    counterRows[at + COUNTERS.episode] = this.episode;
    counterRows[at + COUNTERS.seed] = this.seed;
    counterRows[at + COUNTERS.steps] = this.steps;
    counterRows[at + COUNTERS.reward] = this.reward;
    counterRows[at + COUNTERS.episodeReturn] = this.episodeReturn;
    counterRows[at + COUNTERS.episodeLength] = this.episodeLength;
    counterRows[at + COUNTERS.terminated] = Number(this.terminated);
    counterRows[at + COUNTERS.truncated] = Number(this.truncated);
    counterRows[at + COUNTERS.stepTerminated] = Number(this.stepTerminated);
    counterRows[at + COUNTERS.stepTruncated] = Number(this.stepTruncated);
  }

  /** Restores the counters, the action and what is carried, after the physics were, and reads the observation. */
  loadCounters(counterRows: Float64Array, at: number, action: Float32Array, carried: Float64Array): void {
    this.takeCounters(counterRows, at, action, carried);
    this.observation.read();
  }

  /** The same where nothing that is read from the state is there yet. */
  takeCounters(counterRows: Float64Array, at: number, action: Float32Array, carried: Float64Array): void {
    const entry = (index: number): number => counterRows[at + index] as number;
    this.episode = entry(COUNTERS.episode);
    this.seed = entry(COUNTERS.seed);
    this.steps = entry(COUNTERS.steps);
    this.reward = entry(COUNTERS.reward);
    this.episodeReturn = entry(COUNTERS.episodeReturn);
    this.episodeLength = entry(COUNTERS.episodeLength);
    this.terminated = entry(COUNTERS.terminated) !== 0;
    this.truncated = entry(COUNTERS.truncated) !== 0;
    this.stepTerminated = entry(COUNTERS.stepTerminated) !== 0;
    this.stepTruncated = entry(COUNTERS.stepTruncated) !== 0;
    this.action.set(action);
    this.carried.set(carried);
  }

  private judge(): void {
    this.stepTerminated = this.termination.terminated;
    this.stepTruncated = this.steps >= (this.manifest.env.max_episode_steps ?? Number.POSITIVE_INFINITY);
    if (this.ended) return;
    this.episodeReturn += this.reward;
    this.episodeLength += 1;
    this.terminated = this.stepTerminated;
    this.truncated = this.stepTruncated;
  }

  private divergence(): string {
    const cause = finite(this.action) ? "the physics diverged" : "the policy's action is not a number";
    return `At step ${this.steps} of seed ${this.seed} ${cause}, so the world was reset. A gentler pull or push avoids it.`;
  }

  snapshot(): Snapshot {
    const views = this.physics.views;
    const { hand, pins } = this.perturbation ?? UNPERTURBED;
    return {
      episode: this.episode,
      step: this.steps,
      time: this.steps * this.physics.dt,
      seed: this.seed,
      qpos: views.qpos.slice(),
      qvel: views.qvel.slice(),
      ctrl: views.ctrl.slice(),
      observation: this.observation.values.slice(),
      action: Float64Array.from(this.action),
      reward: this.reward,
      episodeReturn: this.episodeReturn,
      episodeLength: this.episodeLength,
      terminated: this.terminated,
      truncated: this.truncated,
      hand,
      pins,
    };
  }

  /** Body poses as drawn: nbody rows of x, y, z, qw, qx, qy, qz. */
  writePoses(poses: Float32Array): void {
    const { xpos, xquat } = this.physics.views;
    for (let body = 0; body < xpos.length / 3; body++) {
      for (let i = 0; i < 3; i++) poses[7 * body + i] = xpos[3 * body + i] as number;
      for (let i = 0; i < 4; i++) poses[7 * body + 3 + i] = xquat[4 * body + i] as number;
    }
  }

  /** Frees the world; the policy is its owner's to free. */
  dispose(): void {
    this.perturbations.dispose();
    this.physics.dispose();
  }
}

/** No NaN, no infinity: either makes `x - x` a NaN. */
function finite(values: Float64Array | Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) - (values[i] as number);
  return sum === 0;
}
