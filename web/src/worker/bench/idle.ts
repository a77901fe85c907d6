/** How late the clock's ticks are with nothing to do: what the browser and the machine alone make of it. */
import { Metronome, type TimeSource } from "../playback/clock";

/** Lateness of each of `ticks` ticks, `period` milliseconds apart; milliseconds. */
export async function idle(time: TimeSource, period: number, ticks: number): Promise<Float64Array> {
  const lateness = new Float64Array(ticks);
  const metronome = new Metronome(period);
  metronome.start(time.now());
  for (let i = 0; i < ticks; i++) {
    await time.sleepUntil(metronome.deadline);
    lateness[i] = metronome.tick(time.now());
  }
  return lateness;
}
