/** The initial state as the manifest describes it: `init_qpos`, `init_qvel`, and the draws in order. Spec: mjcf/spec.py */
import type { Reset, UniformPointDraw } from "../../generated/bundle";
import type { Generator } from "./random";

type Draw = Reset["draws"][number];

/** Draws into `qpos` and `qvel`, which have the model's sizes. */
export function drawInitialState(spec: Reset, generator: Generator, qpos: Float64Array, qvel: Float64Array): void {
  if (spec.init_qpos.length !== qpos.length || spec.init_qvel.length !== qvel.length) {
    throw new Error(
      `env.reset describes ${spec.init_qpos.length} positions and ${spec.init_qvel.length} velocities, ` +
        `scene.xml has ${qpos.length} and ${qvel.length}.`,
    );
  }
  qpos.set(spec.init_qpos);
  qvel.set(spec.init_qvel);
  for (const draw of spec.draws) apply(draw, generator, draw.target === "qpos" ? qpos : qvel);
}

function apply(draw: Draw, generator: Generator, state: Float64Array): void {
  switch (draw.distribution) {
    case "uniform": {
      const target = run(state, draw.target, draw.from, draw.to);
      for (let i = 0; i < target.length; i++)
        target[i] = (target[i] as number) + generator.uniform(draw.low, draw.high);
      return;
    }
    case "standard_normal": {
      const target = run(state, draw.target, draw.from, draw.to);
      for (let i = 0; i < target.length; i++)
        target[i] = (target[i] as number) + draw.scale * generator.standardNormal();
      return;
    }
    case "constant":
      run(state, draw.target, draw.from, draw.to).fill(draw.value);
      return;
    case "uniform_point":
      drawPoint(draw, generator, run(state, draw.target, draw.from, (draw.from ?? 0) + draw.low.length));
      return;
    default:
      throw new Error(
        `env.reset: unknown distribution ${JSON.stringify(draw)}. ` +
          "Known: uniform, uniform_point, standard_normal, constant.",
      );
  }
}

/** `state[from:to]`, a view. */
function run(state: Float64Array, name: string, from = 0, to: number | null = null): Float64Array {
  const end = to ?? state.length;
  if (from < 0 || end > state.length) throw new Error(`env.reset: a draw's [${from}, ${end}) lies outside ${name}.`);
  return state.subarray(from, end);
}

/** Tries of a point. Where a bundle may be made, at least one of a hundred succeeds. */
const MAX_TRIES = 10_000;

function drawPoint(
  { low, high, norm_above, norm_below }: UniformPointDraw,
  generator: Generator,
  to: Float64Array,
): void {
  const above = norm_above ?? Number.NEGATIVE_INFINITY;
  const below = norm_below ?? Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    for (let i = 0; i < to.length; i++) to[i] = generator.uniform(low[i] as number, high[i] as number);
    const norm = Math.sqrt(to.reduce((sum, x) => sum + x * x, 0));
    if (above < norm && norm < below) return;
  }
  throw new Error(
    `env.reset: none of ${MAX_TRIES.toLocaleString("en")} points had a norm between ${above} and ${below}. ` +
      "Pull or convert the bundle again.",
  );
}
