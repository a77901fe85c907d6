"""Puts the mean of several zips' weights into one: `python policies/mean.py RESULT.zip [RESULT.zip ...] MEAN.zip`.

Runs that began from the same weights, and late moments of one run, err in different directions: their mean is better
than each. The optimiser's state is left out.
"""

import sys

from stable_baselines3 import PPO


def main() -> None:
    """Writes the first zip with the mean in it."""
    *results, out = sys.argv[1:]
    models = [PPO.load(path, device="cpu") for path in results]
    weights = [model.policy.state_dict() for model in models]
    mean = {name: sum(each[name] for each in weights) / len(weights) for name in weights[0]}
    models[0].policy.load_state_dict(mean)
    models[0].policy.optimizer.state.clear()
    models[0].save(out)


if __name__ == "__main__":
    main()
