import { afterEach, describe, expect, it } from "vitest";
import type { Manifest } from "../../../src/generated/bundle";
import { type Bundle, readBundle } from "../../../src/worker/bundle/bundle";
import { Observation } from "../../../src/worker/env/observation";
import { DEFAULT_BUNDLE, type Played, playedBundle, readFrom } from "../../support/node";

type Terms = Manifest["observation"]["terms"];

let played: Played | null = null;
afterEach(() => {
  played?.simulation.dispose();
  played = null;
});

/** The default bundle after a kick and some steps, so that no array is at rest. */
async function kicked(): Promise<Played> {
  const bundle: Bundle = await readBundle(readFrom(DEFAULT_BUNDLE));
  played = await playedBundle(4, bundle);
  played.simulation.perturbations.push("torso", [30, -20, 5]);
  for (let i = 0; i < 40; i++) await played.simulation.step();
  return played;
}

function read({ simulation }: Played, terms: Terms, size: number): Float64Array {
  const observation = new Observation({ size, terms }, simulation.physics);
  observation.read();
  return observation.values;
}

describe("the observation's interpreter", () => {
  it("computes something else when a term of the manifest is edited", async () => {
    const world = await kicked();
    const { size, terms } = world.bundle.manifest.observation;
    const original = read(world, terms, size);
    expect(original).toEqual(world.simulation.observation.values);
    const edited = structuredClone(terms);
    const velocity = edited.find((term) => term.name === "velocity");
    Object.assign(velocity ?? {}, { function: "sin" });
    const changed = read(world, edited, size);
    expect(changed.subarray(0, 22)).toEqual(original.subarray(0, 22));
    expect(Array.from(changed.subarray(22, 45))).toEqual(Array.from(original.subarray(22, 45), Math.sin));
    expect(changed.subarray(22, 45)).not.toEqual(original.subarray(22, 45));
  });

  it("takes ranges, rows of bodies, their difference, functions and clips", async () => {
    const world = await kicked();
    const { qpos, xpos, qvel } = world.simulation.physics.views;
    const hand = world.simulation.physics.engine.mj_name2id(world.simulation.physics.model, 1, "right_foot");
    const terms: Terms = [
      { name: "angle", source: "qpos", from: 7, to: 9, function: "cos" },
      { name: "speed", source: "qvel", from: 3, to: 6, clip: [-0.01, 0.01] },
      { name: "foot", source: "xpos", body: "right_foot", minus: "torso", from: 1 },
    ];
    const value = (array: Float64Array, i: number): number => array[i] ?? Number.NaN;
    const clipped = (x: number): number => Math.min(0.01, Math.max(-0.01, x));
    expect(Array.from(read(world, terms, 7))).toEqual([
      Math.cos(value(qpos, 7)),
      Math.cos(value(qpos, 8)),
      clipped(value(qvel, 3)),
      clipped(value(qvel, 4)),
      clipped(value(qvel, 5)),
      value(xpos, 3 * hand + 1) - value(xpos, 3 + 1),
      value(xpos, 3 * hand + 2) - value(xpos, 3 + 2),
    ]);
  });

  it("refuses terms that do not fit the model, in words", async () => {
    const world = await kicked();
    expect(() => read(world, [{ name: "far", source: "qpos", to: 99 }], 99)).toThrow(/outside qpos, which has 24/);
    expect(() => read(world, [{ name: "ear", source: "xpos", body: "ear" }], 3)).toThrow(/no body "ear".*right_foot/);
    expect(() => read(world, [{ name: "all", source: "qvel" }], 24)).toThrow(/make 23 numbers.*says 24/);
  });
});
