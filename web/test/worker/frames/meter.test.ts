import { expect, it } from "vitest";
import { Meter, Ring } from "../../../src/worker/frames/meter";

it("reports the rate of the last second, not of all time", () => {
  const meter = new Meter(false);
  for (let k = 0; k < 100; k++) meter.tick(k * 50, 0);
  const slow = 99 * 50;
  for (let k = 1; k <= 150; k++) meter.tick(slow + k * 10, 1);
  expect(meter.rate(slow + 1500)).toBeCloseTo(100, 9);
  expect(meter.metrics(slow + 1500, 0.005, 3, 7)).toMatchObject({ realTimeFactor: 0.5, droppedSteps: 3, heapBytes: 7 });
});

it("says zero when the ticks have stopped", () => {
  const meter = new Meter(false);
  for (let k = 0; k < 100; k++) meter.tick(k * 10, 0);
  expect(meter.rate(5000)).toBe(0);
});

it("gives nearest-rank percentiles of the values that are still in the ring", () => {
  const ring = new Ring(100);
  for (let i = 0; i < 1000; i++) ring.push(i);
  expect(ring.percentile(0)).toBe(900);
  expect(ring.percentile(0.5)).toBe(950);
  expect(ring.percentile(0.99)).toBe(999);
  expect(new Ring(4).percentile(0.5)).toBe(0);
});

it("takes the mean of a stage where the clock is too coarse for a median", () => {
  const sample = [0, 0, 0, 100];
  const fill = (meter: Meter): number => {
    for (const policy of sample) meter.step({ policy, physics: 0, observation: 0, total: 0 });
    return meter.metrics(0, 1, 0, 0).stepUs.policy;
  };
  expect(fill(new Meter(true))).toBe(25);
  expect(fill(new Meter(false))).toBe(0);
});
