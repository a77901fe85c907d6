/**
 * Activations. The formulas are those of convert/export/onnx_activations.py, operation by operation;
 * `exp` and `log` are musl's, which AssemblyScript has as its own.
 */
import { erf } from "./erf";
import { tanh } from "./tanh";

/** The order is that of `ACTIVATIONS` in web/src/worker/policy/kernel/mlp.ts. */
export enum Activation {
  Linear,
  Tanh,
  Relu,
  Elu,
  Selu,
  Silu,
  Gelu,
  Softplus,
  Sigmoid,
  LeakyRelu,
}

const LEAKY_SLOPE: f64 = 0.01;
const SELU_ALPHA: f64 = 1.6732632423543772;
const SELU_SCALE: f64 = 1.0507009873554805;

/** `y = f(z)` of `count` numbers, an even one; y may be z. */
export function activate(kind: Activation, z: usize, y: usize, count: usize): void {
  const end = z + (count << 3);
  switch (kind) {
    case Activation.Linear:
      if (y !== z) memory.copy(y, z, count << 3);
      return;
    case Activation.Tanh:
      for (; z < end; z += 16, y += 16) v128.store(y, tanh(v128.load(z)));
      return;
    case Activation.Relu:
      for (; z < end; z += 16, y += 16) v128.store(y, f64x2.max(v128.load(z), f64x2.splat(0)));
      return;
    case Activation.LeakyRelu:
      for (; z < end; z += 16, y += 16) {
        const x = v128.load(z);
        v128.store(y, f64x2.max(x, f64x2.mul(x, f64x2.splat(LEAKY_SLOPE))));
      }
      return;
    case Activation.Silu:
      for (; z < end; z += 16, y += 16) {
        const half = f64x2.mul(v128.load(z), f64x2.splat(0.5));
        v128.store(y, f64x2.mul(half, f64x2.add(tanh(half), f64x2.splat(1))));
      }
      return;
    default:
      for (; z < end; z += 8, y += 8) f64.store(y, scalar(kind, f64.load(z)));
  }
}

function scalar(kind: Activation, x: f64): f64 {
  switch (kind) {
    case Activation.Elu:
      return max(x, 0) + belowZero(x);
    case Activation.Selu:
      return (max(x, 0) + belowZero(x) * SELU_ALPHA) * SELU_SCALE;
    case Activation.Softplus:
      return max(x, 0) + NativeMath.log(NativeMath.exp(-abs(x)) + 1);
    case Activation.Sigmoid:
      return sigmoid(x);
    case Activation.Gelu:
      return x * 0.5 * (erf(x / Math.SQRT2) + 1);
    default:
      return x;
  }
}

function belowZero(x: f64): f64 {
  return NativeMath.exp(min(x, 0)) - 1;
}

/** As ONNX Runtime computes it, of an exponential that never overflows. */
export function sigmoid(x: f64): f64 {
  const tail = 1 / (1 + NativeMath.exp(-abs(x)));
  return x >= 0 ? tail : 1 - tail;
}
