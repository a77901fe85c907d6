/** Control loops of every kind in WASM, held to what Python's interpreter made of them: a folder a loop. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Manifest } from "../../src/generated/bundle";
import { History } from "../../src/worker/playback/history";
import { Simulation } from "../../src/worker/simulation/simulation";
import { nodeEngine } from "../support/node";

type Rows = readonly (readonly number[])[];
interface Recorded {
  readonly qpos: Rows;
  readonly observation: Rows;
  readonly action: Rows;
  readonly command: Rows;
}

const root = process.env.BBCONVERT_FOLDER ?? "";

describe.each(readdirSync(root))("%s", (name) => {
  it("moves and sees in the tab what it does in Python", async () => {
    const text = (file: string) => readFileSync(join(root, name, file), "utf8");
    const record = JSON.parse(text("record.json")) as Recorded;
    const manifest = JSON.parse(text("bundle.json")) as Manifest;
    const world = new Simulation(await nodeEngine(), manifest, text("scene.xml"), new Map());
    try {
      world.reset({ seed: 0 });
      expect(Array.from(world.observation.values)).toEqual(record.observation[0]);
      const history = new History(world);
      history.began(true);
      let farthest = 0;
      for (const [step, action] of record.action.entries()) {
        if (step === record.action.length / 2) leaveAndReturn(world, history);
        world.command = record.command[step] ?? [];
        world.advance(Float32Array.from(action));
        history.stepped();
        const qpos = record.qpos[step + 1] ?? [];
        for (const [i, value] of qpos.entries())
          farthest = Math.max(farthest, Math.abs(value - (world.physics.views.qpos[i] as number)));
        const seen = record.observation[step + 1] ?? [];
        const apart = seen.map((value, i) => Math.abs(value - (world.observation.values[i] as number)));
        expect(Math.max(...apart)).toBeLessThan(1e-6);
      }
      expect(farthest).toBeLessThan(1e-9);
    } finally {
      world.dispose();
    }
  });
});

/** Goes elsewhere, and back to where it was: nothing that the loop remembers is lost. */
function leaveAndReturn(world: Simulation, history: History): void {
  const step = history.at;
  for (let k = 0; k < 3; k++) {
    world.advance(new Float32Array(world.action.length).fill(1));
    history.stepped();
  }
  history.seek(step);
  history.forget();
}
