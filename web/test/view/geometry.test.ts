import type { BufferGeometry } from "three";
import { Box3, type BufferAttribute, Vector3 } from "three";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SceneDescription } from "../../src/protocol";
import { geometryOf } from "../../src/view/geometry";
import type { Physics } from "../../src/worker/physics/physics";
import { describeScene } from "../../src/worker/scene/scene";
import { worldOf } from "../support/museum";
import { nodeEngine } from "../support/node";

let physics: Physics;
let scene: SceneDescription;

beforeAll(async () => {
  physics = worldOf(await nodeEngine());
  scene = describeScene(physics);
});
afterAll(() => physics.dispose());

function built(name: string): BufferGeometry {
  const geom = scene.geoms.find((one) => one.name === name);
  const geometry = geom && geometryOf(geom, scene);
  if (!geometry) throw new Error(`The museum's ${name} has no geometry.`);
  return geometry;
}

function box(geometry: BufferGeometry): Box3 {
  return new Box3().setFromBufferAttribute(geometry.getAttribute("position") as BufferAttribute);
}

/** Least share of a face's normal along its corners', over all faces: above 0 where both face outwards. */
function leastAgreement(geometry: BufferGeometry): number {
  const position = geometry.getAttribute("position");
  const normal = geometry.getAttribute("normal");
  const index = geometry.getIndex();
  const count = index ? index.count : position.count;
  const at = (k: number) => (index ? index.getX(k) : k);
  const [a, b, c, n] = [new Vector3(), new Vector3(), new Vector3(), new Vector3()];
  let least = 1;
  for (let k = 0; k < count; k += 3) {
    a.fromBufferAttribute(position, at(k));
    const face = b
      .fromBufferAttribute(position, at(k + 1))
      .sub(a)
      .cross(c.fromBufferAttribute(position, at(k + 2)).sub(a));
    if (face.lengthSq() < 1e-12) continue;
    face.normalize();
    for (let i = 0; i < 3; i++) least = Math.min(least, face.dot(n.fromBufferAttribute(normal, at(k + i))));
  }
  return least;
}

describe("geometry of MuJoCo's shapes", () => {
  it.each([
    ["ball", [0.1, 0.1, 0.1]],
    ["egg", [0.1, 0.2, 0.3]],
    ["pill", [0.05, 0.05, 0.25]],
    ["drum", [0.1, 0.1, 0.2]],
    ["crate", [0.1, 0.2, 0.3]],
    ["tilted", [1, 1, 0]],
  ])("a %s reaches as far as its size says", (name, half) => {
    const { min, max } = box(built(name));
    for (const [i, reach] of half.entries()) {
      // Round things are drawn with facets: their extreme points lie on the axes all the same, within a hundredth.
      expect(max.getComponent(i)).toBeLessThanOrEqual(reach + 1e-6);
      expect(max.getComponent(i)).toBeGreaterThan(0.99 * reach - 1e-6);
      expect(min.getComponent(i)).toBeCloseTo(-max.getComponent(i), 3);
    }
  });

  it("a mesh spans its vertices, about its centre of mass", () => {
    const size = box(built("rock")).getSize(new Vector3());
    expect(size.length()).toBeGreaterThan(0.5);
    const geom = scene.geoms.find((one) => one.name === "rock");
    const mesh = scene.meshes[geom?.mesh ?? -1];
    expect(built("rock").getAttribute("position").array).toEqual(mesh?.vertices);
  });

  it("a height field has its peak where the document has it, and stands on its base", () => {
    const geometry = built("hill");
    const { min, max } = box(geometry);
    expect(min.toArray().map((value) => Number(value.toFixed(6)))).toEqual([-2, -1, -0.1]);
    expect(max.toArray().map((value) => Number(value.toFixed(6)))).toEqual([2, 1, 0.5]);
    const position = geometry.getAttribute("position");
    const heightAt = (x: number, y: number) => {
      for (let k = 0; k < position.count; k++)
        if (Math.hypot(position.getX(k) - x, position.getY(k) - y) < 1e-6) return position.getZ(k);
      throw new Error("no vertex there");
    };
    expect(heightAt(-2 / 3, 0)).toBeCloseTo(0.5, 6);
    expect(heightAt(2 / 3, 0)).toBeCloseTo(0.25, 6);
    expect(heightAt(2, -1)).toBeCloseTo(0.125, 6);
  });

  it.each(["ball", "egg", "pill", "drum", "crate", "rock", "tilted"])("a %s faces outwards", (name) => {
    expect(leastAgreement(built(name))).toBeGreaterThan(0);
  });

  it("a height field faces upwards where it is walked on", () => {
    const geometry = built("hill");
    const normal = geometry.getAttribute("normal");
    for (let k = 0; k < 12; k++) expect(normal.getZ(k)).toBeGreaterThan(0);
    expect(leastAgreement(geometry)).toBeGreaterThan(-0.2);
  });
});
