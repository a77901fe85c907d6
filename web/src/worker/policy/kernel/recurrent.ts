/** An LSTM or a GRU in the kernel's memory, before the actor. */
import { type KernelMemory, padded } from "./memory";
import { KernelMlp } from "./mlp";
import type { RecurrentLayer } from "./network";

export class KernelRecurrent {
  /** Address of the state [rows, stride]; its first `hidden` numbers are the output. */
  readonly state: number;
  readonly stride: number;
  /** What the input adds to each gate, and what the hidden state does. */
  private readonly seen: KernelMlp;
  private readonly kept: KernelMlp;

  /** `input` is the address of the input [rows, inputStride]. */
  constructor(
    private readonly memory: KernelMemory,
    private readonly layer: RecurrentLayer,
    rows: number,
    input: number,
    inputStride: number,
  ) {
    this.stride = padded(layer.stateSize);
    this.state = memory.reserve(rows * this.stride);
    this.seen = new KernelMlp(memory, [layer.input], "linear", rows, input, inputStride);
    this.kept = new KernelMlp(memory, [layer.kept], "linear", rows, this.state, this.stride);
  }

  /** The next state of the first `rows` rows. Allocates nothing. */
  forward(rows: number): void {
    const { seen, kept, state, stride, layer } = this;
    const { functions } = this.memory;
    seen.forward(rows);
    kept.forward(rows);
    functions[layer.kind](seen.output, kept.output, seen.outputStride, state, stride, layer.hidden, rows);
  }
}
