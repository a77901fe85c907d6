import { beforeEach, describe, expect, it } from "vitest";
import { BEAT_MS, SILENCE_MS, Watchdog } from "../../src/player/watchdog";

/** A page and its worker, on a clock that only the test turns. */
let now: number;
let pings: number;
let told: number[];
let watchdog: Watchdog;
/** Whether the worker answers each ping at once. */
let alive: boolean;

beforeEach(() => {
  now = 1e6;
  pings = 0;
  told = [];
  alive = true;
  watchdog = new Watchdog(
    () => {
      pings += 1;
    },
    (silence) => told.push(silence),
  );
});

/** Beats as a page does for `seconds`, each `late` milliseconds after it should; the answer comes before the next one. */
function pass(seconds: number, { seen = true, late = 0 } = {}): void {
  for (let beat = 0; beat < seconds; beat++) {
    now += BEAT_MS + late;
    watchdog.beat(now, seen);
    if (alive) watchdog.heard();
  }
}

describe("a worker that does not answer", () => {
  it("is told after ten seconds of silence, not a second sooner", () => {
    pass(5);
    alive = false;
    pass(SILENCE_MS / BEAT_MS);
    expect(told).toEqual([]);
    pass(1);
    expect(told).toEqual([SILENCE_MS]);
    expect(pings).toBe(4 + 11);
  });

  it("is told again each time that the silence has doubled", () => {
    pass(1);
    alive = false;
    pass(90);
    expect(told).toEqual([10_000, 20_000, 40_000, 80_000]);
  });

  it("is told to be back as soon as it says anything", () => {
    pass(1);
    alive = false;
    pass(15);
    watchdog.heard();
    expect(told).toEqual([10_000, 0]);
    watchdog.heard();
    pass(10);
    expect(told).toEqual([10_000, 0]);
    pass(1);
    expect(told).toEqual([10_000, 0, 10_000]);
  });
});

describe("nobody is accused", () => {
  it("while the worker answers, for hours", () => {
    pass(10_000);
    expect(told).toEqual([]);
  });

  it("where something comes every nine seconds, as the progress of a load does", () => {
    pass(1);
    alive = false;
    for (let stage = 0; stage < 20; stage++) {
      pass(9);
      watchdog.heard();
    }
    expect(told).toEqual([]);
  });

  it("before the worker first spoke: it is still being fetched", () => {
    alive = false;
    pass(100);
    expect([told, pings]).toEqual([[], 0]);
  });

  it("by a hidden tab, nor for the time for which it was hidden", () => {
    pass(1);
    alive = false;
    pass(9);
    pass(600, { seen: false });
    pass(SILENCE_MS / BEAT_MS);
    expect(told).toEqual([]);
    pass(1);
    expect(told).toEqual([SILENCE_MS]);
  });

  it("by a machine that slept, or a main thread that stalled: one late beat is one beat", () => {
    pass(1);
    alive = false;
    pass(1);
    pass(1, { late: 8 * 3600e3 });
    pass(7);
    expect(told).toEqual([]);
    watchdog.heard();
    // Drawn in software, each beat five seconds late: ten of them are not enough, whatever the wall clock says.
    pass(10, { late: 5000 });
    expect(told).toEqual([]);
  });

  it("for the worker before it", () => {
    pass(1);
    alive = false;
    pass(15);
    watchdog.restart();
    pass(100);
    expect(told).toEqual([10_000]);
    watchdog.heard();
    pass(SILENCE_MS / BEAT_MS);
    expect(told).toEqual([10_000]);
    pass(1);
    expect(told).toEqual([10_000, 10_000]);
  });
});
