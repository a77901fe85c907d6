/** The last minute of play, as the page draws it. */

/** An episode among the moments that the worker remembers. */
export interface TimelineEpisode {
  /** Its first moment that is remembered. */
  readonly begin: number;
  /** The moment at which it terminated or was truncated; null where it did not. */
  readonly end: number | null;
  readonly seed: number;
  /** Control steps since its reset at `begin`. */
  readonly firstStep: number;
  readonly reason: "terminated" | "truncated" | null;
}

/** The last minute of play. Moments are counted from 0 since the bundle was loaded: resets and control steps alike. */
export interface Timeline {
  /** The oldest and the newest moment that can be returned to. */
  readonly from: number;
  readonly to: number;
  /** The moment that is shown; where it is not the newest, playing on from it replaces what came after. */
  readonly at: number;
  /** Seconds of simulated time from one moment to the next. */
  readonly dt: number;
  readonly episodes: readonly TimelineEpisode[];
  /** Runs of moments with perturbations, both ends included. */
  readonly pushed: readonly (readonly [number, number])[];
}
