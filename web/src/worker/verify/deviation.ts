/** How far computed numbers lie from recorded ones. */
import type { Check } from "../../protocol";

type Numbers = ArrayLike<number>;

/** Counts numbers that differ in any bit that matters: `Object.is`, so that NaN equals NaN and 0 differs from -0. */
export class Unequal {
  count = 0;

  add(actual: Numbers, expected: Numbers): void {
    this.count += Math.abs(actual.length - expected.length);
    for (let i = 0; i < expected.length; i++) if (!Object.is(actual[i], expected[i])) this.count += 1;
  }
}

/** The largest |a - b| / scale, with the place where it was; a NaN on one side alone is an infinite difference. */
export class LargestDifference {
  value = 0;
  private place = "";

  /** `relative`: scale max(1, |b|); otherwise 1. */
  constructor(private readonly relative: boolean) {}

  add(actual: Numbers, expected: Numbers, step: number): void {
    for (let i = 0; i < expected.length; i++) {
      const a = actual[i] as number;
      const b = expected[i] as number;
      if (Object.is(a, b)) continue;
      const difference = Math.abs(a - b) / (this.relative ? Math.max(1, Math.abs(b)) : 1);
      // Written so that a NaN counts as larger.
      if (difference <= this.value) continue;
      this.value = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
      this.place = expected.length > 1 ? ` (at step ${step}, ${i})` : ` (at step ${step})`;
    }
  }

  get metric(): string {
    return `max |Δ|${this.relative ? " relative" : ""}${this.place}`;
  }
}

/** One row of the table of checks. */
export function row(
  level: Check["level"],
  name: string,
  metric: string,
  value: number,
  tolerance: number,
  n: number,
): Check {
  return { level, name, metric, value, tolerance, n, ok: n > 0 && value <= tolerance };
}
