import { describe, expect, it } from "vitest";
import { Generator } from "../../../src/worker/env/random";
import { degreesBetween, orthonormal, quaternionOf } from "../../../src/worker/sight/rotation";

const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** The rotation matrix of a unit quaternion. */
function matrixOf([w, x, y, z]: readonly number[]): Float64Array {
  const [a, b, c, d] = [w ?? 1, x ?? 0, y ?? 0, z ?? 0];
  return Float64Array.of(
    1 - 2 * (c * c + d * d),
    2 * (b * c - a * d),
    2 * (b * d + a * c),
    2 * (b * c + a * d),
    1 - 2 * (b * b + d * d),
    2 * (c * d - a * b),
    2 * (b * d - a * c),
    2 * (c * d + a * b),
    1 - 2 * (b * b + c * c),
  );
}

function randomQuaternion(generator: Generator): number[] {
  const drawn = Array.from({ length: 4 }, () => generator.standardNormal());
  const length = Math.hypot(...drawn);
  return drawn.map((part) => part / length);
}

describe("orthonormal", () => {
  it("gives the rotation back whose columns it is given, however long they are", () => {
    const generator = new Generator(3);
    for (let k = 0; k < 200; k++) {
      const rotation = matrixOf(randomQuaternion(generator));
      const column = (at: number, length: number) => [0, 3, 6].map((row) => length * (rotation[row + at] as number));
      const found = orthonormal([...column(0, 0.3), ...column(1, 7)]);
      for (let i = 0; i < 9; i++) expect(found[i]).toBeCloseTo(rotation[i] as number, 12);
    }
  });

  it("makes columns that are not orthogonal so, and keeps the first's direction", () => {
    const found = orthonormal([2, 0, 0, 5, 1, 0]);
    for (const [i, value] of IDENTITY.entries()) expect(found[i]).toBeCloseTo(value, 12);
  });
});

describe("quaternionOf", () => {
  it("is the quaternion of the matrix, up to its sign, wherever its largest number is", () => {
    const generator = new Generator(5);
    for (let k = 0; k < 400; k++) {
      const quaternion = randomQuaternion(generator);
      const found = quaternionOf(matrixOf(quaternion));
      const dot = found.reduce((sum, part, i) => sum + part * (quaternion[i] as number), 0);
      expect(Math.abs(dot)).toBeCloseTo(1, 12);
      expect(Math.max(...found)).toBeGreaterThan(0);
    }
  });
});

describe("degreesBetween", () => {
  it("is the angle about the axis that turns one into the other", () => {
    const quarter = matrixOf([Math.cos(Math.PI / 8), 0, Math.sin(Math.PI / 8), 0]);
    expect(degreesBetween(IDENTITY, quarter)).toBeCloseTo(45, 10);
    expect(degreesBetween(IDENTITY, IDENTITY)).toBe(0);
    expect(degreesBetween(IDENTITY, matrixOf([0, 1, 0, 0]))).toBeCloseTo(180, 5);
  });
});
