/** An LSTM or a GRU in the kernel's memory, before the actor. */
import { type KernelMemory, padded } from "./memory";
import { KernelMlp } from "./mlp";
import type { Recurrent } from "./network";

/** A layer: what the input adds to each gate, and what the hidden state does. */
interface PlacedGates {
  readonly seen: KernelMlp;
  readonly kept: KernelMlp;
  /** Address of the layer's part of the state. */
  readonly state: number;
}

export class KernelRecurrent {
  /** Address of the state [rows, stride], layer by layer. */
  readonly state: number;
  readonly stride: number;
  /** Address of the last layer's hidden state [rows, stride]. */
  readonly output: number;
  private readonly layers: readonly PlacedGates[];

  /** `input` is the address of the input [rows, inputStride]. */
  constructor(
    private readonly memory: KernelMemory,
    private readonly recurrent: Recurrent,
    rows: number,
    input: number,
    inputStride: number,
  ) {
    const { layers, stateSize } = recurrent;
    this.stride = padded(layers.length * stateSize);
    this.state = memory.reserve(rows * this.stride);
    const { stride } = this;
    this.layers = layers.map((layer, k) => {
      const state = this.state + 8 * k * stateSize;
      // A layer is given the hidden state of the one before, with which that one's state begins.
      const [x, xStride] = k === 0 ? [input, inputStride] : [state - 8 * stateSize, stride];
      const seen = new KernelMlp(memory, [layer.input], "linear", rows, x, xStride);
      const kept = new KernelMlp(memory, [layer.kept], "linear", rows, state, stride);
      return { seen, kept, state };
    });
    this.output = this.state + 8 * (layers.length - 1) * stateSize;
  }

  /** The next state of the first `rows` rows. Allocates nothing. */
  forward(rows: number): void {
    const { layers, stride, recurrent } = this;
    const gates = this.memory.functions[recurrent.kind];
    for (let k = 0; k < layers.length; k++) {
      const { seen, kept, state } = layers[k] as PlacedGates;
      seen.forward(rows);
      kept.forward(rows);
      gates(seen.output, kept.output, seen.outputStride, state, stride, recurrent.hidden, rows);
    }
  }
}
