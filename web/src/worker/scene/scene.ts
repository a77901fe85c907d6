/** What the view draws, read from the compiled model. */
import type { MjModel } from "@mujoco/mujoco";
import {
  LAST_VISIBLE_GROUP,
  type SceneDescription,
  type SceneGeom,
  type SceneMesh,
  type SceneShape,
} from "../../protocol";
import { movingMass, rootBody } from "../physics/bodies";
import { nameOf } from "../physics/engine";
import type { Physics } from "../physics/physics";
import { describeTendon, spatialTendons } from "../physics/tendons";
import { describeMaterials } from "./materials";
import { motionPlane } from "./motion_plane";
import { describeHeightField, describeMesh } from "./shapes";

/** Geom types by MuJoCo's `mjtGeom`. */
const TYPES = ["plane", "hfield", "sphere", "capsule", "ellipsoid", "cylinder", "box", "mesh"] as const;
/** The colour of a geom that the document leaves uncoloured: its material's shows instead. */
const UNCOLOURED = [0.5, 0.5, 0.5, 1];

/** A mesh that nothing draws. */
const UNSEEN: SceneMesh = {
  vertices: new Float32Array(),
  normals: new Float32Array(),
  faces: new Int32Array(),
  uvs: null,
};

type Three = [number, number, number];
type Four = [number, number, number, number];

const row = (values: ArrayLike<number>, index: number, width: number): number[] =>
  Array.from({ length: width }, (_, i) => values[index * width + i] as number);
const vec3 = (values: ArrayLike<number>, index: number) => row(values, index, 3) as Three;
const vec4 = (values: ArrayLike<number>, index: number) => row(values, index, 4) as Four;

function colour(model: MjModel, own: Four, material: number): Four {
  const inherits = material >= 0 && own.every((value, i) => value === UNCOLOURED[i]);
  return inherits ? vec4(model.mat_rgba, material) : own;
}

/**
 * A body that is drawn by meshes which touch nothing has colliders besides, which are rougher: hulls and primitives.
 */
function isCovered(
  { geom_contype, geom_conaffinity, geom_bodyid }: MjModel,
  id: number,
  pictured: Set<number>,
): boolean {
  const collides = geom_contype[id] !== 0 || geom_conaffinity[id] !== 0;
  return collides && pictured.has(geom_bodyid[id]);
}

/** Bodies that meshes alone stand for, to be drawn. */
function picturedBodies(model: MjModel): Set<number> {
  const bodies = new Set<number>();
  for (let id = 0; id < model.ngeom; id++) {
    const isPicture = model.geom_contype[id] === 0 && model.geom_conaffinity[id] === 0;
    if (isPicture && TYPES[model.geom_type[id] as number] === "mesh" && model.geom_group[id] <= LAST_VISIBLE_GROUP)
      bodies.add(model.geom_bodyid[id]);
  }
  bodies.delete(0);
  return bodies;
}

/** Geoms of types that cannot be drawn (none in our scenes: flexes, signed distance fields) are left out. */
function describeGeoms({ engine, model }: Physics): SceneGeom[] {
  const geoms: SceneGeom[] = [];
  const pictured = picturedBodies(model);
  for (let id = 0; id < model.ngeom; id++) {
    const type = TYPES[model.geom_type[id] as number];
    if (type === undefined) continue;
    const material = model.geom_matid[id] as number;
    geoms.push({
      name: nameOf(engine, model, "geom", id),
      body: model.geom_bodyid[id],
      type,
      size: vec3(model.geom_size, id),
      pos: vec3(model.geom_pos, id),
      quat: vec4(model.geom_quat, id),
      rgba: colour(model, vec4(model.geom_rgba, id), material),
      group: model.geom_group[id],
      covered: isCovered(model, id, pictured),
      mesh: type === "mesh" || type === "hfield" ? model.geom_dataid[id] : -1,
      material,
    });
  }
  return geoms;
}

function describeSites({ engine, model }: Physics): SceneShape[] {
  return Array.from({ length: model.nsite }, (_, id) => ({
    name: nameOf(engine, model, "site", id),
    body: model.site_bodyid[id],
    // MuJoCo lets a site be a sphere, capsule, ellipsoid, cylinder or box.
    type: TYPES[model.site_type[id] as number] ?? "sphere",
    size: vec3(model.site_size, id),
    pos: vec3(model.site_pos, id),
    quat: vec4(model.site_quat, id),
    rgba: colour(model, vec4(model.site_rgba, id), model.site_matid[id]),
    group: model.site_group[id],
  }));
}

/** The model, with its motion judged at the world's present pose. */
export function describeScene(physics: Physics): SceneDescription {
  const { engine, model } = physics;
  const masses: Float64Array = model.body_mass;
  const geoms = describeGeoms(physics);
  const drawn = new Set(
    geoms
      .filter(({ type, covered, group }) => type === "mesh" && !covered && group <= LAST_VISIBLE_GROUP)
      .map(({ mesh }) => mesh),
  );
  const statistic = model.stat;
  try {
    return {
      bodies: Array.from({ length: model.nbody }, (_, id) => ({
        name: nameOf(engine, model, "body", id),
        parent: model.body_parentid[id],
        mass: masses[id] as number,
      })),
      geoms,
      sites: describeSites(physics),
      tendons: spatialTendons(physics).map((id) => describeTendon(physics, id, nameOf(engine, model, "tendon", id))),
      meshes: Array.from({ length: model.nmesh }, (_, id) => (drawn.has(id) ? describeMesh(model, id) : UNSEEN)),
      hfields: Array.from({ length: model.nhfield }, (_, id) => describeHeightField(model, id)),
      ...describeMaterials(engine, model),
      mass: movingMass(model),
      extent: statistic.extent,
      root: rootBody(model),
      plane: motionPlane(engine, physics),
    };
  } finally {
    statistic.delete();
  }
}
