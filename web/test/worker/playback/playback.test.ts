import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EpisodeEvent, Frame, FromWorker } from "../../../src/protocol";
import { Meter } from "../../../src/worker/frames/meter";
import type { TimeSource } from "../../../src/worker/playback/clock";
import { Playback } from "../../../src/worker/playback/playback";
import { SerialQueue } from "../../../src/worker/playback/queue";
import type { Simulation } from "../../../src/worker/simulation/simulation";
import { playedBundle } from "../../support/node";

/** Time that passes only while somebody sleeps; it stops at `end`, where the sleeper stays asleep. */
class FakeTime implements TimeSource {
  private current = 0;
  private end = 0;
  private stopped: (() => void) | null = null;
  /** Wakes up that much late, for the sleeps that begin at or after a moment. */
  stall: { at: number; ms: number } | null = null;

  now(): number {
    return this.current;
  }

  sleepUntil(deadline: number): Promise<void> {
    if (deadline > this.end) {
      this.stopped?.();
      return new Promise(() => undefined);
    }
    this.current = Math.max(this.current, deadline);
    if (this.stall !== null && this.current >= this.stall.at) {
      this.current += this.stall.ms;
      this.stall = null;
    }
    return Promise.resolve();
  }

  /** Passes, while nobody plays. */
  skip(ms: number): void {
    this.current += ms;
  }

  /** Plays from now on for `ms` milliseconds. */
  run(playback: Playback, ms: number): Promise<void> {
    this.end = this.current + ms;
    return new Promise((resolve) => {
      this.stopped = resolve;
      playback.play();
    });
  }
}

let simulation: Simulation;
let playback: Playback;
let time: FakeTime;
let messages: FromWorker[];

beforeEach(async () => {
  ({ simulation } = await playedBundle(0));
  time = new FakeTime();
  messages = [];
  playback = new Playback(
    simulation,
    time,
    new Meter(false),
    new SerialQueue(),
    (message) => messages.push(message),
    () => undefined,
  );
});
afterEach(() => playback.dispose());

const frames = (): Frame[] => messages.filter((message) => message.type === "frame");
const episodes = (): EpisodeEvent[] => messages.filter((message) => message.type === "episode");

describe("playing", () => {
  it("takes exactly the environment's control steps of a second in a second", async () => {
    await time.run(playback, 1000.5);
    expect(simulation.steps).toBe(100);
    expect(playback.metrics()).toMatchObject({ droppedSteps: 0 });
    expect(playback.metrics().controlHz).toBeCloseTo(100, 6);
    expect(playback.metrics().realTimeFactor).toBeCloseTo(1, 6);
  });

  it("takes more of them per second when it is faster, each as long as before", async () => {
    playback.setSpeed(2.5);
    await time.run(playback, 1000.5);
    expect(simulation.steps).toBe(250);
    expect(simulation.snapshot().time).toBeCloseTo(2.5, 9);
    expect(() => playback.setSpeed(0)).toThrow(/factor above 0/);
  });

  it("makes up for a short stall and slips after a long one, and says so", async () => {
    time.stall = { at: 200, ms: 45 };
    await time.run(playback, 500.5);
    expect(simulation.steps).toBe(50);
    expect(playback.metrics().droppedSteps).toBe(0);
    playback.pause();
    time.stall = { at: 700, ms: 2000 };
    await time.run(playback, 3000);
    expect(playback.metrics().droppedSteps).toBe(200);
    expect(simulation.steps).toBe(50 + 300 - 200);
  });

  it("publishes a frame at most every sixteen milliseconds, and details at most every hundred", async () => {
    playback.setSpeed(4);
    await time.run(playback, 1000.5);
    const seen = frames();
    expect(seen.length).toBeGreaterThan(50);
    expect(seen.length).toBeLessThanOrEqual(1000 / 16);
    expect(seen.filter((frame) => frame.observation !== null).length).toBeLessThanOrEqual(10);
    expect(seen.every((frame) => frame.poses.length === 14 * 7)).toBe(true);
  });
});

describe("a tab that is hidden", () => {
  it("rests, and plays on without a burst: nothing is made up for, and nothing is lost", async () => {
    await time.run(playback, 205);
    expect(simulation.steps).toBe(20);
    // What the page does when it is hidden, and when it is seen again an hour later.
    playback.pause();
    const resting = simulation.snapshot();
    time.skip(3600e3);
    expect(simulation.snapshot()).toEqual(resting);
    await time.run(playback, 95);
    expect(simulation.steps).toBe(20 + 9);
    expect(playback.metrics().droppedSteps).toBe(0);
    playback.pause();
    time.skip(5);
    await time.run(playback, 905);
    expect(simulation.steps).toBe(20 + 9 + 90);
    expect(playback.metrics().droppedSteps).toBe(0);
  });

  it("takes one step for eight hours in which its machine slept, and says how many it lost", async () => {
    const asleep = 8 * 3600e3;
    time.stall = { at: 210, ms: asleep };
    await time.run(playback, 210 + asleep + 95);
    // Twenty before, the one in which it slept, and nine after it.
    expect(simulation.steps).toBe(20 + 1 + 9);
    expect(playback.metrics().droppedSteps).toBe(asleep / 10);
  });
});

describe("as fast as possible", () => {
  it("waits for nothing, lets messages in, and shows no more pictures than a screen", async () => {
    let breaths = 0;
    playback.dispose();
    ({ simulation } = await playedBundle(0));
    let now = 0;
    // Each look at the clock is half a millisecond: a step takes some.
    const busy: TimeSource = {
      now: () => (now += 0.5),
      sleepUntil: (deadline) => {
        expect(deadline).toBeLessThanOrEqual(now);
        breaths += 1;
        if (simulation.steps >= 300) playback.pause();
        return Promise.resolve();
      },
    };
    const queue = new SerialQueue();
    playback = new Playback(
      simulation,
      busy,
      new Meter(false),
      queue,
      (message) => messages.push(message),
      () => undefined,
    );
    playback.setSpeed(Number.POSITIVE_INFINITY);
    playback.play();
    while (playback.playing) await queue.run(() => new Promise((resolve) => setImmediate(resolve)));
    expect(simulation.steps).toBeGreaterThanOrEqual(300);
    expect(breaths).toBeGreaterThanOrEqual(300);
    expect(playback.metrics().droppedSteps).toBe(0);
    expect(frames().length).toBeGreaterThan(5);
    expect(frames().length).toBeLessThanOrEqual(1 + now / 16);
  });
});

describe("the past", () => {
  it("rests where it is shown, and plays on from there as it did", async () => {
    await time.run(playback, 800);
    const steps = simulation.steps;
    const then = simulation.snapshot();
    const before = playback.seek(steps - 30);
    expect(playback.playing).toBe(false);
    expect(frames().at(-1)).toMatchObject({ step: steps - 30 });
    expect(before.step).toBe(steps - 30);
    expect(await playback.step(30)).toEqual(then);
    expect(() => playback.seek(steps + 1)).toThrow(/can be returned to/);
  });
});

describe("after the end of an episode", () => {
  it("the body stays in the world for two seconds, then the next seed begins", async () => {
    simulation.policy = null;
    await time.run(playback, 5000);
    const [end, begin] = episodes();
    expect(end).toMatchObject({ phase: "end", reason: "terminated", seed: 0, episode: 1 });
    expect(begin).toMatchObject({ phase: "begin", reason: null, seed: 1, episode: 2, episodeLength: 0 });
    const fallen = frames().filter((frame) => frame.episode === 1 && frame.terminated);
    expect((fallen.at(-1)?.step ?? 0) - (end?.episodeLength ?? 0)).toBeGreaterThan(195);
    expect((fallen.at(-1)?.step ?? 0) - (end?.episodeLength ?? 0)).toBeLessThanOrEqual(200);
  });

  it("nothing begins by itself where the switch is off, nor while somebody holds the body", async () => {
    simulation.policy = null;
    playback.autoReset = false;
    await time.run(playback, 4000);
    expect(simulation.ended).toBe(true);
    expect(simulation.episode).toBe(1);
    playback.pause();
    playback.autoReset = true;
    const { xpos } = simulation.physics.views;
    simulation.perturbations.grab("torso", [xpos[3] ?? 0, xpos[4] ?? 0, xpos[5] ?? 0], [0, 0, 0.5]);
    await time.run(playback, 4000);
    expect(simulation.episode).toBe(1);
    playback.pause();
    simulation.perturbations.release();
    await time.run(playback, 2500);
    expect(simulation.episode).toBe(2);
  });
});

describe("a step by hand", () => {
  it("advances exactly n, goes past the end without a reset, and shows where it got to", async () => {
    simulation.policy = null;
    const after = await playback.step(400);
    expect(after.step).toBe(400);
    expect(after.episode).toBe(1);
    expect(after.terminated).toBe(true);
    expect(episodes()).toHaveLength(1);
    expect(frames().at(-1)?.step).toBe(400);
    await expect(playback.step(1.5)).rejects.toThrow(/whole number/);
  });

  it("serves messages every hundred milliseconds, however many steps there are", async () => {
    let now = 0;
    const served: number[] = [];
    const turns: TimeSource = {
      // Two milliseconds a look: an advance takes some.
      now: () => (now += 2),
      sleepUntil: (deadline) => {
        expect(deadline).toBeLessThanOrEqual(now);
        served.push(now);
        return Promise.resolve();
      },
    };
    const stepped = new Playback(
      simulation,
      turns,
      new Meter(false),
      new SerialQueue(),
      (message) => messages.push(message),
      () => undefined,
    );
    await stepped.step(400);
    expect(served.length).toBeGreaterThanOrEqual(Math.floor(now / 110));
    expect(Math.max(...served.map((at, k) => at - (served[k - 1] ?? 0)))).toBeLessThanOrEqual(110);
    stepped.frames.dispose();
  });

  it("resets a world that diverges, and says so", async () => {
    const { qpos, qvel } = simulation.snapshot();
    playback.reset({ seed: 0, qpos: Array.from(qpos), qvel: Array.from(qvel, () => 1e8) });
    await expect(playback.step(20)).rejects.toThrow(/diverged, so the world was reset/);
    expect(simulation.seed).toBe(1);
    expect((await playback.step(3)).qpos.every(Number.isFinite)).toBe(true);
  });

  it("while playing, divergence is an event and the play goes on", async () => {
    const { qpos, qvel } = simulation.snapshot();
    playback.reset({ seed: 0, qpos: Array.from(qpos), qvel: Array.from(qvel, () => 1e8) });
    await time.run(playback, 300);
    expect(messages.filter((message) => message.type === "error")).toMatchObject([{ fatal: false }]);
    expect(simulation.seed).toBe(1);
    expect(playback.playing).toBe(true);
    expect(simulation.steps).toBeGreaterThan(20);
  });
});
