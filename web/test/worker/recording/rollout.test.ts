import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Rows } from "../../../src/worker/bundle/golden";
import { Safetensors, writeSafetensors } from "../../../src/worker/bundle/safetensors";
import { History } from "../../../src/worker/playback/history";
import { recordRollout } from "../../../src/worker/playback/recording";
import { Replay } from "../../../src/worker/recording/replay";
import { type Rollout, readRollout, writeCsv, writeRollout } from "../../../src/worker/recording/rollout";
import { Simulation } from "../../../src/worker/simulation/simulation";
import { nodeEngine, type Played, playedBundle } from "../../support/node";

let played: Played;
let scratch: Simulation;
let history: History;

beforeEach(async () => {
  played = await playedBundle(11);
  const { manifest, xml, assets } = played.bundle;
  scratch = new Simulation(await nodeEngine(), manifest, xml, assets);
  history = new History(played.simulation);
});
afterEach(() => {
  played.simulation.dispose();
  scratch.dispose();
});

async function play(steps: number): Promise<void> {
  for (let i = 0; i < steps; i++) {
    await played.simulation.step();
    history.stepped();
  }
}

const record = (): Promise<Rollout> => recordRollout(history.episode(), scratch, null, () => Promise.resolve());

const provenance = () => ({ manifest: played.bundle.manifest, mujocoVersion: "3.14.0", backend: "onnx" });

const saved = (rollout: Rollout): ArrayBuffer => writeRollout(rollout, played.simulation.physics, provenance());

const reread = (file: ArrayBuffer): Rollout =>
  readRollout(file, "it.safetensors", played.bundle.manifest, played.simulation.physics);

/** Replays a rollout in the simulation, from its beginning to its end. */
async function replay(rollout: Rollout): Promise<Replay> {
  const { simulation } = played;
  const { seed, firstStep: steps, state, lastAction, recurrentState, loop } = rollout;
  if (state === null) simulation.reset({ seed });
  else simulation.enter({ seed, steps, state, lastAction, recurrentState, loop });
  const replay = new Replay(rollout, simulation.physics);
  replay.compare(simulation.steps);
  simulation.replay = replay;
  while (!replay.isOver(simulation.steps)) await simulation.step();
  return replay;
}

describe("a recorded episode", () => {
  it("holds what was played, in the layout of the golden rollout", async () => {
    const { simulation } = played;
    const observations = [simulation.observation.values.slice()];
    const rewards: number[] = [];
    for (let i = 0; i < 30; i++) {
      await play(1);
      observations.push(simulation.observation.values.slice());
      rewards.push(simulation.reward);
    }
    const rollout = await record();
    expect(rollout).toMatchObject({ steps: 30, seed: 11, firstStep: 0, state: null, disturbance: null });
    observations.forEach((observation, row) => {
      expect(rollout.observation.row(row)).toEqual(observation);
    });
    expect(Array.from(rollout.reward)).toEqual(rewards);
    expect(rollout.qpos.row(30)).toEqual(simulation.snapshot().qpos);
    expect(rollout.action.row(29)).toEqual(simulation.action);
    expect(reread(saved(rollout))).toEqual(rollout);
  });

  it("plays again to the last bit, pulled and pushed, felt and not, past its end", async () => {
    const { simulation } = played;
    const { perturbations } = simulation;
    await play(10);
    perturbations.push("torso", [90, 30, 0]);
    await play(20);
    const [x = 0, y = 0, z = 0] = simulation.physics.views.xpos.subarray(3, 6);
    perturbations.felt = true;
    perturbations.grab("torso", [x, y, z], [x + 1, y, z + 1]);
    await play(30);
    perturbations.release();
    await play(60);
    const recorded = await record();
    const rollout = reread(saved(recorded));
    expect(rollout.perturbations).toEqual(recorded.perturbations);
    expect(rollout.perturbations.get(15)).toMatchObject({
      hand: null,
      pushes: [{ body: "torso", impulse: [90, 30, 0] }],
    });
    expect(rollout.perturbations.get(40)?.hand?.body).toBe("torso");
    expect(rollout.perturbations.get(5)).toBeUndefined();
    expect(rollout.disturbance?.xfrc).not.toBeNull();
    expect(rollout.terminated.some((flag) => flag === 1)).toBe(true);
    const again = await replay(rollout);
    expect(again).toMatchObject({ equal: true, largest: 0 });
    expect(simulation.snapshot().qpos).toEqual(rollout.qpos.row(120));
    expect(simulation.physics.views.xfrc_applied.every((force) => force === 0)).toBe(true);
  });

  it("does not where a force is left out, or an action is another", async () => {
    await play(10);
    played.simulation.perturbations.push("torso", [15, 5, 0]);
    await play(30);
    const rollout = await record();
    expect((await replay({ ...rollout, disturbance: null })).equal).toBe(false);
    const { action } = rollout;
    action.row(20).fill(0);
    expect((await replay(rollout)).largest).toBeGreaterThan(1e-6);
  });

  it("plays again from where the memory begins, when its own beginning is forgotten", async () => {
    played.simulation.policy = null;
    await play(6020);
    const rollout = reread(saved(await record()));
    expect(rollout).toMatchObject({ firstStep: 21, steps: 5999 });
    expect(rollout.state).toHaveLength(played.simulation.physics.fullState.size);
    expect((await replay(rollout)).equal).toBe(true);
  });

  it("is one line per state in a spreadsheet", async () => {
    await play(3);
    const rollout = await record();
    const { dt, model } = played.simulation.physics;
    const text = new TextDecoder().decode(writeCsv(rollout, dt, ["hip, left"]));
    const lines = text.trimEnd().split("\n");
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^step,time,reward,terminated,truncated,"action hip, left",action 1,/);
    const cells = lines.slice(1).map((line) => line.split(",").map(Number));
    expect(cells.map(([step]) => step)).toEqual([0, 1, 2, 3]);
    const qpos = 5 + model.nu;
    expect(Float64Array.from((cells[3] ?? []).slice(qpos, qpos + model.nq))).toEqual(rollout.qpos.row(3));
  });
});

describe("a file that is not one of these", () => {
  it("is refused in words", async () => {
    await play(4);
    const rollout = await record();
    const { manifest } = played.bundle;
    const file = (changed: Record<string, string>): ArrayBuffer => {
      const tensors = new Safetensors(saved(rollout), "it");
      return writeSafetensors({}, { ...Object.fromEntries(tensors.metadata), ...changed });
    };
    expect(() => reread(new ArrayBuffer(3))).toThrow(/it\.safetensors is truncated.*that this page saved/);
    expect(() => reread(writeSafetensors({}, {}))).toThrow(/no rollout of this page/);
    expect(() => reread(file({ version: "2" }))).toThrow(/version 2.*Update/);
    expect(() => reread(file({ env_id: "Hopper-v4" }))).toThrow(/recorded in Hopper-v4.*what plays here is/);
    expect(() => reread(saved({ ...rollout, firstStep: 5 }))).toThrow(/in which state it begins/);
    expect(() => reread(file({}))).toThrow(/should hold "reward"/);
    const cut = {
      ...rollout,
      action: { ...rollout.action, width: 3, data: new Float32Array(12), row: rollout.action.row },
    };
    expect(() => reread(saved(cut))).toThrow(`"action" is [4, 3], expected [4, ${manifest.action.size}]`);
    const touched = (row: number[], rows = 1): ArrayBuffer => {
      const state = new Safetensors(saved(rollout), "it");
      const kept = ["seed", "qpos", "qvel", "observation", "action", "reward", "terminated", "truncated"];
      const dtypes = ["I64", "F64", "F64", "F64", "F32", "F64", "U8", "U8"] as const;
      const ranks = [1, 2, 2, 2, 2, 1, 1, 1];
      const tensors = kept.map((name, k) => [name, state.tensor(name, dtypes[k] ?? "F64", ranks[k] ?? 1)]);
      const touches = { dtype: "F64", shape: [rows, row.length / rows], data: Float64Array.from(row) };
      return writeSafetensors(
        Object.fromEntries([...tensors, ["touches", touches]]),
        Object.fromEntries(state.metadata),
      );
    };
    const zeros = new Array<number>(10).fill(0);
    expect(reread(touched([2, 1, 1, ...zeros])).perturbations.get(2)?.pins).toHaveLength(1);
    expect(() => reread(touched([2, 1, 99, ...zeros]))).toThrow(/"touches" should name bodies below \d+; it names 99/);
    expect(() => reread(touched([2, 3, 1, ...zeros]))).toThrow(/of kind 0, 1 or 2; one is of kind 3/);
    expect(() => reread(touched([5, 1, 1, ...zeros]))).toThrow(/"touches" should name states below 5; it names 5/);
    expect(() => reread(touched([2, 1, 1, Number.NaN, ...zeros.slice(1)]))).toThrow(/number 3 of "touches" is NaN/);
    const crowd = Array.from({ length: 513 }, () => [2, 1, 1, ...zeros]).flat();
    expect(() => reread(touched(crowd, 513))).toThrow(/state 2 has more than 512 pins and pushes/);
    expect(() => reread(touched([2, 1, 1]))).toThrow(/"touches" is \[1, 3\], expected \[1, 13\]/);
    expect(() => reread(saved(rollout).slice(0, -8))).toThrow(/truncated/);
  });

  it("is refused where a number is none, where it has no step, and where it belongs to another body", async () => {
    await play(4);
    const rollout = await record();
    const { steps, qpos, qvel, reward, action, ...rest } = rollout;
    const changed = (part: Partial<Rollout>): ArrayBuffer => saved({ ...rollout, ...part });
    const broken = <A extends Float64Array | Float32Array>(data: A, at: number, value: number): A => {
      const copy = data.slice() as A;
      copy[at] = value;
      return copy;
    };
    const { width } = qpos;
    expect(() => reread(changed({ qpos: new Rows(broken(qpos.data, 3, Number.NaN), width) }))).toThrow(
      /it\.safetensors: number 3 of "qpos" is NaN, expected a finite one\. Choose/,
    );
    expect(() => reread(changed({ action: new Rows(broken(action.data, 0, Infinity), action.width) }))).toThrow(
      /number 0 of "action" is Infinity/,
    );
    expect(() => reread(changed({ reward: broken(reward, 1, Number.NaN) }))).toThrow(/number 1 of "reward" is NaN/);
    expect(() => reread(changed({ seed: -1 }))).toThrow(/its seed is -1, expected a whole number from 0/);
    const cut = (rows: Rows<Float64Array>): Rows<Float64Array> => new Rows(rows.data.slice(0, (steps + 1) * 3), 3);
    expect(() => reread(changed({ qpos: cut(qpos) }))).toThrow(`"qpos" is [5, 3], expected [5, ${width}]. Choose a`);
    const none = {
      ...rest,
      steps: 0,
      qpos: new Rows(qpos.row(0), width),
      qvel: new Rows(qvel.row(0), qvel.width),
      observation: new Rows(rollout.observation.row(0), rollout.observation.width),
      action: new Rows(new Float32Array(0), action.width),
      reward: new Float64Array(0),
      terminated: new Uint8Array(0),
      truncated: new Uint8Array(0),
    };
    expect(() => reread(saved(none))).toThrow(/has no control step, so there is nothing to replay/);
  });
});
