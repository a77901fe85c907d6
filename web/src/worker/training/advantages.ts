/** Generalised advantage estimation. Source: Schulman and others, 2016 (arXiv:1506.02438), as Stable-Baselines3 computes it. */
import { TRUNCATED } from "./collector";

/** A body's steps, with what the critic says of them. */
export interface Valued {
  /** Scaled. */
  readonly rewards: Float64Array;
  /** As in `SegmentResult`. */
  readonly endings: Uint8Array;
  /** Of each observation, the one after the last step included. */
  readonly values: Float64Array;
  /** Of the observations at the endings. */
  readonly finals: Float64Array;
}

/** The advantage of each step; its return is that plus its value. */
export function advantagesOf(
  { rewards, endings, values, finals }: Valued,
  gamma: number,
  lambda: number,
): Float64Array {
  const advantages = new Float64Array(rewards.length);
  let ending = finals.length - 1;
  let following = values[rewards.length] as number;
  let advantage = 0;
  for (let step = rewards.length - 1; step >= 0; step--) {
    let reward = rewards[step] as number;
    const how = endings[step] as number;
    if (how !== 0) {
      // A truncated episode would have gone on.
      if (how === TRUNCATED) reward += gamma * (finals[ending] as number);
      ending -= 1;
      following = 0;
      advantage = 0;
    }
    const value = values[step] as number;
    advantage = reward + gamma * following - value + gamma * lambda * advantage;
    advantages[step] = advantage;
    following = value;
  }
  return advantages;
}
