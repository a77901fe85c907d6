/** Answers the requests of a worker that learns, or that plays for one that does. */
import type { NetworkShape, PolicyWeights, Replies, Request, TrainingBody } from "../../protocol";
import { parseManifest, type ReadFile, readAssets } from "../bundle/bundle";
import { describe, type Trained, writeTrainedBundle } from "../export/trained_bundle";
import type { Engine } from "../physics/engine";
import { readNetwork } from "../policy/kernel/network";
import { Collector } from "./collector";
import type { Beginning } from "./learner";
import { parametersOf } from "./trainable_mlp";
import { Training } from "./training";

export type TrainingRequest = Extract<Request, { type: `train${string}` }>;

/** What learns here. */
interface Run {
  readonly body: TrainingBody;
  readonly training: Training;
}

export class TrainingServer {
  private readonly runs = new Map<number, Run>();
  private readonly collectors = new Map<number, Collector>();

  constructor(
    private readonly engine: Promise<Engine>,
    private readonly reader: (base: string) => ReadFile,
    private readonly tell: (stage: string, fraction: number) => void,
  ) {}

  async answer(request: TrainingRequest): Promise<Replies[TrainingRequest["type"]]> {
    switch (request.type) {
      case "trainBody":
        return await readBody(this.reader(request.base));
      case "train": {
        const { run, body, settings, checkpoint } = request;
        const training = new Training(body.manifest, settings, settings.fineTune ? beginningOf(body) : null);
        if (checkpoint !== null) training.resume(checkpoint);
        this.runs.set(run, { body, training });
        return { network: training.learner.shape, progress: training.progress };
      }
      case "trainJoin": {
        const { run, body, settings, network } = request;
        this.collectors.get(run)?.dispose();
        this.collectors.delete(run);
        this.collectors.set(run, new Collector(await this.engine, body, settings, network));
        return null;
      }
      case "trainPlay": {
        const collector = this.collectors.get(request.run);
        if (collector === undefined)
          throw new Error("This worker does not play for that training yet: send `trainJoin` first.");
        return request.jobs.map((job) => collector.play(job));
      }
      case "trainJobs":
        return this.run(request.run).training.jobs();
      case "trainLearn":
        return this.run(request.run).training.learn(request.results);
      case "trainCheckpoint":
        return this.run(request.run).training.checkpoint();
      case "trainPolicy": {
        const run = this.run(request.run);
        const { policy, critic } = run.training.learner.policy();
        const now = { policy, critic, steps: 0, mean: 0, length: 0 };
        const { manifest, policy: file } = describe(trainedOf(run), now);
        return { manifest, policy: file.slice().buffer };
      }
      case "trainBundle":
        return await writeTrainedBundle(await this.engine, trainedOf(this.run(request.run)), request.name, (fraction) =>
          this.tell("Writing the bundle", fraction),
        );
    }
  }

  dispose(): void {
    for (const collector of this.collectors.values()) collector.dispose();
    this.collectors.clear();
    this.runs.clear();
  }

  private run(number: number): Run {
    const run = this.runs.get(number);
    if (run === undefined) throw new Error("Nothing is trained here yet: send `train` first.");
    return run;
  }
}

function trainedOf({ body, training }: Run): Trained {
  const { learner, settings, stages, best } = training;
  return { body, shape: learner.shape, settings, stages, best };
}

/** A body without a policy has no policy.onnx; it says so by its library. */
export async function readBody(read: ReadFile): Promise<TrainingBody> {
  const utf8 = new TextDecoder();
  const manifest = parseManifest(utf8.decode(await read("bundle.json")));
  const bare = manifest.source.library === "none";
  const [xml, assets, policy] = await Promise.all([
    read("scene.xml").then((content) => utf8.decode(content)),
    readAssets(read, manifest.env.assets ?? []),
    bare ? null : read("policy.onnx"),
  ]);
  return { manifest, xml, assets, policy };
}

/** The bundle's own policy, as the beginning of a training. Raises, in words, where it cannot be one. */
export function beginningOf({ manifest, policy }: TrainingBody): Beginning {
  if (policy === null) throw new Error(`${manifest.title} has no policy to begin from: train it from nothing.`);
  const { activation, layers } = manifest.network;
  if (activation !== "tanh" && activation !== "relu" && activation !== "linear")
    throw new Error(`A policy with the activation ${activation} cannot be trained further here: tanh and relu can.`);
  const network = readNetwork(new Uint8Array(policy), manifest);
  const { normalization, action } = manifest;
  if (network.running)
    throw new Error("This policy's statistics change while it plays. Convert it with --normalization frozen first.");
  if (action.pre_clip != null) throw new Error("A policy with gSDE's bounded output cannot be trained further here.");
  const { size } = manifest.observation;
  const shape: NetworkShape = {
    inputs: size,
    layers,
    activation,
    squash: action.transform === "tanh",
    epsilon: normalization.epsilon ?? 1e-8,
    clip: normalization.clip ?? null,
  };
  const weights: PolicyWeights = {
    weights: Float32Array.from(parametersOf(network.actor)),
    mean: network.statistics?.mean ?? new Float64Array(size),
    // (x - 0) / sqrt(v + epsilon) is x where v is 1 - epsilon.
    variance: network.statistics?.variance ?? new Float64Array(size).fill(1 - shape.epsilon),
    logStd: network.logStd,
  };
  return { shape, policy: weights };
}
