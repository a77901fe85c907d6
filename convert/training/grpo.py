"""GRPO: group-relative policy optimisation, PPO's clipped objective without a critic."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3 import PPO
from stable_baselines3.common.utils import obs_as_tensor

Float = NDArray[np.float64]


class GRPO(PPO):
    """Groups of rollouts from one start state; what counts is who did better than the group from there on.

    All environments are reset with the same seed and played for `horizon` steps at most; a group ends earlier where
    every rollout has. The advantage of a step is its reward-to-go less the group's mean of that moment, over the
    group's standard deviation. The value layers of Stable-Baselines3's policy are saved as they were drawn: nothing
    trains them, and nothing uses them. Saved and loaded as any PPO.

    Source: Shao et al. 2024, https://arxiv.org/abs/2402.03300, section 4.1; the reward-to-go is its process
    supervision.

    Args:
        policy, env, learning_rate, n_steps, batch_size, n_epochs, gamma, clip_range, ent_coef, max_grad_norm,
            target_kl: as in Stable-Baselines3's PPO; the environments are the group.
        horizon: control steps of a rollout.
        kwargs: other arguments of PPO that do not concern a critic.
    """

    def __init__(
        self,
        policy: Any,
        env: Any,
        learning_rate: float = 3e-4,
        n_steps: int = 2048,
        batch_size: int = 64,
        n_epochs: int = 10,
        gamma: float = 0.99,
        clip_range: float = 0.2,
        ent_coef: float = 0.0,
        max_grad_norm: float = 0.5,
        target_kl: float | None = None,
        horizon: int = 200,
        **kwargs: Any,
    ) -> None:
        self.horizon = horizon
        super().__init__(
            policy,
            env,
            learning_rate=learning_rate,
            n_steps=n_steps,
            batch_size=batch_size,
            n_epochs=n_epochs,
            gamma=gamma,
            clip_range=clip_range,
            normalize_advantage=False,
            ent_coef=ent_coef,
            vf_coef=0.0,
            max_grad_norm=max_grad_norm,
            target_kl=target_kl,
            **kwargs,
        )

    def collect_rollouts(self, env: Any, callback: Any, rollout_buffer: Any, n_rollout_steps: int) -> bool:
        """Fills the buffer with groups; False where the callback stops the training."""
        self.policy.set_training_mode(False)
        rollout_buffer.reset()
        callback.on_rollout_start()
        advantages: list[Float] = []
        while (left := n_rollout_steps - len(advantages)) > 0:
            group = self._play_group(env, callback, rollout_buffer, min(left, self.horizon))
            if group is None:
                return False
            advantages.extend(group)
        rollout_buffer.advantages[:] = np.array(advantages)
        callback.on_rollout_end()
        return True

    def _play_group(self, env: Any, callback: Any, rollout_buffer: Any, steps: int) -> Float | None:
        """One group's advantages [T, group], T at most `steps`; None where the callback stops."""
        # `seed` would give each environment a seed of its own.
        env.unwrapped._seeds = [int(np.random.randint(2**31))] * env.num_envs  # noqa: NPY002  # set_random_seed's
        observation = env.reset()
        playing = np.ones(env.num_envs, bool)
        rewards: list[Float] = []
        played: list[NDArray[np.bool_]] = []
        while len(rewards) < steps and playing.any():
            with torch.no_grad():
                actions, values, log_probs = self.policy(obs_as_tensor(observation, self.device))
            actions = actions.cpu().numpy()
            low, high = self.action_space.low, self.action_space.high
            following, reward, dones, infos = env.step(np.clip(actions, low, high))
            self.num_timesteps += env.num_envs
            callback.update_locals(locals())
            if not callback.on_step():
                return None
            self._update_info_buffer(infos, dones)
            rollout_buffer.add(observation, actions, reward, ~playing, values, log_probs)
            rewards.append(np.where(playing, reward, 0.0))
            played.append(playing)
            playing = playing & ~dones
            observation = following
        return group_advantages(np.array(rewards), np.array(played), self.gamma)


def group_advantages(rewards: Float, played: NDArray[np.bool_], gamma: float) -> Float:
    """Advantages [T, group] of the rewards [T, group]; 0 where a rollout was over (`played` is false).

    The mean is over those still playing at that moment, the standard deviation over all that was played.
    """
    to_go = np.zeros_like(rewards)
    following = np.zeros(rewards.shape[1])
    for t in reversed(range(len(rewards))):
        following = to_go[t] = rewards[t] + gamma * following
    mean = np.sum(to_go * played, axis=1, keepdims=True) / np.maximum(played.sum(axis=1, keepdims=True), 1)
    difference = np.where(played, to_go - mean, 0.0)
    spread = np.sqrt(np.sum(difference**2) / played.sum())
    advantages: Float = difference / (spread + 1e-8)
    return advantages
