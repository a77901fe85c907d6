/** Trainings that docs/training-in-the-tab.md tells of, one after the other in this thread: run by tests/documents/training.py. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "vitest";
import { DEFAULT_TRAINING, type TrainingResult, type TrainingSettings } from "../../src/protocol";
import { Collector } from "../../src/worker/training/collector";
import { Training } from "../../src/worker/training/training";
import { beginningOf } from "../../src/worker/training/training_server";
import { nodeEngine } from "../support/node";
import { bodyOf } from "../support/training";

const root = process.env.BBCONVERT_FOLDER ?? "";

interface Run {
  readonly name: string;
  readonly body: string;
  readonly settings: Partial<TrainingSettings>;
  /** Terms of the environment's reward that are left out of what is learned. */
  readonly without: readonly string[];
  /** Episodes of the best policy, from seed 0 on. */
  readonly episodes: number;
}

for (const run of JSON.parse(readFileSync(join(root, "runs.json"), "utf8")) as Run[]) {
  it(`learns ${run.name}`, { timeout: 3_600_000 }, async () => {
    const body = await bodyOf(join(root, run.body));
    const reward = body.manifest.env.reward.filter(({ name }) => !run.without.includes(name));
    const settings = merged({ ...run.settings, reward: run.without.length > 0 ? reward : null });
    const training = new Training(body.manifest, settings, settings.fineTune ? beginningOf(body) : null);
    const collector = new Collector(await nodeEngine(), body, settings, training.learner.shape);
    const curve: { steps: number; seconds: number; mean: number }[] = [];
    const began = performance.now();
    let playing = 0;
    let judging = 0;
    while (!training.done) {
      const before = performance.now();
      const { evaluating } = training.progress;
      const results: TrainingResult[] = training.jobs().map((job) => collector.play(job));
      const took = (performance.now() - before) / 1000;
      if (evaluating) judging += took;
      else playing += took;
      training.learn(results);
      const { evaluated } = training.progress;
      if (evaluated !== null && evaluated.steps !== curve.at(-1)?.steps)
        curve.push({ ...evaluated, seconds: (performance.now() - began) / 1000 });
    }
    const seconds = (performance.now() - began) / 1000;
    const policy = training.stages[training.best]?.policy;
    if (policy === undefined) throw new Error("The training was never evaluated.");
    const episodes = Array.from({ length: run.episodes }, (_, seed) => {
      const result = collector.play({ kind: "episode", policy, seed, own: true });
      return result.kind === "episode" ? [result.episodeReturn, result.episodeLength] : [];
    });
    collector.dispose();
    const { steps, failure, best } = training.progress;
    const found = { steps, seconds, playing, judging, curve, best, failure, episodes };
    writeFileSync(join(root, `${run.name}.json`), JSON.stringify(found));
  });
}

function merged(given: Partial<TrainingSettings>): TrainingSettings {
  const { ars, ppo, sac } = DEFAULT_TRAINING;
  return {
    ...DEFAULT_TRAINING,
    ...given,
    ars: { ...ars, ...given.ars },
    ppo: { ...ppo, ...given.ppo },
    sac: { ...sac, ...given.sac },
  };
}
