import { describe, expect, it } from "vitest";
import { CONTACT_ROW } from "../../../src/protocol";
import { Overlays } from "../../../src/worker/frames/overlays";
import { worldOf } from "../../support/museum";
import { nodeEngine, playedBundle } from "../../support/node";

const GRAVITY = 9.81;

describe("what is shown over the picture", () => {
  it("is not read unless it is shown", async () => {
    const { simulation } = await playedBundle(7);
    const overlays = new Overlays(simulation.physics);
    expect(overlays.read()).toBeNull();
    overlays.set("torques", true);
    expect(overlays.read()).toMatchObject({ contacts: null, joints: null, centreOfMass: null, tendons: null });
    expect(() => overlays.set("wind" as "forces", true)).toThrow("There are: contacts, forces");
    overlays.dispose();
    simulation.dispose();
  });

  it("finds contact forces at the feet that carry the weight of a standing body", async () => {
    const { simulation } = await playedBundle(7);
    const overlays = new Overlays(simulation.physics);
    overlays.set("forces", true);
    for (let i = 0; i < 150; i++) await simulation.step();
    const sum = [0, 0, 0];
    const steps = 100;
    for (let i = 0; i < steps; i++) {
      await simulation.step();
      const contacts = overlays.read()?.contacts ?? new Float32Array();
      expect(contacts.length % CONTACT_ROW).toBe(0);
      for (let row = 0; row < contacts.length; row += CONTACT_ROW) {
        expect(contacts[row + 6]).toBeCloseTo(1, 5);
        expect(Math.abs(contacts[row + 3] ?? 1)).toBeLessThan(0.02);
        for (let k = 0; k < 3; k++) sum[k] = (sum[k] ?? 0) + (contacts[row + 7 + k] ?? Number.NaN) / steps;
      }
    }
    const masses: Float64Array = simulation.physics.model.body_mass;
    const weight = masses.reduce((all, mass) => all + mass) * GRAVITY;
    expect(simulation.terminated).toBe(false);
    expect((sum[2] ?? 0) / weight).toBeGreaterThan(0.8);
    expect((sum[2] ?? 0) / weight).toBeLessThan(1.2);
    expect(Math.hypot(sum[0] ?? 0, sum[1] ?? 0)).toBeLessThan(0.2 * weight);
    overlays.dispose();
    simulation.dispose();
  });

  it("knows where hinges are, what pulls how hard, where the mass and the ropes are", async () => {
    const physics = worldOf(await nodeEngine());
    const overlays = new Overlays(physics);
    for (const overlay of ["joints", "torques", "centreOfMass"] as const) overlays.set(overlay, true);
    physics.step([-1], null);
    const frame = overlays.read();
    expect(Array.from(frame?.joints ?? [])).toEqual([0, 0, 1, 0, 1, 0]);
    // Half of the control's range, on the one body that its joint moves.
    expect(Array.from(frame?.loads ?? [])).toEqual([0, -0.5]);
    const { xipos } = physics.views;
    frame?.centreOfMass?.forEach((value, i) => {
      expect(value).toBe(xipos[3 + i]);
    });
    const rope = frame?.tendons?.[0] ?? new Float32Array();
    expect(Array.from(rope.subarray(0, 3))).toEqual([0, 0, 2]);
    expect(Math.hypot(rope[3] ?? 0, (rope[5] ?? 0) - 1)).toBeCloseTo(0.2, 6);
    overlays.dispose();
    physics.dispose();
  });

  it("follows the actuators only as far as the model limits them", async () => {
    const physics = worldOf(await nodeEngine());
    const overlays = new Overlays(physics);
    overlays.set("torques", true);
    physics.step([9], null);
    expect(overlays.read()?.loads?.[1]).toBe(1);
    overlays.dispose();
    physics.dispose();
  });
});
