/** The control steps since the last frame, for charts; while nothing is traced, nothing is computed. */

import { TRACE } from "../../protocol";
import { rootBody } from "../physics/bodies";
import { velocityAt } from "../physics/body_point";
import type { Critic } from "../policy/critic";
import type { Simulation } from "../simulation/simulation";

/** Rows kept until the next frame takes them, seconds of simulated time: what a chart shows. */
const KEPT_S = 10;
/** Seconds of simulated time between two calls of the critic: one costs half as much as a call of the policy. */
const CRITIC_S = 0.1;

export class Traces {
  private isOn = false;
  private asked: Critic | null = null;
  private readonly width: number;
  private readonly capacity: number;
  private readonly criticEvery: number;
  private readonly root: number;
  private readonly position = new Float64Array(3);
  private readonly velocity = new Float64Array(3);
  /** A ring, made when tracing begins; `recorded` counts the rows since the last frame. */
  private rows = new Float64Array(0);
  private end = 0;
  private recorded = 0;
  private value = Number.NaN;

  constructor(private readonly simulation: Simulation) {
    const { physics, action, rewardTerms } = simulation;
    this.width = TRACE.terms + rewardTerms.values.length + action.length;
    this.capacity = Math.ceil(KEPT_S / physics.dt);
    this.criticEvery = Math.max(1, Math.round(CRITIC_S / physics.dt));
    this.root = rootBody(physics.model);
  }

  get on(): boolean {
    return this.isOn;
  }

  /** The critic that estimates the value; null: none. */
  get critic(): Critic | null {
    return this.asked;
  }

  /** Traces from now on; a critic that was asked before and is not given again is freed. */
  start(critic: Critic | null): void {
    if (this.asked !== critic) this.free();
    this.asked = critic;
    this.value = Number.NaN;
    this.isOn = true;
    if (this.rows.length === 0) this.rows = new Float64Array(this.capacity * this.width);
  }

  stop(): void {
    this.free();
    this.isOn = false;
    this.recorded = 0;
  }

  /** Keeps the control step that was just made, while it traces; a full ring drops its oldest row. Null: it is kept. */
  record(): Promise<void> | null {
    if (!this.isOn) return null;
    const { steps, observation, normalizer } = this.simulation;
    if (this.asked !== null && (steps % this.criticEvery === 0 || Number.isNaN(this.value))) {
      const value = this.asked.estimate(observation.values, normalizer.fed);
      if (typeof value !== "number") return value.then((estimated) => this.keep(estimated));
      this.value = value;
    }
    this.keep(this.value);
    return null;
  }

  private keep(value: number): void {
    const { simulation, rows, root } = this;
    const { physics, rewardTerms } = simulation;
    this.value = value;
    const { xpos } = physics.views;
    for (let i = 0; i < 3; i++) this.position[i] = xpos[3 * root + i] as number;
    velocityAt(physics, root, this.position, this.velocity);
    const at = this.end * this.width;
    rows[at + TRACE.episode] = simulation.episode;
    rows[at + TRACE.step] = simulation.steps;
    rows[at + TRACE.reward] = simulation.reward;
    rows[at + TRACE.height] = this.position[2] as number;
    const { velocity } = this;
    rows[at + TRACE.speed] = Math.hypot(velocity[0] as number, velocity[1] as number, velocity[2] as number);
    rows[at + TRACE.value] = this.value;
    rows.set(rewardTerms.values, at + TRACE.terms);
    rows.set(simulation.action, at + TRACE.terms + rewardTerms.values.length);
    this.end = (this.end + 1) % this.capacity;
    this.recorded = Math.min(this.recorded + 1, this.capacity);
  }

  /** The rows since the last call, the oldest first; null where there are none. */
  take(): Float64Array | null {
    if (this.recorded === 0) return null;
    const { rows, width, capacity, recorded, end } = this;
    const taken = new Float64Array(recorded * width);
    const first = (end - recorded + capacity) % capacity;
    const whole = Math.min(recorded, capacity - first);
    taken.set(rows.subarray(first * width, (first + whole) * width));
    taken.set(rows.subarray(0, (recorded - whole) * width), whole * width);
    this.recorded = 0;
    return taken;
  }

  private free(): void {
    // Nothing waits for a session that is not asked any more.
    void this.asked?.dispose();
    this.asked = null;
  }
}
