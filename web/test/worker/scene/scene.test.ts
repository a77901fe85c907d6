import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SceneDescription } from "../../../src/protocol";
import type { Physics } from "../../../src/worker/physics/physics";
import { describeScene } from "../../../src/worker/scene/scene";
import { worldOf } from "../../support/museum";
import { nodeEngine } from "../../support/node";

let physics: Physics;
let scene: SceneDescription;

beforeEach(async () => {
  physics = worldOf(await nodeEngine());
  scene = describeScene(physics);
});
afterEach(() => physics.dispose());

const geom = (name: string) => scene.geoms.find((one) => one.name === name);

describe("the description of a scene", () => {
  it("names every kind of geom with its size", () => {
    expect(scene.geoms.map((one) => one.type)).toEqual([
      ...["hfield", "plane", "sphere", "ellipsoid", "capsule", "cylinder", "box", "mesh"],
    ]);
    expect(geom("egg")?.size).toEqual([0.1, 0.2, 0.3]);
    expect(geom("egg")?.rgba).toEqual([1, 0, 0, 1]);
  });

  it("gives a height field in metres, from the least y on", () => {
    const hill = scene.hfields[geom("hill")?.mesh ?? -1];
    expect(hill).toMatchObject({ rows: 3, columns: 4 });
    expect(hill?.size.map((length) => Number(length.toFixed(6)))).toEqual([2, 1, 0.5, 0.1]);
    expect(Array.from(hill?.heights ?? [])).toEqual([0, 0, 0, 0.125, 0, 0.5, 0.25, 0, 0, 0, 0, 0]);
  });

  it("gives a mesh as triangles with unit normals that point outwards", () => {
    const mesh = scene.meshes[geom("rock")?.mesh ?? -1];
    expect(mesh?.faces.length).toBe(12);
    const { vertices = new Float32Array(), normals = new Float32Array() } = mesh ?? {};
    for (let triangle = 0; triangle < 4; triangle++) {
      const corners = [0, 3, 6].map((at) => vertices.subarray(9 * triangle + at, 9 * triangle + at + 3));
      // The mesh's frame lies at its centre of mass, so outwards is away from the origin.
      const middle = [0, 1, 2].map((i) => corners.reduce((sum, corner) => sum + (corner[i] ?? Number.NaN), 0) / 3);
      for (let corner = 3 * triangle; corner < 3 * triangle + 3; corner++) {
        const normal = Array.from(normals.subarray(3 * corner, 3 * corner + 3));
        expect(Math.hypot(...normal)).toBeCloseTo(1, 5);
        expect(normal.reduce((sum, n, i) => sum + n * (middle[i] ?? 0), 0)).toBeGreaterThan(0);
      }
    }
  });

  it("gives the material's colour where the geom has none, and its flat texture", () => {
    expect(geom("ball")?.rgba.map((value) => Number(value.toFixed(6)))).toEqual([0.2, 0.4, 0.6, 1]);
    const material = scene.materials[geom("ball")?.material ?? -1];
    expect(material?.repeat).toEqual([2, 3]);
    expect(scene.textures).toHaveLength(1);
    const texture = scene.textures[material?.texture ?? -1];
    expect(texture).toMatchObject({ width: 8, height: 4 });
    // Opaque, and red and blue by halves.
    const sums = [0, 1, 2, 3].map((channel) =>
      texture?.pixels.filter((_, i) => i % 4 === channel).reduce((a, b) => a + b),
    );
    expect(sums).toEqual([16 * 255, 0, 16 * 255, 32 * 255]);
  });

  it("lists sites, and tendons that run through space but not those that only add joints", () => {
    expect(scene.sites.map((site) => [site.name, site.type])).toEqual([
      ["anchor", "sphere"],
      ["hook", "sphere"],
    ]);
    expect(scene.tendons.map((tendon) => tendon.name)).toEqual(["rope"]);
  });

  it("finds the plane that everything moves in, and none where a body is free", async () => {
    expect(scene.plane).toEqual([0, 1, 0]);
    const free = `<mujoco><worldbody><body><freejoint/><geom size="1"/></body></worldbody></mujoco>`;
    const other = worldOf(await nodeEngine(), free);
    expect(describeScene(other).plane).toBeNull();
    other.dispose();
  });
});
