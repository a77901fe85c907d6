/** A training in this thread, without workers. */
import { DEFAULT_TRAINING, type TrainingBody, type TrainingSettings } from "../../src/protocol";
import { Collector } from "../../src/worker/training/collector";
import type { Training } from "../../src/worker/training/training";
import { readBody } from "../../src/worker/training/training_server";
import { CART_POLE_BUNDLE, nodeEngine, readFrom } from "./node";

export function bodyOf(folder = CART_POLE_BUNDLE): Promise<TrainingBody> {
  return readBody(readFrom(folder));
}

/** Small ones, which learn little. */
export function settingsOf(algorithm: TrainingSettings["algorithm"], change: Partial<TrainingSettings> = {}) {
  const { ars, ppo, sac } = DEFAULT_TRAINING;
  const settings: TrainingSettings = {
    ...DEFAULT_TRAINING,
    algorithm,
    budget: 2_000,
    ars: { ...ars, directions: 4, best: 2 },
    ppo: { ...ppo, bodies: 4, horizon: 64, epochs: 3, hidden: [16, 16] },
    sac: { ...sac, bodies: 4, horizon: 16, warmup: 64, hidden: [16], minibatch: 32, bufferSize: 1_000 },
    ...change,
  };
  return settings;
}

/** Plays and learns until it is done, or so many iterations are over. */
export async function train(training: Training, body: TrainingBody, most = Number.POSITIVE_INFINITY): Promise<void> {
  const { settings, learner } = training;
  const collector = new Collector(await nodeEngine(), body, settings, learner.shape);
  try {
    for (let i = 0; i < most && !training.done; i++) training.learn(training.jobs().map((job) => collector.play(job)));
  } finally {
    collector.dispose();
  }
}
