/**
 * What stands between a policy and its body: noise on what it sees and on what it does, muted actuators, sampled actions.
 *
 * Everything is off by default and then not in the way at all: `none`. Noise and samples are drawn from the episode's seed
 * and the control step's number alone, so that an episode comes out the same again, from any of its moments on.
 */
import type { Manifest } from "../../generated/bundle";
import type { Noise } from "../../protocol";
import { ACTION_NOISE, Generator, OBSERVATION_NOISE, SAMPLED_ACTIONS } from "../env/random";
import { ActionTransform } from "./action";
import { requireActuator } from "./actuator";
import type { Normalizer } from "./normalization";
import type { Policy } from "./policy";

/** Greatest noise: on the observation in standard deviations, on the action as a share of its range. */
const LOUDEST: Noise = { observation: 10, action: 1 };

export class Disturbance {
  private isSampled = false;
  private loudness: Noise = { observation: 0, action: 0 };
  private silenced: readonly number[] = [];
  private readonly seen: Float64Array;
  /** What `act` wrote: the same array every time. */
  readonly action: Float32Array;
  private readonly drawn: Float32Array;
  private readonly low: Float64Array;
  private readonly high: Float64Array;
  private readonly transform: ActionTransform;

  constructor(
    { observation, action }: Manifest,
    private readonly normalizer: Normalizer,
  ) {
    this.seen = new Float64Array(observation.size);
    this.action = new Float32Array(action.size);
    this.drawn = new Float32Array(action.size);
    this.low = Float64Array.from(action.low);
    this.high = Float64Array.from(action.high);
    this.transform = new ActionTransform(action);
  }

  /** Nothing disturbs the policy. */
  get none(): boolean {
    const { isSampled, loudness, silenced } = this;
    return !isSampled && loudness.observation === 0 && loudness.action === 0 && silenced.length === 0;
  }

  get sampled(): boolean {
    return this.isSampled;
  }

  set sampled(on: boolean) {
    this.isSampled = on;
  }

  get noise(): Noise {
    return this.loudness;
  }

  /** Standard deviations of the noise. Raises where one is out of bounds. */
  set noise(noise: Noise) {
    for (const part of ["observation", "action"] as const) {
      if (!(noise[part] >= 0 && noise[part] <= LOUDEST[part]))
        throw new Error(`Noise on the ${part} has a σ of 0 to ${LOUDEST[part]}; got ${noise[part]}.`);
    }
    this.loudness = { observation: noise.observation, action: noise.action };
  }

  get mutes(): readonly number[] {
    return this.silenced;
  }

  /** Actuators that get 0, whatever the policy says. Raises where there is no such actuator. */
  set mutes(actuators: readonly number[]) {
    for (const actuator of actuators) requireActuator(actuator, this.action.length);
    this.silenced = [...new Set(actuators)].sort((a, b) => a - b);
  }

  /**
   * The action of a policy that is disturbed, into `action`, for control step `step` of the episode `seed`. Null: it is
   * there already.
   *
   * In this order: noise on the observation, sampling, noise on the action, clipping, muting.
   */
  act(
    policy: Policy,
    observation: Float64Array,
    recurrentState: Float64Array,
    seed: number,
    step: number,
  ): Promise<void> | null {
    const seen = this.loudness.observation > 0 ? this.look(observation, seed, step) : observation;
    const { fed } = this.normalizer;
    const pending = this.isSampled ? policy.evaluate(seen, fed, recurrentState) : policy.act(seen, fed, recurrentState);
    if (pending !== null) return pending.then(() => this.disturb(policy, seed, step));
    this.disturb(policy, seed, step);
    return null;
  }

  /** What follows the policy. */
  private disturb(policy: Policy, seed: number, step: number): void {
    const { action, drawn } = this;
    if (this.isSampled) {
      this.sample(policy, new Generator([seed, SAMPLED_ACTIONS, step]));
      this.transform.apply(drawn, action);
    } else {
      action.set(policy.action);
    }
    if (this.loudness.action > 0) this.shake(new Generator([seed, ACTION_NOISE, step]));
    for (const actuator of this.silenced) action[actuator] = 0;
  }

  /** The observation with noise in units of its training's standard deviation, of 1 where none is known. */
  private look(observation: Float64Array, seed: number, step: number): Float64Array {
    const { seen } = this;
    const variance = this.normalizer.statistics?.var;
    const generator = new Generator([seed, OBSERVATION_NOISE, step]);
    for (let i = 0; i < seen.length; i++) {
      const deviation = variance === undefined ? 1 : Math.sqrt(variance[i] as number);
      const noise = this.loudness.observation * deviation * generator.standardNormal();
      seen[i] = (observation[i] as number) + noise;
    }
    return seen;
  }

  /** A draw from the Gaussian around the network's output, in float32 as training drew it, before the action transform. */
  private sample({ preAction, logStd }: Policy, generator: Generator): void {
    if (logStd === null) throw new Error("This policy has no standard deviation to sample with.");
    for (let i = 0; i < this.drawn.length; i++) {
      const deviation = Math.fround(Math.exp(logStd[i] as number));
      const normal = Math.fround(generator.standardNormal());
      this.drawn[i] = Math.fround(preAction[i] as number) + Math.fround(deviation * normal);
    }
  }

  private shake(generator: Generator): void {
    const { action } = this;
    for (let i = 0; i < action.length; i++) {
      const low = this.low[i] as number;
      const high = this.high[i] as number;
      const noise = this.loudness.action * (high - low) * generator.standardNormal();
      action[i] = Math.min(Math.max((action[i] as number) + noise, low), high);
    }
  }
}
