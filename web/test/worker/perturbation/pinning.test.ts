import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Vec3 } from "../../../src/protocol";
import { bodyId } from "../../../src/worker/physics/engine";
import type { Simulation } from "../../../src/worker/simulation/simulation";
import { playedBundle } from "../../support/node";

let simulation: Simulation;
beforeEach(async () => {
  ({ simulation } = await playedBundle(3));
  simulation.policy = null;
});
afterEach(() => simulation.dispose());

async function steps(n: number): Promise<void> {
  for (let i = 0; i < n; i++) await simulation.step();
}

function positionOf(body: string): Vec3 {
  const { xpos } = simulation.physics.views;
  const at = 3 * bodyId(simulation.physics.engine, simulation.physics.model, body);
  return [xpos[at] ?? Number.NaN, xpos[at + 1] ?? Number.NaN, xpos[at + 2] ?? Number.NaN];
}

const distance = (a: Vec3, b: Vec3): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

describe("a pin", () => {
  it("holds a limp body's torso within three centimetres for three seconds, and lets it fall", async () => {
    const start = positionOf("torso");
    simulation.perturbations.pin("torso", start, start);
    for (let i = 0; i < 300; i++) {
      await simulation.step();
      expect(distance(positionOf("torso"), start)).toBeLessThan(0.03);
    }
    simulation.perturbations.unpin("torso");
    await steps(100);
    expect(start[2] - positionOf("torso")[2]).toBeGreaterThan(0.5);
  });

  it("carries the body's weight in newtons", async () => {
    const [x, y, z] = positionOf("torso");
    simulation.perturbations.pin("torso", [x, y, z], [x, y, z + 1]);
    await steps(600);
    const mass = (simulation.physics.model.body_mass as Float64Array).reduce((sum, m) => sum + m, 0);
    const [pin] = simulation.perturbations.pins;
    expect(pin?.body).toBe("torso");
    expect((pin?.force[2] ?? 0) / (9.81 * mass)).toBeCloseTo(1, 1);
  });

  it("of a light hand carries the whole body, which swings, without shaking", async () => {
    const [x, y, z] = positionOf("right_lower_arm");
    simulation.perturbations.pin("right_lower_arm", [x, y, z], [x, y, z + 1]);
    await steps(300);
    const hand = (): Vec3 => simulation.perturbations.pins[0]?.point ?? [Number.NaN, Number.NaN, Number.NaN];
    let earlier = hand();
    for (let i = 0; i < 300; i++) {
      await simulation.step();
      expect(distance(hand(), [x, y, z + 1])).toBeLessThan(0.08);
      expect(distance(hand(), earlier)).toBeLessThan(0.003);
      earlier = hand();
    }
    expect(positionOf("right_foot")[2]).toBeGreaterThan(0.2);
  });

  it("is one of several, one for each body, and all go at once", async () => {
    const left = positionOf("left_lower_arm");
    const right = positionOf("right_lower_arm");
    simulation.perturbations.pin("left_lower_arm", left, left);
    simulation.perturbations.pin("right_lower_arm", right, right);
    simulation.perturbations.pin("right_lower_arm", right, [right[0], right[1], 2]);
    await steps(5);
    expect(simulation.perturbations.pins.map((pin) => pin.body)).toEqual(["left_lower_arm", "right_lower_arm"]);
    expect(simulation.perturbations.pins[1]?.target[2]).toBe(2);
    simulation.perturbations.unpin();
    expect(simulation.perturbations.pins).toEqual([]);
    expect(Math.hypot(...simulation.physics.views.qfrc_applied)).toBe(0);
  });

  it("ends with the episode", async () => {
    const start = positionOf("torso");
    simulation.perturbations.pin("torso", start, start);
    simulation.reset({ seed: 3 });
    expect(simulation.perturbations.pins).toEqual([]);
    expect(simulation.perturbations.holds).toBe(false);
  });

  it("that is not there cannot be taken away, and the world cannot be pinned", () => {
    expect(() => simulation.perturbations.unpin("torso")).toThrow("Body torso is not pinned. None is.");
    expect(() => simulation.perturbations.pin("world", [0, 0, 0], [0, 0, 0])).toThrow(/cannot be pinned/);
  });
});
