/** Every environment under Node, against Gymnasium: run by tests/oracle/test_environments.py, which makes the bundles. */
import { describe, expect, it } from "vitest";
import type { Manifest } from "../../src/generated/bundle";
import type { Check } from "../../src/protocol";
import type { Bundle } from "../../src/worker/bundle/bundle";
import { readGolden } from "../../src/worker/bundle/golden";
import { Simulation } from "../../src/worker/simulation/simulation";
import { verify } from "../../src/worker/verify/verification";
import { nodeEngine } from "../support/node";
import { bundleNamed, NAMES, resetsOf } from "./bundles";

/** The rows of the proof that compare single steps; a loop of 300 is chaos on most of these bodies. */
async function rowsOf(bundle: Bundle): Promise<readonly Check[]> {
  const checks = await verify(await nodeEngine(), bundle, () => undefined);
  return checks.filter((check) => !check.name.includes("in closed loop"));
}

const red = (checks: readonly Check[]): readonly Check[] => checks.filter((check) => !check.ok);

describe.each(NAMES)("%s in WASM", (name) => {
  it("follows Gymnasium's rollout: observation, reward and termination", async () => {
    const bundle = await bundleNamed(name);
    const checks = await rowsOf(bundle);
    expect(red(checks)).toEqual([]);
    const states = checks.filter((check) => check.name.endsWith(", state-synchronised in WASM"));
    expect(states.map((check) => check.name.split(",")[0])).toEqual([
      ...["observation", "qpos", "qvel", "reward"],
      ...["terminated", "truncated"],
    ]);
    expect(states.every((check) => check.n === Math.min(300, bundle.manifest.env.max_episode_steps ?? 300))).toBe(true);
  });

  it("resets to Gymnasium's state for 20 seeds, to the last bit", async () => {
    const { manifest, xml, assets } = await bundleNamed(name);
    const world = new Simulation(await nodeEngine(), manifest, xml, assets);
    const expected = await resetsOf(name);
    try {
      for (const [i, seed] of expected.seeds.entries()) {
        world.reset({ seed });
        const { qpos, qvel } = world.physics.views;
        const state = { seed, qpos: Array.from(qpos), qvel: Array.from(qvel) };
        expect(state).toEqual({ seed, qpos: expected.qpos[i], qvel: expected.qvel[i] });
      }
      expect(new Set(expected.seeds).size).toBe(20);
    } finally {
      world.dispose();
    }
  });
});

describe.each(NAMES.filter((name) => /-level\d$/.test(name)))("%s", (name) => {
  it("is what the bundle of another level plays once that level is chosen", async () => {
    const [base = "", number = ""] = name.split("-level");
    const [{ manifest, xml, assets }, other] = await Promise.all([bundleNamed(base), bundleNamed(name)]);
    const golden = readGolden(await other.read("golden.safetensors"), other.manifest);
    const world = new Simulation(await nodeEngine(), manifest, xml, assets);
    try {
      expect(world.level).toBe(1);
      world.setLevel(Number(number));
      expect(world.level).toBe(Number(number));
      const expected = await resetsOf(name);
      for (const [i, seed] of expected.seeds.entries()) {
        world.reset({ seed });
        expect(Array.from(world.physics.views.qpos)).toEqual(expected.qpos[i]);
        expect(Array.from(world.physics.views.qvel)).toEqual(expected.qvel[i]);
      }
      for (let step = 0; step < golden.steps; step++) {
        world.physics.setState(golden.qpos.row(step), golden.qvel.row(step));
        world.advance(golden.action.row(step));
        expect(world.reward).toBeCloseTo(golden.reward[step] as number, 9);
        expect(Number(world.stepTerminated)).toBe(golden.terminated[step]);
      }
      expect(() => world.setLevel(7)).toThrow(`${manifest.env.id} has no level 7. Its levels: 1, 2, 3.`);
    } finally {
      world.dispose();
    }
  });
});

type Edit = (manifest: Manifest) => void;

const draw = (index: number, change: object): Edit => editing(({ env }) => env.reset.draws[index], change);
const reward = (name: string, change: object): Edit =>
  editing(({ env }) => env.reward.find((term) => term.name === name), change);
const healthy = (index: number, change: object): Edit => editing(({ env }) => env.termination.healthy[index], change);
const observed = (name: string, change: object): Edit =>
  editing(({ observation }) => observation.terms.find((term) => term.name === name), change);

function editing(find: (manifest: Manifest) => object | undefined, change: object): Edit {
  return (manifest) => {
    const found = find(manifest);
    if (found === undefined) throw new Error("The manifest has nothing of that name to edit.");
    Object.assign(found, change);
  };
}

const REWARD = "reward, state-synchronised in WASM";
const OBSERVATION = "observation, state-synchronised in WASM";
const TERMINATED = "terminated, state-synchronised in WASM";

describe("one edited number of bundle.json turns its row red", () => {
  it.each<readonly [name: string, what: string, edit: Edit, row: string]>([
    ["Ant-v5", "a uniform draw", draw(0, { high: 0.1 + 1e-12 }), "qpos after reset(seed=1)"],
    ["Ant-v5", "a normal draw", draw(1, { scale: 0.1 + 1e-12 }), "qvel after reset(seed=1)"],
    ["Reacher-v5", "the radius a goal is drawn in", draw(1, { norm_below: 0.05 }), "qpos after reset(seed=1)"],
    ["Pusher-v5", "the distance a draw keeps", draw(0, { norm_above: 0.3 }), "qpos after reset(seed=1)"],
    ["Reacher-v5", "a constant", draw(3, { value: 1e-12 }), "qvel after reset(seed=1)"],
    ["Humanoid-v5-costly", "a velocity", reward("reward_forward", { weight: 1.25 + 1e-6 }), REWARD],
    ["Humanoid-v5-costly", "a control cost", reward("reward_ctrl", { weight: -0.1 - 1e-6 }), REWARD],
    ["Humanoid-v5-costly", "a healthy reward", reward("reward_survive", { weight: 5 + 1e-6 }), REWARD],
    ["Humanoid-v5-costly", "a contact cost", reward("reward_contact", { weight: 2e-3 }), REWARD],
    ["Humanoid-v5-costly", "the bound of a cost", reward("reward_contact", { cost_range: [0.05, 0.5] }), REWARD],
    ["Ant-v4-wide", "the bound of a force", reward("reward_contact", { force_range: [-1, 1] }), REWARD],
    ["Ant-v5", "float32 arithmetic", reward("reward_ctrl", { of: "ctrl" }), REWARD],
    ["Reacher-v4", "a distance", reward("reward_dist", { weight: -1 - 1e-6 }), REWARD],
    ["Reacher-v4", "when it is measured", reward("reward_dist", { when: "after" }), REWARD],
    ["InvertedDoublePendulum-v5", "a site", reward("distance_penalty_z", { offset: 2 + 1e-6 }), REWARD],
    ["InvertedDoublePendulum-v5", "a power", reward("velocity_penalty_1", { power: 1 }), REWARD],
    ["HumanoidStandup-v5", "a height", reward("reward_linup", { index: 1 }), REWARD],
    ["InvertedDoublePendulum-v5", "a site's bound", healthy(0, { above: 1.1 }), TERMINATED],
    ["Hopper-v4", "an angle's bound", healthy(3, { above: -0.1, below: 0.1 }), TERMINATED],
    ["Hopper-v4", "a run of numbers", healthy(0, { to: 6, above: -0.1 }), TERMINATED],
    ["BalanceBall-v0", "a bound between two bodies", healthy(4, { above: -0.05, below: 0.05 }), TERMINATED],
    ["Ant-v4-wide", "a bound", healthy(2, { above: 0.5 }), TERMINATED],
    ["Hopper-v4", "a clip", observed("velocity", { clip: [-1, 1] }), OBSERVATION],
    ["Reacher-v5", "a function", observed("angle_cos", { function: "sin" }), OBSERVATION],
    ["Reacher-v5", "a subtracted body", observed("fingertip_from_target", { minus: "body0" }), OBSERVATION],
    ["Ant-v3-blind", "the steps of an episode", observed("time_left", { steps: 999 }), OBSERVATION],
  ])("%s: %s", async (name, _, edit, row) => {
    const bundle = await bundleNamed(name);
    edit(bundle.manifest);
    expect(red(await rowsOf(bundle)).map((check) => check.name)).toContain(row);
  });

  it("Ant-v3-blind: what the statistics are given as zeros", async () => {
    const bundle = await bundleNamed("Ant-v3-blind");
    bundle.manifest.observation.zeroed = [];
    expect(red(await rowsOf(bundle)).map((check) => check.name)).toContain(
      "pre-transform action of tfjs/ in TensorFlow.js",
    );
  });
});
