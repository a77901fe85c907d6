import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as ort from "onnxruntime-web/wasm";
import { beforeAll, expect, test } from "vitest";
import { keepOutputs } from "../../../../src/worker/policy/onnx/outputs";
import { createSession } from "../../../../src/worker/policy/onnx/session";
import { DEFAULT_BUNDLE, nodeEngine } from "../../../support/node";

const model = new Uint8Array(readFileSync(join(DEFAULT_BUNDLE, "policy.onnx")));
const feeds = { observation: new ort.Tensor("float64", new Float64Array(376).fill(0.25), [1, 376]) };

beforeAll(async () => {
  await nodeEngine();
});

test("the model without an output gives the others to the last bit", async () => {
  const whole = await createSession(model);
  const less = await createSession(keepOutputs(model, (name) => name !== "value"));
  expect(whole.outputNames).toContain("value");
  expect(less.outputNames).toEqual(whole.outputNames.filter((name) => name !== "value"));
  const expected = await whole.run(feeds);
  const got = await less.run(feeds);
  expect(got.action?.data).toEqual(expected.action?.data);
  expect(got.pre_action?.data).toEqual(expected.pre_action?.data);
});

test("keeping every output gives the same bytes", () => {
  expect(
    Buffer.compare(
      keepOutputs(model, () => true),
      model,
    ),
  ).toBe(0);
});

test("what only the left-out output needed is gone", () => {
  const less = Buffer.from(keepOutputs(model, (name) => name === "action"));
  expect(Buffer.from(model).includes("critic.0.dense")).toBe(true);
  expect(less.includes("critic.0.dense")).toBe(false);
  expect(less.includes("actor.0.dense")).toBe(true);
});

test.each([1, 1000, model.length - 1])("a file cut to %i bytes is noticed", (length) => {
  expect(() => keepOutputs(model.subarray(0, length), () => true)).toThrow("the file ends in the middle");
});
