/** What SAC remembers: transitions in a ring. */

import type { Generator } from "../env/random";

/** Row by row; an action is after tanh, in [-1, 1]. */
export interface Transitions {
  readonly observations: Float32Array;
  readonly next: Float32Array;
  readonly actions: Float32Array;
  readonly rewards: Float32Array;
  readonly terminated: Uint8Array;
}

export interface ReplayState extends Transitions {
  readonly size: number;
  readonly at: number;
}

const COLUMNS = ["observations", "next", "actions", "rewards", "terminated"] as const;

export class ReplayBuffer {
  private held: ReplayState;

  constructor(
    private readonly capacity: number,
    private readonly inputs: number,
    private readonly actuators: number,
  ) {
    this.held = {
      observations: new Float32Array(capacity * inputs),
      next: new Float32Array(capacity * inputs),
      actions: new Float32Array(capacity * actuators),
      rewards: new Float32Array(capacity),
      terminated: new Uint8Array(capacity),
      size: 0,
      at: 0,
    };
  }

  get size(): number {
    return this.held.size;
  }

  /** What is in use, a copy. */
  get state(): ReplayState {
    const { observations, next, actions, rewards, terminated, size, at } = this.held;
    return {
      observations: observations.slice(0, size * this.inputs),
      next: next.slice(0, size * this.inputs),
      actions: actions.slice(0, size * this.actuators),
      rewards: rewards.slice(0, size),
      terminated: terminated.slice(0, size),
      size,
      at,
    };
  }

  set state({ size, at, ...kept }: ReplayState) {
    this.held.observations.set(kept.observations);
    this.held.next.set(kept.next);
    this.held.actions.set(kept.actions);
    this.held.rewards.set(kept.rewards);
    this.held.terminated.set(kept.terminated);
    this.held = { ...this.held, size, at };
  }

  /** `action` is before its transform; what is kept is after tanh, in [-1, 1]. */
  add(observation: Float32Array, next: Float32Array, action: Float32Array, reward: number, terminated: boolean): void {
    const { held, capacity, inputs, actuators } = this;
    const { at } = held;
    held.observations.set(observation, at * inputs);
    held.next.set(next, at * inputs);
    for (let i = 0; i < actuators; i++) held.actions[at * actuators + i] = Math.tanh(action[i] as number);
    held.rewards[at] = reward;
    held.terminated[at] = Number(terminated);
    this.held = { ...held, size: Math.min(held.size + 1, capacity), at: (at + 1) % capacity };
  }

  /** So many transitions, each drawn from all that is remembered. */
  sample(generator: Generator, rows: number): Transitions {
    const { inputs, actuators, held } = this;
    const batch = {
      observations: new Float32Array(rows * inputs),
      next: new Float32Array(rows * inputs),
      actions: new Float32Array(rows * actuators),
      rewards: new Float32Array(rows),
      terminated: new Uint8Array(rows),
    };
    const widths = { observations: inputs, next: inputs, actions: actuators, rewards: 1, terminated: 1 };
    for (let row = 0; row < rows; row++) {
      const index = Math.floor(generator.uniform(0, held.size));
      for (const name of COLUMNS) {
        const width = widths[name];
        for (let i = 0; i < width; i++) batch[name][row * width + i] = held[name][index * width + i] as number;
      }
    }
    return batch;
  }
}
