/** A world with one of everything that a scene can hold, on a tilted, textured height field of its own. */
import type { Engine } from "../../src/worker/physics/engine";
import { Physics } from "../../src/worker/physics/physics";

export const MUSEUM = `
<mujoco>
  <asset>
    <texture name="checks" type="2d" builtin="checker" rgb1="1 0 0" rgb2="0 0 1" width="8" height="4"/>
    <texture name="sky" type="skybox" builtin="gradient" rgb1="1 1 1" rgb2="0 0 0" width="8" height="8"/>
    <material name="checked" texture="checks" texrepeat="2 3" rgba="0.2 0.4 0.6 1"/>
    <mesh name="tetrahedron" vertex="0 0 0  0.3 0 0  0 0.4 0  0 0 0.5"/>
    <hfield name="hill" nrow="3" ncol="4" size="2 1 0.5 0.1" elevation="0 0 0 0  0 1 0.5 0  0 0 0 0.25"/>
  </asset>
  <worldbody>
    <geom name="hill" type="hfield" hfield="hill" pos="0 0 -3"/>
    <geom name="tilted" type="plane" size="1 1 0.1" quat="0.9 0.1 0 0" pos="0 5 0"/>
    <site name="anchor" pos="0 0 2" size="0.02"/>
    <body name="swing" pos="0 0 1">
      <joint name="hinge" type="hinge" axis="0 2 0"/>
      <geom name="ball" type="sphere" size="0.1" material="checked"/>
      <geom name="egg" type="ellipsoid" size="0.1 0.2 0.3" pos="0 0 -0.5" rgba="1 0 0 1"/>
      <geom name="pill" type="capsule" size="0.05 0.2" pos="0 0 -1"/>
      <geom name="drum" type="cylinder" size="0.1 0.2" pos="0.4 0 0"/>
      <geom name="crate" type="box" size="0.1 0.2 0.3" pos="0.8 0 0"/>
      <geom name="rock" type="mesh" mesh="tetrahedron" pos="1.2 0 0"/>
      <site name="hook" pos="0 0 -0.2" size="0.02"/>
    </body>
  </worldbody>
  <tendon>
    <spatial name="rope" width="0.01" rgba="0 1 0 1"><site site="anchor"/><site site="hook"/></spatial>
    <fixed name="sum"><joint joint="hinge" coef="1"/></fixed>
  </tendon>
  <actuator>
    <motor name="torque" joint="hinge" gear="5" ctrllimited="true" ctrlrange="-2 2"/>
  </actuator>
</mujoco>`;

/** The museum, or another document, at its first pose. The caller disposes of it. */
export function worldOf(engine: Engine, xml: string = MUSEUM): Physics {
  const physics = new Physics(engine, { xml, assets: new Map(), timestep: 0.002, frameSkip: 5 });
  physics.reset(physics.model.qpos0, new Float64Array(physics.model.nv));
  return physics;
}
