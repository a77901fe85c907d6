"""A small agent of CleanRL for Hopper-v5, and its repository on a Hub: untrained, so that its episodes are short."""

from pathlib import Path

AGENT = Path(__file__).parent / "ppo_continuous_action.cleanrl_model"
AGENT_ENV = "Hopper-v5"
AGENT_REPO = "tester/hopper-ppo"
AGENT_CARD = """---
library_name: cleanrl
license: mit
tags: [reinforcement-learning, Hopper-v5]
model-index:
- name: PPO
  results:
  - dataset: {name: Hopper-v5, type: Hopper-v5}
    metrics: [{type: mean_reward, value: 1000.00 +/- 0.50}]
---
# A card
"""
