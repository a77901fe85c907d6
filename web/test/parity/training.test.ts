/** What trains in the tab against Stable-Baselines3 and our exporter: run by tests/oracle/test_training_in_tab.py. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Safetensors } from "../../src/worker/bundle/safetensors";
import { writePolicyOnnx } from "../../src/worker/export/policy_onnx";
import { writeTfjs } from "../../src/worker/export/tfjs_model";
import { layersOf } from "../../src/worker/export/trained_bundle";
import { ppoLoss } from "../../src/worker/training/ppo_loss";
import { SacNetworks } from "../../src/worker/training/sac_networks";
import { TrainableMlp } from "../../src/worker/training/trainable_mlp";

const root = process.env.BBCONVERT_FOLDER ?? "";
/** Stable-Baselines3 computes in float32. */
const TOLERANCE = 1e-5;

const bytesOf = (...path: string[]): Uint8Array<ArrayBuffer> => Uint8Array.from(readFileSync(join(root, ...path)));
const jsonOf = (...path: string[]) => JSON.parse(new TextDecoder().decode(bytesOf(...path)));

it("has the losses and gradients of Stable-Baselines3's update", () => {
  const { layers, clip_range, ent_coef, vf_coef } = jsonOf("ppo.json");
  const given = new Safetensors(bytesOf("ppo.safetensors").buffer, "ppo");
  const vector = (name: string) => given.tensor(name, "F64", 1).data;
  const matrix = (name: string) => given.tensor(name, "F64", 2);
  const { shape, data: observations } = matrix("observation");
  const [rows = 0, inputs = 0] = shape;
  const drawn = matrix("drawn").data;
  const m = drawn.length / rows;
  const network = (name: string, outputs: number): TrainableMlp => {
    const mlp = new TrainableMlp({ inputs, layers: [...layers, outputs], activation: "tanh" }, rows);
    mlp.parameters = vector(name);
    for (let row = 0; row < rows; row++) mlp.setInput(row, observations.subarray(row * inputs, (row + 1) * inputs));
    mlp.forward(rows);
    return mlp;
  };
  const [actor, critic] = [network("actor", m), network("critic", 1)];
  const loss = ppoLoss(
    {
      rows,
      actuators: m,
      drawn,
      mean: Float64Array.from({ length: rows * m }, (_, at) => actor.output(Math.floor(at / m), at % m)),
      values: Float64Array.from({ length: rows }, (_, row) => critic.output(row, 0)),
      logStd: vector("log_std"),
      oldLogProbability: vector("old"),
      advantages: vector("advantage"),
      returns: vector("return"),
    },
    { clipRange: clip_range, entropy: ent_coef, valueWeight: vf_coef },
  );
  near([loss.policy, loss.value, -loss.entropy, loss.total], vector("losses"));
  near(loss.dLogStd, vector("log_std.gradient"));
  for (const [name, mlp, slope] of [
    ["actor", actor, loss.dMean],
    ["critic", critic, loss.dValues],
  ] as const) {
    mlp.backward(slope, rows);
    mlp.parameterGradient(rows);
    near(mlp.gradient, vector(`${name}.gradient`));
  }
});

it("has the gradients of Stable-Baselines3's update of SAC", () => {
  const { layers, gamma, tau } = jsonOf("sac.json");
  const given = new Safetensors(bytesOf("sac.safetensors").buffer, "sac");
  const vector = (name: string) => given.tensor(name, "F64", 1).data;
  const matrix = (name: string) => Float32Array.from(given.tensor(name, "F64", 2).data);
  const [rows = 0, inputs = 0] = given.tensor("observation", "F64", 2).shape;
  const m = matrix("action").length / rows;
  const networks = new SacNetworks({ inputs, layers: [...layers, 2 * m], activation: "relu" }, layers, rows);
  networks.actor.parameters = vector("actor");
  for (const k of [0, 1] as const) {
    networks.critics[k].parameters = vector(`critic.${k}`);
    networks.targets[k].parameters = vector(`target.${k}`);
  }
  networks.logAlpha.set(vector("log_alpha"));
  const normals = [...matrix("normal.next"), ...matrix("normal.now")][Symbol.iterator]();
  const batch = {
    observations: matrix("observation"),
    next: matrix("next"),
    actions: matrix("action"),
    rewards: matrix("reward"),
    terminated: Uint8Array.from(matrix("terminated")),
  };
  networks.update(
    batch,
    { standardNormal: () => normals.next().value as number },
    { learningRate: 0, gamma: gamma as number, tau: tau as number },
  );
  near(networks.actor.gradient, vector("actor.gradient"));
  near([networks.alphaGradient], vector("log_alpha.gradient"));
  for (const k of [0, 1] as const) {
    near(networks.critics[k].gradient, vector(`critic.${k}.gradient`));
    near(networks.targets[k].parameters, vector(`target.${k}.after`));
  }
});

it("has torch's gradients, at every size of a layer and of a batch", () => {
  for (const { name, activation, sizes, rows } of jsonOf("gradients.json")) {
    const [inputs, ...layers] = sizes;
    const given = new Safetensors(bytesOf(`${name}.safetensors`).buffer, name);
    const mlp = new TrainableMlp({ inputs, layers, activation }, rows);
    mlp.parameters = given.tensor("parameters", "F64", 1).data;
    const x = given.tensor("x", "F64", 2).data;
    for (let row = 0; row < rows; row++) mlp.setInput(row, x.subarray(row * inputs, (row + 1) * inputs));
    mlp.forward(rows);
    const columns = layers.at(-1);
    const output = Array.from({ length: rows * columns }, (_, i) => mlp.output(Math.floor(i / columns), i % columns));
    near(output, given.tensor("output", "F64", 1).data);
    mlp.backward(given.tensor("slope", "F64", 2).data, rows);
    mlp.parameterGradient(rows);
    near(mlp.gradient, given.tensor("gradient", "F64", 1).data);
    const { values, stride } = mlp.inputGradient(rows);
    const risen = Array.from({ length: rows * inputs }, (_, i) => {
      return values[Math.floor(i / inputs) * stride + (i % inputs)] as number;
    });
    near(risen, given.tensor("input.gradient", "F64", 1).data);
  }
});

describe.each(readdirSync(root).filter((name) => statSync(join(root, name)).isDirectory()))("a %s policy", (name) => {
  const { manifest, metadata, sizes } = jsonOf(name, "described.json");
  const numbers = new Safetensors(bytesOf(name, "numbers.safetensors").buffer, name);
  const [inputs, ...layers] = sizes as number[];
  const parameters = (part: string) => numbers.tensor(part, "F64", 1).data;
  const actor = layersOf({ inputs: inputs as number, layers }, parameters("actor"));
  const activation = name as "linear" | "tanh" | "relu";

  it("is written as policy.onnx, byte for byte", () => {
    const critic = numbers.has("critic")
      ? layersOf({ inputs: inputs as number, layers: [...layers.slice(0, -1), 1] }, parameters("critic"))
      : null;
    const logStd = numbers.has("log_std") ? Float32Array.from(parameters("log_std")) : null;
    const written = writePolicyOnnx({ actor, critic, logStd, activation }, manifest, metadata);
    expect(Buffer.from(written).equals(Buffer.from(bytesOf(name, "policy.onnx")))).toBe(true);
  });

  it("is written as tfjs/, number for number", () => {
    const { model, weights } = writeTfjs(actor, activation);
    expect(JSON.parse(model)).toEqual(jsonOf(name, "tfjs", "model.json"));
    expect(Buffer.from(weights).equals(Buffer.from(bytesOf(name, "tfjs", "weights.bin")))).toBe(true);
  });
});

function near(found: ArrayLike<number>, wanted: Float64Array): void {
  expect(found.length).toBe(wanted.length);
  const largest = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - (found[i] as number))), 0);
  expect(largest).toBeLessThan(TOLERANCE);
}
