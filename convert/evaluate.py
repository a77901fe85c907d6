"""Plays a bundle's policy in Gymnasium, and says why its return differs from the published one."""

import math
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import NormalDist

import numpy as np

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.environments.environment import rebuild_environment
from bbconvert.convert.environments.registry import OURS
from bbconvert.convert.errors import UsageError
from bbconvert.convert.export.onnx_export import export_onnx, read_onnx
from bbconvert.convert.jobs.child_processes import in_children
from bbconvert.convert.jobs.worker_processes import available_cores
from bbconvert.convert.manifest import Manifest, Normalization, NormalizationMode
from bbconvert.convert.progress import Advance, CallbackProgress, Progress, ProgressCallback
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.rollout import Episode, play_episode
from bbconvert.convert.safety.limits import EVALUATION

WORTH = 4.0
"""Seconds that the episodes still take, from which on processes of their own are started: each takes one to start."""
_EPISODE = [field.name for field in fields(Episode)]


@dataclass(frozen=True)
class Evaluation:
    """Episodes and what they were played with."""

    env_id: str
    normalization: NormalizationMode
    stochastic: bool
    episodes: list[Episode]

    @property
    def mean(self) -> float:
        """Mean return."""
        return float(np.mean([episode.total for episode in self.episodes]))

    @property
    def std(self) -> float:
        """Standard deviation of the returns (over n, as the published figures have it)."""
        return float(np.std([episode.total for episode in self.episodes]))

    @property
    def interval(self) -> tuple[float, float] | None:
        """A 95% confidence interval of the mean (normal), where there are two episodes or more."""
        n = len(self.episodes)
        if n < 2:
            return None
        half = NormalDist().inv_cdf(0.975) * self.std / math.sqrt(n - 1)
        return self.mean - half, self.mean + half


def evaluate(
    bundle: Bundle | str | Path,
    *,
    episodes: int = 10,
    seed: int = 0,
    stochastic: bool = False,
    normalization: NormalizationMode | None = None,
    progress: ProgressCallback | None = None,
) -> Evaluation:
    """Plays seeded episodes in Gymnasium with the bundle's own `policy.onnx`.

    Args:
        bundle: an opened bundle, or its folder.
        episodes: one for each of the seeds `seed`, `seed + 1`, …; over all cores where that is worth it and they do not
            depend on one another (sampled actions and running statistics do).
        seed: of the first episode.
        stochastic: sample actions; else the mean is played.
        normalization: another mode than the bundle's; None: the bundle's.
        progress: told each episode.

    Raises:
        UsageError: `stochastic` for a policy without a standard deviation, or a mode the bundle has no numbers for.
        BBConvertError: the bundle is damaged.
    """
    opened = bundle if isinstance(bundle, Bundle) else open_bundle(bundle)
    with CallbackProgress(progress).task("Playing episodes", episodes) as advance:
        return evaluate_seeds(
            opened,
            range(seed, seed + episodes),
            stochastic=stochastic,
            normalization=normalization,
            advance=advance,
            jobs=available_cores(),
        )


def evaluate_seeds(
    bundle: Bundle,
    seeds: Sequence[int],
    *,
    stochastic: bool,
    normalization: NormalizationMode | None,
    advance: Callable[[int], None],
    jobs: int = 1,
) -> Evaluation:
    """Plays one episode per seed with the bundle's own `policy.onnx`, in the normalisation mode asked for.

    Another mode than the bundle's is the same network behind another normalisation. In `running` mode the statistics
    start fresh and go on from one episode to the next, as CleanRL's evaluation does. Episodes that do not depend on one
    another are played in up to `jobs` processes, where that is worth it.

    Raises:
        UsageError: `stochastic` for a policy without a standard deviation, or a mode the bundle has no numbers for.
    """
    manifest = bundle.manifest
    if stochastic and not manifest.network.stochastic:
        raise UsageError(
            f"{manifest.name} is a deterministic policy: it has no standard deviation to sample with. Leave out "
            "--stochastic."
        )
    section = _normalization(manifest, normalization or manifest.normalization.mode)
    model = bundle.policy
    if section.mode != manifest.normalization.mode:
        model = export_onnx(
            read_onnx(bundle.policy, manifest), section, manifest.action, {}, manifest.observation.zeroed
        )
    policy = OnnxPolicy(
        model,
        section,
        manifest.observation.zeroed,
        rng=np.random.default_rng(seeds[0]) if stochastic else None,
        low=np.array(manifest.action.low, np.float32),
        high=np.array(manifest.action.high, np.float32),
    )
    _ = bundle.policy  # held to what a policy may contain
    env = rebuild_environment(manifest, bundle.folder)
    spread = jobs > 1 and not stochastic and section.mode != "running" and _known_everywhere(manifest.env.id)
    episodes = []
    began = time.monotonic()
    try:
        for i, seed in enumerate(seeds):
            episodes.append(play_episode(env, policy, seed))
            advance(1)
            rest = seeds[i + 1 :]
            if spread and len(rest) > 1 and len(rest) * (time.monotonic() - began) / (i + 1) > WORTH:
                episodes += _play_in_children(bundle.folder, rest, section.mode, min(jobs, len(rest)), advance)
                break
    finally:
        env.close()
    return Evaluation(manifest.env.id, section.mode, stochastic, episodes)


def _known_everywhere(env_id: str) -> bool:
    """Whether another process knows the environment: ours, or of a module that it imports."""
    return env_id in OURS or ":" in env_id


def _play_in_children(
    folder: Path, seeds: Sequence[int], mode: NormalizationMode, jobs: int, advance: Advance
) -> list[Episode]:
    with tempfile.TemporaryDirectory(prefix="bbconvert-") as temporary:
        files = [Path(temporary) / f"{i}.npz" for i in range(jobs)]
        shares = [(folder.absolute(), seeds[i::jobs], mode, file) for i, file in enumerate(files)]
        in_children(
            "bbconvert.convert.evaluate:play_share", shares, doing="Evaluating", limits=EVALUATION, advance=advance
        )
        played = {episode.seed: episode for file in files for episode in _episodes(file)}
    return [played[seed] for seed in seeds]


def play_share(folder: Path, seeds: Sequence[int], mode: NormalizationMode, file: Path, progress: Progress) -> None:
    """In a child process: plays the seeds' episodes, and keeps them in `file`."""
    with progress.task("Playing episodes", len(seeds)) as advance:
        played = evaluate_seeds(
            open_bundle(folder), seeds, stochastic=False, normalization=mode, advance=advance
        ).episodes
    np.savez(file, **{f"{name} {i}": getattr(episode, name) for i, episode in enumerate(played) for name in _EPISODE})


def _episodes(file: Path) -> list[Episode]:
    """What `play_share` kept."""
    with np.load(file) as kept:
        return [
            Episode(int(kept[f"seed {i}"]), kept[f"actions {i}"], kept[f"rewards {i}"], bool(kept[f"terminated {i}"]))
            for i in range(len(kept.files) // len(_EPISODE))
        ]


def explain_difference(manifest: Manifest, evaluation: Evaluation) -> str | None:
    """The sentence that accounts for a return that is not the published one; None where nothing was published."""
    if manifest.published is None:
        return None
    sampled = "sampled" if evaluation.stochastic else "deterministic"
    reasons = [
        f"here actions are {sampled}, normalisation is {evaluation.normalization} and MuJoCo is "
        f"{manifest.mujoco_version}"
    ]
    if manifest.source.library == "cleanrl":
        reasons.append(
            "CleanRL measures its PPO with sampled actions and with observation statistics that start fresh and go on "
            "being updated (see the same: --stochastic --normalization running), under the MuJoCo of its time"
        )
    return f"Not the same measurement: {'; '.join(reasons)}."


def _normalization(manifest: Manifest, mode: NormalizationMode) -> Normalization:
    own = manifest.normalization
    if mode == own.mode:
        return own
    if mode == "none":
        return Normalization(mode="none")
    if mode == "frozen":
        raise UsageError(
            f"{manifest.name} has no frozen statistics: it was converted with --normalization {own.mode}. "
            "Pull it again with --normalization frozen --force."
        )
    return Normalization(mode="running", count=1e-4, epsilon=own.epsilon, clip=own.clip)
