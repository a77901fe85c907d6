/** Which feet of a robot were on the ground at each control step since the last frame. */
import { STRIDE } from "../../protocol";
import { nameOf } from "../physics/engine";
import type { Physics } from "../physics/physics";

/** Bits of a row, beside `STRIDE`. */
const MOST_FEET = 7;
/** Rows kept until the next frame takes them. */
const KEPT = 512;

/** The last bodies of the moving branches that can touch something, by their numbers. */
function feetOf({ model }: Physics): number[] {
  const parents = Array.from(model.body_parentid);
  const touches = new Set<number>();
  for (let geom = 0; geom < model.ngeom; geom++)
    if (model.geom_contype[geom] !== 0 || model.geom_conaffinity[geom] !== 0) touches.add(model.geom_bodyid[geom]);
  const isLast = (body: number) => !parents.includes(body) && model.body_jntnum[body] > 0;
  return parents.map((_, body) => body).filter((body) => body > 0 && isLast(body) && touches.has(body));
}

export class Gait {
  /** The feet's names. */
  readonly names: readonly string[];
  private readonly feet: readonly number[];
  private readonly rows = new Uint8Array(KEPT);
  private recorded = 0;
  private lastPhase = 0;

  /** `walks`: whether it is a robot; else nothing is computed. `phase`: the share of a stride that is over. */
  constructor(
    private readonly physics: Physics,
    walks: boolean,
    private readonly phase: () => number | null = () => null,
  ) {
    this.feet = walks ? feetOf(physics).slice(0, MOST_FEET) : [];
    this.names = this.feet.map((body) => nameOf(physics.engine, physics.model, "body", body) || `body ${body}`);
  }

  /** Keeps the control step that was just made. */
  record(): void {
    if (this.feet.length === 0) return;
    if (this.recorded === KEPT) {
      this.rows.copyWithin(0, 1);
      this.recorded -= 1;
    }
    const phase = this.phase() ?? 0;
    this.rows[this.recorded++] = this.touching() | (phase < this.lastPhase ? STRIDE : 0);
    this.lastPhase = phase;
  }

  /** A bit a foot, for each control step since the last call, the oldest first; null where there are none. */
  take(): Uint8Array | null {
    if (this.recorded === 0) return null;
    const taken = this.rows.slice(0, this.recorded);
    this.recorded = 0;
    return taken;
  }

  /** What lies before is not of the episode that goes on. */
  forget(): void {
    this.recorded = 0;
    this.lastPhase = 0;
  }

  private touching(): number {
    const { geom_bodyid: bodies } = this.physics.model;
    let bits = 0;
    this.physics.visitTouches((one, other) => {
      const [a, b] = [bodies[one] as number, bodies[other] as number];
      const foot = a === 0 ? this.feet.indexOf(b) : b === 0 ? this.feet.indexOf(a) : -1;
      if (foot >= 0) bits |= 1 << foot;
    });
    return bits;
  }
}
