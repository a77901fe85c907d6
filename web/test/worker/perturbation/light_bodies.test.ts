/** What is small, geared or on rails: Gymnasium's worlds in their own numbers, by their own integrators. */
import { describe, expect, it } from "vitest";
import type { Vec3 } from "../../../src/protocol";
import { SOFTEST, STIFFEST, USUAL_STIFFNESS } from "../../../src/protocol";
import { Perturbations } from "../../../src/worker/perturbation/perturbations";
import { bodyId } from "../../../src/worker/physics/engine";
import { Physics } from "../../../src/worker/physics/physics";
import { nodeEngine } from "../../support/node";

const WORLDS = {
  Reacher: {
    body: "body1",
    reach: [0.1, 0, 0],
    timestep: 0.01,
    xml: `<mujoco><compiler angle="radian"/><option gravity="0 0 -9.81" integrator="RK4"/><default>
      <joint armature="1" damping="1" limited="true"/><geom contype="0" conaffinity="0" density="300"/></default>
      <worldbody><body name="body0" pos="0 0 .01"><geom fromto="0 0 0 0.1 0 0" size=".01" type="capsule"/>
      <joint axis="0 0 1" limited="false" type="hinge"/><body name="body1" pos="0.1 0 0">
      <joint axis="0 0 1" range="-3 3" type="hinge"/><geom fromto="0 0 0 0.1 0 0" size=".01" type="capsule"/>
      <body name="fingertip" pos="0.11 0 0"><geom size=".01" type="sphere"/></body></body></body></worldbody></mujoco>`,
  },
  InvertedPendulum: {
    body: "pole",
    reach: [0, 0, 0.6],
    timestep: 0.02,
    xml: `<mujoco><default><joint armature="0" damping="1" limited="true"/><geom contype="0" friction="1 0.1 0.1"/></default>
      <option gravity="0 0 -9.81" integrator="RK4"/><size nstack="3000"/><worldbody><body name="cart">
      <joint axis="1 0 0" name="slider" range="-1 1" type="slide"/>
      <geom quat="0.707 0 0.707 0" size="0.1 0.1" type="capsule"/><body name="pole">
      <joint axis="0 1 0" name="hinge" range="-90 90" type="hinge"/>
      <geom fromto="0 0 0 0.001 0 0.6" size="0.049 0.3" type="capsule"/></body></body></worldbody></mujoco>`,
  },
  Swimmer: {
    body: "back",
    reach: [-1, 0, 0],
    timestep: 0.01,
    xml: `<mujoco><option density="4000" integrator="RK4" viscosity="0.1"/><default>
      <geom conaffinity="1" condim="1" contype="1"/><joint armature="0.1"/></default><worldbody>
      <body name="torso"><geom density="1000" fromto="1.5 0 0 0.5 0 0" size="0.1" type="capsule"/>
      <joint axis="1 0 0" type="slide"/><joint axis="0 1 0" type="slide"/><joint axis="0 0 1" type="hinge"/>
      <body name="mid" pos="0.5 0 0"><geom density="1000" fromto="0 0 0 -1 0 0" size="0.1" type="capsule"/>
      <joint axis="0 0 1" limited="true" range="-100 100" type="hinge"/><body name="back" pos="-1 0 0">
      <geom density="1000" fromto="0 0 0 -1 0 0" size="0.1" type="capsule"/>
      <joint axis="0 0 1" limited="true" range="-100 100" type="hinge"/></body></body></body></worldbody></mujoco>`,
  },
} satisfies Record<string, { body: string; reach: Vec3; timestep: number; xml: string }>;

describe.each(Object.entries(WORLDS))("in a %s", (_, world) => {
  /** Drags the tip sideways for four seconds and swings the target; the fastest speed of a joint, and how far it came. */
  async function drag(stiffness: number, metres: number): Promise<{ fastest: number; moved: number; left: number }> {
    const physics = new Physics(await nodeEngine(), { ...world, assets: new Map(), frameSkip: 1 });
    const perturbations = new Perturbations(physics);
    try {
      physics.reset(new Float64Array(physics.model.nq), new Float64Array(physics.model.nv));
      const at = 3 * bodyId(physics.engine, physics.model, world.body);
      const tip = Array.from(physics.views.xpos.subarray(at, at + 3), (x, i) => x + world.reach[i as 0 | 1 | 2]);
      const point: Vec3 = [tip[0] ?? 0, tip[1] ?? 0, tip[2] ?? 0];
      const aside = world.body === "pole" ? 0 : 1;
      const target = (share: number): Vec3 => [
        point[0] + (aside === 0 ? share * metres : 0),
        point[1] + (aside === 1 ? share * metres : 0),
        point[2],
      ];
      perturbations.stiffness = stiffness;
      perturbations.grab(world.body, point, target(1));
      let fastest = 0;
      let moved = 0;
      const steps = Math.round(4 / world.timestep);
      for (let i = 0; i < steps; i++) {
        // For the second half it stands still.
        if (i % 40 === 20 && i < steps / 2) perturbations.move(target(-1));
        if (i % 40 === 0 || i >= steps / 2) perturbations.move(target(1));
        physics.step([], perturbations.beforeSubstep);
        fastest = Math.max(fastest, ...Array.from(physics.views.qvel, Math.abs));
        moved = Math.max(moved, (perturbations.state?.point[aside] ?? Number.NaN) - point[aside]);
      }
      const left = Math.max(...Array.from(physics.views.qvel, Math.abs));
      return { fastest, moved, left };
    } finally {
      perturbations.dispose();
      physics.dispose();
    }
  }

  it.each([SOFTEST, USUAL_STIFFNESS, STIFFEST])(
    "a drag of %i N/(m·kg) neither blows it up nor shakes it",
    async (stiffness) => {
      for (const metres of [0.05, 3]) {
        const { fastest, left } = await drag(stiffness, metres);
        expect(fastest).toBeLessThan(60);
        expect(left).toBeLessThan(3);
      }
    },
  );

  it("a usual drag moves it", async () => {
    expect((await drag(USUAL_STIFFNESS, 0.1)).moved).toBeGreaterThan(0.03);
  });
});
