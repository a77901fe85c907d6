import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SimulationClient, type SimulationEvent } from "../../src/player/client";
import type { Backend, Settings } from "../../src/protocol";
import { InProcessWorker } from "../support/in_process_worker";

let worker: InProcessWorker;
let client: SimulationClient;
let events: SimulationEvent[];

beforeEach(() => {
  worker = new InProcessWorker();
  events = [];
  client = new SimulationClient(
    () => worker,
    (event) => events.push(event),
  );
});
afterEach(() => client.terminate());

const load = (name = "default", backend: Backend = "kernel") =>
  client.request({ type: "load", base: `https://example.org/bundles/${name}/`, seed: 7, backend });

const states = () => events.filter((event) => event.type === "state").map((event) => event.state);

describe("hands and disturbances", () => {
  it("are told as they are set, and another bundle keeps the stiffness alone", async () => {
    await load();
    await client.request({ type: "set", change: { stiffness: 40 } });
    await client.request({ type: "set", change: { randomPushes: { perMinute: 30, impulse: 9 } } });
    await client.request({ type: "set", change: { sampled: true } });
    await client.request({ type: "set", change: { noise: { observation: 0.5, action: 0 } } });
    await client.request({ type: "set", change: { mutes: [4] } });
    expect(states().at(-1)).toMatchObject({
      stiffness: 40,
      randomPushes: { perMinute: 30, impulse: 9 },
      sampled: true,
      noise: { observation: 0.5, action: 0 },
      mutes: [4],
      overrides: [],
      command: [],
      sight: "off",
    });
    await load("another");
    expect(states().at(-1)).toMatchObject({
      bundle: "another",
      stiffness: 40,
      randomPushes: null,
      sampled: false,
      noise: { observation: 0, action: 0 },
      mutes: [],
      overrides: [],
      command: [],
    });
  });

  it("refuse to sample what has no distribution", async () => {
    await load();
    await client.request({ type: "set", change: { sampled: true } });
    await expect(client.request({ type: "setBackend", backend: "tfjs" })).rejects.toThrow(
      /need the backend kernel or ONNX/,
    );
    expect(states().at(-1)).toMatchObject({ backend: "kernel", sampled: true });
    await client.request({ type: "set", change: { sampled: false } });
    await client.request({ type: "setBackend", backend: "tfjs" });
    await expect(client.request({ type: "set", change: { sampled: true } })).rejects.toThrow(
      /need the backend kernel or ONNX/,
    );
    expect(states().at(-1)).toMatchObject({ backend: "tfjs", sampled: false });
  });

  it("pin what is held where it is, and let go", async () => {
    const { snapshot } = await load();
    const [x = 0, y = 0, z = 0] = snapshot.qpos;
    await client.request({ type: "grab", body: "torso", point: [x, y, z], target: [x, y, z + 0.3] });
    await client.request({ type: "hold" });
    const held = await client.request({ type: "snapshot" });
    expect(held.hand).toBeNull();
    expect(held.pins).toMatchObject([{ body: "torso", target: [x, y, z] }]);
    await client.request({ type: "unpin", body: "torso" });
    expect((await client.request({ type: "snapshot" })).pins).toEqual([]);
    await expect(client.request({ type: "hold" })).rejects.toThrow("Nothing is held. Call grab first.");
  });
});

describe("the worker's protocol", () => {
  it("loads paused, reset with the seed, and describes the scene", async () => {
    const { manifest, scene, snapshot } = await load();
    expect(manifest.name).toBe("humanoid-balance");
    expect(snapshot).toMatchObject({ episode: 1, step: 0, seed: 7, hand: null });
    expect(scene.bodies.map((body) => body.name)).toContain("torso");
    expect(scene.bodies[scene.root]?.name).toBe("torso");
    expect(scene.geoms.some((geom) => geom.type === "plane" && geom.body === 0)).toBe(true);
    expect(scene.mass).toBeCloseTo(
      scene.bodies.reduce((sum, body) => sum + body.mass, 0),
      9,
    );
    expect(states()).toEqual([
      {
        bundle: "default",
        playing: false,
        policy: true,
        backend: "kernel",
        speed: 1,
        seed: 7,
        stage: null,
        replaying: false,
        handFelt: false,
        level: null,
        stiffness: 10,
        randomPushes: null,
        sampled: false,
        noise: { observation: 0, action: 0 },
        mutes: [],
        autoReset: true,
        overlays: [],
        overrides: [],
        command: [],
        sight: "off",
      },
    ]);
    const last = events.findLast((event) => event.type === "frame");
    expect(last).toMatchObject({ step: 0, episode: 1 });
  });

  it("answers in order what was asked without waiting", async () => {
    const answers = await Promise.all([
      load(),
      client.request({ type: "step", n: 5 }),
      client.request({ type: "set", change: { policy: false } }),
      client.request({ type: "step", n: 1 }),
      client.request({ type: "reset", seed: 3 }),
      client.request({ type: "snapshot" }),
    ]);
    expect(answers[1].step).toBe(5);
    expect(answers[1].ctrl.some((value) => value !== 0)).toBe(true);
    expect(answers[3].step).toBe(6);
    expect(answers[3].ctrl.every((value) => value === 0)).toBe(true);
    expect(answers[5]).toEqual(answers[4]);
    expect(answers[5]).toMatchObject({ seed: 3, step: 0, episode: 2 });
  });

  it("grabs, moves, lets go, and shows the hand in frames while it stands still", async () => {
    await load();
    await client.request({ type: "grab", body: "torso", point: [0, 0, 1.3], target: [0.2, 0, 1.3] });
    await client.request({ type: "moveGrab", target: [0.4, 0, 1.5] });
    expect(events.findLast((event) => event.type === "frame")).toMatchObject({
      hand: { body: "torso", target: [0.4, 0, 1.5] },
    });
    expect((await client.request({ type: "step", n: 10 })).hand?.force.every(Number.isFinite)).toBe(true);
    await client.request({ type: "release" });
    expect((await client.request({ type: "snapshot" })).hand).toBeNull();
    expect(events.findLast((event) => event.type === "frame")).toMatchObject({ hand: null });
  });

  it("tells what the switches are, once per change", async () => {
    await load();
    const before = states().length;
    await client.request({ type: "set", change: { speed: 2 } });
    await client.request({ type: "set", change: { speed: 2 } });
    await client.request({ type: "set", change: { handFelt: true } });
    await client.request({ type: "set", change: { autoReset: false } });
    await client.request({ type: "setBackend", backend: "tfjs" });
    expect(states().slice(before)).toHaveLength(4);
    expect(states().at(-1)).toMatchObject({ speed: 2, handFelt: true, autoReset: false, backend: "tfjs" });
  });

  it("keeps speed and switches across bundles, paused", async () => {
    await load();
    await client.request({ type: "set", change: { speed: 0.5 } });
    await client.request({ type: "set", change: { handFelt: true } });
    await client.request({ type: "set", change: { autoReset: false } });
    await client.request({ type: "set", change: { policy: false } });
    await client.request({ type: "play" });
    await load("other");
    expect(states().at(-1)).toMatchObject({ bundle: "other", speed: 0.5, handFelt: true, autoReset: false });
    expect(states().at(-1)).toMatchObject({ policy: false, playing: false });
  });

  it("begins with all the settings that a load names, as after a restart", async () => {
    await load();
    const settings: Settings = {
      policy: false,
      level: null,
      speed: 0.5,
      autoReset: false,
      handFelt: true,
      stiffness: 40,
      overlays: ["contacts", "joints"],
      randomPushes: { perMinute: 30, impulse: 9 },
      sampled: true,
      noise: { observation: 0.5, action: 0.1 },
      mutes: [4],
      overrides: [],
      command: [],
      sight: "off",
    };
    await client.request({
      type: "load",
      base: "https://example.org/bundles/again/",
      seed: 7,
      backend: "onnx",
      settings,
    });
    expect(states().at(-1)).toMatchObject({ bundle: "again", playing: false, ...settings });
    const unmeant = { ...settings, stiffness: 0 };
    const refused = { type: "load", base: "https://example.org/bundles/bad/", seed: 7, backend: "onnx" } as const;
    await expect(client.request({ ...refused, settings: unmeant })).rejects.toThrow(/stiffness is 1 to 200/);
    expect(states().at(-1)).toMatchObject({ bundle: "again", ...settings });
  });

  it("plays in ONNX Runtime what the kernel plays, to the last bit", async () => {
    await load();
    const kernel = await client.request({ type: "step", n: 200 });
    await client.request({ type: "setBackend", backend: "onnx" });
    await client.request({ type: "reset", seed: 7 });
    const { episode, ...onnx } = await client.request({ type: "step", n: 200 });
    expect(kernel).toEqual({ ...onnx, episode: episode - 1 });
  });

  it("plays in ONNX Runtime a graph that the kernel cannot take, and says so", async () => {
    const { snapshot } = await load("other-graph");
    expect(snapshot.seed).toBe(7);
    expect(states().at(-1)).toMatchObject({ backend: "onnx" });
    const told = events.filter((event) => event.type === "error").map((event) => event.message);
    expect(told).toEqual([
      "The kernel cannot take this policy.onnx: its operators are not those that bbconvert writes. " +
        "ONNX Runtime plays it instead.",
    ]);
    await expect(client.request({ type: "setBackend", backend: "kernel" })).rejects.toThrow(/cannot take/);
    expect(states().at(-1)).toMatchObject({ backend: "onnx" });
    await client.request({ type: "trace", on: true, critic: true });
    await client.request({ type: "step", n: 5 });
    const bundle = await client.request({ type: "bundle" });
    const checks = await client.request({ type: "verify", bundle });
    expect(checks.every((check) => check.ok)).toBe(true);
    expect(checks.filter((check) => check.name.includes("kernel"))).toEqual([]);
  });

  it("plays in TensorFlow.js what ONNX plays, to float32", async () => {
    await load("default", "onnx");
    const onnx = await client.request({ type: "step", n: 20 });
    await client.request({ type: "setBackend", backend: "tfjs" });
    await client.request({ type: "reset", seed: 7 });
    const tfjs = await client.request({ type: "step", n: 20 });
    const apart = Math.max(...onnx.qpos.map((value, i) => Math.abs(value - (tfjs.qpos[i] ?? Number.NaN))));
    expect(apart).toBeGreaterThan(0);
    expect(apart).toBeLessThan(1e-5);
  });

  it("goes back to a moment, goes on from there, and saves and replays what came of it", async () => {
    await load();
    await client.request({ type: "step", n: 20 });
    await client.request({ type: "push", body: "torso", impulse: [10, 0, 0] });
    const pushed = await client.request({ type: "step", n: 30 });
    const back = await client.request({ type: "seek", index: 40 });
    expect(back).toMatchObject({ step: 40, episode: 1 });
    expect(await client.request({ type: "history" })).toMatchObject({ from: 0, to: 50, at: 40 });
    expect(states().at(-1)).toMatchObject({ playing: false, replaying: false });
    const { bytes, ...file } = await client.request({ type: "rollout", format: "safetensors" });
    expect(file).toEqual({ name: "humanoid-balance-seed7.safetensors", steps: 50, disturbed: true });

    const first = await client.request({ type: "replay", bytes, name: "it" });
    expect(first).toMatchObject({ step: 0, seed: 7, episode: 2 });
    expect(states().at(-1)).toMatchObject({ replaying: true });
    expect((await client.request({ type: "step", n: 50 })).qpos).toEqual(pushed.qpos);
    expect(events.filter((event) => event.type === "replay")).toEqual([
      { type: "replay", steps: 50, equal: true, largest: 0 },
    ]);
    expect(states().at(-1)).toMatchObject({ replaying: false });
    expect((await client.request({ type: "step", n: 1 })).step).toBe(51);
    await expect(client.request({ type: "replay", bytes: bytes.slice(9), name: "it" })).rejects.toThrow(/it is trunc/);
  });

  it("lets the policy take over from a replay when somebody interferes, or goes back to before it", async () => {
    await load();
    await client.request({ type: "step", n: 30 });
    const { bytes } = await client.request({ type: "rollout", format: "safetensors" });
    await client.request({ type: "replay", bytes, name: "it" });
    await client.request({ type: "step", n: 10 });
    await client.request({ type: "seek", index: 35 });
    expect(states().at(-1)).toMatchObject({ replaying: true });
    await client.request({ type: "push", body: "torso", impulse: [10, 0, 0] });
    expect(states().at(-1)).toMatchObject({ replaying: false });
    await client.request({ type: "replay", bytes, name: "it" });
    await client.request({ type: "seek", index: 12 });
    expect(states().at(-1)).toMatchObject({ replaying: false });
  });

  it("takes buffers back and draws into them again", async () => {
    await load();
    const frame = events.findLast((event) => event.type === "frame");
    expect(frame).toBeDefined();
    if (frame === undefined) return;
    client.giveBack(frame.poses);
    expect(frame.poses.length).toBe(0);
    await client.request({ type: "step", n: 1 });
    expect(events.findLast((event) => event.type === "frame")?.poses.length).toBe(14 * 7);
  });
});
