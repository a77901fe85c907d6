import { expect, it } from "vitest";
import { TRACE } from "../../../src/protocol";
import { TraceBuffer } from "../../../src/ui/charts/trace_buffer";

const WIDTH = TRACE.terms;

/** Rows of consecutive steps, each with its step as its reward. */
function rows(episode: number, from: number, to: number): Float64Array {
  const steps = Array.from({ length: to - from + 1 }, (_, k) => from + k);
  return Float64Array.from(steps.flatMap((step) => [episode, step, step, 0, 0, 0]));
}

it("shows the newest rows in one piece, however many came before", () => {
  const buffer = new TraceBuffer(WIDTH, 1, 0.1);
  for (let step = 1; step <= 137; step += 3) buffer.push(rows(1, step, step + 2));
  expect(Array.from(buffer.column(TRACE.reward))).toEqual([129, 130, 131, 132, 133, 134, 135, 136, 137, 138]);
  expect(buffer.ago[9]).toBe(0);
  expect(buffer.ago[0]).toBeCloseTo(-0.9, 12);
});

it("parts rows that do not follow one another, and no others", () => {
  const buffer = new TraceBuffer(WIDTH, 1, 0.1);
  buffer.push(rows(1, 1, 2));
  buffer.push(rows(1, 3, 3));
  buffer.push(rows(2, 1, 1));
  buffer.push(rows(2, 5, 5));
  expect(Array.from(buffer.column(TRACE.reward))).toEqual([1, 2, 3, Number.NaN, 1, Number.NaN, 5]);
  buffer.clear();
  expect(buffer.length).toBe(0);
});
