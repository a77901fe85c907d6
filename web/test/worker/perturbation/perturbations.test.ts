import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Vec3 } from "../../../src/protocol";
import { bodyId } from "../../../src/worker/physics/engine";
import type { Simulation } from "../../../src/worker/simulation/simulation";
import { playedBundle } from "../../support/node";

let simulation: Simulation;
let twin: Simulation;
beforeEach(async () => {
  ({ simulation } = await playedBundle(3));
  ({ simulation: twin } = await playedBundle(3));
});
afterEach(() => {
  simulation.dispose();
  twin.dispose();
});

async function steps(world: Simulation, n: number): Promise<void> {
  for (let i = 0; i < n; i++) await world.step();
}

function positionOf(world: Simulation, body: string): Vec3 {
  const { xpos } = world.physics.views;
  const at = 3 * bodyId(world.physics.engine, world.physics.model, body);
  return [xpos[at] ?? Number.NaN, xpos[at + 1] ?? Number.NaN, xpos[at + 2] ?? Number.NaN];
}

const applied = (world: Simulation): number[] =>
  [...world.physics.views.qfrc_applied, ...world.physics.views.xfrc_applied].filter((force) => force !== 0);

describe("dragging", () => {
  it("pulls the grabbed body towards the target, away from the same seed undragged", async () => {
    const [x, y, z] = positionOf(simulation, "torso");
    simulation.perturbations.grab("torso", [x, y, z], [x + 0.8, y, z]);
    await steps(simulation, 40);
    await steps(twin, 40);
    expect(positionOf(simulation, "torso")[0] - positionOf(twin, "torso")[0]).toBeGreaterThan(0.1);
    const hand = simulation.perturbations.state;
    expect(hand?.body).toBe("torso");
    expect(Math.hypot(...(hand?.force ?? [0, 0, 0]))).toBeGreaterThan(1);
  });

  it("exerts J^T f at the point that moves with the body", async () => {
    const [x, y, z] = positionOf(simulation, "right_lower_arm");
    simulation.perturbations.grab("right_lower_arm", [x + 0.05, y, z - 0.03], [x, y - 0.4, z + 0.3]);
    await steps(simulation, 5);
    // The forces that the next substep will feel, from the state as it is.
    simulation.perturbations.beforeSubstep?.();
    const hand = simulation.perturbations.state;
    const { engine, model } = simulation.physics;
    const data = (simulation.physics as unknown as { data: InstanceType<typeof engine.MjData> }).data;
    const jacobian = new engine.DoubleBuffer(3 * model.nv);
    try {
      const body = bodyId(engine, model, "right_lower_arm");
      engine.mj_jac(model, data, jacobian, null, [...(hand?.point ?? [])], body);
      const j: Float64Array = jacobian.GetView();
      const { qfrc_applied } = simulation.physics.views;
      expect(Math.hypot(...qfrc_applied)).toBeGreaterThan(1);
      for (let dof = 0; dof < model.nv; dof++) {
        const force = (hand?.force ?? []).reduce(
          (sum, f, axis) => sum + f * (j[axis * model.nv + dof] ?? Number.NaN),
          0,
        );
        expect(qfrc_applied[dof]).toBeCloseTo(force, 9);
      }
    } finally {
      jacobian.delete();
    }
  });

  it("leaves no force behind when it lets go", async () => {
    const [x, y, z] = positionOf(simulation, "torso");
    simulation.perturbations.grab("torso", [x, y, z], [x, y, z + 0.5]);
    await steps(simulation, 3);
    expect(applied(simulation)).not.toEqual([]);
    simulation.perturbations.release();
    expect(applied(simulation)).toEqual([]);
    expect(simulation.perturbations.state).toBeNull();
    await steps(simulation, 1);
    expect(applied(simulation)).toEqual([]);
  });

  it("pulls harder and farther the stiffer it is, from the same seed", async () => {
    const pulled: number[] = [];
    const forces: number[] = [];
    for (const stiffness of [3, 10, 60]) {
      simulation.reset({ seed: 3 });
      const [x, y, z] = positionOf(simulation, "torso");
      simulation.perturbations.stiffness = stiffness;
      simulation.perturbations.grab("torso", [x, y, z], [x + 0.3, y, z]);
      forces.push(simulation.perturbations.state?.force[0] ?? Number.NaN);
      await steps(simulation, 15);
      pulled.push(positionOf(simulation, "torso")[0] - x);
    }
    const [soft = 0, usual = 0, stiff = 0] = pulled;
    expect(usual).toBeGreaterThan(1.5 * soft);
    expect(stiff).toBeGreaterThan(1.5 * usual);
    // The body hardly moves yet: hardly anything is damped.
    expect((forces[1] ?? 0) / (forces[0] ?? 0)).toBeCloseTo(10 / 3, 1);
    expect(() => {
      simulation.perturbations.stiffness = 0;
    }).toThrow("The stiffness is 1 to 200 N/m per kilogram; got 0.");
  });

  it("stays below thirty newtons per kilogram however far the target is", async () => {
    // At rest: what it damps would come on top.
    simulation.reset({ seed: 3, qvel: Array.from(simulation.snapshot().qvel, () => 0) });
    const [x, y, z] = positionOf(simulation, "torso");
    simulation.perturbations.grab("torso", [x, y, z], [x + 1000, y, z]);
    const force = Math.hypot(...(simulation.perturbations.state?.force ?? []));
    const mass = (simulation.physics.model.body_mass as Float64Array).reduce((sum, m) => sum + m, 0);
    expect(force).toBeCloseTo(30 * mass, 6);
  });

  it("refuses bodies that do not exist or do not move, and a target that is not a point", () => {
    const { perturbations } = simulation;
    expect(() => perturbations.grab("nose", [0, 0, 0], [0, 0, 0])).toThrow(/no body "nose".*torso/);
    expect(() => perturbations.grab("world", [0, 0, 0], [0, 0, 0])).toThrow(/does not move/);
    expect(() => perturbations.grab("torso", [0, 0, 0], [0, Number.NaN, 0])).toThrow(/target is three finite numbers/);
    expect(() => perturbations.move([0, 0, 0])).toThrow(/Nothing is held/);
    expect(perturbations.state).toBeNull();
  });
});

describe("what the policy sees of the hand", () => {
  /** External contact forces (cfrc_ext) of the torso, which the Humanoid observes, after two steps of pulling. */
  async function torsoForce(felt: boolean): Promise<number> {
    const world = felt ? simulation : twin;
    const [x, y, z] = positionOf(world, "torso");
    world.perturbations.felt = felt;
    world.perturbations.grab("torso", [x, y, z], [x, y, z + 0.5]);
    await steps(world, 2);
    return Math.hypot(...world.physics.views.cfrc_ext.subarray(6, 12));
  }

  it("is nothing by default, and the pull once it is felt", async () => {
    expect(await torsoForce(false)).toBe(0);
    expect(await torsoForce(true)).toBeGreaterThan(50);
  });
});

describe("a push", () => {
  /** Momentum of the whole body along y, from the centres of mass over one more step. */
  async function momentum(world: Simulation): Promise<number> {
    const masses: Float64Array = world.physics.model.body_mass;
    const moment = (): number =>
      masses.reduce((sum, mass, body) => sum + mass * (world.physics.views.xipos[3 * body + 1] ?? Number.NaN), 0);
    const before = moment();
    await steps(world, 1);
    return (moment() - before) / world.physics.dt;
  }

  it("gives a body in the air exactly its impulse, in a tenth of a second, and nothing after", async () => {
    for (const world of [simulation, twin]) {
      const { qpos, qvel } = world.snapshot();
      world.policy = null;
      qpos[2] = 10;
      world.reset({ seed: 3, qpos: Array.from(qpos), qvel: Array.from(qvel) });
    }
    simulation.perturbations.push("torso", [0, 25, 0]);
    await steps(simulation, 12);
    await steps(twin, 12);
    const gained = (await momentum(simulation)) - (await momentum(twin));
    expect(Math.abs(gained - 25)).toBeLessThan(0.01 * 25);
    expect(applied(simulation)).toEqual([]);
  });

  it("at a point off the centre of mass turns the body as well", async () => {
    for (const world of [simulation, twin]) {
      const { qpos, qvel } = world.snapshot();
      world.policy = null;
      qpos[2] = 10;
      world.reset({ seed: 3, qpos: Array.from(qpos), qvel: Array.from(qvel) });
    }
    const torso = bodyId(simulation.physics.engine, simulation.physics.model, "torso");
    const [x = 0, y = 0, z = 0] = simulation.physics.views.xipos.subarray(3 * torso, 3 * torso + 3);
    simulation.perturbations.push("torso", [0, 10, 0], [x + 0.2, y, z]);
    twin.perturbations.push("torso", [0, 10, 0]);
    await steps(simulation, 11);
    await steps(twin, 11);
    // The root's angular velocity about its own z.
    expect((simulation.snapshot().qvel[5] ?? 0) - (twin.snapshot().qvel[5] ?? 0)).toBeGreaterThan(1);
  });

  it("is shown from its beginning for half a second, with its impulse and its force", async () => {
    simulation.perturbations.push("torso", [0, 25, 0]);
    expect(simulation.perturbations.pushes).toMatchObject([{ body: "torso", impulse: [0, 25, 0] }]);
    expect(simulation.perturbations.pushes[0]?.force[1]).toBeCloseTo(250, 9);
    await steps(simulation, 49);
    expect(simulation.perturbations.pushes).toHaveLength(1);
    await steps(simulation, 2);
    expect(simulation.perturbations.pushes).toEqual([]);
  });
});
