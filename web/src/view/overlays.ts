/** What is shown over the picture beyond the poses; each part is drawn from what the frame carries of it. */
import { Color, Group, type PerspectiveCamera } from "three";
import type { Overlay, OverlayFrame } from "../protocol";
import { CommandArrow } from "./command_arrow";
import { ContactView } from "./contacts";
import type { Size } from "./force_labels";
import { JointAxes } from "./joint_axes";
import { MassCentre } from "./mass_centre";
import type { Model } from "./model";
import type { Palette } from "./palette";
import { Ropes } from "./ropes";
import { TorqueArrows } from "./torque_arrows";

export class OverlayView {
  readonly root = new Group();
  /** What the user wants shown; a frame may lag behind it. */
  wanted: readonly Overlay[] = [];
  /** What a robot is asked to do; empty: nothing can be asked. */
  command: readonly number[] = [];
  readonly #command = new CommandArrow();
  readonly #commandColor = new Color();
  readonly #contacts: ContactView;
  readonly #joints = new JointAxes();
  readonly #mass = new MassCentre();
  readonly #torques = new TorqueArrows();
  #ropes: Ropes | null = null;
  #reach = 1;

  /** `layer` lies over the canvas; forces are written in it. */
  constructor(layer: HTMLElement, palette: Palette) {
    this.#contacts = new ContactView(layer);
    this.root.add(this.#contacts.root, this.#joints.root, this.#mass.root, this.#torques.root, this.#command.root);
    this.repaint(palette);
  }

  /** Switches to another model. */
  turn({ description }: Model): void {
    this.#ropes?.dispose();
    this.#ropes = new Ropes(description.tendons);
    this.root.add(this.#ropes.root);
    this.#contacts.hide();
    this.#joints.hide();
    this.#mass.hide();
    this.#torques.hide();
  }

  /** Scales everything to a body: metres and kilograms. */
  fit(reach: number, mass: number): void {
    this.#reach = reach;
    this.#contacts.fit(reach, mass);
  }

  /** Draws what `frame` carries; `floor` is the floor's height, metres, null where there is none. */
  show(frame: OverlayFrame | null, model: Model, floor: number | null, camera: PerspectiveCamera, size: Size): void {
    const { wanted } = this;
    const points = wanted.includes("contacts");
    const forces = wanted.includes("forces");
    if (frame?.contacts && (points || forces)) this.#contacts.show(frame.contacts, points, forces, camera, size);
    else this.#contacts.hide();
    if (frame?.joints && wanted.includes("joints")) this.#joints.show(frame.joints, this.#reach);
    else this.#joints.hide();
    if (frame?.centreOfMass && wanted.includes("centreOfMass")) this.#mass.show(frame.centreOfMass, this.#reach, floor);
    else this.#mass.hide();
    model.load(wanted.includes("torques") ? (frame?.loads ?? null) : null);
    if (frame?.turns && wanted.includes("torques")) this.#torques.show(frame.turns, this.#reach);
    else this.#torques.hide();
    if (frame?.tendons) this.#ropes?.show(frame.tendons);
    this.#command.show(this.command, model, this.#reach, this.#commandColor);
  }

  repaint(palette: Palette): void {
    this.#commandColor.set(palette.force);
    this.#contacts.repaint(palette);
    this.#joints.repaint(palette);
    this.#mass.repaint(palette);
    this.#torques.repaint(palette);
  }
}
