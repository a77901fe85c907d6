"""What a control loop changes in its scene's model: the interpreter in NumPy of `ModelChanges` and of servo gains."""

import mujoco

from bbconvert.mjcf.control import Control, ModelChanges

UNLIMITED = 1e9
"""A target that no joint reaches; as in model_changes.ts."""
_INTEGRATORS = {
    "Euler": mujoco.mjtIntegrator.mjINT_EULER,
    "RK4": mujoco.mjtIntegrator.mjINT_RK4,
    "implicit": mujoco.mjtIntegrator.mjINT_IMPLICIT,
    "implicitfast": mujoco.mjtIntegrator.mjINT_IMPLICITFAST,
}


def change_model(model: mujoco.MjModel, control: Control, changes: ModelChanges | None) -> None:
    """Changes the model in place, and what MuJoCo derives from it.

    Raises:
        ValueError: a joint or a body that the model does not have, or one that is named and has no such number.
    """
    if control.law == "pd_implicit":
        _make_servos(model, control)
    if changes is None:
        return
    if changes.integrator is not None:
        model.opt.integrator = _INTEGRATORS[changes.integrator]
    for field, values in (
        ("armature", changes.armature),
        ("damping", changes.damping),
        ("frictionloss", changes.frictionloss),
    ):
        for name, value in values.items():
            joint = named(model, mujoco.mjtObj.mjOBJ_JOINT, name)
            getattr(model, f"dof_{field}")[model.jnt_dofadr[joint]] = value
    for name, value in changes.mass.items():
        body = named(model, mujoco.mjtObj.mjOBJ_BODY, name)
        if model.body_mass[body] <= 0:
            raise ValueError(f"body {name!r} has no mass that could be changed")
        model.body_inertia[body] *= value / model.body_mass[body]
        model.body_mass[body] = value
    if changes.armature or changes.mass:
        mujoco.mj_setConst(model, mujoco.MjData(model))


def _make_servos(model: mujoco.MjModel, control: Control) -> None:
    """Each actuator becomes a servo of its position: `kp (ctrl - q) - kd v`, which MuJoCo's integrator knows of."""
    order = control.actuators or range(model.nu)
    for i, kp, kd in zip(order, control.kp or [], control.kd or [], strict=True):
        model.actuator_dyntype[i] = mujoco.mjtDyn.mjDYN_NONE
        model.actuator_gaintype[i] = mujoco.mjtGain.mjGAIN_FIXED
        model.actuator_biastype[i] = mujoco.mjtBias.mjBIAS_AFFINE
        model.actuator_gainprm[i, :3] = (kp, 0, 0)
        model.actuator_biasprm[i, :3] = (0, -kp, -kd)
        model.actuator_ctrlrange[i] = (-UNLIMITED, UNLIMITED)


def named(model: mujoco.MjModel, kind: mujoco.mjtObj, name: str) -> int:
    """The number of the joint or body of that name.

    Raises:
        ValueError: the model has none; the message lists those that it has.
    """
    found = mujoco.mj_name2id(model, kind, name)
    if found < 0:
        is_joint = kind == mujoco.mjtObj.mjOBJ_JOINT
        one, count = ("joint", model.njnt) if is_joint else ("body", model.nbody)
        names = ", ".join(mujoco.mj_id2name(model, kind, i) or "?" for i in range(count))
        raise ValueError(f"the control loop names {one} {name!r}; the model has {names}")
    return int(found)
