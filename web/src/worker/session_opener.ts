/** Opens a bundle: its world, its policy, what sees, and the playback of them; and exchanges the policy of an open one. */
import { isStored, TAB } from "../files/stored";
import { type Backend, carriedOver, changeTo, DEFAULT_SETTINGS, type Request } from "../protocol";
import { type Bundle, type ReadFile, readBundle } from "./bundle/bundle";
import type { Post } from "./frames/frames";
import type { Engine } from "./physics/engine";
import type { Playback } from "./playback/playback";
import { UnsupportedGraphError } from "./policy/kernel/network";
import type { Normalizer } from "./policy/normalization";
import type { Policy } from "./policy/policy";
import { applySettings, mustSample, openPolicy, readStage, type Session, settingsOf } from "./session";
import type { Looks } from "./sight/looks";
import { Sight } from "./sight/sight";
import { Simulation } from "./simulation/simulation";

type Load = Extract<Request, { type: "load" }>;

/** What a session is opened with. */
interface Surroundings {
  /** It may still be loading. */
  readonly engine: Promise<Engine>;
  readonly reader: (base: string) => ReadFile;
  readonly looks: Looks;
  readonly post: Post;
  readonly progress: (stage: string, fraction: number | null) => void;
  readonly play: (simulation: Simulation) => Playback;
}

export class SessionOpener {
  constructor(private readonly given: Surroundings) {}

  /** `before` is what plays now: it goes on as it was, and the new session has its settings. */
  async open(request: Load, before: Session | null): Promise<Session> {
    const { engine: loading, reader, progress, play } = this.given;
    progress("Reading the bundle", 0);
    const { base } = request;
    const [engine, bundle] = await Promise.all([loading, readBundle(reader(base))]);
    progress("Building the world", 0.6);
    const simulation = new Simulation(engine, bundle.manifest, bundle.xml, bundle.assets);
    let policy: Policy;
    try {
      progress("Starting the policy", 0.8);
      policy = await this.openPolicy(bundle, request.backend, simulation.normalizer);
      simulation.policy = policy;
      simulation.sight = this.openSight(bundle, simulation);
      simulation.reset({ seed: request.seed });
    } catch (error) {
      simulation.dispose();
      throw error;
    }
    const playback = play(simulation);
    const name = new URL(base).pathname.split("/").filter(Boolean).at(-1) ?? bundle.manifest.name;
    const session: Session = {
      name: (isStored(base) ? TAB : "") + decodeURIComponent(name),
      base,
      bundle,
      playback,
      policy,
      stage: null,
      policyOn: true,
      handFelt: false,
    };
    try {
      const carried = before === null ? DEFAULT_SETTINGS : carriedOver(settingsOf(before));
      applySettings(session, changeTo(request.settings ?? carried));
    } catch (error) {
      playback.dispose();
      await policy.dispose();
      throw error;
    }
    return session;
  }

  /** What the kernel cannot take, ONNX Runtime plays, and the page is told. */
  private async openPolicy(bundle: Bundle, backend: Backend, normalizer: Normalizer): Promise<Policy> {
    try {
      return await openPolicy(bundle, backend, normalizer);
    } catch (error) {
      if (!(error instanceof UnsupportedGraphError)) throw error;
      const policy = await openPolicy(bundle, "onnx", normalizer);
      this.given.post({ type: "error", message: `${error.message} ONNX Runtime plays it instead.`, fatal: false });
      return policy;
    }
  }

  /** What sees, where the bundle has it; its network is read when it is first asked. */
  private openSight({ manifest, read }: Bundle, simulation: Simulation): Sight | null {
    const { estimator } = manifest;
    if (!estimator) return null;
    const { looks, post } = this.given;
    const { width, height } = estimator.lens;
    return new Sight(estimator, simulation, {
      look: (poses, lens) => looks.take(poses, lens),
      load: async () => {
        const { PoseNetwork } = await import("./sight/pose_network");
        return await PoseNetwork.load(await read("pose.onnx"), width, height);
      },
      tell: (event) => post(event),
    });
  }
}

export async function setBackend(session: Session, backend: Backend): Promise<void> {
  if (session.policy.backend === backend) return;
  if (session.playback.simulation.disturbance.sampled) mustSample(session.bundle, backend);
  await exchange(session, backend, session.stage);
}

export async function setStage(session: Session, stage: number | null): Promise<void> {
  if (session.stage === stage) return;
  await exchange(session, session.policy.backend, stage);
  session.stage = stage;
}

/** Another policy in the place of the one that plays, which goes on until this one is there. */
async function exchange(session: Session, backend: Backend, stage: number | null): Promise<void> {
  const { simulation } = session.playback;
  const model = await readStage(session.bundle, stage);
  const policy = await openPolicy(session.bundle, backend, simulation.normalizer, model);
  const before = session.policy;
  session.policy = policy;
  if (session.policyOn) simulation.policy = policy;
  await before.dispose();
}
