import { expect, it } from "vitest";
import type { Frame } from "../../src/protocol";
import { PoseBuffer } from "../../src/view/poses";

/** A frame of one body at height `z`, due at `at` milliseconds. */
function frame(at: number, step: number, z: number): Frame {
  const poses = Float32Array.of(0, 0, z, 1, 0, 0, 0);
  return { type: "frame", episode: 1, at, step, poses } as Partial<Frame> as Frame;
}

it("the last picture is of the last frame, however late the display asks for it", () => {
  const buffer = new PoseBuffer();
  buffer.push(frame(0, 1, 1));
  buffer.push(frame(16, 2, 2));
  expect(buffer.at(24)?.[2]).toBeCloseTo(1.5);
  // The display was busy: its next look comes after the end, and the picture is still of the middle.
  expect(buffer.moving(500)).toBe(true);
  expect(buffer.at(500)?.[2]).toBe(2);
  expect(buffer.moving(501)).toBe(false);
});

it("nothing moves where there is nothing to draw", () => {
  const buffer = new PoseBuffer();
  expect(buffer.at(0)).toBeNull();
  expect(buffer.moving(0)).toBe(false);
  buffer.push(frame(0, 1, 1));
  buffer.at(1);
  expect(buffer.moving(1)).toBe(false);
});
