/** What SAC remembers: transitions in a ring. */

export interface ReplayState {
  readonly observations: Float32Array;
  readonly next: Float32Array;
  readonly actions: Float32Array;
  readonly rewards: Float32Array;
  readonly terminated: Uint8Array;
  readonly size: number;
  readonly at: number;
}

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

  observation(index: number): Float32Array {
    return this.held.observations.subarray(index * this.inputs, (index + 1) * this.inputs);
  }

  next(index: number): Float32Array {
    return this.held.next.subarray(index * this.inputs, (index + 1) * this.inputs);
  }

  action(index: number): Float32Array {
    return this.held.actions.subarray(index * this.actuators, (index + 1) * this.actuators);
  }

  reward(index: number): number {
    return this.held.rewards[index] as number;
  }

  terminated(index: number): boolean {
    return this.held.terminated[index] === 1;
  }
}
