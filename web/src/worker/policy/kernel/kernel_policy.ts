/** The policy in the page's own kernel (web/kernel): float64, synchronous, and bit for bit what ONNX Runtime Web computes. */
import type { Manifest } from "../../../generated/bundle";
import type { Critic } from "../critic";
import type { Statistics } from "../normalization";
import type { Policy } from "../policy";
import { KernelMemory, padded } from "./memory";
import { KernelMlp } from "./mlp";
import { type PolicyNetwork, readNetwork } from "./network";
import { KernelRecurrent } from "./recurrent";

/** Of what stands in the kernel's memory. */
interface Addresses {
  readonly observations: number;
  readonly normalized: number;
  readonly mean: number;
  readonly variance: number;
  readonly std: number;
  readonly actions: number;
  readonly scale: number;
  readonly bias: number;
  readonly low: number;
  readonly high: number;
}

const NO_STATE = new Float64Array();

export class KernelPolicy implements Policy, Critic {
  readonly backend = "kernel";
  readonly action: Float32Array;
  readonly preAction: Float64Array;
  readonly logStd: Float64Array | null;
  /** Raw observations of `actAll` [rows, observationStride], to be filled by the caller. */
  readonly observations: Float64Array;
  readonly observationStride: number;
  /** Actions of `actAll` [rows, actionStride]. */
  readonly actions: Float32Array;
  readonly actionStride: number;
  /** Recurrent states of `actAll` [rows, recurrentStride], as the caller fills them, then those that follow. */
  readonly recurrentStates: Float64Array;
  readonly recurrentStride: number;
  private readonly memory = new KernelMemory();
  private readonly recurrent: KernelRecurrent | null;
  private readonly actor: KernelMlp;
  private readonly critic: KernelMlp | null;
  private readonly value: Float64Array;
  /** Views of what running statistics are copied into. */
  private readonly mean: Float64Array;
  private readonly variance: Float64Array;
  private readonly at: Addresses;

  /** `rows` is the most observations that `actAll` takes at once. */
  constructor(
    private readonly network: PolicyNetwork,
    private readonly rows = 1,
  ) {
    const { memory } = this;
    const { recurrent, actor, critic, activation, statistics, squash, low, high } = network;
    const n = recurrent?.layers[0]?.input.inputs ?? actor[0]?.inputs ?? 0;
    const m = low.length;
    const width = padded(n);
    this.observationStride = width;
    this.actionStride = padded(m);
    // (x - 0) / 1 is x: without statistics nothing else is done.
    const frozen = network.running ? null : statistics;
    const at = {
      observations: memory.reserve(rows * width),
      normalized: memory.reserve(rows * width),
      mean: memory.put(frozen?.mean ?? new Float64Array(n)),
      variance: memory.put(frozen?.variance ?? new Float64Array(n).fill(1)),
      std: memory.reserve(width),
      actions: memory.reserve((rows * this.actionStride) / 2),
      scale: memory.put(squash?.scale ?? []),
      bias: memory.put(squash?.bias ?? []),
      low: memory.put(low),
      high: memory.put(high),
    };
    this.at = at;
    this.recurrent = recurrent && new KernelRecurrent(memory, recurrent, rows, at.normalized, width);
    this.recurrentStride = this.recurrent?.stride ?? 0;
    const [seen, stride] = [this.recurrent?.output ?? at.normalized, this.recurrent?.stride ?? width];
    this.actor = new KernelMlp(memory, actor, activation, rows, seen, stride);
    this.critic = critic && new KernelMlp(memory, critic, activation, rows, at.normalized, width);
    // From here on nothing is reserved, so these views stay.
    this.observations = memory.float64(at.observations, rows * width);
    this.recurrentStates = memory.float64(this.recurrent?.state ?? at.observations, rows * this.recurrentStride);
    this.actions = memory.float32(at.actions, rows * this.actionStride);
    this.mean = memory.float64(at.mean, n);
    this.variance = memory.float64(at.variance, n);
    this.action = this.actions.subarray(0, m);
    this.preAction = memory.float64(this.actor.output, m);
    this.value = memory.float64(this.critic?.output ?? at.mean, 1);
    this.logStd = network.logStd;
    memory.functions.deviation(at.variance, frozen?.epsilon ?? 0, at.std, width);
  }

  /** Throws `UnsupportedGraphError` where the graph is not bbconvert's own. */
  static load(model: ArrayBuffer, manifest: Manifest, rows = 1): KernelPolicy {
    return new KernelPolicy(readNetwork(new Uint8Array(model), manifest), rows);
  }

  get hasCritic(): boolean {
    return this.critic !== null;
  }

  act(observation: Float64Array, fed: Statistics | null, recurrentState: Float64Array = NO_STATE): null {
    const { recurrentStates } = this;
    this.observations.set(observation);
    recurrentStates.set(recurrentState);
    this.actAll(1, fed);
    for (let i = 0; i < recurrentState.length; i++) recurrentState[i] = recurrentStates[i] as number;
    return null;
  }

  evaluate(observation: Float64Array, fed: Statistics | null, recurrentState: Float64Array = NO_STATE): null {
    return this.act(observation, fed, recurrentState);
  }

  estimate(observation: Float64Array, fed: Statistics | null): number {
    if (this.critic === null) throw new Error("This policy has no critic.");
    this.observations.set(observation);
    this.normalize(1, fed);
    this.critic.forward(1);
    return this.value[0] as number;
  }

  /** Actions of the first `rows` rows of `observations`, each to the bit what it is alone. Allocates nothing. */
  actAll(rows: number, fed: Statistics | null): void {
    if (rows > this.rows) throw new Error(`This policy takes ${this.rows} observations at once; got ${rows}.`);
    const { functions } = this.memory;
    const { actor, at, network, actionStride } = this;
    this.normalize(rows, fed);
    this.recurrent?.forward(rows);
    actor.forward(rows);
    for (let row = 0; row < rows; row++) {
      functions.boundedAction(
        actor.output + 8 * row * actor.outputStride,
        network.preClip,
        network.squash !== null,
        at.scale,
        at.bias,
        at.low,
        at.high,
        at.actions + 4 * row * actionStride,
        actionStride,
      );
    }
  }

  private normalize(rows: number, fed: Statistics | null): void {
    const { functions } = this.memory;
    const { at, network, observations, observationStride: width } = this;
    const { zeroed, statistics, running } = network;
    if (running) {
      if (fed === null)
        throw new Error("policy.onnx asks for running statistics, the manifest's mode is not `running`.");
      this.mean.set(fed.mean);
      this.variance.set(fed.var);
      functions.deviation(at.variance, statistics?.epsilon ?? 0, at.std, width);
    }
    for (let row = 0; row < rows; row++) {
      if (zeroed !== null)
        for (let i = 0; i < zeroed.length; i++) if (zeroed[i] === 1) observations[row * width + i] = 0;
      const offset = 8 * row * width;
      functions.normalize(
        at.observations + offset,
        at.mean,
        at.std,
        network.observationClip,
        at.normalized + offset,
        width,
      );
    }
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }
}
