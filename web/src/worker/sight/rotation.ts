/** Rotation matrices of nine numbers, row by row, world from body; quaternions `wxyz`. */

/** The rotation whose first two columns are nearest, in their order, to the six numbers (Gram and Schmidt). */
export function orthonormal(numbers: ArrayLike<number>): Float64Array {
  const first = normalized([numbers[0] as number, numbers[1] as number, numbers[2] as number]);
  const raw = [numbers[3] as number, numbers[4] as number, numbers[5] as number] as const;
  const along = first[0] * raw[0] + first[1] * raw[1] + first[2] * raw[2];
  const second = normalized([raw[0] - along * first[0], raw[1] - along * first[1], raw[2] - along * first[2]]);
  const third = [
    first[1] * second[2] - first[2] * second[1],
    first[2] * second[0] - first[0] * second[2],
    first[0] * second[1] - first[1] * second[0],
  ] as const;
  const rotation = new Float64Array(9);
  for (const [row] of first.entries()) rotation.set([first[row], second[row], third[row]] as number[], 3 * row);
  return rotation;
}

/** The unit quaternion of a rotation; of its two signs the one whose largest number is positive, as in `mju_mat2Quat`. */
export function quaternionOf(rotation: Float64Array): [number, number, number, number] {
  const [a, b, c, d, e, f, g, h, i] = rotation as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (a + e + i > 0) {
    const w = 0.5 * Math.sqrt(1 + a + e + i);
    return [w, (0.25 * (h - f)) / w, (0.25 * (c - g)) / w, (0.25 * (d - b)) / w];
  }
  if (a > e && a > i) {
    const x = 0.5 * Math.sqrt(1 + a - e - i);
    return [(0.25 * (h - f)) / x, x, (0.25 * (b + d)) / x, (0.25 * (c + g)) / x];
  }
  if (e > i) {
    const y = 0.5 * Math.sqrt(1 - a + e - i);
    return [(0.25 * (c - g)) / y, (0.25 * (b + d)) / y, y, (0.25 * (f + h)) / y];
  }
  const z = 0.5 * Math.sqrt(1 - a - e + i);
  return [(0.25 * (d - b)) / z, (0.25 * (c + g)) / z, (0.25 * (f + h)) / z, z];
}

/** The angle from one rotation to the other, degrees: from the chord, which is exact for small angles too. */
export function degreesBetween(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < 9; i++) squares += ((one[i] as number) - (other[i] as number)) ** 2;
  return (360 / Math.PI) * Math.asin(Math.min(1, Math.sqrt(squares / 8)));
}

function normalized([x, y, z]: readonly [number, number, number]): [number, number, number] {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}
