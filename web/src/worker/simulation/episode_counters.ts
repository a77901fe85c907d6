/** The episode's counters at a moment: rewards, lengths and endings, as numbers in a row. */

/** Where each number of a row stands. `mjData` knows none of them. */
export const COUNTERS = {
  episode: 0,
  seed: 1,
  steps: 2,
  reward: 3,
  episodeReturn: 4,
  episodeLength: 5,
  terminated: 6,
  truncated: 7,
  stepTerminated: 8,
  stepTruncated: 9,
} as const;
export const COUNTERS_SIZE = Object.keys(COUNTERS).length;
