/** The bar at the bottom. */
import type { Backend } from "../../protocol";

export const transport = {
  transport: "Transport",
  play: "Play",
  pause: "Pause",
  step: "One control step",
  reset: "Reset to this seed",
  speed: "Speed",
  speedValue: (speed: number) =>
    speed === Number.POSITIVE_INFINITY
      ? "max"
      : `${speed < 1 ? speed.toFixed(2) : speed.toFixed(speed % 1 === 0 ? 0 : 1)}×`,
  speedTitle: "Simulated seconds per second, to the right end as fast as possible; double-click for 1×",
  seed: "Seed",
  seedTitle: "Seed of the episode, as in env.reset(seed=…): Enter resets with it",
  policy: "Policy",
  policyTitle: "Off: no control, the body goes limp",
  autoReset: "Auto-reset",
  autoResetTitle: "Two seconds after an episode ends, the next one begins, with the next seed",
  backend: "Backend",
  backendName: { kernel: "Kernel", onnx: "ONNX", tfjs: "TF.js" } satisfies Record<Backend, string>,
  backendTitle: {
    kernel: "The page's own kernel in float64: the same bits as ONNX Runtime, and faster",
    onnx: "ONNX Runtime Web in float64: the reference, bit-equal with Python",
    tfjs: "TensorFlow.js in float32: close, and not bit-equal",
  } satisfies Record<Backend, string>,
  push: "Push",
  pushTitle: "Push the body away from you; arrow keys push in other directions",
  strength: "Strength",
  strengthValue: (impulse: number) => `${impulse < 10 ? impulse.toFixed(1) : Math.round(impulse)} N·s`,
  strengthTitle: "Impulse of a push",
  more: "More controls",
};
