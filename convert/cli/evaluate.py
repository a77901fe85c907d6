"""`bbconvert evaluate`: returns in Gymnasium, beside the published one."""

from pathlib import Path
from typing import Annotated

import typer

from convert.cli.console import Progress, print_json, print_result
from convert.cli.options import JsonOption, NormalizationOption


def evaluate(
    bundle: Annotated[Path, typer.Argument(help="A bundle's folder.", show_default=False)],
    episodes: Annotated[int, typer.Option(min=1, help="How many episodes, one per seed.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="The first episode's seed; the others follow.")] = 0,
    stochastic: Annotated[
        bool, typer.Option("--stochastic/--deterministic", help="Sample actions, or take their mean.")
    ] = False,
    normalization: NormalizationOption = None,
    json: JsonOption = False,
) -> None:
    """Play seeded episodes in Gymnasium with the bundle's policy.onnx and report the return."""
    from convert.bundle import open_bundle
    from convert.evaluate import evaluate as play
    from convert.evaluate import explain_difference

    opened = open_bundle(bundle)
    published = opened.manifest.published
    progress = Progress(quiet=json)
    with progress.task("Playing episodes", episodes) as advance:
        result = play(
            opened,
            range(seed, seed + episodes),
            stochastic=stochastic,
            normalization=normalization,
            advance=advance,
        )
    returns = [episode.total for episode in result.episodes]
    lengths = [episode.length for episode in result.episodes]
    if json:
        print_json(
            {
                "env_id": result.env_id,
                "episodes": episodes,
                "mean": result.mean,
                "std": result.std,
                "returns": returns,
                "lengths": lengths,
                "published": None if published is None else {"mean": published.mean_reward, "std": published.std},
            }
        )
        return
    interval = (
        "" if result.interval is None else " (95% interval of the mean {:.1f} to {:.1f})".format(*result.interval)
    )
    print_result(f"{result.env_id}: {result.mean:.2f} ± {result.std:.2f} over {episodes} episodes{interval}")
    dt = opened.manifest.env.dt
    mean_length = sum(lengths) / len(lengths)
    print_result(f"Episodes last {mean_length:.1f} steps on average ({mean_length * dt:.2f} s at {1 / dt:.4g} Hz).")
    if published is not None:
        std = "" if published.std is None else f" ± {published.std:g}"
        print_result(f"Published: {published.mean_reward:g}{std}")
        print_result(explain_difference(opened.manifest, result) or "")
