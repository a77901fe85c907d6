/** Meshes and height fields of a compiled model, as a GPU takes them. */
import type { MjModel } from "@mujoco/mujoco";
import type { SceneHeightField, SceneMesh } from "../../protocol";

/** Least cosine between a triangle's normal and its corners'. */
const FRONT = 0.1;

/** Triangles with a normal per corner: MuJoCo indexes vertices and normals apart, a GPU takes one index for both. */
export function describeMesh(model: MjModel, id: number): SceneMesh {
  const count = model.mesh_facenum[id] as number;
  const first = 3 * (model.mesh_faceadr[id] as number);
  const [vertexBegin, normalBegin] = [model.mesh_vertadr[id] as number, model.mesh_normaladr[id] as number];
  const coordinateBegin = model.mesh_texcoordadr[id] as number;
  // Each look at the model makes a view of its memory, so one look must do.
  const { mesh_face: face, mesh_facenormal: faceNormal, mesh_facetexcoord: faceCoordinate } = model;
  const { mesh_vert: vert, mesh_normal: norm, mesh_texcoord: coordinates } = model;
  const corners = 3 * count;
  const vertices = new Float32Array(3 * corners);
  const normals = new Float32Array(3 * corners);
  const textured = coordinateBegin >= 0;
  const uvs = textured ? new Float32Array(2 * corners) : null;
  for (let corner = 0; corner < corners; corner++) {
    const vertex = vertexBegin + (face[first + corner] as number);
    const normal = normalBegin + (faceNormal[first + corner] as number);
    for (let i = 0; i < 3; i++) {
      vertices[3 * corner + i] = vert[3 * vertex + i] as number;
      normals[3 * corner + i] = norm[3 * normal + i] as number;
    }
    if (corner % 3 === 2) mendNormals(vertices, normals, corner - 2);
    if (uvs === null) continue;
    const coordinate = coordinateBegin + (faceCoordinate[first + corner] as number);
    for (let i = 0; i < 2; i++) uvs[2 * corner + i] = coordinates[2 * coordinate + i] as number;
  }
  return { vertices, normals, faces: Int32Array.from({ length: corners }, (_, i) => i), uvs };
}

/** Gives a triangle its own normal where MuJoCo's shared one points backwards, as in a hull without faces. */
function mendNormals(vertices: Float32Array, normals: Float32Array, corner: number): void {
  const at = (k: number, i: number): number => vertices[3 * (corner + k) + i] as number;
  const edge = (k: number): number[] => [0, 1, 2].map((i) => at(k, i) - at(0, i));
  const [a, b] = [edge(1), edge(2)] as [[number, number, number], [number, number, number]];
  const cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const area = Math.hypot(...cross);
  if (area === 0) return;
  for (let k = 0; k < 3; k++) {
    const first = 3 * (corner + k);
    const along = cross.reduce((sum, c, i) => sum + (c / area) * (normals[first + i] as number), 0);
    if (along < FRONT)
      normals.set(
        cross.map((c) => c / area),
        first,
      );
  }
}

/** Heights in metres: MuJoCo keeps them as shares of the greatest. */
export function describeHeightField(model: MjModel, id: number): SceneHeightField {
  const rows = model.hfield_nrow[id] as number;
  const columns = model.hfield_ncol[id] as number;
  const first = model.hfield_adr[id] as number;
  const [x, y, top, base] = Array.from({ length: 4 }, (_, i) => model.hfield_size[4 * id + i] as number) as [
    number,
    number,
    number,
    number,
  ];
  const shares = (model.hfield_data as Float32Array).subarray(first, first + rows * columns);
  return { rows, columns, heights: Float32Array.from(shares, (share) => share * top), size: [x, y, top, base] };
}
