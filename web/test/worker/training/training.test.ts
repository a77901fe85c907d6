/** Trainings in this thread: they learn, go on from a checkpoint to the bit, and end in words where they cannot go on. */
import { describe, expect, it } from "vitest";
import { ALGORITHMS, type RewardTerm } from "../../../src/protocol";
import { Training } from "../../../src/worker/training/training";
import { BALANCE_BOT_BUNDLE } from "../../support/node";
import { bodyOf, settingsOf, train } from "../../support/training";

const weightsOf = (training: Training): Float32Array => training.learner.policy().policy.weights;

describe.each(ALGORITHMS)("%s", (algorithm) => {
  it("goes on from a checkpoint, to the bit", async () => {
    const body = await bodyOf();
    const settings = settingsOf(algorithm);
    const whole = new Training(body.manifest, settings, null);
    await train(whole, body, 6);
    const first = new Training(body.manifest, settings, null);
    await train(first, body, 3);
    const second = new Training(body.manifest, settings, null);
    second.resume(structuredClone(first.checkpoint()));
    await train(second, body, 3);
    expect(weightsOf(second)).toEqual(weightsOf(whole));
    expect(second.progress).toEqual(whole.progress);
    expect(weightsOf(whole)).not.toEqual(weightsOf(new Training(body.manifest, settings, null)));
  });

  it("learns something else with another seed, with pushes and with noise", async () => {
    const body = await bodyOf();
    const learned = async (change: Parameters<typeof settingsOf>[1]) => {
      const training = new Training(body.manifest, settingsOf(algorithm, change), null);
      await train(training, body, 3);
      return weightsOf(training);
    };
    const usual = await learned({});
    expect(await learned({ seed: 1 })).not.toEqual(usual);
    expect(await learned({ randomPushes: { perMinute: 600, impulse: 5 } })).not.toEqual(usual);
    // ARS explores by its weights alone: its episodes have no noise.
    if (algorithm !== "ars") expect(await learned({ noise: { observation: 0.1, action: 0.1 } })).not.toEqual(usual);
  });
});

it("learns to balance the cart-pole within 40,000 steps of ARS", async () => {
  const body = await bodyOf();
  const training = new Training(body.manifest, settingsOf("ars", { budget: 40_000 }), null);
  await train(training, body);
  const returns = training.stages.map(({ mean }) => mean);
  expect(Math.max(...returns)).toBeGreaterThan(3 * (returns[0] as number));
  expect(training.progress).toMatchObject({ done: true, failure: null });
});

it("keeps the best policy, and says so, where the weights are not finite any more", async () => {
  const body = await bodyOf();
  const { ppo } = settingsOf("ppo");
  const training = new Training(body.manifest, settingsOf("ppo", { ppo: { ...ppo, learningRate: 1e308 } }), null);
  await train(training, body);
  expect(training.progress.done).toBe(true);
  expect(training.progress.failure).toMatch(/not finite.*stopped.*step 0, is kept/s);
  expect(training.stages[training.best]?.policy.weights.every(Number.isFinite)).toBe(true);
});

it("says which term of a reward is not a number", async () => {
  const body = await bodyOf();
  const reward: RewardTerm[] = [{ kind: "constant", name: "endless", weight: 1.7e308 }];
  const twice = [...reward, { kind: "constant", name: "more", weight: 1.7e308 } as RewardTerm];
  const training = new Training(body.manifest, settingsOf("ppo", { reward: twice }), null);
  await expect(train(training, body)).rejects.toThrow(/reward is Infinity at step 1 of seed \d+/);
});

it("learns another reward, and is evaluated by the environment's own", async () => {
  const body = await bodyOf(BALANCE_BOT_BUNDLE);
  const reward: RewardTerm[] = [{ kind: "constant", name: "nothing", weight: 0 }];
  const training = new Training(body.manifest, settingsOf("ars", { reward }), null);
  const before = weightsOf(training);
  await train(training, body, 2);
  expect(training.progress.episodeReturn).toBe(0);
  expect(training.progress.evaluated?.mean).toBeGreaterThan(0);
  // Nothing is better than anything else.
  expect(weightsOf(training)).toEqual(before);
});
