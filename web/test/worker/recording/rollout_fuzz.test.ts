/** Thousands of damaged rollouts: each is read, or refused in one sentence of the page's own. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { History } from "../../../src/worker/playback/history";
import { recordRollout } from "../../../src/worker/playback/recording";
import { readRollout, writeRollout } from "../../../src/worker/recording/rollout";
import { Simulation } from "../../../src/worker/simulation/simulation";
import { nodeEngine, type Played, playedBundle } from "../../support/node";

/** For long runs: BBCONVERT_FUZZ=100000 npx vitest run test/worker/recording/rollout_fuzz */
const INPUTS = Number(process.env.BBCONVERT_FUZZ ?? 2000);
const NUMBERS = [
  "-1",
  "0",
  "1",
  "7",
  "1e999",
  "9007199254740993",
  "18446744073709551615",
  "0.5",
  "null",
  '""',
  "[]",
  "{}",
];

let played: Played;
let intact: Uint8Array;

beforeAll(async () => {
  played = await playedBundle(3);
  const { simulation, bundle } = played;
  const { manifest, xml, assets } = bundle;
  const history = new History(simulation);
  simulation.perturbations.push("torso", [20, 0, 0]);
  for (let i = 0; i < 3; i++) {
    await simulation.step();
    history.stepped();
  }
  const scratch = new Simulation(await nodeEngine(), manifest, xml, assets);
  const rollout = await recordRollout(history.episode(), scratch, null, () => Promise.resolve());
  scratch.dispose();
  const file = writeRollout(rollout, simulation.physics, { manifest, mujocoVersion: "3.14.0", backend: "onnx" });
  intact = new Uint8Array(file);
});
afterAll(() => played.simulation.dispose());

/** mulberry32: the same inputs in every run. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * sides);
  };
}

/** Bytes overturned, cut off or doubled; or the header's text edited, its length kept right. */
function damaged(seed: number): Uint8Array {
  const roll = dice(seed);
  const length = Number(new DataView(intact.buffer).getBigUint64(0, true));
  if (roll(3) === 0) {
    const bytes = intact.slice(0, roll(4) === 0 ? roll(intact.length) : intact.length);
    for (let n = roll(8); n >= 0; n--) bytes[roll(roll(2) === 0 ? 8 + length : bytes.length)] = roll(256);
    return bytes;
  }
  let text = new TextDecoder().decode(intact.subarray(8, 8 + length));
  for (let n = roll(3); n >= 0; n--) {
    const at = roll(text.length);
    const kind = roll(4);
    if (kind === 0) text = text.slice(0, at) + text.slice(at + 1 + roll(20));
    else if (kind === 1) text = text.slice(0, at) + text.slice(roll(text.length));
    else {
      const numbers = [...text.matchAll(/\d+/g)];
      const found = numbers[roll(numbers.length)];
      if (found === undefined) continue;
      const other = NUMBERS[roll(NUMBERS.length)] ?? "";
      text = text.slice(0, found.index) + other + text.slice(found.index + found[0].length);
    }
  }
  const header = new TextEncoder().encode(text);
  const file = new Uint8Array(8 + header.length + intact.length - 8 - length);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  file.set(intact.subarray(8 + length), 8 + header.length);
  return file;
}

it(`each of ${INPUTS} damaged rollouts is read, or refused in words`, () => {
  const { bundle, simulation } = played;
  const outcomes = { read: 0, refused: 0 };
  for (let seed = 0; seed < INPUTS; seed++) {
    const bytes = damaged(seed);
    try {
      readRollout(bytes.slice().buffer, "it", bundle.manifest, simulation.physics);
      outcomes.read += 1;
    } catch (error) {
      outcomes.refused += 1;
      if (!(error instanceof Error)) throw error;
      expect(error.constructor, `input ${seed}: ${error.stack}`).toBe(Error);
      expect(error.message).toMatch(/^it\b.*(that this page saved|Update bbconvert|drop the file there)\.$/);
      expect(error.message.length).toBeLessThan(500);
    }
  }
  // Both happen, or the damage is none.
  expect(outcomes.read).toBeGreaterThan(INPUTS / 100);
  expect(outcomes.refused).toBeGreaterThan(INPUTS / 2);
}, 600_000);
