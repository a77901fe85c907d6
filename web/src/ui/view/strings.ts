/** Where to look from, and what to show. */
import type { Overlay } from "../../protocol";
import type { Preset } from "../../view/camera";

export const view = {
  view: "View",
  presets: "Look from",
  preset: { front: "Front", side: "Side", top: "Top", behind: "Behind" } satisfies Record<Preset, string>,
  presetTitle: {
    front: "Look at the body's front",
    side: "Look at the body's right side",
    top: "Look from above",
    behind: "Look from behind, and turn as the body turns",
  } satisfies Record<Preset, string>,
  overlays: "Show",
  overlay: {
    contacts: "Contact points",
    forces: "Contact forces",
    joints: "Joint axes",
    centreOfMass: "Centre of mass",
    torques: "Actuator torques",
  } satisfies Record<Overlay, string>,
  overlayTitle: {
    contacts: "A disc where the body touches something",
    forces: "An arrow for each contact's force, to scale, and the sum that each part feels in newtons",
    joints: "An arrow along the axis of each hinge or slide",
    centreOfMass: "A ball at the centre of mass, its plumb line and its trail",
    torques: "Each limb painted by how much of its actuator's limit is used",
  } satisfies Record<Overlay, string>,
  following: (body: string) => `Following ${body}`,
  followWhole: "Follow the whole body again",
};
