/** The recorded Gymnasium rollout of a bundle. The layout is that of docs/bundle.md. */
import type { Manifest } from "../../generated/bundle";
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

/** T control steps from one seeded reset, continued past termination; states and observations have one row more. */
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

/** The tensors that every recorded rollout has, of a bundle's sizes and of finite numbers. */
export function readSteps(tensors: Safetensors, manifest: Manifest): Golden {
  const steps = tensors.tensor("reward", "F64", 1).data.length;
  const states = (name: string, width: number): Rows<Float64Array> =>
    new Rows(tensors.shaped(name, "F64", [steps + 1, width]), width);
  const { size } = manifest.action;
  const action = new Rows(tensors.shaped("action", "F32", [steps, size]), size);
  const { init_qpos, init_qvel } = manifest.env.reset;
  const seed = Number(tensors.shaped("seed", "I64", [1])[0]);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    tensors.raise(`: its seed is ${seed}, expected a whole number from 0 to 2^53 - 1`);
  }
  return {
    steps,
    seed,
    qpos: states("qpos", init_qpos.length),
    qvel: states("qvel", init_qvel.length),
    observation: states("observation", manifest.observation.size),
    action,
    reward: tensors.shaped("reward", "F64", [steps]),
    terminated: tensors.shaped("terminated", "U8", [steps]),
    truncated: tensors.shaped("truncated", "U8", [steps]),
  };
}
