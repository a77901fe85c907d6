/** The recorded Gymnasium rollout of a bundle. Source of the layout: DESIGN.md §3.2 */
import type { Manifest } from "../generated/bundle";
import { Safetensors } from "./safetensors";

/** A matrix, row by row; `row` is a view. */
export class Rows<A extends Float64Array | Float32Array> {
  constructor(
    readonly data: A,
    readonly width: number,
  ) {}

  row(index: number): A {
    return this.data.subarray(index * this.width, (index + 1) * this.width) as A;
  }
}

/** T control steps from one seeded reset, going on past termination; states and observations have one row more. */
export interface Golden {
  readonly steps: number;
  readonly seed: number;
  readonly qpos: Rows<Float64Array>;
  readonly qvel: Rows<Float64Array>;
  /** Raw. */
  readonly observation: Rows<Float64Array>;
  readonly action: Rows<Float32Array>;
  readonly reward: Float64Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
}

/** Raises where a tensor is absent or its shape does not fit the manifest. */
export function readGolden(file: ArrayBuffer, manifest: Manifest): Golden {
  return readSteps(new Safetensors(file, "golden.safetensors"), manifest);
}

/** The tensors that every recorded rollout has, of a bundle's sizes. */
export function readSteps(tensors: Safetensors, manifest: Manifest): Golden {
  const reward = tensors.tensor("reward", "F64", 1).data;
  const steps = reward.length;
  const check = (name: string, shape: readonly number[], ...expected: number[]): void => {
    if (shape.some((size, i) => size !== expected[i])) {
      throw new Error(`${tensors.name}: "${name}" is [${shape.join(", ")}], expected [${expected.join(", ")}].`);
    }
  };
  const states = (name: string, width: number): Rows<Float64Array> => {
    const { data, shape } = tensors.tensor(name, "F64", 2);
    check(name, shape, steps + 1, width);
    return new Rows(data, width);
  };
  const flags = (name: string): Uint8Array => {
    const { data, shape } = tensors.tensor(name, "U8", 1);
    check(name, shape, steps);
    return data;
  };
  const action = tensors.tensor("action", "F32", 2);
  check("action", action.shape, steps, manifest.action.size);
  const { init_qpos, init_qvel } = manifest.env.reset;
  return {
    steps,
    seed: Number(tensors.tensor("seed", "I64", 1).data[0]),
    qpos: states("qpos", init_qpos.length),
    qvel: states("qvel", init_qvel.length),
    observation: states("observation", manifest.observation.size),
    action: new Rows(action.data, manifest.action.size),
    reward,
    terminated: flags("terminated"),
    truncated: flags("truncated"),
  };
}
