/** Orthogonal matrices, which PPO's layers begin with. */
import type { Generator } from "../env/random";

/** [rows, columns] whose shorter side is orthonormal, by Gram and Schmidt's method. */
export function orthogonal(generator: Generator, rows: number, columns: number): number[] {
  const [vectors, length] = rows <= columns ? [rows, columns] : [columns, rows];
  const basis: Float64Array[] = [];
  while (basis.length < vectors) {
    const vector = Float64Array.from({ length }, () => generator.standardNormal());
    for (const other of basis) {
      const along = other.reduce((sum, value, i) => sum + value * (vector[i] as number), 0);
      for (let i = 0; i < length; i++) vector[i] = (vector[i] as number) - along * (other[i] as number);
    }
    const norm = Math.hypot(...vector);
    if (norm > 1e-6) basis.push(vector.map((value) => value / norm));
  }
  return Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return (rows <= columns ? basis[row]?.[column] : basis[column]?.[row]) as number;
  });
}
