"""Puts the mean of several zips' weights into one: `python policies/mean.py RESULT.zip [RESULT.zip ...] MEAN.zip`.

Runs that began from the same weights, and late moments of one run, err in different directions: their mean is better
than each. The optimiser's state is left out.
"""

from argparse import ArgumentParser

from stable_baselines3 import PPO


def main() -> None:
    """Writes the first zip with the mean in it."""
    parser = ArgumentParser(description="The mean of several zips' weights in one.")
    parser.add_argument("results", nargs="+", metavar="RESULT.zip")
    parser.add_argument("out", metavar="MEAN.zip")
    given = parser.parse_args()
    models = [PPO.load(path, device="cpu") for path in given.results]
    weights = [model.policy.state_dict() for model in models]
    mean = {name: sum(each[name] for each in weights) / len(weights) for name in weights[0]}
    models[0].policy.load_state_dict(mean)
    models[0].policy.optimizer.state.clear()
    models[0].save(given.out)


if __name__ == "__main__":
    main()
