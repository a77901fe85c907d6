/**
 * `window.bbconvert.ready` resolves to the `Player`: the page's embedding interface.
 *
 * ```js
 * const player = await iframe.contentWindow.bbconvert.ready;
 * await player.pause();
 * const first = await player.reset({ seed: 7 }); // Gymnasium's env.reset(seed=7)
 * const later = await player.step(100); // exactly 100 control steps
 * player.addEventListener("episode", (event) => console.log(event.detail.episodeReturn));
 * ```
 *
 * Every call returns a promise; a call that fails rejects with an `Error` that says in words what to do. Points are in
 * world metres (z up), impulses in N·s, times in seconds; bodies go by their names; arrays are copies.
 */

import { storedBase, TAB } from "../files/stored";
import {
  type Backend,
  type Benchmark,
  type BundleFiles,
  type Check,
  DEFAULT_SETTINGS,
  type EndedEpisode,
  type Frame,
  type Loaded,
  type Metrics,
  type PlayState,
  type RolloutFile,
  type RolloutFormat,
  type SavedMoment,
  type Settings,
  type SettingsChange,
  type Snapshot,
  type SwarmBenchmark,
  type Timeline,
  UNLOADED,
  type Vec3,
} from "../protocol";
import type { Channel, SimulationEvent } from "./client";
import type { LoadOptions, ResetOptions } from "./options";
import { type Lost, resume, type Simulation } from "./restart";
import { PlayerSettings } from "./settings";
import { SwarmPool, usualWorkers } from "./swarm";
import { Verification } from "./verification";

export class Player extends PlayerSettings {
  readonly #simulation: Simulation;
  readonly #verification: Verification;
  readonly #startWorker: () => Channel;
  readonly #renderFps: () => number;
  #loaded: Loaded | null = null;
  #state: PlayState = UNLOADED;
  #frame: Frame | null = null;
  /** Until a restart has brought it back. */
  #lost: Lost | null = null;

  /** @internal The page makes the player; take it from `window.bbconvert.ready`. */
  constructor(simulation: Simulation, startWorker: () => Channel, renderFps: () => number) {
    super();
    this.#simulation = simulation;
    this.#startWorker = startWorker;
    this.#verification = new Verification(startWorker, (event) => this.dispatch("progress", event));
    this.#renderFps = renderFps;
  }

  /** The state that the controls show, as last reported. */
  get state(): PlayState {
    return this.#state;
  }

  /** The bundle in place, with its manifest and scene; null before the first one. */
  get loaded(): Loaded | null {
    return this.#loaded;
  }

  /** Stops the clock after the current control step. */
  async pause(): Promise<void> {
    await this.#simulation.request({ type: "pause" });
  }

  /** Starts the clock: control steps in real time, times the speed. */
  async play(): Promise<void> {
    await this.#simulation.request({ type: "play" });
  }

  /** Advances a paused player by exactly `n` control steps, on past a termination, and resolves after the last. */
  step(n = 1): Promise<Snapshot> {
    return this.#simulation.request({ type: "step", n });
  }

  /** Begins an episode as Gymnasium would, then puts `qpos` and `qvel` in where given. */
  reset(options: ResetOptions = {}): Promise<Snapshot> {
    return this.#simulation.request({
      type: "reset",
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...(options.qpos === undefined ? {} : { qpos: Array.from(options.qpos) }),
      ...(options.qvel === undefined ? {} : { qvel: Array.from(options.qvel) }),
    });
  }

  /**
   * Loads a served bundle by its name and resets with `seed`; the settings stay, and a player that was playing plays on.
   * Random pushes, noise, mutes, sampling and manual control end: another policy begins undisturbed.
   *
   * Rejects where the bundle is missing, damaged or made by a newer bbconvert; what was there before stays in place.
   */
  async load(bundle: string, { seed = 0, backend = this.#state.backend }: LoadOptions = {}): Promise<Snapshot> {
    const { playing } = this.#state;
    const loaded = await this.#open(bundle, seed, backend);
    if (playing) await this.play();
    return loaded.snapshot;
  }

  /**
   * Ends the simulation, whatever it does, and starts another one: the same bundle and settings, paused in the last state
   * that was shown, to the last bit. Pins hold; a drag, a push and a replay end; the history begins there.
   *
   * For after an `error` that is `fatal` or `silent`. Rejects where it cannot; then call it again. Before the first bundle
   * it only ends what was asked.
   */
  async restart(): Promise<void> {
    const lost = this.#lost ?? { state: this.#state, frame: this.#frame };
    this.#simulation.restart();
    if (this.#loaded === null) return;
    this.#lost = lost;
    const { bundle, seed, backend } = lost.state;
    await this.#open(bundle, seed, backend, lost.state);
    await resume(this.#simulation, lost);
    this.#lost = null;
  }

  /** Changes several settings in one message; what is absent stays. Each also has a method of its own, below. */
  async set(change: SettingsChange): Promise<void> {
    await this.#simulation.request({ type: "set", change });
  }

  /** Who computes the action: the kernel or ONNX Runtime (float64, the same bits), or TensorFlow.js (float32). */
  async setBackend(backend: Backend): Promise<void> {
    await this.#simulation.request({ type: "setBackend", backend });
  }

  /** The policy as it was at a stage of its training, counted from 0; null: as it became. */
  async setStage(stage: number | null): Promise<void> {
    await this.#simulation.request({ type: "setStage", stage });
  }

  /** @internal Pauses, resets with `seed`, and times so many control steps: for `bbconvert bench`. */
  benchmark(seed: number, steps: number): Promise<Benchmark> {
    return this.#simulation.request({ type: "benchmark", seed, steps });
  }

  /** @internal Pauses, and gives the lateness (ms) of so many ticks of the clock that have nothing to do. */
  idle(ticks: number): Promise<Float64Array> {
    return this.#simulation.request({ type: "idle", ticks });
  }

  /** @internal Has control steps traced, for charts; with `critic`, its estimates too. Null: nothing is computed. */
  async trace(traced: { readonly critic: boolean } | null): Promise<void> {
    await this.#simulation.request({ type: "trace", on: traced !== null, critic: traced?.critic ?? false });
  }

  /** The state after the last control step. */
  snapshot(): Promise<Snapshot> {
    return this.#simulation.request({ type: "snapshot" });
  }

  /** What the policy would do for a raw observation, float32 as `env.step` takes it; nothing moves. */
  act(observation: ArrayLike<number>): Promise<Float32Array> {
    return this.#simulation.request({ type: "act", observation: Float64Array.from(observation) });
  }

  /** The last minute of simulated play: its episodes, and the moments that can be returned to. */
  history(): Promise<Timeline> {
    return this.#simulation.request({ type: "history" });
  }

  /**
   * Pauses at moment `index` of the history: every number is what it was then, to the last bit.
   *
   * `play` and `step` continue from there, and what came after is forgotten. Pins and impulses act again; a drag is
   * drawn, and ends when play continues, which a `letGo` event reports.
   */
  seek(index: number): Promise<Snapshot> {
    return this.#simulation.request({ type: "seek", index });
  }

  /** The episode that is shown, as far as it is remembered, as a file: docs/rollouts.md. */
  rollout(format: RolloutFormat = "safetensors"): Promise<RolloutFile> {
    return this.#simulation.request({ type: "rollout", format });
  }

  /**
   * Pauses where a saved rollout begins; `play` and `step` then take its actions and its forces, to its end, which a
   * `replay` event tells. A grab, a pin or a push lets the policy take over. Rejects where the file belongs elsewhere.
   */
  replay(bytes: ArrayBuffer, name = "The rollout"): Promise<Snapshot> {
    return this.#simulation.request({ type: "replay", bytes, name });
  }

  /** Drags `body` at `point` towards `target` with a spring, until `release`. */
  async grab(pull: { readonly body: string; readonly point: Vec3; readonly target: Vec3 }): Promise<void> {
    const { body, point, target } = pull;
    await this.#simulation.request({ type: "grab", body, point, target });
  }

  /** Moves the target of the pull. */
  async moveGrab(target: Vec3): Promise<void> {
    await this.#simulation.request({ type: "moveGrab", target });
  }

  /** Ends the drag; no force remains. */
  async release(): Promise<void> {
    await this.#simulation.request({ type: "release" });
  }

  /**
   * Pins `point` of `body` (its centre of mass, without one) to `target` in the world (where the point is, without one)
   * until `unpin` or a reset; a body has one pin.
   */
  async pin(pin: { readonly body: string; readonly point?: Vec3; readonly target?: Vec3 }): Promise<void> {
    await this.#simulation.request({ type: "pin", ...pin });
  }

  /** Pins the dragged body where it now is, and ends the drag. */
  async hold(): Promise<void> {
    await this.#simulation.request({ type: "hold" });
  }

  /** Removes the pin of a body; without a name, all pins. */
  async unpin(body?: string): Promise<void> {
    await this.#simulation.request(body === undefined ? { type: "unpin" } : { type: "unpin", body });
  }

  /** Gives `body` an impulse, N·s in the world frame, at `point` or at its centre of mass, over a tenth of a second. */
  async push(push: { readonly body: string; readonly impulse: Vec3; readonly point?: Vec3 }): Promise<void> {
    const { body, impulse, point } = push;
    await this.#simulation.request({ type: "push", body, impulse, ...(point === undefined ? {} : { point }) });
  }

  /** Removes what disturbs the policy: noise, mutes, sampling, what is moved by hand, and what a network sees. */
  async removeDisturbances(): Promise<void> {
    const { sampled, noise, mutes, overrides } = DEFAULT_SETTINGS;
    const sight = this.#state.sight === "used" ? "beside" : this.#state.sight;
    await this.set({ sampled, noise, mutes, overrides, sight });
    if (this.#state.stage !== null) await this.setStage(null);
  }

  /** The earlier name of `removeDisturbances`. */
  purify(): Promise<void> {
    return this.removeDisturbances();
  }

  /** How fast everything runs, as measured over the last second or so; `renderFps` is 0 while nothing moves. */
  async metrics(): Promise<Metrics> {
    return { ...(await this.#simulation.request({ type: "metrics" })), renderFps: this.#renderFps() };
  }

  /**
   * Computes the parity checks in this tab from the golden rollout; the rows are those of `bbconvert verify --json`.
   *
   * A worker of its own does, so that play keeps its pace. Rejects where another bundle is loaded meanwhile.
   */
  async verify(): Promise<readonly Check[]> {
    const bundle = await this.bundleFiles();
    const checks = await this.#verification.run({ type: "verify", bundle });
    this.dispatch("verify", checks);
    return checks;
  }

  /** @internal What was loaded, for other workers. */
  bundleFiles(): Promise<BundleFiles> {
    return this.#simulation.request({ type: "bundle" });
  }

  /** @internal Goes on from a moment of another worker; a player that was playing plays on. */
  async enter(moment: SavedMoment): Promise<void> {
    const { playing } = this.#state;
    await this.#simulation.request({ type: "resume", moment });
    if (playing) await this.play();
  }

  /**
   * The episodes of these seeds, in their order, each played to its end by a swarm of workers that is there for this alone;
   * what is shown goes on meanwhile. Level, policy, command and random pushes are those that are set. Rejects where running statistics
   * go on from one episode to the next, or an episode has no last step.
   */
  async episodes(seeds: readonly number[], { workers = usualWorkers() } = {}): Promise<readonly EndedEpisode[]> {
    const { policy, level, randomPushes, command } = this.#state;
    const settings = { policy, level, randomPushes, command, speed: Number.POSITIVE_INFINITY };
    const bundle = await this.bundleFiles();
    return await SwarmPool.episodes(this.#startWorker, { bundle, seeds, settings, workers });
  }

  /** @internal Times a swarm of `bodies` over the workers that there are usually: for `bbconvert bench --swarm`. */
  async benchmarkSwarm(bodies: number, steps: number): Promise<SwarmBenchmark> {
    const { policy, level, randomPushes, command } = this.#state;
    const settings = { policy, level, randomPushes, command, speed: Number.POSITIVE_INFINITY };
    const seeds = Array.from({ length: bodies }, (_, seed) => seed);
    const options = { bundle: await this.bundleFiles(), seeds, settings, workers: usualWorkers() };
    return await SwarmPool.benchmark(this.#startWorker, options, steps);
  }

  /** @internal Takes in what the worker said unasked. */
  receive(event: SimulationEvent): void {
    if (event.type === "frame") {
      this.#frame = event;
    } else if (event.type === "state") {
      this.#state = event.state;
      this.dispatch("state", event.state);
    } else if (event.type !== "look" && event.type !== "swarmFrame") {
      this.pass(event);
    }
  }

  async #open(bundle: string, seed: number, backend: Backend, settings?: Settings): Promise<Loaded> {
    const loaded = await this.#simulation.request({
      type: "load",
      base: baseOf(bundle),
      seed,
      backend,
      ...(settings === undefined ? {} : { settings }),
    });
    this.#verification.stop();
    this.#loaded = loaded;
    this.dispatch("load", loaded);
    return loaded;
  }
}

/** The address of the folder of a bundle that is served, or of one that this browser keeps (`tab:NAME`). */
export function baseOf(bundle: string): string {
  if (bundle.startsWith(TAB)) return storedBase(bundle.slice(TAB.length));
  return new URL(`bundles/${encodeURIComponent(bundle)}/`, document.baseURI).href;
}
