import { afterEach, expect, it } from "vitest";
import { TRACE } from "../../../src/protocol";
import { Traces } from "../../../src/worker/frames/traces";
import { OnnxCritic } from "../../../src/worker/policy/onnx/onnx_critic";
import type { Simulation } from "../../../src/worker/simulation/simulation";
import { playedBundle } from "../../support/node";

let simulation: Simulation;
let traces: Traces;
afterEach(() => {
  traces.stop();
  simulation.dispose();
});

async function play(seed: number, critic: boolean): Promise<void> {
  const played = await playedBundle(seed);
  simulation = played.simulation;
  traces = new Traces(simulation);
  const { policy, manifest } = played.bundle;
  traces.start(critic ? await OnnxCritic.load(policy, manifest.observation.size) : null);
}

async function steps(n: number): Promise<void> {
  for (let i = 0; i < n; i++) {
    await simulation.step();
    if (traces.on) await traces.record();
  }
}

const width = (): number => TRACE.terms + simulation.rewardTerms.values.length + simulation.action.length;

it("a row has the step's reward, its terms, the root's height and speed, and the action", async () => {
  await play(3, false);
  await steps(4);
  const before = simulation.physics.views.xpos.slice(3, 6);
  await steps(1);
  const rows = traces.take();
  expect(rows?.length).toBe(5 * width());
  const row = rows?.subarray(4 * width()) ?? new Float64Array();
  expect([row[TRACE.episode], row[TRACE.step], row[TRACE.reward]]).toEqual([1, 5, simulation.reward]);
  const terms = row.subarray(TRACE.terms, TRACE.terms + simulation.rewardTerms.values.length);
  expect(terms.length).toBeGreaterThan(1);
  expect(terms.reduce((sum, term) => sum + term, 0)).toBe(simulation.reward);
  expect(Float32Array.from(row.subarray(TRACE.terms + terms.length))).toEqual(simulation.action);
  const after = simulation.physics.views.xpos.slice(3, 6);
  expect(row[TRACE.height]).toBe(after[2]);
  // The mean speed over the step, of which the row has the one at its end.
  const moved = Math.hypot(...after.map((x, i) => x - (before[i] as number)));
  expect(moved).toBeGreaterThan(1e-4);
  expect(Math.abs((row[TRACE.speed] as number) - moved / simulation.physics.dt)).toBeLessThan(0.1);
  expect(row[TRACE.value]).toBeNaN();
});

it("the critic is asked every tenth of a second, and its estimate is the whole graph's", async () => {
  await play(3, true);
  await steps(24);
  const critic = traces.critic;
  const rows = traces.take() ?? new Float64Array();
  const values = Array.from({ length: 24 }, (_, row) => rows[row * width() + TRACE.value]);
  expect(new Set(values).size).toBe(3);
  await steps(6);
  expect((traces.take() ?? [])[5 * width() + TRACE.value]).toBe(
    await critic?.estimate(simulation.observation.values, null),
  );
});

it("nothing is traced after the end, and rows that nobody took give way to newer ones", async () => {
  await play(0, false);
  traces.stop();
  await steps(3);
  expect(traces.take()).toBeNull();
  traces.start(null);
  await steps(1203);
  const rows = traces.take() ?? new Float64Array();
  const times = Array.from({ length: rows.length / width() }, (_, row) => rows[row * width() + TRACE.step]);
  expect(times).toEqual(Array.from({ length: 1000 }, (_, k) => 207 + k));
  expect(traces.take()).toBeNull();
});
