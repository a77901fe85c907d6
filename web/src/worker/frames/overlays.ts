/**
 * What can be shown over the picture beyond the poses: contacts, joint axes, centre of mass, how hard the actuators work.
 *
 * Nothing of it is read, nor allocated, unless it is shown and a frame is published; the control step knows nothing of it.
 */
import type { DoubleBuffer, MjContact } from "@mujoco/mujoco";
import { CONTACT_ROW, OVERLAYS, type Overlay, type OverlayFrame, TURN_ROW, type Vec3 } from "../../protocol";
import type { Physics } from "../physics/physics";
import { spatialTendons, tendonPaths } from "../physics/tendons";

/** An actuator as it is drawn: the bodies that it moves, and its greatest force (N or N·m). */
interface Drive {
  readonly bodies: readonly number[];
  /** Where the model sets no limit, the greatest force seen so far. */
  limit: number;
}

export class Overlays {
  shown: readonly Overlay[] = [];
  private readonly drives: readonly Drive[];
  /** Sites that actuators turn. */
  private readonly turned: readonly number[];
  private readonly axes: readonly number[];
  private readonly tendons: readonly number[];
  /** Lies in the WASM heap: what a contact's force is written into. */
  private readonly force: DoubleBuffer;

  constructor(private readonly physics: Physics) {
    const { engine, model } = physics;
    const { mjJNT_HINGE, mjJNT_SLIDE } = engine.mjtJoint;
    this.axes = Array.from({ length: model.njnt }, (_, joint) => joint).filter((joint) =>
      [mjJNT_HINGE.value, mjJNT_SLIDE.value].includes(model.jnt_type[joint]),
    );
    this.drives = Array.from({ length: model.nu }, (_, actuator) => ({
      bodies: drivenBodies(physics, actuator),
      limit: forceLimit(physics, actuator),
    }));
    this.turned = turnedSites(physics);
    this.tendons = spatialTendons(physics);
    this.force = new engine.DoubleBuffer(6);
  }

  /** Shows an overlay or ends it. Raises where it is unknown. */
  set(overlay: Overlay, on: boolean): void {
    if (!OVERLAYS.includes(overlay))
      throw new Error(`There is no overlay "${overlay}". There are: ${OVERLAYS.join(", ")}.`);
    this.shown = OVERLAYS.filter((other) => (other === overlay ? on : this.shown.includes(other)));
  }

  /** The state's overlays; null where none is shown and no tendon is to be drawn. */
  read(): OverlayFrame | null {
    const { shown, tendons, physics } = this;
    if (shown.length === 0 && tendons.length === 0) return null;
    return {
      contacts: shown.includes("contacts") || shown.includes("forces") ? this.contacts() : null,
      joints: shown.includes("joints") ? this.joints() : null,
      centreOfMass: shown.includes("centreOfMass") ? centreOfMass(physics) : null,
      loads: shown.includes("torques") ? this.loads() : null,
      turns: shown.includes("torques") && this.turned.length > 0 ? this.turns() : null,
      tendons: tendons.length > 0 ? tendonPaths(physics, tendons) : null,
    };
  }

  dispose(): void {
    this.force.delete();
  }

  private contacts(): Float32Array {
    const rows: number[] = [];
    this.physics.visitContacts(this.force, (contact, force) => rows.push(...this.contact(contact, force)));
    return Float32Array.from(rows);
  }

  /** The contact as the moving body feels it: MuJoCo's force acts from the first geom on the second. */
  private contact(contact: MjContact, force: Float64Array): number[] {
    const { geom_bodyid, body_weldid } = this.physics.model;
    const frame: Float64Array = contact.frame;
    const first = geom_bodyid[contact.geom1] as number;
    const second = geom_bodyid[contact.geom2] as number;
    const body = body_weldid[second] === 0 ? first : second;
    const sign = body === second ? 1 : -1;
    const row = new Array<number>(CONTACT_ROW).fill(0);
    row[0] = body;
    for (let i = 0; i < 3; i++) {
      row[1 + i] = contact.pos[i] as number;
      row[4 + i] = sign * (frame[i] as number);
      // The frame's rows are the normal and two tangents.
      for (let k = 0; k < 3; k++)
        row[7 + i] = (row[7 + i] as number) + sign * (frame[3 * k + i] as number) * (force[k] as number);
    }
    return row;
  }

  private joints(): Float32Array {
    const { xanchor, xaxis } = this.physics.views;
    const rows = new Float32Array(6 * this.axes.length);
    this.axes.forEach((joint, at) => {
      for (let i = 0; i < 3; i++) {
        rows[6 * at + i] = xanchor[3 * joint + i] as number;
        rows[6 * at + 3 + i] = xaxis[3 * joint + i] as number;
      }
    });
    return rows;
  }

  /** Each actuator's torque about its axis in its site's frame, as the world has it; those of a site are added. */
  private turns(): Float32Array {
    const { model, views } = this.physics;
    const rows = new Float32Array(TURN_ROW * this.turned.length);
    this.turned.forEach((site, at) => {
      for (let i = 0; i < 3; i++) rows[TURN_ROW * at + i] = views.site_xpos[3 * site + i] as number;
    });
    for (const [actuator, drive] of this.drives.entries()) {
      const site = siteOf(this.physics, actuator);
      const at = TURN_ROW * this.turned.indexOf(site);
      if (at < 0) continue;
      const [x = 0, y = 0, z = 0] = (model.actuator_gear as Float64Array).subarray(6 * actuator + 3, 6 * actuator + 6);
      const share = this.share(drive, actuator) / Math.hypot(x, y, z);
      for (let row = 0; row < 3; row++) {
        const [a = 0, b = 0, c = 0] = views.site_xmat.subarray(9 * site + 3 * row, 9 * site + 3 * row + 3);
        rows[at + 3 + row] = (rows[at + 3 + row] as number) + share * (a * x + b * y + c * z);
      }
    }
    return rows;
  }

  /** The share of its limit at which an actuator works, with its sign. */
  private share(drive: Drive, actuator: number): number {
    const force = this.physics.views.actuator_force[actuator] as number;
    if (!drive.limit || Math.abs(force) > drive.limit) drive.limit = Math.abs(force);
    return drive.limit > 0 ? force / drive.limit : 0;
  }

  private loads(): Float32Array {
    const loads = new Float32Array(this.physics.model.nbody);
    this.drives.forEach((drive, actuator) => {
      // A body that is turned as a whole has an arrow.
      if (this.turned.includes(siteOf(this.physics, actuator))) return;
      const load = this.share(drive, actuator);
      for (const body of drive.bodies) if (Math.abs(load) > Math.abs(loads[body] as number)) loads[body] = load;
    });
    return loads;
  }
}

/** Of everything that moves, metres, world: masses times `xipos`. */
function centreOfMass({ model, views }: Physics): Vec3 {
  const sum = [0, 0, 0];
  let mass = 0;
  for (let body = 1; body < model.nbody; body++) {
    if (model.body_weldid[body] === 0) continue;
    const kilograms = model.body_mass[body] as number;
    mass += kilograms;
    for (let i = 0; i < 3; i++) sum[i] = (sum[i] as number) + kilograms * (views.xipos[3 * body + i] as number);
  }
  return sum.map((moment) => moment / mass) as unknown as Vec3;
}

/** The bodies that an actuator moves: of its joint, of its tendon's joints, or of its site. */
function drivenBodies({ engine, model }: Physics, actuator: number): readonly number[] {
  const { mjTRN_JOINT, mjTRN_JOINTINPARENT, mjTRN_TENDON, mjTRN_SITE } = engine.mjtTrn;
  const target = model.actuator_trnid[2 * actuator] as number;
  switch (model.actuator_trntype[actuator]) {
    case mjTRN_JOINT.value:
    case mjTRN_JOINTINPARENT.value:
      return [model.jnt_bodyid[target]];
    case mjTRN_SITE.value:
      return [model.site_bodyid[target]];
    case mjTRN_TENDON.value: {
      const first = model.tendon_adr[target] as number;
      const wraps = Array.from({ length: model.tendon_num[target] }, (_, i) => first + i);
      const joints = wraps.filter((wrap) => model.wrap_type[wrap] === engine.mjtWrap.mjWRAP_JOINT.value);
      return joints.map((wrap) => model.jnt_bodyid[model.wrap_objid[wrap]]);
    }
    default:
      return [];
  }
}

/** The site that an actuator acts on; -1: none. */
function siteOf({ engine, model }: Physics, actuator: number): number {
  const isSite = model.actuator_trntype[actuator] === engine.mjtTrn.mjTRN_SITE.value;
  return isSite ? (model.actuator_trnid[2 * actuator] as number) : -1;
}

/** Sites about whose axes an actuator gives a torque, in order. */
function turnedSites(physics: Physics): readonly number[] {
  const { model } = physics;
  const sites = new Set<number>();
  for (let actuator = 0; actuator < model.nu; actuator++) {
    const torque = (model.actuator_gear as Float64Array).subarray(6 * actuator + 3, 6 * actuator + 6);
    if (torque.some((part) => part !== 0)) sites.add(siteOf(physics, actuator));
  }
  return [...sites].filter((site) => site >= 0);
}

/** The greatest force that the model lets an actuator have; 0 where it sets none: an unlimited range is 0 0. */
function forceLimit({ model }: Physics, actuator: number): number {
  const greatest = (range: Float64Array): number =>
    Math.max(Math.abs(range[2 * actuator] as number), Math.abs(range[2 * actuator + 1] as number));
  // A motor's force is its gain times its control.
  const parameters = model.actuator_gainprm.length / model.nu;
  const gain = Math.abs(model.actuator_gainprm[parameters * actuator] as number);
  return greatest(model.actuator_forcerange) || gain * greatest(model.actuator_ctrlrange);
}
