import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it } from "vitest";
import type { Snapshot } from "../../../src/protocol";
import { type Bundle, readBundle } from "../../../src/worker/bundle/bundle";
import { History } from "../../../src/worker/playback/history";
import type { Simulation } from "../../../src/worker/simulation/simulation";
import { BALANCE_BOT_BUNDLE, DEFAULT_BUNDLE, playedBundle, readFrom } from "../../support/node";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

let simulation: Simulation;
afterEach(() => simulation.dispose());

/** A history of the default bundle, or of one that differs from it. */
async function begun(seed: number, bundle?: Bundle): Promise<History> {
  ({ simulation } = await playedBundle(seed, bundle));
  return new History(simulation);
}

async function play(history: History, steps: number): Promise<Snapshot[]> {
  const seen: Snapshot[] = [];
  for (let i = 0; i < steps; i++) {
    await simulation.step();
    history.stepped();
    seen.push(simulation.snapshot());
  }
  return seen;
}

/** The arrays of `mjData` that a hand, a reward or a picture reads, though they lag behind `qpos`. */
function derived(): Record<string, number[]> {
  const { xpos, xmat, xipos, cinert, cvel, cfrc_ext, qfrc_actuator, subtree_com } = simulation.physics.views;
  const arrays = { xpos, xmat, xipos, cinert, cvel, cfrc_ext, qfrc_actuator, subtree_com };
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, Array.from(array)]));
}

describe("a moment of the history", () => {
  it("is, number for number, what it was: the state, what lags behind it, and what the policy sees", async () => {
    const history = await begun(3);
    const first = [simulation.snapshot(), derived()] as const;
    const before = await play(history, 40);
    const lagging = derived();
    const after = await play(history, 25);
    history.seek(40);
    expect(simulation.snapshot()).toEqual(before[39]);
    expect(derived()).toEqual(lagging);
    history.seek(65);
    expect(simulation.snapshot()).toEqual(after[24]);
    history.seek(0);
    expect([simulation.snapshot(), derived()]).toEqual(first);
  });

  it("goes on as it did, to the last bit, across the reset of an episode and past an end", async () => {
    const history = await begun(3);
    await play(history, 30);
    simulation.policy = null;
    const limp = await play(history, 120);
    expect(simulation.terminated).toBe(true);
    history.seek(31);
    expect(await play(history, 119)).toEqual(limp.slice(1));
    simulation.reset();
    history.began(false);
    const next = await play(history, 20);
    history.seek(155);
    expect(await play(history, 16)).toEqual(next.slice(4));
  });

  it("is another one where a single bit of it is not put back", async () => {
    const history = await begun(3);
    const before = await play(history, 30);
    history.seek(10);
    const { qvel } = simulation.physics.views;
    qvel[6] = (qvel[6] ?? 0) * (1 + 2 ** -52);
    expect(await play(history, 20)).not.toEqual(before.slice(10));
  });

  it("brings running statistics back, too", async () => {
    const bundle = await readBundle(readFrom(DEFAULT_BUNDLE));
    const normalization = { ...bundle.manifest.normalization, mode: "running" as const, count: 1e-4 };
    const history = await begun(1, { ...bundle, manifest: { ...bundle.manifest, normalization } });
    // This policy carries its own: at rest the statistics run all the same.
    simulation.policy = null;
    const statistics = () => [simulation.normalizer.fed?.mean.slice(), simulation.normalizer.fed?.var.slice()];
    await play(history, 90);
    const then = statistics();
    simulation.reset();
    history.began(false);
    await play(history, 70);
    const now = statistics();
    simulation.reset({ seed: 4 });
    history.began(true);
    await play(history, 5);
    const later = statistics();
    history.seek(90);
    expect(statistics()).toEqual(then);
    history.seek(161);
    expect(statistics()).toEqual(now);
    history.seek(167);
    expect(statistics()).toEqual(later);
    expect(then).not.toEqual(now);
  });

  it("is taken up by another worker, to the last bit: in an episode, at its beginning, and past its end", async () => {
    const history = await begun(3);
    const kept = [history.keep()];
    const seen = [simulation.snapshot(), ...(await play(history, 40))];
    kept.push(history.keep());
    simulation.policy = null;
    const limp = await play(history, 150);
    expect(simulation.terminated).toBe(true);
    kept.push(history.keep());
    const later = [seen[0], seen[40], limp.at(-1)];
    for (const [at, moment] of kept.entries()) {
      // As between threads; the other one has a past of its own, which it forgets.
      const other = await playedBundle(8);
      const resumed = new History(other.simulation);
      for (let i = 0; i < 70; i++) {
        await other.simulation.step();
        resumed.stepped();
      }
      resumed.resume(structuredClone(moment));
      expect(other.simulation.snapshot()).toEqual(later[at]);
      expect(resumed.timeline()).toMatchObject({ from: resumed.at, to: resumed.at, episodes: [{ seed: 3 }] });
      for (let i = 0; i < 20; i++) {
        await other.simulation.step();
        resumed.stepped();
      }
      if (at === 0) expect(other.simulation.snapshot()).toEqual(seen[20]);
      resumed.seek(resumed.from);
      expect(other.simulation.snapshot()).toEqual(later[at]);
      other.simulation.dispose();
    }
  });

  it("is taken up with its running statistics", async () => {
    const bundle = await readBundle(readFrom(DEFAULT_BUNDLE));
    const normalization = { ...bundle.manifest.normalization, mode: "running" as const, count: 1e-4 };
    const running = { ...bundle, manifest: { ...bundle.manifest, normalization } };
    const history = await begun(1, running);
    simulation.policy = null;
    await play(history, 90);
    const other = await playedBundle(2, running);
    other.simulation.policy = null;
    const resumed = new History(other.simulation);
    resumed.resume(structuredClone(history.keep()));
    const statistics = ({ normalizer }: Simulation) => [normalizer.fed?.mean.slice(), normalizer.fed?.var.slice()];
    expect(statistics(other.simulation)).toEqual(statistics(simulation));
    for (let i = 0; i < 10; i++) {
      await other.simulation.step();
      resumed.stepped();
    }
    await play(history, 10);
    expect(statistics(other.simulation)).toEqual(statistics(simulation));
    const then = statistics(other.simulation);
    resumed.seek(resumed.from + 3);
    resumed.seek(resumed.from + 10);
    expect(statistics(other.simulation)).toEqual(then);
    other.simulation.dispose();
  });

  it("shows who dragged, pulls no more, and leaves no force behind", async () => {
    const history = await begun(5);
    const undisturbed = await play(history, 20);
    history.seek(5);
    const { xpos } = simulation.physics.views;
    const torso = [xpos[3] ?? 0, xpos[4] ?? 0, xpos[5] ?? 0] as const;
    simulation.perturbations.grab("torso", torso, [1, 1, 2]);
    const pulled = await play(history, 15);
    expect(pulled[0]?.qpos).not.toEqual(undisturbed[5]?.qpos);
    history.seek(12);
    expect(simulation.snapshot()).toEqual(pulled[6]);
    expect(pulled[6]?.hand?.body).toBe("torso");
    expect(simulation.perturbations.dropRestoredDrag()).toBe("torso");
    expect(simulation.snapshot().hand).toBeNull();
    const [next] = await play(history, 1);
    expect(next?.qpos).not.toEqual(pulled[7]?.qpos);
    history.seek(5);
    expect(await play(history, 15)).toEqual(undisturbed.slice(5));
    expect(simulation.perturbations.dropRestoredDrag()).toBeNull();
  });

  it("goes on in the middle of a push, and with a body pinned, to the last bit", async () => {
    const history = await begun(5);
    simulation.randomPushes.set({ perMinute: 120, impulse: 20 });
    await play(history, 30);
    simulation.perturbations.pin("left_lower_arm");
    const before = await play(history, 90);
    simulation.perturbations.unpin();
    await play(history, 20);
    // A push lasts for ten steps, and one comes in every fifty.
    for (let at = 115; at > 31; at -= 4) {
      history.seek(at);
      expect(simulation.snapshot()).toEqual(before[at - 31]);
      expect(await play(history, 5)).toEqual(before.slice(at - 30, at - 25));
    }
    history.seek(30);
    expect(simulation.snapshot().pins).toEqual([]);
  });
});

describe("the history", () => {
  it("keeps a minute, and forgets what is older and what another branch replaced", async () => {
    const history = await begun(0);
    simulation.policy = null;
    await play(history, 6100);
    expect([history.from, history.to, history.at]).toEqual([101, 6100, 6100]);
    expect(() => history.seek(100)).toThrow(/101 to 6100; got 100/);
    history.seek(101);
    expect(simulation.steps).toBe(101);
    history.seek(3000);
    await play(history, 1);
    expect([history.from, history.to, history.at]).toEqual([101, 3001, 3001]);
  });

  it("tells episodes with their ends, and where somebody interfered", async () => {
    const history = await begun(0);
    simulation.policy = null;
    await play(history, 150);
    const end = simulation.episodeLength;
    simulation.reset();
    history.began(false);
    await play(history, 10);
    simulation.perturbations.push("torso", [20, 0, 0]);
    await play(history, 20);
    const { episodes, pushed, ...rest } = history.timeline();
    expect(rest).toEqual({ from: 0, to: 181, at: 181, dt: simulation.physics.dt });
    expect(episodes).toEqual([
      { begin: 0, end, seed: 0, firstStep: 0, reason: "terminated" },
      { begin: 151, end: null, seed: 1, firstStep: 0, reason: null },
    ]);
    expect(pushed).toHaveLength(1);
    expect(pushed[0]?.[0]).toBe(162);
    expect(pushed[0]?.[1]).toBeGreaterThanOrEqual(171);
  });

  it("does not grow: twenty thousand steps, and the heap is what it was", async () => {
    const history = await begun(0, await readBundle(readFrom(BALANCE_BOT_BUNDLE)));
    simulation.policy = null;
    const used = (): number => {
      collect();
      return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    };
    const run = async (steps: number): Promise<void> => {
      for (let i = 0; i < steps; i++) {
        await simulation.step();
        history.stepped();
      }
    };
    await run(4000);
    const [before, heap] = [used(), simulation.physics.heapBytes];
    await run(20_000);
    expect(used() - before).toBeLessThan(1e6);
    expect(simulation.physics.heapBytes).toBe(heap);
  });
});
