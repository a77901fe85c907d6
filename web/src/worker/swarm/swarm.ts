/**
 * Many bodies of one bundle in one world: each is put into it, stepped, and taken out again.
 *
 * A body's next step depends on its full state alone (`mjSTATE_INTEGRATION`), so one `mjData`, with its arena of megabytes,
 * serves all of them, and every body has the bits that it has alone. Their actions are computed in one call of the kernel.
 */
import type { Manifest } from "../../generated/bundle";
import type { RandomPushes, SavedMoment, Vec3 } from "../../protocol";
import type { Bundle } from "../bundle/bundle";
import type { SavedPerturbations } from "../perturbation/perturbations";
import { rootBody } from "../physics/bodies";
import { type Engine, nameOf } from "../physics/engine";
import type { SubstepRecorder } from "../physics/physics";
import { KernelPolicy } from "../policy/kernel/kernel_policy";
import { COUNTERS, COUNTERS_SIZE } from "../simulation/episode_counters";
import { DivergedError, Simulation } from "../simulation/simulation";

/** An episode that came to its end. */
export interface Ended {
  readonly slot: number;
  readonly seed: number;
  readonly episodeReturn: number;
  readonly episodeLength: number;
  readonly terminated: boolean;
}

/** The seed of a slot's next episode; null: the slot rests from here on. */
export type NextSeed = (slot: number, previous: number | null) => number | null;

export class Swarm implements SubstepRecorder {
  /** Whether the policy acts; else the controls are zero. */
  policyOn = true;
  /** Those that ended since whoever reads it emptied it. */
  readonly ended: Ended[] = [];
  /** Slots in which an episode runs. */
  readonly running: Uint8Array;
  /** [slots, COUNTERS_SIZE] */
  readonly counters: Float64Array;
  /** [slots, nbody, 7] of the state after the last step. */
  readonly poses: Float32Array;
  readonly simulation: Simulation;
  private policy: KernelPolicy;
  private readonly rest: Float32Array;
  private readonly stateSize: number;
  /** Full states after the last step, and before its last substep: the latter is a moment that can be returned to. */
  private readonly states: Float64Array;
  private readonly moments: Float64Array;
  /** Whether the moment is a reset, of which `qpos` and `qvel` are kept. */
  private readonly fresh: Uint8Array;
  private readonly actions: Float32Array;
  /** [slots, c]: what each carries from step to step beside the physics. */
  private readonly carried: Float64Array;
  private readonly before: Float64Array;
  private readonly statistics: Float64Array;
  /** [slots, n], raw. */
  private readonly observations: Float64Array;
  private readonly perturbations: (SavedPerturbations | null)[];
  private slot = 0;
  private command: readonly number[];

  /** Throws `UnsupportedGraphError` where the kernel cannot take the policy. */
  constructor(
    engine: Engine,
    { manifest, xml, assets, policy }: Pick<Bundle, "manifest" | "xml" | "assets" | "policy">,
    readonly slots: number,
    private readonly nextSeed: NextSeed,
  ) {
    this.policy = KernelPolicy.load(policy, manifest, Math.max(1, slots));
    this.simulation = new Simulation(engine, manifest, xml, assets);
    const { physics, action, carried, rewardTerms, normalizer } = this.simulation;
    this.stateSize = physics.fullState.size;
    this.states = new Float64Array(slots * this.stateSize);
    this.moments = new Float64Array(slots * this.stateSize);
    this.fresh = new Uint8Array(slots);
    this.running = new Uint8Array(slots);
    this.counters = new Float64Array(slots * COUNTERS_SIZE);
    this.actions = new Float32Array(slots * action.length);
    this.carried = new Float64Array(slots * carried.length);
    this.before = new Float64Array(slots * rewardTerms.values.length);
    this.statistics = new Float64Array(slots * normalizer.stateSize);
    this.observations = new Float64Array(slots * manifest.observation.size);
    this.poses = new Float32Array(slots * 7 * physics.model.nbody);
    this.perturbations = new Array<SavedPerturbations | null>(slots).fill(null);
    this.rest = new Float32Array(action.length);
    this.command = this.simulation.command;
    physics.recorder = this;
  }

  /** Bytes that one body takes beside the world that it shares. */
  get bodyBytes(): number {
    const arrays = [this.states, this.moments, this.counters, this.actions, this.carried, this.before, this.statistics];
    const all = [...arrays, this.observations, this.poses].reduce((sum, { byteLength }) => sum + byteLength, 0);
    return all / Math.max(1, this.slots);
  }

  get dt(): number {
    return this.simulation.physics.dt;
  }

  /** Another policy of the same shape acts from here on. */
  exchange(policy: ArrayBuffer, manifest: Manifest): void {
    this.policy = KernelPolicy.load(policy, manifest, Math.max(1, this.slots));
  }

  /** Begins the first episode of each slot. */
  begin(): void {
    for (let slot = 0; slot < this.slots; slot++) this.restart(slot, null);
  }

  /** Begins an episode of these seeds, one a slot. */
  beginAt(seeds: readonly number[]): void {
    for (let slot = 0; slot < this.slots; slot++) {
      const seed = seeds[slot];
      this.running[slot] = seed === undefined ? 0 : 1;
      if (seed !== undefined) this.start(slot, seed);
    }
  }

  /** The policy's action for a raw observation, wherever the bodies are; a copy. */
  act(observation: Float64Array): Float32Array {
    const { policy, simulation } = this;
    if (observation.length !== simulation.observation.values.length)
      throw new Error(
        `This policy observes ${simulation.observation.values.length} numbers, not ${observation.length}.`,
      );
    policy.act(observation, simulation.normalizer.fed, new Float64Array(simulation.recurrentState.length));
    return policy.action.slice();
  }

  /** One control step of each body that has an episode. */
  step(): void {
    const { simulation, policy, slots } = this;
    const batched = this.policyOn && simulation.disturbance.none && simulation.normalizer.stateSize === 0;
    if (batched) {
      const { length: state } = simulation.recurrentState;
      for (let slot = 0; slot < slots; slot++) {
        policy.observations.set(this.observed(slot), slot * policy.observationStride);
        const carried = this.carriedBy(slot).subarray(0, state);
        policy.recurrentStates.set(carried, slot * policy.recurrentStride);
      }
      policy.actAll(slots, null);
      for (let slot = 0; slot < slots; slot++) {
        const from = slot * policy.recurrentStride;
        this.carriedBy(slot).set(policy.recurrentStates.subarray(from, from + state));
      }
    }
    for (let slot = 0; slot < slots; slot++) {
      if (this.running[slot] === 0) continue;
      this.enter(slot, this.isPushed(slot));
      this.fresh[slot] = 0;
      try {
        simulation.advance(this.actionOf(slot, batched));
      } catch (error) {
        if (!(error instanceof DivergedError)) throw error;
        this.finish(slot);
        continue;
      }
      if (simulation.ended) this.finish(slot);
      else this.leave(slot);
    }
  }

  /** An impulse on the root of one body, or of all of them, N·s. */
  push(impulse: Vec3, slot: number | null): void {
    const { simulation } = this;
    const { engine, model } = simulation.physics;
    const root = nameOf(engine, model, "body", rootBody(model));
    for (let each = 0; each < this.slots; each++) {
      if ((slot !== null && each !== slot) || this.running[each] === 0) continue;
      this.enter(each, true);
      simulation.perturbations.push(root, impulse);
      this.perturbations[each] = simulation.perturbations.saved;
    }
  }

  /** Plays another level of the environment from here on; every body begins anew with its seed. */
  setLevel(level: number | null): void {
    const { simulation, counters } = this;
    if ((level ?? simulation.manifest.env.level ?? null) === simulation.level) return;
    simulation.setLevel(level);
    for (let slot = 0; slot < this.slots; slot++)
      if (this.running[slot] === 1) this.start(slot, counters[slot * COUNTERS_SIZE + COUNTERS.seed] as number);
  }

  /** What is asked of all of them from here on; the next observation tells it. */
  setCommand(command: readonly number[]): void {
    const { simulation } = this;
    if (command.length === 0) return;
    simulation.command = command;
    this.command = simulation.command;
    for (let slot = 0; slot < this.slots; slot++)
      this.carriedBy(slot).set(this.command, simulation.recurrentState.length);
  }

  /** Random pushes for all of them, each by its own seed. */
  setRandomPushes(pushes: RandomPushes | null): void {
    this.simulation.randomPushes.set(pushes);
  }

  /** The moment that a body is at, so that another world can go on from it. */
  moment(slot: number): SavedMoment {
    const { model } = this.simulation.physics;
    const fresh = this.fresh[slot] === 1;
    const width = this.simulation.action.length;
    const { stateSize: statistics } = this.simulation.normalizer;
    return {
      reset: fresh,
      state: this.moments.slice(
        slot * this.stateSize,
        slot * this.stateSize + (fresh ? model.nq + model.nv : this.stateSize),
      ),
      counters: this.counters.slice(slot * COUNTERS_SIZE, (slot + 1) * COUNTERS_SIZE),
      action: this.actions.slice(slot * width, (slot + 1) * width),
      carried: this.carriedBy(slot).slice(),
      statistics: this.statistics.slice(slot * statistics, (slot + 1) * statistics),
    };
  }

  /** Puts a body into a slot, at a moment of another world. */
  put(slot: number, { reset, state, counters, action, carried, statistics }: SavedMoment): void {
    const { simulation } = this;
    const { physics, perturbations, normalizer } = simulation;
    const { nq, nv } = physics.model;
    if (reset) physics.reset(state.subarray(0, nq), state.subarray(nq, nq + nv));
    else physics.restore(state);
    simulation.loadCounters(counters, 0, action, carried);
    perturbations.reset();
    normalizer.loadState(statistics, 0);
    this.moments.set(state, slot * this.stateSize);
    this.fresh[slot] = reset ? 1 : 0;
    this.running[slot] = 1;
    this.leave(slot);
  }

  /** Keeps where the last substep of a step begins. */
  beforeSubstep(substep: number): void {
    const { physics } = this.simulation;
    if (substep === physics.frameSkip - 1) physics.fullState.save(this.moments, this.slot * this.stateSize);
  }

  dispose(): void {
    this.simulation.dispose();
  }

  /** Puts the world where a body is. Forces need what `mjData` derives from the state; nothing else does. */
  private enter(slot: number, pushed = false): void {
    const { simulation, counters, actions } = this;
    const { physics, normalizer, rewardTerms, perturbations, action } = simulation;
    this.slot = slot;
    if (pushed || this.perturbations[slot] !== null) this.revive(slot);
    else physics.fullState.put(this.states, slot * this.stateSize);
    simulation.takeCounters(
      counters,
      slot * COUNTERS_SIZE,
      actions.subarray(slot * action.length, (slot + 1) * action.length),
      this.carriedBy(slot),
    );
    rewardTerms.resume(this.before, slot * rewardTerms.values.length);
    normalizer.loadState(this.statistics, slot * normalizer.stateSize);
    perturbations.restore(this.perturbations[slot] ?? null);
  }

  /** Brings back everything in `mjData`. */
  private revive(slot: number): void {
    const { physics } = this.simulation;
    const { nq, nv } = physics.model;
    const state = this.moments.subarray(slot * this.stateSize, (slot + 1) * this.stateSize);
    if (this.fresh[slot] === 1) physics.reset(state.subarray(0, nq), state.subarray(nq, nq + nv));
    else physics.restore(state);
  }

  /** Takes the body out again. */
  private leave(slot: number): void {
    const { simulation } = this;
    const { physics, normalizer, rewardTerms, perturbations, action, observation } = simulation;
    physics.fullState.save(this.states, slot * this.stateSize);
    simulation.saveCounters(this.counters, slot * COUNTERS_SIZE);
    this.actions.set(action, slot * action.length);
    this.carriedBy(slot).set(simulation.carried);
    rewardTerms.begin();
    rewardTerms.keep(this.before, slot * rewardTerms.values.length);
    normalizer.saveState(this.statistics, slot * normalizer.stateSize);
    this.perturbations[slot] = perturbations.saved;
    this.observations.set(observation.values, slot * observation.values.length);
    const width = 7 * physics.model.nbody;
    simulation.writePoses(this.poses.subarray(slot * width, (slot + 1) * width));
  }

  private actionOf(slot: number, batched: boolean): Float32Array {
    const { simulation, policy } = this;
    if (!this.policyOn) return this.rest;
    const from = slot * policy.actionStride;
    if (batched) return policy.actions.subarray(from, from + simulation.action.length);
    simulation.decide(policy, this.observed(slot));
    return simulation.disturbance.none ? policy.action : simulation.disturbance.action;
  }

  /** Whether a random push comes in the slot's next step. */
  private isPushed(slot: number): boolean {
    const { seed, steps } = episodeOf(this.counters, slot);
    return this.simulation.randomPushes.isDue(steps * this.dt, this.dt, seed);
  }

  private observed(slot: number): Float64Array {
    const { length } = this.simulation.observation.values;
    return this.observations.subarray(slot * length, (slot + 1) * length);
  }

  private carriedBy(slot: number): Float64Array {
    const { length } = this.simulation.carried;
    return this.carried.subarray(slot * length, (slot + 1) * length);
  }

  private finish(slot: number): void {
    const { seed, episodeReturn, episodeLength, terminated } = this.simulation;
    this.ended.push({ slot, seed, episodeReturn, episodeLength, terminated });
    this.restart(slot, seed);
  }

  private restart(slot: number, previous: number | null): void {
    const seed = this.nextSeed(slot, previous);
    this.running[slot] = seed === null ? 0 : 1;
    if (seed !== null) this.start(slot, seed);
  }

  private start(slot: number, seed: number): void {
    const { simulation } = this;
    const { physics } = simulation;
    if (this.command.length > 0) simulation.command = this.command;
    simulation.reset({ seed });
    const { qpos, qvel } = physics.start;
    this.moments.set(qpos, slot * this.stateSize);
    this.moments.set(qvel, slot * this.stateSize + qpos.length);
    this.leave(slot);
    this.fresh[slot] = 1;
  }
}

/** Of a slot: its episode's seed, steps, return and length so far. */
export function episodeOf(
  counters: Float64Array,
  slot: number,
): { seed: number; steps: number; episodeReturn: number } {
  const entry = (index: number): number => counters[slot * COUNTERS_SIZE + index] as number;
  return { seed: entry(COUNTERS.seed), steps: entry(COUNTERS.steps), episodeReturn: entry(COUNTERS.episodeReturn) };
}
