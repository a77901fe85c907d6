/** The plain facts about a policy, as people write them. */
import type { Manifest } from "../../generated/bundle";

/** Control rate: 66.7, 100, 125. */
export function rateOf(dt: number): string {
  return trim(Math.round(10 / dt) / 10);
}

/**
 * Median seconds to the fall in Python, where the policy usually falls long before its episodes are truncated; else null.
 *
 * From the closed-loop episodes that were recorded in Gymnasium when the bundle was made.
 */
export function fallsAfter({ env, parity }: Manifest): number | null {
  const lengths = parity?.episodes?.lengths ?? [];
  if (lengths.length === 0 || !env.termination.terminate_when_unhealthy) return null;
  const sorted = [...lengths].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const limit = env.max_episode_steps ?? Number.POSITIVE_INFINITY;
  return median < limit / 2 ? median * env.dt : null;
}

/** Two decimals at most. */
export function trim(value: number): string {
  return String(Math.round(value * 100) / 100);
}
