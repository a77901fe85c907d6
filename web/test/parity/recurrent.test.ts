/** A robot with an LSTM under commands that change: its past, its swarm and its rollouts have the bits of the first play. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { centreOfMass, reachOf } from "../../src/view/extent";
import { Materials } from "../../src/view/material";
import { type Bundle, readBundle } from "../../src/worker/bundle/bundle";
import { Gait } from "../../src/worker/frames/gait";
import { History } from "../../src/worker/playback/history";
import { recordRollout } from "../../src/worker/playback/recording";
import { Replay } from "../../src/worker/recording/replay";
import { type Rollout, readRollout, writeRollout } from "../../src/worker/recording/rollout";
import { describeScene } from "../../src/worker/scene/scene";
import { Simulation } from "../../src/worker/simulation/simulation";
import { Swarm } from "../../src/worker/swarm/swarm";
import { nodeEngine, playedBundle, readFrom } from "../support/node";

const worlds: { dispose(): void }[] = [];
let bundle: Bundle;

beforeAll(async () => {
  bundle = await readBundle(readFrom(process.env.BBCONVERT_FOLDER ?? ""));
});
afterAll(() => {
  for (const world of worlds) world.dispose();
});

async function begun(): Promise<Simulation> {
  const { simulation } = await playedBundle(0, bundle);
  worlds.push(simulation);
  return simulation;
}

const scratch = async () => {
  const simulation = new Simulation(await nodeEngine(), bundle.manifest, bundle.xml, bundle.assets);
  worlds.push(simulation);
  return simulation;
};

/** What a step leads to, the recurrent state and the command included. */
const seen = (simulation: Simulation) => ({ ...simulation.snapshot(), carried: simulation.carried.slice() });

async function play(simulation: Simulation, history: History, steps: number) {
  for (let i = 0; i < steps; i++) {
    await simulation.step();
    history.stepped();
  }
  return seen(simulation);
}

/** 20 steps forward, 20 backward, 20 to the left. */
async function walk(simulation: Simulation, history: History) {
  const moments = [await play(simulation, history, 20)];
  for (const command of [
    [-0.5, 0, 0],
    [0, 0.4, 0],
  ]) {
    simulation.command = command;
    moments.push(await play(simulation, history, 20));
  }
  return moments;
}

const recorded = async (history: History): Promise<Rollout> =>
  recordRollout(history.episode(), await scratch(), null, () => Promise.resolve());

function reread(rollout: Rollout, simulation: Simulation): Rollout {
  const provenance = { manifest: bundle.manifest, mujocoVersion: "3.14.0", backend: "kernel" };
  const file = writeRollout(rollout, simulation.physics, provenance);
  return readRollout(file, "it.safetensors", bundle.manifest, simulation.physics);
}

describe("a recurrent policy under commands", () => {
  it("remembers what it saw, and forgets it at a reset", async () => {
    const simulation = await begun();
    expect(simulation.recurrentState.every((value) => value === 0)).toBe(true);
    await simulation.step();
    expect(simulation.recurrentState.some((value) => value !== 0)).toBe(true);
    simulation.reset({ seed: 1 });
    expect(simulation.recurrentState.every((value) => value === 0)).toBe(true);
  });

  it("is at each moment of its past what it was, and goes on alike", async () => {
    const simulation = await begun();
    const history = new History(simulation);
    const [first, second] = await walk(simulation, history);
    history.seek(20);
    expect(seen(simulation)).toEqual(first);
    history.seek(40);
    expect(seen(simulation)).toEqual(second);
    history.seek(20);
    simulation.command = [-0.5, 0, 0];
    expect(await play(simulation, history, 20)).toEqual(second);
  });

  it("goes on in another world to the bit", async () => {
    const [simulation, other] = [await begun(), await begun()];
    const [history, there] = [new History(simulation), new History(other)];
    await walk(simulation, history);
    there.resume(history.keep());
    expect(seen(other).carried).toEqual(seen(simulation).carried);
    const [one, two] = [await play(simulation, history, 20), await play(other, there, 20)];
    expect(two.qpos).toEqual(one.qpos);
  });

  it("walks in a swarm as it walks alone", async () => {
    const simulation = await begun();
    const swarm = new Swarm(await nodeEngine(), bundle, 3, (_, previous) => (previous === null ? 0 : null));
    worlds.push(swarm);
    swarm.begin();
    const poses = new Float32Array(7 * simulation.physics.model.nbody);
    for (const command of [
      [0.5, 0, 0],
      [0, -0.4, 0.5],
    ]) {
      simulation.command = command;
      swarm.setCommand(command);
      for (let step = 0; step < 20; step++) {
        await simulation.step();
        swarm.step();
      }
      simulation.writePoses(poses);
      for (let slot = 0; slot < 3; slot++)
        expect(swarm.poses.slice(slot * poses.length, (slot + 1) * poses.length)).toEqual(poses);
    }
  });

  it("is replayed under the recorded commands, and takes over with what it remembers", async () => {
    const simulation = await begun();
    const history = new History(simulation);
    await walk(simulation, history);
    const rollout = reread(await recorded(history), simulation);
    expect(Array.from(rollout.commands?.row(20) ?? [])).toEqual([0.5, 0, 0]);
    expect(Array.from(rollout.commands?.row(60) ?? [])).toEqual([0, Math.fround(0.4), 0]);
    const later = await play(simulation, history, 20);

    const other = await begun();
    other.command = Array.from(rollout.commands?.row(0) ?? []);
    other.reset({ seed: rollout.seed });
    other.replay = new Replay(rollout, other.physics);
    while (!other.replay.isOver(other.steps)) await other.step();
    expect(other.replay.equal).toBe(true);
    other.replay = null;
    for (let step = 0; step < 20; step++) await other.step();
    expect(seen(other).carried).toEqual(later.carried);
    expect(seen(other).qpos).toEqual(later.qpos);
    expect(seen(other).observation).toEqual(later.observation);
  });

  it("is replayed from the middle of an episode, too", async () => {
    const simulation = await begun();
    const history = new History(simulation);
    await walk(simulation, history);
    history.seek(30);
    history.forget();
    simulation.command = [0.3, 0, 0];
    await play(simulation, history, 10);
    const rollout = reread(await recorded(history), simulation);
    const later = await play(simulation, history, 10);
    const { seed, firstStep: steps, state, lastAction, recurrentState, loop } = rollout;
    if (state === null) throw new Error("it begins with a reset");

    const other = await begun();
    other.command = Array.from(rollout.commands?.row(0) ?? []);
    other.enter({ seed, steps, state, lastAction, recurrentState, loop });
    other.replay = new Replay(rollout, other.physics);
    while (!other.replay.isOver(other.steps)) await other.step();
    expect(other.replay.equal).toBe(true);
    other.replay = null;
    for (let step = 0; step < 10; step++) await other.step();
    expect(seen(other).qpos).toEqual(later.qpos);
    expect(seen(other).carried).toEqual(later.carried);
  });

  it("steps with one foot after the other", async () => {
    const simulation = await begun();
    const gait = new Gait(simulation.physics, true);
    expect(gait.names).toEqual(["left_ankle_roll_link", "right_ankle_roll_link"]);
    expect(gait.take()).toBeNull();
    for (let step = 0; step < 160; step++) {
      await simulation.step();
      gait.record();
    }
    const rows = Array.from(gait.take() ?? []);
    expect(rows.length).toBe(160);
    const share = (bits: number) => rows.filter((row) => row === bits).length / rows.length;
    // A walk: each foot alone for a good while, and hardly ever none.
    expect(share(1)).toBeGreaterThan(0.2);
    expect(share(2)).toBeGreaterThan(0.2);
    expect(share(0)).toBeLessThan(0.1);
    expect(new Gait(simulation.physics, false).names).toEqual([]);
  });

  it("is drawn by its pictures alone, in the colours of its scene, and framed as large as it is", async () => {
    const simulation = await begun();
    const scene = describeScene(simulation.physics);
    const drawn = scene.geoms.filter(({ covered, body }) => !covered && body !== 0);
    expect(drawn.every(({ type }) => type === "mesh")).toBe(true);
    expect(drawn.length).toBe(27);
    const hull = scene.geoms.find(({ covered, type }) => covered && type === "mesh");
    expect(scene.meshes[hull?.mesh ?? 0]?.vertices.length).toBe(0);
    const materials = new Materials(scene);
    expect(drawn.map((geom) => materials.sideOf(geom)).every((side) => side === null)).toBe(true);
    const poses = new Float32Array(7 * scene.bodies.length);
    simulation.writePoses(poses);
    const { x, y, z } = centreOfMass(scene, poses);
    // It is 1.3 m tall.
    expect(reachOf(scene, poses, x, y, z)).toBeGreaterThan(0.6);
    materials.dispose();
  });

  it("refuses a recorded command that is out of range", async () => {
    const simulation = await begun();
    const history = new History(simulation);
    await walk(simulation, history);
    const rollout = await recorded(history);
    rollout.commands?.row(3).fill(7);
    expect(() => reread(rollout, simulation)).toThrow("has a command that is out of this bundle's range");
  });
});
