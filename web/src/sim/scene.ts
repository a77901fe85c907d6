/** What the view draws, read from the compiled model: bodies, geoms and meshes. */
import type { MjModel } from "@mujoco/mujoco";
import { type Engine, nameOf } from "./engine";
import type { SceneDescription, SceneGeom } from "./protocol";

type Mesh = SceneDescription["meshes"][number];

/** Geom types by MuJoCo's `mjtGeom`. */
const TYPES = ["plane", "hfield", "sphere", "capsule", "ellipsoid", "cylinder", "box", "mesh"] as const;
/** The colour of a geom that the document leaves uncoloured: its material's shows instead. */
const UNCOLOURED = [0.5, 0.5, 0.5, 1];

const row = <N extends number>(values: ArrayLike<number>, index: number, width: N): number[] =>
  Array.from({ length: width }, (_, i) => values[index * width + i] as number);

const vec3 = (values: ArrayLike<number>, index: number) => row(values, index, 3) as [number, number, number];
const vec4 = (values: ArrayLike<number>, index: number) => row(values, index, 4) as [number, number, number, number];

function colour(model: MjModel, geom: number): [number, number, number, number] {
  const own = vec4(model.geom_rgba, geom);
  const material = model.geom_matid[geom] as number;
  const inherits = material >= 0 && own.every((value, i) => value === UNCOLOURED[i]);
  return inherits ? vec4(model.mat_rgba, material) : own;
}

/** Triangles with a normal per corner: MuJoCo indexes vertices and normals apart, a GPU takes one index for both. */
function mesh(model: MjModel, id: number): Mesh {
  const count = model.mesh_facenum[id] as number;
  const first = model.mesh_faceadr[id] as number;
  const vertices = new Float32Array(9 * count);
  const normals = new Float32Array(9 * count);
  for (let corner = 0; corner < 3 * count; corner++) {
    const vertex = (model.mesh_vertadr[id] as number) + (model.mesh_face[3 * first + corner] as number);
    const normal = (model.mesh_normaladr[id] as number) + (model.mesh_facenormal[3 * first + corner] as number);
    vertices.set(vec3(model.mesh_vert, vertex), 3 * corner);
    normals.set(vec3(model.mesh_normal, normal), 3 * corner);
  }
  return { vertices, normals, faces: Int32Array.from({ length: 3 * count }, (_, i) => i) };
}

/** Geoms of types that cannot be drawn (none in our scenes: flexes, signed distance fields) are left out. */
export function describeScene(engine: Engine, model: MjModel): SceneDescription {
  const geoms: SceneGeom[] = [];
  for (let id = 0; id < model.ngeom; id++) {
    const type = TYPES[model.geom_type[id] as number];
    if (type === undefined) continue;
    geoms.push({
      name: nameOf(engine, model, "geom", id),
      body: model.geom_bodyid[id],
      type,
      size: vec3(model.geom_size, id),
      pos: vec3(model.geom_pos, id),
      quat: vec4(model.geom_quat, id),
      rgba: colour(model, id),
      group: model.geom_group[id],
      mesh: type === "mesh" ? model.geom_dataid[id] : -1,
    });
  }
  const masses: Float64Array = model.body_mass;
  const statistic = model.stat;
  try {
    return {
      bodies: Array.from({ length: model.nbody }, (_, id) => ({
        name: nameOf(engine, model, "body", id),
        parent: model.body_parentid[id],
        mass: masses[id] as number,
      })),
      geoms,
      meshes: Array.from({ length: model.nmesh }, (_, id) => mesh(model, id)),
      mass: movingMass(model),
      extent: statistic.extent,
      root: rootBody(model),
    };
  } finally {
    statistic.delete();
  }
}

/** The first body that moves; the world where none does. */
export function rootBody(model: MjModel): number {
  // body_dofnum counts a body's own degrees of freedom.
  return Math.max(
    0,
    (model.body_dofnum as Int32Array).findIndex((dofs) => dofs > 0),
  );
}

/** Kilograms of the bodies that are not welded to the world. */
export function movingMass(model: MjModel): number {
  const masses: Float64Array = model.body_mass;
  return masses.reduce((sum, mass, body) => (model.body_weldid[body] === 0 ? sum : sum + mass), 0);
}
