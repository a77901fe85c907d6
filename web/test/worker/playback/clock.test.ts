import { describe, expect, it } from "vitest";
import { Metronome } from "../../../src/worker/playback/clock";

describe("the metronome", () => {
  it("does not drift: after 100,000 late ticks the deadline is origin + k * period", () => {
    const metronome = new Metronome(15);
    metronome.start(1000);
    let wrong = 0;
    for (let k = 1; k <= 100_000; k++) {
      if (metronome.deadline !== 1000 + k * 15) wrong++;
      if (metronome.tick(metronome.deadline + (k % 7)) !== k % 7) wrong++;
    }
    expect(wrong).toBe(0);
    expect(metronome.dropped).toBe(0);
  });

  it("catches a few ticks up without giving one up", () => {
    const metronome = new Metronome(10);
    metronome.start(0);
    let ticks = 0;
    for (const now = 60; metronome.deadline <= now; ticks++) metronome.tick(now);
    expect(ticks).toBe(6);
    expect(metronome.dropped).toBe(0);
  });

  it("slips after a long stall: one tick, no burst, and the lost ones are counted", () => {
    const metronome = new Metronome(10);
    metronome.start(0);
    const now = 2005;
    let ticks = 0;
    for (; metronome.deadline <= now; ticks++) metronome.tick(now);
    expect(ticks).toBe(1);
    expect(metronome.dropped).toBe(199);
    // The rhythm goes on: still on multiples of the period.
    expect(metronome.deadline).toBe(2010);
  });

  it("starts one period ahead, also at another pace", () => {
    const metronome = new Metronome(10);
    metronome.start(500, 40);
    expect(metronome.period).toBe(40);
    expect(metronome.deadline).toBe(540);
  });
});
