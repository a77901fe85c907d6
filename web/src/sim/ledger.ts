/** A moment's ledger: episode, rewards and endings, as numbers in a row. */

/** Where each number of a ledger stands: what `mjData` does not know about the moment. */
export const LEDGER = {
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
export const LEDGER_SIZE = Object.keys(LEDGER).length;
