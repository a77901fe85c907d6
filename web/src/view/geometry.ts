/** MuJoCo's shapes as three.js geometry, in the shape's own frame: metres, long axis z. */
import {
  BufferAttribute,
  BufferGeometry,
  CapsuleGeometry,
  CylinderGeometry,
  PlaneGeometry,
  SphereGeometry,
} from "three";
import { RoundedBoxGeometry } from "three/addons/geometries/RoundedBoxGeometry.js";
import type { SceneDescription, SceneHeightField, SceneMesh, SceneShape } from "../protocol";

/** Half-side of a plane that MuJoCo calls infinite. */
const INFINITE = 20;
/** A box's edges are broken by this share of its thinnest half-side: they catch light. */
const BEVEL = 0.12;

type Assets = Pick<SceneDescription, "meshes" | "hfields">;

/** Into how many pieces round shapes are cut: for a body that is looked at, and for one of hundreds. */
export const FINE = { around: 32, along: 20, cap: 10, bevel: 3 };
export const COARSE = { around: 10, along: 6, cap: 3, bevel: 1 };

/** The geometry of a shape; `mesh` indexes the description's meshes or height fields. Null where that is missing. */
export function geometryOf(
  shape: SceneShape & { readonly mesh?: number },
  assets: Assets,
  { around, along, cap, bevel } = FINE,
): BufferGeometry | null {
  const [a, b, c] = shape.size;
  switch (shape.type) {
    case "sphere":
      return new SphereGeometry(a, around, along);
    case "ellipsoid":
      return new SphereGeometry(1, Math.round(1.25 * around), Math.round(1.2 * along)).scale(a, b, c);
    case "capsule":
      return new CapsuleGeometry(a, 2 * b, cap, Math.round(0.75 * around)).rotateX(Math.PI / 2);
    case "cylinder":
      return new CylinderGeometry(a, a, 2 * b, Math.round(1.25 * around)).rotateX(Math.PI / 2);
    case "box":
      return new RoundedBoxGeometry(2 * a, 2 * b, 2 * c, bevel, BEVEL * Math.min(a, b, c));
    case "plane":
      return new PlaneGeometry(2 * (a || INFINITE), 2 * (b || INFINITE));
    case "mesh": {
      const mesh = assets.meshes[shape.mesh ?? -1];
      return mesh ? trianglesOf(mesh) : null;
    }
    case "hfield": {
      const field = assets.hfields[shape.mesh ?? -1];
      return field ? terrainOf(field) : null;
    }
  }
}

function trianglesOf({ vertices, faces, normals, uvs }: SceneMesh): BufferGeometry {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(vertices, 3));
  geometry.setAttribute("normal", new BufferAttribute(normals, 3));
  if (uvs) geometry.setAttribute("uv", new BufferAttribute(uvs, 2));
  geometry.setIndex(new BufferAttribute(new Uint32Array(faces), 1));
  return geometry;
}

/** A height field: its surface, and the walls down to its base. */
function terrainOf({ rows, columns, heights, size: [x, y, , base] }: SceneHeightField): BufferGeometry {
  const positions: number[] = [];
  const faces: number[] = [];
  const corner = (row: number, column: number, z: number): number => {
    positions.push(x * ((2 * column) / (columns - 1) - 1), y * ((2 * row) / (rows - 1) - 1), z);
    return positions.length / 3 - 1;
  };
  const height = (row: number, column: number): number => heights[row * columns + column] ?? 0;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) corner(row, column, height(row, column));
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const at = row * columns + column;
      faces.push(at, at + 1, at + columns, at + 1, at + columns + 1, at + columns);
    }
  }
  // Around the edge, counter-clockwise as seen from above: the walls then face outwards.
  const edge: [number, number][] = [];
  for (let column = 0; column + 1 < columns; column++) edge.push([0, column]);
  for (let row = 0; row + 1 < rows; row++) edge.push([row, columns - 1]);
  for (let column = columns - 1; column > 0; column--) edge.push([rows - 1, column]);
  for (let row = rows - 1; row > 0; row--) edge.push([row, 0]);
  edge.forEach(([row, column], i) => {
    const [nextRow, nextColumn] = edge[(i + 1) % edge.length] ?? [row, column];
    const top = corner(row, column, height(row, column));
    const nextTop = corner(nextRow, nextColumn, height(nextRow, nextColumn));
    const bottom = corner(row, column, -base);
    const nextBottom = corner(nextRow, nextColumn, -base);
    faces.push(bottom, nextBottom, top, nextBottom, nextTop, top);
  });
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(new Float32Array(positions), 3));
  geometry.setIndex(faces);
  geometry.computeVertexNormals();
  return geometry;
}
