/** What the view needs to draw a model; sent once per bundle. Lengths in metres, colours sRGB 0 to 1, quaternions `wxyz`. */
import type { Vec3 } from "./perturbation";

type Quat = readonly [number, number, number, number];
type Rgba = readonly [number, number, number, number];

export interface SceneDescription {
  readonly bodies: readonly { readonly name: string; readonly parent: number; readonly mass: number }[];
  readonly geoms: readonly SceneGeom[];
  /** Marks that collide with nothing, posed like geoms. */
  readonly sites: readonly SceneShape[];
  /** Those with a path in space; a frame carries the paths in this order. */
  readonly tendons: readonly SceneTendon[];
  readonly meshes: readonly SceneMesh[];
  readonly hfields: readonly SceneHeightField[];
  readonly materials: readonly SceneMaterial[];
  readonly textures: readonly SceneTexture[];
  /** Total mass of the moving bodies, kg. */
  readonly mass: number;
  /** MuJoCo's `stat.extent`, metres. */
  readonly extent: number;
  /** Body that the camera follows: the first moving body. */
  readonly root: number;
  /** Normal of the plane that everything moves in, world, where there is such a plane. */
  readonly plane: Vec3 | null;
}

/** A primitive, a mesh or a height field, fixed to a body. */
export interface SceneShape {
  readonly name: string;
  readonly body: number;
  readonly type: "plane" | "hfield" | "sphere" | "capsule" | "ellipsoid" | "cylinder" | "box" | "mesh";
  /** MuJoCo's `geom_size`: radius, half-length, …. */
  readonly size: Vec3;
  /** Pose in the body frame. */
  readonly pos: Vec3;
  readonly quat: Quat;
  readonly rgba: Rgba;
  readonly group: number;
}

/** MuJoCo's viewer shows groups 0 to 2 by default; 3 and up are for collision shapes. */
export const LAST_VISIBLE_GROUP = 2;

export interface SceneGeom extends SceneShape {
  /** A collider of a body that other geoms are the picture of: not drawn. */
  readonly covered: boolean;
  /** Index into `meshes`, or into `hfields`; -1 for primitives. */
  readonly mesh: number;
  /** Index into `materials`, or -1. */
  readonly material: number;
}

export interface SceneTendon {
  readonly name: string;
  readonly rgba: Rgba;
  readonly group: number;
  /** Radius as drawn. */
  readonly width: number;
}

/** Triangles; corner k has `vertices[3k…]`, `normals[3k…]` and, where the file has them, `uvs[2k…]`. */
export interface SceneMesh {
  readonly vertices: Float32Array;
  readonly faces: Int32Array;
  readonly normals: Float32Array;
  readonly uvs: Float32Array | null;
}

/** Heights above the frame's xy plane, metres, row-major: rows along +y from -size[1], columns along +x from -size[0]. */
export interface SceneHeightField {
  readonly rows: number;
  readonly columns: number;
  readonly heights: Float32Array;
  /** Half-extents in x and y, greatest height, depth of the base below the plane. */
  readonly size: readonly [number, number, number, number];
}

export interface SceneMaterial {
  /** Index into `textures`, or -1. */
  readonly texture: number;
  /** How often the texture fits along x and along y. */
  readonly repeat: readonly [number, number];
  readonly specular: number;
  readonly shininess: number;
  readonly emission: number;
}

/** A flat picture; row 0 at texture coordinate v = 0. */
export interface SceneTexture {
  readonly width: number;
  readonly height: number;
  /** RGBA. */
  readonly pixels: Uint8Array;
}
