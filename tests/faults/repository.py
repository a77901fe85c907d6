"""Two tiny policies of CleanRL's format, and a repository of the local Hub that holds one."""

from pathlib import Path

import torch

from tests.support.cleanrl_agents import Agent, save_ppo

ENV = "InvertedPendulum-v4"
FILE = "ppo_continuous_action.cleanrl_model"
REPO = "tester/pendulum-ppo"
CARD = f"""---
library_name: cleanrl
license: mit
tags: [reinforcement-learning, {ENV}]
---
# A policy that knows nothing
"""


def write_policy(path: Path, *, seed: int, hidden: tuple[int, ...] = (8, 8)) -> Path:
    """An untrained PPO agent of 4 observations and 1 action."""
    torch.manual_seed(seed)
    save_ppo(path, Agent(4, 1, hidden))
    return path


def write_repository(hub: Path, *, seed: int, hidden: tuple[int, ...] = (8, 8)) -> Path:
    """The repository `REPO` in a Hub's folder; returns its folder."""
    repository = hub / REPO
    repository.mkdir(parents=True, exist_ok=True)
    write_policy(repository / FILE, seed=seed, hidden=hidden)
    (repository / "README.md").write_text(CARD)
    return repository
