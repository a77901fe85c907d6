/** A robot's control loop in WASM, step by step from the states that its own deployment script recorded. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Manifest } from "../../src/generated/bundle";
import { Simulation } from "../../src/worker/simulation/simulation";
import { nodeEngine } from "../support/node";

interface Recorded {
  readonly qpos: readonly (readonly number[])[];
  readonly qvel: readonly (readonly number[])[];
  readonly observation: readonly (readonly number[])[];
  readonly action: readonly (readonly number[])[];
}

const folder = process.env.BBCONVERT_FOLDER ?? "";
let world: Simulation;
let record: Recorded;

beforeAll(async () => {
  const manifest = JSON.parse(await readFile(join(folder, "bundle.json"), "utf8")) as Manifest;
  record = JSON.parse(await readFile(join(folder, "record.json"), "utf8")) as Recorded;
  const xml = await readFile(join(folder, "scene.xml"), "utf8");
  const assets = new Map<string, Uint8Array>();
  for (const name of manifest.env.assets ?? []) assets.set(name, new Uint8Array(await readFile(join(folder, name))));
  world = new Simulation(await nodeEngine(), manifest, xml, assets);
});
afterAll(() => world.dispose());

function largest(got: ArrayLike<number>, expected: readonly number[]): number {
  return Math.max(...expected.map((value, i) => Math.abs((got[i] as number) - value)));
}

describe("a robot's loop", () => {
  it("begins where the script is first asked", () => {
    world.reset({ seed: 0 });
    expect(largest(world.physics.views.qpos, record.qpos[0] ?? [])).toBeLessThan(1e-12);
    expect(Array.from(world.observation.values)).toEqual(record.observation[0]);
  });

  it("takes each step from the script's state to its next one", () => {
    world.reset({ seed: 0 });
    let [farthest, unequal] = [0, 0];
    for (let step = 0; step + 1 < record.qpos.length; step++) {
      world.physics.setState(record.qpos[step] ?? [], record.qvel[step] ?? []);
      world.advance(Float32Array.from(record.action[step] ?? []));
      farthest = Math.max(farthest, largest(world.physics.views.qpos, record.qpos[step + 1] ?? []));
      const seen = record.observation[step + 1] ?? [];
      for (const [i, value] of world.observation.values.entries()) unequal += Number(value !== seen[i]);
    }
    expect(farthest).toBeLessThan(1e-12);
    expect(unequal).toBe(0);
  });
});
