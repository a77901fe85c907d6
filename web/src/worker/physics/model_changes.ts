/** What a control loop changes in its scene's model. Spec and NumPy interpreter: mjcf/control.py, mjcf/model_changes.py. */
import type { MjModel } from "@mujoco/mujoco";
import type { Control, ModelChanges } from "../../generated/bundle";
import { bodyId, type Engine, idOf } from "./engine";

/** A target that no joint reaches; as in model_changes.py. */
const UNLIMITED = 1e9;

/** Changes the model in place, and what MuJoCo derives from it. Raises where the model does not have what is named. */
export function changeModel(engine: Engine, model: MjModel, control: Control, changes: ModelChanges | null): void {
  if (control.law === "pd_implicit") makeServos(engine, model, control);
  if (changes === null) return;
  const { integrator, armature = {}, damping = {}, frictionloss = {}, mass = {} } = changes;
  if (integrator) setIntegrator(engine, model, integrator);
  for (const [field, values] of [
    [model.dof_armature, armature],
    [model.dof_damping, damping],
    [model.dof_frictionloss, frictionloss],
  ] as const) {
    for (const [name, value] of Object.entries(values))
      field[model.jnt_dofadr[idOf(engine, model, "joint", name)]] = value;
  }
  for (const [name, value] of Object.entries(mass)) {
    const body = bodyId(engine, model, name);
    const share = value / model.body_mass[body];
    for (let i = 0; i < 3; i++) model.body_inertia[3 * body + i] *= share;
    model.body_mass[body] = value;
  }
  if (Object.keys(armature).length + Object.keys(mass).length === 0) return;
  const data = new engine.MjData(model);
  engine.mj_setConst(model, data);
  data.delete();
}

function setIntegrator(engine: Engine, model: MjModel, name: NonNullable<ModelChanges["integrator"]>): void {
  const { mjINT_EULER, mjINT_RK4, mjINT_IMPLICIT, mjINT_IMPLICITFAST } = engine.mjtIntegrator;
  const kinds = { Euler: mjINT_EULER, RK4: mjINT_RK4, implicit: mjINT_IMPLICIT, implicitfast: mjINT_IMPLICITFAST };
  const options = model.opt;
  options.integrator = kinds[name].value;
  options.delete();
}

/** Each actuator becomes a servo of its position: `kp (ctrl - q) - kd v`, which MuJoCo's integrator knows of. */
function makeServos(engine: Engine, model: MjModel, { kp, kd, actuators }: Control): void {
  const gains = model.actuator_gainprm.length / model.nu;
  const biases = model.actuator_biasprm.length / model.nu;
  for (let number = 0; number < model.nu; number++) {
    const i = actuators?.[number] ?? number;
    model.actuator_dyntype[i] = engine.mjtDyn.mjDYN_NONE.value;
    model.actuator_gaintype[i] = engine.mjtGain.mjGAIN_FIXED.value;
    model.actuator_biastype[i] = engine.mjtBias.mjBIAS_AFFINE.value;
    model.actuator_gainprm.set([kp?.[number] ?? 0, 0, 0], gains * i);
    model.actuator_biasprm.set([0, -(kp?.[number] ?? 0), -(kd?.[number] ?? 0)], biases * i);
    model.actuator_ctrlrange.set([-UNLIMITED, UNLIMITED], 2 * i);
  }
}
