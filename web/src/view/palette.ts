/** Colours of the scene, one set per system theme (sRGB, as CSS writes them). */

export interface Palette {
  /** The backdrop, straight up. */
  readonly zenith: string;
  /** The backdrop at the horizon; the fog fades the floor into it. */
  readonly horizon: string;
  readonly tileLight: string;
  readonly tileDark: string;
  readonly line: string;
  readonly mark: string;
  /** Parts whose name says left, right, or neither. */
  readonly left: string;
  readonly right: string;
  readonly centre: string;
  /** A part whose actuator gives all it has. */
  readonly load: string;
  /** Contact points, contact forces, joint axes, the centre of mass. */
  readonly contact: string;
  readonly force: string;
  readonly axis: string;
  readonly mass: string;
  /** Elastic band at rest, half-way and at full stretch. */
  readonly bandSlack: string;
  readonly bandTense: string;
  readonly bandTaut: string;
  /** Strengths of the lights. */
  readonly ambient: number;
  readonly key: number;
  readonly rim: number;
}

export const LIGHT: Palette = {
  zenith: "#b9c6d3",
  horizon: "#e6ebef",
  tileLight: "#d3dae0",
  tileDark: "#c3ccd4",
  line: "#aab5bf",
  mark: "#5d6b78",
  left: "#e0704d",
  right: "#3d7ea6",
  centre: "#f1e9dc",
  load: "#d6122f",
  contact: "#8a2be2",
  force: "#0b6e63",
  axis: "#1f5fd0",
  mass: "#e08a00",
  bandSlack: "#2a9d8f",
  bandTense: "#e0a030",
  bandTaut: "#d1345b",
  ambient: 1.55,
  key: 2.6,
  rim: 0.7,
};

export const DARK: Palette = {
  zenith: "#0b0e13",
  horizon: "#1a2028",
  tileLight: "#3a444f",
  tileDark: "#2e3741",
  line: "#505c69",
  mark: "#9aa8b5",
  left: "#ec8160",
  right: "#4f96c2",
  centre: "#ece4d7",
  load: "#ff2d4d",
  contact: "#c58bff",
  force: "#4fd1bd",
  axis: "#7fb0ff",
  mass: "#ffc247",
  bandSlack: "#4fd1bd",
  bandTense: "#f2bd55",
  bandTaut: "#ff5c7f",
  ambient: 0.95,
  key: 2.3,
  rim: 1.1,
};

export type Side = "left" | "right" | "centre";

/** Side of a part, from the words of its name: `left_thigh`, `thigh_left`, `front_left_leg`, `l_foot`. */
export function sideOf(name: string): Side {
  const words = name.toLowerCase().split(/[^a-z]+/);
  if (words.some((word) => word === "left" || word === "l")) return "left";
  if (words.some((word) => word === "right" || word === "r")) return "right";
  return "centre";
}
