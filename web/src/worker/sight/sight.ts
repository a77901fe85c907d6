/**
 * The network that sees, beside the policy or in the place of what MuJoCo knows.
 *
 * Before a control step the page draws the bodies as they are, the network tells an attitude from the picture, and the
 * policy gets the observation with that attitude in it. The worker waits for the picture: time stands still meanwhile.
 */
import type { Estimator } from "../../generated/bundle";
import type { Lens, Sight as Mode, SightEvent } from "../../protocol";
import type { Observation, Place } from "../env/observation";
import { bodyId } from "../physics/engine";
import type { Physics } from "../physics/physics";
import type { PoseNetwork } from "./pose_network";
import { degreesBetween, orthonormal, quaternionOf } from "./rotation";

/** Pictures of an episode that are kept for a rollout: of a minute at 50 Hz. */
const KEPT = 3000;

/** What the network is asked about. */
export interface Scene {
  readonly physics: Physics;
  /** Control steps since the reset. */
  readonly steps: number;
  readonly observation: Observation;
  writePoses(poses: Float32Array): void;
}

export interface Means {
  /** A picture of bodies in these poses. */
  look(poses: Float32Array<ArrayBuffer>, lens: Lens): Promise<Uint8Array>;
  /** The network of the bundle. */
  load(): Promise<PoseNetwork>;
  /** Told what was seen and what followed. */
  tell(event: SightEvent): void;
}

export class Sight {
  mode: Mode = "off";
  /** The pictures that the policy acted on in this episode, by the control steps before each. */
  readonly pictures = new Map<number, Uint8Array>();
  readonly lens: Lens;
  private network: Promise<PoseNetwork> | null = null;
  private readonly seen: Float64Array;
  private readonly replaced: readonly Place[];
  private readonly body: number;

  /** Raises where the bundle's network tells something that this page does not know. */
  constructor(
    estimator: Estimator,
    { physics, observation }: Scene,
    private readonly means: Means,
  ) {
    if (estimator.output !== undefined && estimator.output !== "rotation_6d") {
      throw new Error(`The network that sees has the output ${estimator.output}, which this page does not know.`);
    }
    this.lens = estimator.lens as unknown as Lens;
    this.body = bodyId(physics.engine, physics.model, estimator.body);
    this.seen = new Float64Array(observation.values.length);
    this.replaced = estimator.terms.map((name) => {
      const place = observation.places.get(name);
      if (place?.source === "xquat" || place?.source === "xmat") return place;
      throw new Error(`The network that sees cannot tell "${name}": it knows attitudes alone.`);
    });
  }

  /** The observation that the policy acts on, and what is told once it has acted. */
  async see(scene: Scene): Promise<{ readonly seen: Float64Array; acted(action: Float32Array): void }> {
    const { physics, steps, observation } = scene;
    this.network ??= this.means.load();
    const poses = new Float32Array(7 * physics.model.nbody);
    scene.writePoses(poses);
    const truth = physics.views.xmat.slice(9 * this.body, 9 * this.body + 9);
    const [network, pixels] = await Promise.all([this.network, this.means.look(poses, this.lens)]);
    const estimate = orthonormal(await network.numbers(pixels));
    this.seen.set(observation.values);
    if (this.mode === "used") {
      this.put(estimate);
      if (this.pictures.size < KEPT) this.pictures.set(steps, pixels);
    } else {
      this.pictures.delete(steps);
    }
    const time = steps * physics.dt;
    const { lens } = this;
    const error = degreesBetween(truth, estimate);
    return {
      seen: this.seen,
      acted: (action) => {
        this.means.tell({ type: "sight", time, lens, pixels, truth, estimate, error, action: action.slice() });
      },
    };
  }

  dispose(): void {
    this.network?.then((network) => network.dispose()).catch(() => undefined);
    this.network = null;
  }

  private put(estimate: Float64Array): void {
    const quaternion = quaternionOf(estimate);
    for (const { source, at, from, count } of this.replaced) {
      const values: ArrayLike<number> = source === "xquat" ? quaternion : estimate;
      for (let i = 0; i < count; i++) this.seen[at + i] = values[from + i] as number;
    }
  }
}
