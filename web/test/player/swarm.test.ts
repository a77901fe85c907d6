/** The pool: what workers answer here is their own, in this thread. */
import { afterEach, describe, expect, it } from "vitest";
import { type DealtFrame, SwarmPool } from "../../src/player/swarm";
import type { BundleFiles, SwarmSettings } from "../../src/protocol";
import { readBundle } from "../../src/worker/bundle/bundle";
import { InProcessWorker } from "../support/in_process_worker";
import { BALANCE_BOT_BUNDLE, readFrom } from "../support/node";

const SETTINGS: SwarmSettings = { policy: true, level: null, speed: 1, randomPushes: null, command: [] };
const pools: SwarmPool[] = [];
afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
});

async function bundle(): Promise<BundleFiles> {
  const { read: _, ...files } = await readBundle(readFrom(BALANCE_BOT_BUNDLE));
  return { ...files, base: "https://example.org/" };
}

/** The poses of all bodies after so many steps. */
async function posesAfter(steps: number, workers: number, settings = SETTINGS): Promise<Float32Array[]> {
  const latest = new Map<number, DealtFrame>();
  const pool = await SwarmPool.open(
    () => new InProcessWorker(),
    { bundle: await bundle(), seeds: [5, 6, 7, 8, 9], settings, workers },
    (dealt) => latest.set(dealt.first, dealt),
    (message) => expect.fail(message),
  );
  pools.push(pool);
  await pool.step(steps);
  const bodies: Float32Array[] = [];
  for (const { first, stride, frame } of latest.values()) {
    const width = frame.poses.length / frame.steps.length;
    for (let row = 0; row < frame.steps.length; row++)
      bodies[first + row * stride] = frame.poses.slice(row * width, (row + 1) * width);
  }
  return bodies;
}

describe("a pool of workers", () => {
  it("has the same bodies with one, two and three workers, and with more than there are bodies", async () => {
    const [one, ...others] = await Promise.all([1, 2, 3, 9].map((workers) => posesAfter(40, workers)));
    expect(one?.length).toBe(5);
    for (const other of others) expect(other).toEqual(one);
  });

  it("plays the level and the pushes that are set", async () => {
    const usual = await posesAfter(120, 2);
    expect(await posesAfter(120, 2, { ...SETTINGS, level: 1 })).not.toEqual(usual);
    expect(await posesAfter(120, 2, { ...SETTINGS, randomPushes: { perMinute: 120, impulse: 2 } })).not.toEqual(usual);
    expect(await posesAfter(120, 2, { ...SETTINGS, policy: false })).not.toEqual(usual);
  });

  it("exchanges a body for the moment of another world", async () => {
    const pool = await SwarmPool.open(
      () => new InProcessWorker(),
      { bundle: await bundle(), seeds: [1, 2, 3], settings: SETTINGS, workers: 2 },
      () => {},
      (message) => expect.fail(message),
    );
    pools.push(pool);
    await pool.step(10);
    const second = await pool.swap(1, null);
    const third = await pool.swap(2, second);
    expect(third.counters).not.toEqual(second.counters);
    expect(await pool.swap(2, null)).toEqual(second);
    expect(() => pool.swap(-1, null)).toThrow("none at -1");
  });

  it("says what a worker says that cannot begin", async () => {
    const broken = { ...(await bundle()), xml: "<mujoco>" };
    const opening = SwarmPool.open(
      () => new InProcessWorker(),
      { bundle: broken, seeds: [1, 2], settings: SETTINGS, workers: 2 },
      () => {},
      () => {},
    );
    await expect(opening).rejects.toThrow(/scene.xml/);
  });
});
