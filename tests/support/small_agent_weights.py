"""Writes `ppo_continuous_action.cleanrl_model`: an untrained agent of CleanRL's PPO for Hopper-v5, seed 0.

Run from the repository root: .venv/bin/python -m tests.support.small_agent_weights
"""

import torch

from tests.support.cleanrl_agents import Agent
from tests.support.small_agent import AGENT

if __name__ == "__main__":
    torch.manual_seed(0)
    torch.save(Agent(11, 3, (16, 16)).state_dict(), AGENT)
