/** The initial state as the manifest describes it: `init_qpos`, `init_qvel`, and draws added to them in order. */
import type { Reset } from "../generated/bundle";
import type { Generator } from "./random";

/** Spec: mjcf/spec.py. Draws into `qpos` and `qvel`, which have the model's sizes. */
export function drawInitialState(spec: Reset, generator: Generator, qpos: Float64Array, qvel: Float64Array): void {
  if (spec.init_qpos.length !== qpos.length || spec.init_qvel.length !== qvel.length) {
    throw new Error(
      `env.reset describes ${spec.init_qpos.length} positions and ${spec.init_qvel.length} velocities, ` +
        `scene.xml has ${qpos.length} and ${qvel.length}.`,
    );
  }
  qpos.set(spec.init_qpos);
  qvel.set(spec.init_qvel);
  for (const draw of spec.draws) {
    const target = draw.target === "qpos" ? qpos : qvel;
    const from = draw.from ?? 0;
    const to = draw.to ?? target.length;
    if (from < 0 || to > target.length)
      throw new Error(`env.reset: a draw's [${from}, ${to}) lies outside ${draw.target}.`);
    for (let i = from; i < to; i++) {
      target[i] = (target[i] as number) + sample(draw, generator);
    }
  }
}

function sample(draw: Reset["draws"][number], generator: Generator): number {
  switch (draw.distribution) {
    case "uniform":
      return generator.uniform(draw.low, draw.high);
    case "standard_normal":
      return draw.scale * generator.standardNormal();
    default:
      throw new Error(`env.reset: unknown distribution ${JSON.stringify(draw)}. Known: uniform, standard_normal.`);
  }
}
