/** The observation's terms by their names, and how many numbers each has. */
import type { History, Manifest } from "../../generated/bundle";
import type { Loaded } from "../../protocol";
import { strings } from "../strings";

type Term = Manifest["observation"]["terms"][number];

/** A sensor's numbers: the page does not know what kind it is; the robots' are vectors. */
const SENSOR = 3;

/** Numbers in a whole source array, by the model's dimensions. */
function lengthOf({ source, joints }: Term, { snapshot, scene, manifest }: Loaded): number {
  const nbody = scene.bodies.length;
  switch (source) {
    case "qpos":
      return snapshot.qpos.length;
    case "qvel":
    case "qfrc_actuator":
    case "qfrc_constraint":
      return snapshot.qvel.length;
    case "ctrl":
      return snapshot.ctrl.length;
    case "cinert":
      return 10 * nbody;
    case "cvel":
    case "cfrc_ext":
      return 6 * nbody;
    case "xpos":
    case "xipos":
      return 3 * nbody;
    case "xquat":
      return 4 * nbody;
    case "xmat":
      return 9 * nbody;
    case "time_left":
      return 1;
    case "site_xmat":
      return 9;
    case "projected_gravity":
    case "base_linvel":
    case "sensor":
      return SENSOR;
    case "joint_pos":
    case "joint_vel":
      return joints?.length ?? 0;
    case "command":
      return manifest.env.command?.names.length ?? 0;
    case "last_action":
      return manifest.action.size;
    case "phase":
      return 2;
  }
}

/** Name and size of every term, in order; a single run where a size is unknown, since a wrong name is worse than none. */
export function termsOf(loaded: Loaded): readonly { readonly name: string; readonly size: number }[] {
  const { size, terms } = loaded.manifest.observation;
  const nbody = loaded.scene.bodies.length;
  const sizes = terms.map((term) => {
    const whole = lengthOf(term, loaded);
    const end = term.to ?? (term.body == null ? whole : whole / nbody);
    return { name: term.name, size: end - (term.from ?? 0), history: term.history };
  });
  const { history } = loaded.manifest.observation;
  const seen = history ? remembered(sizes, history) : sizes;
  const total = seen.reduce((sum, term) => sum + term.size, 0);
  return total === size ? seen : [{ name: strings.observation, size }];
}

interface Part {
  readonly name: string;
  readonly size: number;
  /** How many of its values are given, if not as many as of other terms. */
  readonly history?: number | null | undefined;
}

/** The terms of several observations in a row; those of the past are told by how many steps ago they were. */
function remembered(terms: readonly Part[], { length, order = "term", newest = "last" }: History): Part[] {
  const ago = (count: number) => Array.from({ length: count }, (_, k) => (newest === "first" ? k : count - 1 - k));
  const past = ({ name, size }: Part, steps: number) => ({
    name: steps === 0 ? name : strings.termAgo(name, steps),
    size,
  });
  if (order === "time") return ago(length).flatMap((steps) => terms.map((term) => past(term, steps)));
  return terms.flatMap((term) => ago(term.history ?? length).map((steps) => past(term, steps)));
}
