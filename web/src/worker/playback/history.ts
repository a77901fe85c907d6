/**
 * The last minute of play, to return to and to go on from.
 *
 * Moments are numbered from 0 when a bundle is loaded, in the order they were played. Going on from an earlier one is a
 * branch: what came after it is forgotten. Running statistics, too large to keep with each moment, are kept now and then
 * and brought up to a moment by observing what was observed since.
 */

import type { SavedMoment, Timeline, TimelineEpisode } from "../../protocol";
import { COUNTERS, COUNTERS_SIZE } from "../simulation/episode_counters";
import type { Simulation } from "../simulation/simulation";
import { BEGIN, Moments, PUSHED, SEEDED } from "./moments";

/** Simulated seconds to remember, where the memory allows. */
const SECONDS = 60;
const BYTES = 38e6;
/** Moments between two copies of the statistics. */
const STATISTICS_EVERY = 64;

export class History {
  /** The moment the simulation is at. */
  at = -1;
  /** The oldest moment there is: what was overwritten once does not come back with a branch. */
  from = 0;
  /** One past the newest moment. */
  private end = 0;
  private readonly capacity: number;
  private readonly moments: Moments;
  private readonly statistics: Float64Array;
  private readonly statisticsRows: number;

  /** Watches `simulation`, which stands at the beginning of a seeded episode. */
  constructor(private readonly simulation: Simulation) {
    const rows = Math.min(Math.ceil(SECONDS / simulation.physics.dt), Math.floor(BYTES / Moments.rowBytes(simulation)));
    this.capacity = Math.max(2, rows);
    // The statistics before the first moment need the moments since.
    this.moments = new Moments(simulation, this.capacity + STATISTICS_EVERY);
    this.statisticsRows = Math.ceil(this.capacity / STATISTICS_EVERY) + 2;
    this.statistics = new Float64Array(this.statisticsRows * simulation.normalizer.stateSize);
    simulation.physics.recorder = this.moments;
    this.began(true);
  }

  /** The newest moment. */
  get to(): number {
    return this.end - 1;
  }

  /** After a control step. */
  stepped(): void {
    this.moments.stepped();
    this.arrive();
  }

  /** After a reset; `seeded`: running statistics began anew. */
  began(seeded: boolean): void {
    this.moments.began(seeded);
    this.arrive();
  }

  /** After the simulation was put into a full state that it did not come from. */
  entered(state: Float64Array): void {
    this.moments.entered(state);
    this.arrive();
  }

  /** The moment that the simulation is at, for another worker. */
  keep(): SavedMoment {
    const { normalizer } = this.simulation;
    const statistics = new Float64Array(normalizer.stateSize);
    normalizer.saveState(statistics, 0);
    return { ...this.moments.keep(this.slot(this.at)), statistics };
  }

  /** Restores the moment of another worker, without perturbations; the history begins there. */
  resume(kept: SavedMoment): void {
    const { simulation, moments } = this;
    // The statistics came from another worker, so they must be kept with this moment.
    const index = STATISTICS_EVERY * (Math.floor(this.at / STATISTICS_EVERY) + 1);
    moments.slot = this.slot(index);
    moments.resumed(kept);
    simulation.perturbations.restore(null);
    simulation.normalizer.loadState(kept.statistics, 0);
    this.at = index - 1;
    this.arrive();
    this.from = index;
  }

  /** What came before this moment cannot be returned to. */
  forget(): void {
    this.from = this.at;
  }

  /** Restores moment `index`, with its perturbations. Raises where that moment is no longer kept. */
  seek(index: number): void {
    const { simulation, moments } = this;
    if (!Number.isSafeInteger(index) || index < this.from || index > this.to) {
      throw new RangeError(`The moments that can be returned to are ${this.from} to ${this.to}; got ${index}.`);
    }
    this.restoreStatistics(index);
    moments.restore(this.slot(index), simulation);
    simulation.perturbations.restore(moments.savedPerturbations[this.slot(index)] ?? null);
    this.at = index;
    moments.slot = this.slot(index + 1);
  }

  /** Episodes and pushes, for the page to draw. */
  timeline(): Timeline {
    const episodes: TimelineEpisode[] = [];
    const pushed: [number, number][] = [];
    for (let index = this.from; index < this.end; index++) {
      const mark = this.moments.mark(this.slot(index));
      let episode = episodes.at(-1);
      if (episode === undefined || (mark & BEGIN) !== 0) {
        const seed = this.counters(index, COUNTERS.seed);
        episode = { begin: index, end: null, seed, firstStep: this.counters(index, COUNTERS.steps), reason: null };
        episodes.push(episode);
      }
      const terminated = this.counters(index, COUNTERS.terminated) !== 0;
      if (episode.end === null && (terminated || this.counters(index, COUNTERS.truncated) !== 0)) {
        episodes[episodes.length - 1] = { ...episode, end: index, reason: terminated ? "terminated" : "truncated" };
      }
      if ((mark & PUSHED) === 0) continue;
      const last = pushed.at(-1);
      if (last?.[1] === index - 1) last[1] = index;
      else pushed.push([index, index]);
    }
    return { from: this.from, to: this.to, at: this.at, dt: this.simulation.physics.dt, episodes, pushed };
  }

  /** Copies of the episode that the simulation is in, as far as it is remembered and goes on. */
  episode(): Moments {
    const begins = (index: number): boolean => (this.moments.mark(this.slot(index)) & BEGIN) !== 0;
    let first = this.at;
    while (first > this.from && !begins(first)) first -= 1;
    let last = this.at;
    while (last < this.to && !begins(last + 1)) last += 1;
    return this.moments.copy(last - first + 1, (row) => this.slot(first + row));
  }

  /** The moment that the simulation has just come to follows the one it came from. */
  private arrive(): void {
    this.at += 1;
    this.end = this.at + 1;
    this.from = Math.max(this.from, this.end - this.capacity);
    if (this.at % STATISTICS_EVERY === 0) {
      this.simulation.normalizer.saveState(this.statistics, this.statisticsAt(this.at));
    }
    this.moments.slot = this.slot(this.end);
  }

  private restoreStatistics(index: number): void {
    const { simulation, moments } = this;
    const { normalizer, observation } = simulation;
    if (normalizer.stateSize === 0) return;
    const kept = index - (index % STATISTICS_EVERY);
    normalizer.loadState(this.statistics, this.statisticsAt(kept));
    for (let since = kept + 1; since <= index; since++) {
      const slot = this.slot(since);
      moments.restore(slot, simulation);
      if ((moments.mark(slot) & SEEDED) !== 0) normalizer.reset();
      normalizer.observe(observation.values);
    }
  }

  private statisticsAt(index: number): number {
    return (Math.floor(index / STATISTICS_EVERY) % this.statisticsRows) * this.simulation.normalizer.stateSize;
  }

  private slot(index: number): number {
    return index % this.moments.rows;
  }

  private counters(index: number, entry: number): number {
    return this.moments.counterRows[this.slot(index) * COUNTERS_SIZE + entry] as number;
  }
}
