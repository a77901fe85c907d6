import {
  type Check,
  fatalError,
  isFatal,
  type Loaded,
  type Replies,
  type Reply,
  type Request,
  type RequestType,
  type ToWorker,
} from "../protocol";
import { benchmark } from "./bench/benchmark";
import { idle } from "./bench/idle";
import { fetchFrom, type ReadFile } from "./bundle/bundle";
import type { Post } from "./frames/frames";
import { Meter } from "./frames/meter";
import type { Engine } from "./physics/engine";
import { WorkerTime } from "./playback/clock";
import { Playback } from "./playback/playback";
import { SerialQueue } from "./playback/queue";
import { saveEpisode } from "./playback/recording";
import { readRollout } from "./recording/rollout";
import { describeScene } from "./scene/scene";
import { act, applySettings, openCritic, type Session, stateOf } from "./session";
import { SessionOpener, setBackend, setStage } from "./session_opener";
import { Looks } from "./sight/looks";
import { isSwarmRequest, SwarmServer } from "./swarm/swarm_server";
import type { TrainingRequest, TrainingServer } from "./training/training_server";
import { verify } from "./verify/verification";

type Load = Extract<Request, { type: "load" }>;
type Verify = Extract<Request, { type: "verify" }>;
type Trace = Extract<Request, { type: "trace" }>;

export class Server {
  private session: Session | null = null;
  private readonly queue = new SerialQueue();
  private readonly time: WorkerTime;
  private readonly meter: Meter;
  private readonly looks: Looks;
  private readonly opener: SessionOpener;
  private readonly swarm: SwarmServer;
  private training: Promise<TrainingServer> | null = null;
  private announced = "";

  /** `engine` may still be loading. `isolated`: the worker is cross-origin isolated, its clock and its sleep are fine. */
  constructor(
    private readonly engine: Promise<Engine>,
    isolated: boolean,
    private readonly post: Post,
    private readonly reader: (base: string) => ReadFile = fetchFrom,
  ) {
    this.time = new WorkerTime(isolated);
    this.meter = new Meter(!isolated);
    this.looks = new Looks(post);
    this.opener = new SessionOpener({
      engine,
      reader: this.reader,
      looks: this.looks,
      post,
      progress: (stage, fraction) => this.progress(stage, fraction),
      play: (simulation) => new Playback(simulation, this.time, this.meter, this.queue, post, () => this.announce()),
    });
    this.swarm = new SwarmServer(
      engine,
      this.time,
      this.queue,
      post,
      (error) => post(fatalError(sentence(error))),
      this.reader,
    );
    // A failed start is reported by the load that waits for it.
    engine.catch(() => undefined);
  }

  receive(message: ToWorker): void {
    if (message.type === "ping") {
      this.post({ type: "pong" });
      return;
    }
    if (message.type === "picture") {
      this.looks.answer(message);
      return;
    }
    if (message.type === "buffer") {
      this.session?.playback.frames.giveBack(message.poses);
      return;
    }
    // Verification and recording have simulations of their own, so they do not wait for what is being played. All other
    // requests run one at a time with the ticks.
    const work = (): Promise<Replies[RequestType]> => this.answer(message);
    const beside = ["verify", "rollout", "swarmEpisodes"].includes(message.type);
    const answer = beside ? work() : this.queue.run(work);
    answer.then(
      (value) => this.post({ type: "reply", id: message.id, to: message.type, value } as Reply),
      (error: unknown) => {
        this.post({ type: "failure", id: message.id, message: sentence(error) });
        if (isFatal(error)) this.post(fatalError(sentence(error)));
      },
    );
  }

  close(): void {
    this.session?.playback.dispose();
    this.session = null;
    this.swarm.dispose();
    void this.training?.then((training) => training.dispose());
    this.time.close();
  }

  private async answer(request: Request): Promise<Replies[RequestType]> {
    if (request.type === "load") return await this.load(request);
    if (request.type === "verify") return await this.verify(request);
    if (isSwarmRequest(request)) return await this.swarm.answer(request);
    if (isTrainingRequest(request)) return await (await this.openTraining()).answer(request);
    const { session } = this;
    if (session === null) throw new Error("No bundle is loaded: send `load` first.");
    const { playback } = session;
    const { perturbations } = playback.simulation;
    switch (request.type) {
      case "play":
        playback.play();
        return this.told();
      case "pause":
        playback.pause();
        playback.show();
        return this.told();
      case "step":
        return await playback.step(request.n);
      case "reset": {
        const { type, id, ...options } = request;
        return playback.reset(options);
      }
      case "set":
        applySettings(session, request.change);
        return request.change.overlays === undefined ? this.told() : this.toldAndShown(playback);
      case "setBackend":
        await setBackend(session, request.backend);
        return this.told();
      case "setStage":
        await setStage(session, request.stage);
        return this.told();
      case "grab":
        playback.takeOver();
        perturbations.grab(request.body, request.point, request.target);
        return this.shown(playback);
      case "moveGrab":
        perturbations.move(request.target);
        return this.shown(playback);
      case "release":
        perturbations.release();
        return this.shown(playback);
      case "pin":
        playback.takeOver();
        perturbations.pin(request.body, request.point, request.target);
        return this.shown(playback);
      case "hold":
        perturbations.hold();
        return this.shown(playback);
      case "unpin":
        // The pins of a replay end with it.
        if (playback.simulation.replay !== null) playback.takeOver();
        else perturbations.unpin(request.body);
        return this.shown(playback);
      case "push":
        playback.takeOver();
        perturbations.push(request.body, request.impulse, request.point);
        return this.shown(playback);
      case "trace":
        await this.trace(session, request);
        return null;
      case "act":
        return await act(session, request.observation);
      case "snapshot":
        return playback.simulation.snapshot();
      case "history":
        return playback.history.timeline();
      case "seek":
        return playback.seek(request.index);
      case "rollout":
        return await saveEpisode(await this.engine, session.bundle, playback.history, {
          backend: session.policy.backend,
          level: playback.simulation.level,
          format: request.format,
          sight: playback.simulation.sight,
          breathe,
        });
      case "replay": {
        const { manifest } = session.bundle;
        return playback.replay(readRollout(request.bytes, request.name, manifest, playback.simulation.physics));
      }
      case "resume":
        return playback.resume(request.moment);
      case "benchmark":
        return await benchmark(await this.engine, session.bundle, playback, session.policy, request);
      case "idle":
        playback.pause();
        return await idle(this.time, playback.simulation.physics.dt * 1000, request.ticks);
      case "metrics":
        return playback.metrics();
      case "bundle": {
        const { read, ...files } = session.bundle;
        return { ...files, base: session.base };
      }
    }
  }

  /** The new bundle is complete before the old one is released: a load that fails changes nothing. */
  private async load(request: Load): Promise<Loaded> {
    const before = this.session;
    const [engine, session] = await Promise.all([this.engine, this.opener.open(request, before)]);
    const { bundle, playback } = session;
    this.session = session;
    before?.playback.simulation.sight?.dispose();
    before?.playback.dispose();
    await before?.policy.dispose();
    this.progress("Ready", 1);
    this.announce();
    const loaded = {
      manifest: bundle.manifest,
      scene: describeScene(playback.simulation.physics),
      snapshot: playback.simulation.snapshot(),
      feet: playback.frames.gait.names,
      mujoco: engine.mj_versionString(),
    };
    playback.show();
    return loaded;
  }

  private async trace({ bundle, playback }: Session, { on, critic }: Trace): Promise<void> {
    const { traces } = playback.frames;
    if (!on) return traces.stop();
    const { network } = bundle.manifest;
    if (critic && !network.critic)
      throw new Error(`${bundle.manifest.title} has no critic: nothing estimates a value.`);
    traces.start(critic ? (traces.critic ?? (await openCritic(bundle))) : null);
  }

  private async verify({ bundle }: Verify): Promise<readonly Check[]> {
    const read = this.reader(bundle.base);
    return await verify(await this.engine, { ...bundle, read }, (stage, fraction) => this.progress(stage, fraction));
  }

  /** Its code is fetched when it is first asked for: most visits only play. */
  private openTraining(): Promise<TrainingServer> {
    this.training ??= import("./training/training_server").then(
      ({ TrainingServer }) =>
        new TrainingServer(this.engine, this.reader, (stage, fraction) => this.progress(stage, fraction)),
    );
    return this.training;
  }

  private toldAndShown(playback: Playback): null {
    this.announce();
    return this.shown(playback);
  }

  private told(): null {
    this.announce();
    return null;
  }

  /** A change is drawn at once, also while the simulation is paused. */
  private shown(playback: Playback): null {
    if (!playback.playing) playback.show();
    return null;
  }

  private progress(stage: string, fraction: number | null): void {
    this.post({ type: "progress", stage, fraction });
  }

  private announce(): void {
    const { session } = this;
    if (session === null) return;
    const state = stateOf(session);
    // JSON has no Infinity: "as fast as possible" is told by its name.
    const text = JSON.stringify({ ...state, speed: String(state.speed) });
    if (text === this.announced) return;
    this.announced = text;
    this.post({ type: "state", state });
  }
}

function isTrainingRequest(request: Request): request is TrainingRequest {
  return request.type.startsWith("train");
}

/** Lets the ticks of the control loop run. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function sentence(error: unknown): string {
  // What engines say where an array does not fit: "Array buffer allocation failed", "Invalid typed array length: …".
  if (error instanceof RangeError && /allocat|array length|memory/i.test(error.message)) {
    return `This needs more memory than the tab has (${error.message}). Close other tabs, or open a smaller bundle.`;
  }
  return error instanceof Error ? error.message : String(error);
}
