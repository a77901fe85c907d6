/** What was learned in the tab is a bundle: every check of the page holds for it. */
import { expect, it } from "vitest";
import { readBundle } from "../../../src/worker/bundle/bundle";
import { writeTrainedBundle } from "../../../src/worker/export/trained_bundle";
import { Training } from "../../../src/worker/training/training";
import { verify } from "../../../src/worker/verify/verification";
import { nodeEngine } from "../../support/node";
import { bodyOf, settingsOf, train } from "../../support/training";

it.each(["ars", "ppo", "sac"] as const)("a bundle of %s holds in this engine", async (algorithm) => {
  const body = await bodyOf();
  const training = new Training(body.manifest, settingsOf(algorithm, { budget: 1_000 }), null);
  await train(training, body);
  const { learner, settings, stages, best } = training;
  const engine = await nodeEngine();
  const told: number[] = [];
  const trained = { body, shape: learner.shape, settings, stages, best };
  const { files } = await writeTrainedBundle(engine, trained, "learned", (fraction) => told.push(fraction));
  expect(told.at(-1)).toBe(1);
  const read = async (path: string): Promise<ArrayBuffer> => {
    const file = files.get(path);
    if (file === undefined) throw new Error(`There is no ${path}.`);
    return file.slice().buffer;
  };
  const bundle = await readBundle(read);
  const { manifest } = bundle;
  expect(manifest.training?.settings).toMatchObject({ algorithm, seed: 0, budget: 1_000 });
  expect(manifest.parity?.recorded).toBe("tab");
  expect(manifest.training?.steps).toBe(stages[best]?.steps);
  const checks = await verify(engine, bundle, () => {});
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);
  expect(checks.length).toBeGreaterThan(12);
});
