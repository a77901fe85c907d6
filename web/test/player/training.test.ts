/** Trainings over a pool of workers, which are in this thread here. */
import { afterEach, describe, expect, it } from "vitest";
import { type Channel, SimulationClient } from "../../src/player/client";
import { CollectorPool } from "../../src/player/collector_pool";
import { Population } from "../../src/player/population";
import { Trainer } from "../../src/player/trainer";
import { ALGORITHMS, type FromWorker, fatalError, type TrainingBody, type TrainingSettings } from "../../src/protocol";
import { InProcessWorker } from "../support/in_process_worker";
import { bodyOf, settingsOf } from "../support/training";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

interface Opened {
  readonly trainers: readonly Trainer[];
  readonly pool: CollectorPool;
}

async function opened(
  body: TrainingBody,
  all: readonly TrainingSettings[],
  workers: number,
  start: () => Channel = () => new InProcessWorker(),
  tell: (message: string) => void = (message) => expect.fail(message),
): Promise<Opened> {
  const learner = new SimulationClient(
    () => new InProcessWorker(),
    () => {},
  );
  const pool = new CollectorPool(start, workers, tell);
  open.push(pool, { close: () => learner.terminate() });
  const trainers = await Promise.all(
    all.map((settings, run) => Trainer.open(learner, pool, run, body, settings, null, () => {})),
  );
  return { trainers, pool };
}

async function policyAfter(settings: TrainingSettings, workers: number): Promise<Uint8Array> {
  const { trainers } = await opened(await bodyOf(), [settings], workers);
  const [trainer] = trainers as [Trainer];
  await trainer.learn();
  expect(trainer.progress.done).toBe(true);
  return new Uint8Array((await trainer.policy()).policy);
}

describe.each(ALGORITHMS)("a training by %s", (algorithm) => {
  it("ends in the same weights, to the bit, with one, two and three workers", async () => {
    const settings = settingsOf(algorithm, { budget: 1_000 });
    const [one, two, three] = await Promise.all([1, 2, 3].map((workers) => policyAfter(settings, workers)));
    expect(two).toEqual(one);
    expect(three).toEqual(one);
  });
});

it("goes on where a worker dies, with the same result", async () => {
  const settings = settingsOf("ppo", { budget: 1_000 });
  const expected = await policyAfter(settings, 2);
  const said: string[] = [];
  let deaths = 0;
  const start = (): Channel => {
    const worker = new InProcessWorker();
    const post = worker.postMessage.bind(worker);
    worker.postMessage = (message, transfer) => {
      if ("id" in message && message.type === "trainPlay" && deaths < 2) {
        deaths += 1;
        const data: FromWorker = fatalError("it was taken away");
        queueMicrotask(() => worker.onmessage?.({ data } as MessageEvent<FromWorker>));
        return;
      }
      post(message, transfer);
    };
    return worker;
  };
  const { trainers } = await opened(await bodyOf(), [settings], 2, start, (message) => said.push(message));
  const [trainer] = trainers as [Trainer];
  await trainer.learn();
  expect(new Uint8Array((await trainer.policy()).policy)).toEqual(expected);
  expect(said).toHaveLength(2);
  expect(said[0]).toMatch(/worker was lost .*Another one plays its bodies/);
});

it("gives up, in words, where every worker dies", async () => {
  const start = (): Channel => {
    const worker = new InProcessWorker();
    worker.postMessage = () =>
      queueMicrotask(() => worker.onmessage?.({ data: fatalError("no memory") } as MessageEvent<FromWorker>));
    return worker;
  };
  const { trainers } = await opened(await bodyOf(), [settingsOf("ars")], 2, start, () => {});
  await expect(trainers[0]?.learn()).rejects.toThrow(/no memory/);
});

it("pauses after an iteration, and goes on", async () => {
  const { trainers } = await opened(await bodyOf(), [settingsOf("ars")], 1);
  const [trainer] = trainers as [Trainer];
  const learning = trainer.learn();
  await trainer.pause();
  await learning;
  const { steps, done } = trainer.progress;
  expect(done).toBe(false);
  await trainer.learn();
  expect(trainer.progress.steps).toBeGreaterThan(steps);
  expect(trainer.progress.done).toBe(true);
});

it("lets a population learn: the worst goes on from the best, changed a little", async () => {
  const body = await bodyOf();
  const all = [0, 1, 2].map((seed) => settingsOf("ars", { budget: 4_000, seed }));
  const learned = async (workers: number) => {
    const { trainers } = await opened(body, all, workers);
    const population = new Population(trainers, 4_000);
    const descents: unknown[] = [];
    await population.learn((descent) => descents.push(descent));
    return { descents, leader: population.leader, members: trainers.map(({ settings }) => settings) };
  };
  const one = await learned(1);
  expect(one.descents.length).toBeGreaterThan(0);
  for (const descent of one.descents as { member: number; from: number; changes: string[] }[]) {
    expect(descent.member).not.toBe(descent.from);
    expect(descent.changes).toHaveLength(2);
  }
  expect(one.members.some(({ ars }) => ars.stepSize !== all[0]?.ars.stepSize)).toBe(true);
  expect(await learned(2)).toEqual(one);
});

it("tunes a policy from its own weights, and refuses to where there are none", async () => {
  const body = await bodyOf();
  const { trainers } = await opened(body, [settingsOf("ppo", { fineTune: true })], 1);
  const [trainer] = trainers as [Trainer];
  const { manifest } = await trainer.policy();
  expect(manifest.network.layers).toEqual(body.manifest.network.layers);
  expect(manifest.normalization.mean).toEqual(body.manifest.normalization.mean);
  await expect(opened({ ...body, policy: null }, [settingsOf("ppo", { fineTune: true })], 1)).rejects.toThrow(
    /no policy to begin from/,
  );
});
