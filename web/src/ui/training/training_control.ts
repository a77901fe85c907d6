/** Runs what the training page asks for, and keeps its signals. */
import { zipSync } from "fflate";
import { keepBundle, TAB } from "../../files/stored";
import { type Channel, SimulationClient } from "../../player/client";
import { CollectorPool } from "../../player/collector_pool";
import { baseOf } from "../../player/player";
import { Population, type PopulationState, perturbed } from "../../player/population";
import { Trainer } from "../../player/trainer";
import type { RewardTerm, TrainingProgress, TrainingSettings } from "../../protocol";
import type { Stage } from "../../view/stage";
import { messageOf } from "../actions";
import { Exhibit } from "./exhibit";
import { dropTraining, keepTraining, keptTraining } from "./kept_training";
import { training as strings } from "./strings";
import { testBundle } from "./test_bundle";
import * as now from "./training_state";

/** Milliseconds between two checkpoints, and between two renewals of the weights that are shown. */
const KEEP_MS = 30_000;
const RENEW_MS = 1_000;
/** N·s. */
const GENTLE = 2;
/** Milliseconds over which the rate is taken. */
const RATE_MS = 5_000;

export class TrainingControl {
  #stage: Stage | null = null;
  #exhibit: Exhibit | null = null;
  #learner: SimulationClient | null = null;
  #pool: CollectorPool | null = null;
  #population: Population | null = null;
  #keptAt = 0;
  #renewedAt = 0;
  #rates: { at: number; steps: number }[] = [];
  /** Counts the bodies that were opened: what comes late is dropped. */
  #openings = 0;

  constructor(
    readonly startWorker: () => Channel,
    readonly complain: (message: string) => void,
  ) {}

  /** Draws in this picture from here on. */
  set stage(stage: Stage) {
    this.#stage = stage;
    this.#exhibit?.appear(stage);
  }

  /** Loads a body, and shows it with a policy that has learned nothing, or with the bundle's own. */
  async choose(choice: now.Choice): Promise<void> {
    const opening = ++this.#openings;
    this.#end();
    now.phase.value = "loading";
    now.choice.value = choice;
    now.settings.value = { ...now.settings.value, reward: null, level: null, fineTune: false };
    try {
      this.#learner = new SimulationClient(this.startWorker, (event) => {
        if (event.type === "error" && event.fatal) this.#failed(event.message);
      });
      const base =
        choice.kind === "bundle" ? baseOf(choice.name) : new URL(`bodies/${choice.name}/`, document.baseURI).href;
      const body = await this.#learner.request({ type: "trainBody", base });
      if (opening !== this.#openings) return;
      now.body.value = body;
      await this.#prepare([now.settings.value], null);
      if (opening !== this.#openings) return;
      await this.#show();
      const kept = await keptTraining(now.choice.value);
      if (opening !== this.#openings) return;
      now.left.value = kept === null ? null : kept.population.checkpoints.reduce((sum, { steps }) => sum + steps, 0);
      now.phase.value = "ready";
    } catch (error) {
      if (opening === this.#openings) this.#failed(messageOf(error));
    }
  }

  /** Settings that are not in force before the next start. */
  set(change: Partial<TrainingSettings>): void {
    now.settings.value = { ...now.settings.value, ...change };
  }

  setReward(reward: readonly RewardTerm[] | null): void {
    this.set({ reward });
  }

  /** Begins anew with the settings of the page; `rewards` are those of the members, where they compete with different ones. */
  async train(rewards: readonly (readonly RewardTerm[] | null)[] = []): Promise<void> {
    const first = now.settings.value;
    const all =
      rewards.length > 0
        ? rewards.map((reward, i) => ({ ...first, reward, seed: first.seed + i }))
        : Array.from({ length: now.variants.value }, (_, i) =>
            i === 0 ? first : { ...perturbed(first, i - 1).settings, seed: first.seed + i },
          );
    await this.#begin(all, null);
  }

  /** Goes on from what a closed tab left. */
  async resume(): Promise<void> {
    const kept = await keptTraining(now.choice.value);
    if (kept === null) return;
    now.settings.value = kept.settings;
    await this.#begin(
      kept.population.checkpoints.map(({ settings }) => settings),
      kept.population,
    );
  }

  async pause(): Promise<void> {
    if (now.phase.value !== "training") return;
    await this.#population?.pause();
    await this.#keep();
    now.phase.value = "paused";
  }

  /** After a pause. */
  async goOn(): Promise<void> {
    await this.#run();
  }

  /** An impulse away from the viewer, on every body that is shown: that of the first level, or a gentle one. */
  push(): void {
    const impulse = now.body.value?.manifest.env.levels?.[0]?.impulse ?? GENTLE;
    const away = this.#stage?.follow.directions().away;
    const [x, y] = away ? [away.x, away.y] : [1, 0];
    void this.#exhibit?.push([impulse * x, impulse * y, 0]).catch((error: unknown) => this.complain(messageOf(error)));
  }

  /** The bundle as a file to keep. */
  download(): void {
    const { value } = now.result;
    if (value === null) return;
    const inside = Object.fromEntries([...value.files].map(([path, content]) => [`${value.name}/${path}`, content]));
    const zip = zipSync(inside);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([zip as Uint8Array<ArrayBuffer>], { type: "application/zip" }));
    link.download = `${value.name}.zip`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  /** The page on which the bundle plays, once this browser keeps it. */
  async playAddress(): Promise<string> {
    const { value } = now.result;
    if (value === null) throw new Error(strings.nothing);
    await keepBundle(value.name, value.files);
    return `./?bundle=${encodeURIComponent(TAB + value.name)}`;
  }

  async #begin(all: readonly TrainingSettings[], from: PopulationState | null): Promise<void> {
    now.result.value = null;
    now.tested.value = null;
    now.phase.value = "loading";
    try {
      await this.#prepare(all, from);
      await this.#show();
    } catch (error) {
      this.complain(messageOf(error));
      now.phase.value = "ready";
      return;
    }
    await this.#run();
  }

  /** Opens the members; nothing learns yet. */
  async #prepare(all: readonly TrainingSettings[], from: PopulationState | null): Promise<void> {
    const learner = this.#learner as SimulationClient;
    const body = now.body.value;
    if (body === null) throw new Error(strings.nothing);
    this.#pool?.close();
    const pool = new CollectorPool(this.startWorker, now.workers.value, this.complain);
    this.#pool = pool;
    const trainers = await Promise.all(
      all.map((settings, run) =>
        Trainer.open(learner, pool, run, body, settings, from?.checkpoints[run] ?? null, (progress) =>
          this.#heard(run, progress),
        ),
      ),
    );
    now.members.value = trainers.map(({ settings, progress }, run) => ({
      name: strings.variant(run),
      settings,
      progress,
      curve: from?.checkpoints[run]?.curve ?? [],
    }));
    now.descents.value = from?.descents ?? [];
    const { budget } = all[0] as TrainingSettings;
    this.#population = new Population(trainers, budget, from?.generation, from?.descents);
  }

  async #run(): Promise<void> {
    const population = this.#population as Population;
    now.phase.value = "training";
    now.left.value = null;
    this.#keptAt = performance.now();
    this.#rates = [];
    try {
      await population.learn((descent) => {
        now.descents.value = population.descents;
        const source = now.members.value[descent.from];
        now.members.value = now.members.value.map((member, at) =>
          at === descent.member && source !== undefined
            ? { ...member, settings: population.members[at]?.settings ?? member.settings, curve: source.curve }
            : member,
        );
      });
      if (population !== this.#population || !population.done) return;
      await this.#finish(population);
    } catch (error) {
      if (population === this.#population) this.#failed(messageOf(error));
    }
  }

  /** Takes the best one out as a bundle, and plays it on the seeds of `bbconvert evaluate`. */
  async #finish(population: Population): Promise<void> {
    const best = population.members[population.leader] as Trainer;
    for (const { progress } of population.members) if (progress.failure !== null) this.complain(progress.failure);
    const { algorithm, seed } = best.settings;
    const name = `${now.choice.value?.name ?? "policy"}-${algorithm}-seed${seed}`.replace(/[^A-Za-z0-9._-]/g, "-");
    const result = await best.bundle(name);
    now.result.value = result;
    now.phase.value = "done";
    await dropTraining(now.choice.value);
    await this.#test(population);
  }

  async #test(population: Population): Promise<void> {
    const { value } = now.result;
    const body = now.body.value;
    if (!value || !body) return;
    const tested = await testBundle(this.startWorker, value, body, now.workers.value);
    if (population === this.#population) now.tested.value = tested;
  }

  #heard(run: number, progress: TrainingProgress): void {
    now.members.value = now.members.value.map((member, at) => {
      if (at !== run) return member;
      const { evaluated } = progress;
      const isNew = evaluated !== null && evaluated.steps !== member.curve.at(-1)?.[0];
      const curve = isNew ? [...member.curve, [evaluated.steps, evaluated.mean] as const] : member.curve;
      return { ...member, progress, curve };
    });
    this.#measure();
    const wall = performance.now();
    if (wall - this.#renewedAt > RENEW_MS) {
      this.#renewedAt = wall;
      void this.#renew();
    }
    if (wall - this.#keptAt > KEEP_MS) void this.#keep();
  }

  #measure(): void {
    const at = performance.now();
    const steps = now.steps.value;
    this.#rates.push({ at, steps });
    while ((this.#rates[0]?.at ?? at) < at - RATE_MS) this.#rates.shift();
    const first = this.#rates[0];
    if (first !== undefined && at > first.at) now.rate.value = (1000 * (steps - first.steps)) / (at - first.at);
  }

  /** Shows the leader's newest weights. */
  async #renew(): Promise<void> {
    const population = this.#population;
    const leader = population?.members[population.leader];
    if (leader === undefined) return;
    try {
      await this.#exhibit?.renew(await leader.policy());
    } catch {
      // The training was closed meanwhile.
    }
  }

  async #show(): Promise<void> {
    this.#exhibit?.close();
    const body = now.body.value;
    const first = this.#population?.members[0];
    if (!body || first === undefined) return;
    const { level, randomPushes } = now.settings.value;
    const exhibit = await Exhibit.open(
      this.startWorker,
      body,
      await first.policy(),
      { level, randomPushes },
      this.complain,
    );
    this.#exhibit = exhibit;
    const { scene } = exhibit;
    const { init_qpos, init_qvel } = body.manifest.env.reset;
    now.names.value = {
      bodies: scene.bodies.map(({ name }) => name),
      sites: scene.sites.map(({ name }) => name).filter((name) => name !== ""),
      nq: init_qpos.length,
      nv: init_qvel.length,
    };
    if (this.#stage !== null) exhibit.appear(this.#stage);
  }

  async #keep(): Promise<void> {
    const population = this.#population;
    const { value } = now.choice;
    this.#keptAt = performance.now();
    if (population === null || value === null) return;
    try {
      await keepTraining(value, now.settings.value, await population.state());
    } catch (error) {
      this.complain(strings.notKept(messageOf(error)));
    }
  }

  #failed(message: string): void {
    this.complain(message);
    now.phase.value = now.body.value === null ? "loading" : "ready";
  }

  #end(): void {
    this.#exhibit?.close();
    this.#exhibit = null;
    this.#pool?.close();
    this.#pool = null;
    this.#learner?.terminate(strings.otherBody);
    this.#learner = null;
    this.#population = null;
    now.body.value = null;
    now.names.value = null;
    now.members.value = [];
    now.descents.value = [];
    now.result.value = null;
    now.tested.value = null;
    now.left.value = null;
    now.proposals.value = [];
  }
}
