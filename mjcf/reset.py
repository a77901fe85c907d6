"""The two initial states that most of Gymnasium's environments draw."""

from gymnasium.envs.mujoco.mujoco_env import MujocoEnv

from bbconvert.mjcf.spec import Draw, NormalDraw, Reset, UniformDraw


def uniform_reset(env: MujocoEnv, noise: float) -> Reset:
    """Every position and velocity uniform within ±noise of the model's own."""
    return reset(
        env,
        UniformDraw(target="qpos", low=-noise, high=noise),
        UniformDraw(target="qvel", low=-noise, high=noise),
    )


def normal_velocity_reset(env: MujocoEnv, noise: float) -> Reset:
    """Every position uniform within ±noise, every velocity normal with standard deviation `noise`."""
    return reset(
        env,
        UniformDraw(target="qpos", low=-noise, high=noise),
        NormalDraw(target="qvel", scale=noise),
    )


def reset(env: MujocoEnv, *draws: Draw) -> Reset:
    """The model's own state, then these draws in order."""
    return Reset(init_qpos=env.init_qpos.tolist(), init_qvel=env.init_qvel.tolist(), draws=list(draws))
