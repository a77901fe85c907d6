"""Pulls every checkpoint of a Hub's folder, plays it three ways and writes `docs/returns.md` (`just returns`)."""

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.progress import track

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.evaluate import Evaluation, evaluate_seeds
from bbconvert.convert.manifest import Published
from tests.documents.returns.play import OriginalPolicy, Played, largest_action_difference, play_converted, play_in_tab
from tests.documents.returns.play import play_original as play_by_original
from tests.documents.returns.table import Row, page
from tests.support.local_hub import running_hub
from tests.support.repository import ROOT, SHARED_HUB

SEEDS = range(100, 125)
SHARED_SEEDS = range(100, 103)
"""Whose episodes the actions are compared on."""


@dataclass(frozen=True)
class _Repository:
    folder: Path

    @property
    def name(self) -> str:
        return f"{self.folder.parent.name}/{self.folder.name}"


# Source: benchmark.md of DLR-RM/rl-baselines3-zoo.
ZOO = {
    "sb3/ppo-HalfCheetah-v3": Published(mean_reward=5819, std=664),
    "sb3/trpo-Hopper-v3": Published(mean_reward=3618, std=357),
    "sb3/a2c-Humanoid-v3": Published(mean_reward=388, std=93),
    "sb3/sac-Hopper-v3": Published(mean_reward=2326, std=1130),
    "sb3/tqc-Swimmer-v3": Published(mean_reward=339, std=1),
    "sb3/ars-Walker2d-v3": Published(mean_reward=2994, std=166),
    "sb3/ppo-Ant-v3": Published(mean_reward=1327, std=452),
}


def main() -> None:
    """Writes the page; the checkpoints' names may be given."""
    wanted = sys.argv[1:]
    repositories = [_Repository(path) for path in sorted(SHARED_HUB.glob("*/*")) if path.is_dir()]
    repositories = [repository for repository in repositories if not wanted or repository.name in wanted]
    with tempfile.TemporaryDirectory() as work, running_hub(SHARED_HUB) as hub:
        os.environ["HF_ENDPOINT"], os.environ["HF_HOME"] = hub.url, f"{work}/hf"
        rows = [
            _row(repository, Path(work))
            for repository in track(repositories, "Playing", disable=not sys.stderr.isatty())
        ]
    (ROOT / "docs" / "returns.md").write_text(page(rows, len(SEEDS)), encoding="utf-8")


def _row(repository: _Repository, work: Path) -> Row:
    from bbconvert.convert.cli.console import Progress
    from bbconvert.convert.pull import pull_bundle  # after HF_ENDPOINT is set: huggingface_hub reads it once

    out = work / repository.name.replace("/", "--")
    bundle = open_bundle(pull_bundle(repository.name, out=out, progress=Progress(quiet=True)))
    original = _original(repository, bundle)
    return Row(
        name=repository.name,
        manifest=bundle.manifest,
        published=bundle.manifest.published or ZOO.get(repository.name),
        original=play_by_original(bundle, original, SEEDS),
        converted=play_converted(bundle, SEEDS),
        tab=play_in_tab(bundle, SEEDS),
        own_protocol=_own_protocol(bundle),
        action_difference=largest_action_difference(bundle, original, SHARED_SEEDS),
    )


def _original(repository: _Repository, bundle: Bundle) -> OriginalPolicy:
    manifest = bundle.manifest
    if manifest.source.library == "cleanrl":
        from tests.documents.returns.cleanrl_agents import cleanrl_agent

        checkpoint = repository.folder / manifest.source.filename
        act = cleanrl_agent(checkpoint, manifest.action, manifest.normalization)
    else:
        from tests.documents.returns.sb3_agents import sb3_agent

        act = sb3_agent(repository.folder, repository.folder.name.split("-")[0].upper(), manifest)
    return OriginalPolicy(act, manifest.observation.zeroed)


def _own_protocol(bundle: Bundle) -> Played | None:
    """CleanRL's PPO as its own evaluation plays it: sampled actions, statistics that start fresh and go on."""
    manifest = bundle.manifest
    if not (manifest.source.library == "cleanrl" and manifest.network.stochastic):
        return None
    played: Evaluation = evaluate_seeds(bundle, SEEDS, stochastic=True, normalization="running", advance=lambda _: None)
    return Played.of(played.episodes)


if __name__ == "__main__":
    main()
