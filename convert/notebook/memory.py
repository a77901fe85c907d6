"""A policy in memory as a bundle: converted where it is a network that can be read, else recorded and replayed."""

import itertools
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, get_args

import gymnasium
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save as save_safetensors

from bbconvert.convert.activation import Activation
from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.checkpoints.checkpoint import Unsaid
from bbconvert.convert.environments.environment import environment_spec
from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.local_file import convert_file
from bbconvert.convert.numpy_network import numpy_outputs
from bbconvert.convert.progress import CallbackProgress
from bbconvert.convert.rollout.rollout import Golden

AGREES_WITHIN = 1e-4
"""How far a float32 module may be from its network read as data, relative to the largest action."""
MOST_STEPS = 1000
_NEUTRAL = {"TimeLimit", "OrderEnforcing", "PassiveEnvChecker", "RecordEpisodeStatistics", "ClipAction", "Monitor"}
_NEUTRAL |= {"NormalizeReward", "TransformReward", "Autoreset", "RecordVideo", "RenderCollection", "HumanRendering"}
_made = itertools.count()
_folders = tempfile.TemporaryDirectory(prefix="bbconvert-notebook-", ignore_cleanup_errors=True)
"""The bundles of this process; they go when it ends."""


def bundle_of(
    env: "gymnasium.Env[Any, Any]", policy: Any, seed: int, progress: CallbackProgress
) -> tuple[Bundle, bytes | None]:
    """The bundle of a policy in this environment, and the rollout to replay where the policy had to be recorded.

    Raises:
        BBConvertError: the environment is none of MuJoCo's, bbconvert does not know it, or the policy does not fit it.
    """
    if env.spec is None or not hasattr(env.unwrapped, "model"):
        raise BBConvertError(
            f"{type(env.unwrapped).__name__} is not a MuJoCo environment that gymnasium.make built; "
            "show(env, policy) needs one. See: bbconvert envs"
        )
    folder = Path(_folders.name) / str(next(_made))
    folder.mkdir()
    if _is_sb3(policy):
        _require_plain(env)
        return _of_sb3(env, policy, folder, progress), None
    if _is_torch(policy):
        _require_plain(env)
        return _of_module(env, policy, folder, progress), None
    if not callable(policy):
        raise UsageError(
            f"A {type(policy).__name__} is not a policy: expected a model or a function of an observation."
        )
    return _recorded(env, policy, seed, folder, progress)


def _is_sb3(policy: Any) -> bool:
    return all(hasattr(policy, name) for name in ("policy", "predict", "save", "get_vec_normalize_env"))


def _is_torch(policy: Any) -> bool:
    return hasattr(policy, "state_dict") and hasattr(policy, "named_modules")


def _require_plain(env: "gymnasium.Env[Any, Any]") -> None:
    """Raises BBConvertError where a wrapper changes what the policy sees or does: the page would not have it."""
    while isinstance(env, gymnasium.Wrapper):
        if type(env).__name__ not in _NEUTRAL:
            raise BBConvertError(
                f"The environment's wrapper {type(env).__name__} may change what the policy sees or does, and no page "
                "has it. Save the model and its statistics and convert those (bbconvert.convert), or show what it "
                "plays: show(env, lambda observation: model(observation))."
            )
        env = env.env


def _of_sb3(env: "gymnasium.Env[Any, Any]", model: Any, folder: Path, progress: CallbackProgress) -> Bundle:
    file = folder / f"{type(model).__name__}.zip"
    model.save(file)
    statistics = model.get_vec_normalize_env()
    beside = None
    if statistics is not None:
        beside = folder / "vecnormalize.pkl"
        statistics.save(str(beside))
    return _converted(env, file, folder, progress, title=type(model).__name__, vec_normalize=beside)


def _of_module(env: "gymnasium.Env[Any, Any]", module: Any, folder: Path, progress: CallbackProgress) -> Bundle:
    import torch

    file = folder / f"{type(module).__name__}.pt"
    torch.save({name: tensor.detach().cpu() for name, tensor in module.state_dict().items()}, file)
    unsaid = _wiring(env, module, file)
    return _converted(
        env,
        file,
        folder,
        progress,
        title=type(module).__name__,
        **({} if unsaid is None else {"activation": unsaid.activation, "output": unsaid.output}),
    )


def _wiring(env: "gymnasium.Env[Any, Any]", module: Any, file: Path) -> Unsaid | None:
    """What stands between the module's layers: the one wiring that answers as it does. None: its reader knows it.

    Raises:
        BBConvertError: no wiring of dense layers does.
    """
    import torch

    from bbconvert.convert.checkpoints.state_dict import read_state_dict

    space: Any = env.action_space
    inputs = np.random.default_rng(0).normal(size=(256, int(np.prod(env.observation_space.shape or (1,)))))
    try:
        with torch.no_grad():
            parameter = next(module.parameters())
            answer = module(torch.as_tensor(inputs, dtype=parameter.dtype, device=parameter.device))
        wanted = np.asarray(answer.cpu().numpy(), np.float64)
    except (NotImplementedError, AttributeError, StopIteration):  # an agent without `forward`: CleanRL's, for instance
        return None
    except Exception as error:
        raise BBConvertError(
            f"{type(module).__name__} does not take observations [k, {inputs.shape[1]}]: {error}. "
            "Is it the policy of this environment?"
        ) from error
    tensors = {name: np.asarray(value.detach().cpu().numpy()) for name, value in module.state_dict().items()}
    nearest = np.inf
    outputs: tuple[Literal["clip", "tanh"], ...] = ("clip", "tanh")
    for output, activation in itertools.product(outputs, get_args(Activation)):
        unsaid = Unsaid(activation=activation, output=output, prefix=None)
        network = read_state_dict(file, tensors, unsaid).network
        got = numpy_outputs(network.actor, inputs)
        if output == "tanh":
            got = np.tanh(got) * (space.high - space.low) / 2 + (space.high + space.low) / 2
        if got.shape == wanted.shape:
            difference = float(
                np.abs(np.clip(got, space.low, space.high) - np.clip(wanted, space.low, space.high)).max()
            )
            nearest = min(nearest, difference)
            if difference <= AGREES_WITHIN * max(1.0, float(np.abs(space.high).max())):
                return unsaid
    raise BBConvertError(
        f"{type(module).__name__} is no plain MLP of its dense layers: with any activation "
        f"({', '.join(get_args(Activation))}) its actions differ from them, by {nearest:.2g} at least. Show what it "
        "plays instead: show(env, lambda observation: ...)."
    )


def _recorded(
    env: "gymnasium.Env[Any, Any]", policy: Callable[..., Any], seed: int, folder: Path, progress: CallbackProgress
) -> tuple[Bundle, bytes]:
    """An episode that the policy plays here, in a bundle whose own policy does nothing."""
    inner: Any = env.unwrapped
    n, m = inner._get_obs().size, inner.action_space.shape[0]
    file = folder / "nothing.safetensors"
    file.write_bytes(save_safetensors({"0.weight": np.zeros((m, n), np.float32), "0.bias": np.zeros(m, np.float32)}))
    name = getattr(policy, "__name__", type(policy).__name__)
    bundle = _converted(env, file, folder, progress, title=f"{name}, recorded", output="clip")
    episode = record_episode(env, policy, seed, progress)
    manifest = bundle.manifest
    about = {
        "format": "bbconvert-rollout",
        "version": "1",
        "bundle": manifest.name,
        "env_id": manifest.env.id,
        "dt": repr(manifest.env.dt),
        "first_step": "0",
        "disturbed": "false",
        "mujoco_version": manifest.mujoco_version,
        "normalization": "none",
    }
    return bundle, save_safetensors(asdict(episode), about)


def record_episode(
    env: "gymnasium.Env[Any, Any]", policy: Callable[..., Any], seed: int, progress: CallbackProgress
) -> Golden:
    """One episode, to its end or for MOST_STEPS: what MuJoCo's environment inside the wrappers is given and returns.

    Args:
        env: in whatever wrappers.
        policy: an observation, as `env` returns it, to an action, as `env` takes it; or to a tuple that begins with it.
        seed: of the reset.
        progress: told each step.

    Raises:
        BBConvertError: the policy's action does not fit the environment.
    """
    inner: Any = env.unwrapped
    step, rows = inner.step, []

    def recorded_step(action: NDArray[Any]) -> Any:
        action = np.asarray(action, np.float32)
        result = step(action)
        rows.append((action.copy(), inner.data.qpos.copy(), inner.data.qvel.copy(), *result[:4]))
        return result

    observation, _ = env.reset(seed=seed)
    first = (inner.data.qpos.copy(), inner.data.qvel.copy(), inner._get_obs())
    inner.step = recorded_step
    try:
        with progress.task("Playing in Python", MOST_STEPS) as advance:
            for _ in range(MOST_STEPS):
                action = policy(observation)
                observation, _reward, terminated, truncated, _info = env.step(
                    np.asarray(action[0] if isinstance(action, tuple) else action)
                )
                advance(1)
                if terminated or truncated:
                    break
    except (TypeError, ValueError, IndexError) as error:
        raise BBConvertError(
            f"The policy does not fit {type(inner).__name__}, whose actions have shape "
            f"{inner.action_space.shape}: {error}"
        ) from error
    finally:
        del inner.step
    actions, qpos, qvel, observations, rewards, terminations, truncations = zip(*rows, strict=True)
    return Golden(
        seed=np.array([seed], np.int64),
        qpos=np.array([first[0], *qpos]),
        qvel=np.array([first[1], *qvel]),
        observation=np.array([first[2], *observations]),
        action=np.array(actions, np.float32),
        reward=np.array(rewards, np.float64),
        terminated=np.array(terminations, np.uint8),
        truncated=np.array(truncations, np.uint8),
    )


def _converted(
    env: "gymnasium.Env[Any, Any]", file: Path, folder: Path, progress: CallbackProgress, *, title: str, **how: Any
) -> Bundle:
    spec: Any = env.spec  # `bundle_of` looked
    kwargs = {name: value for name, value in spec.kwargs.items() if name != "render_mode"}
    environment_spec(spec.id, kwargs)  # says what is wrong with the environment before anything else
    out = folder / "bundle"
    convert_file(
        file,
        spec.id,
        env_kwargs=kwargs,
        out=out,
        name=f"memory-{folder.name}",
        title=f"{spec.id}, {title}",
        sandbox=False,
        progress=progress,
        **how,
    )
    return open_bundle(out)
