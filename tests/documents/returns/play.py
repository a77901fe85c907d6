"""The same seeds played three times: by the library's own agent, by `policy.onnx` in Gymnasium, and in a tab."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bbconvert.convert.browser import open_page, served
from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.environments.environment import Env, rebuild_environment
from bbconvert.convert.rollout.policy import Float32, Float64, OnnxPolicy, with_zeros
from bbconvert.convert.rollout.rollout import Episode, play_episode

_TAB = """async ([seed, steps]) => {
  const player = await window.bbconvert.ready;
  await player.reset({ seed });
  const { episodeReturn, episodeLength } = await player.step(steps);
  return [episodeReturn, episodeLength];
}"""
UNTRUNCATED = 1000


@dataclass(frozen=True)
class Played:
    """Returns and lengths [seeds] of one way to play."""

    returns: Float64
    lengths: Float64

    @classmethod
    def of(cls, episodes: Sequence[Episode]) -> "Played":
        """What episodes of Gymnasium amount to."""
        return cls(np.array([e.total for e in episodes]), np.array([float(e.length) for e in episodes]))


class OriginalPolicy:
    """The library's agent as a policy: it sees zeros where training did."""

    def __init__(self, act: Callable[[Float64], Float32], zeroed: Sequence[tuple[int, int]]) -> None:
        self._act, self._zeroed = act, zeroed

    def begin(self) -> None:
        """Has nothing to forget."""

    def observe(self, observation: Float64) -> None:
        """Its statistics are frozen."""

    def __call__(self, observation: Float64) -> Float32:
        """The action for the raw observation."""
        return self._act(with_zeros(observation, self._zeroed))


def play_original(bundle: Bundle, original: OriginalPolicy, seeds: Sequence[int]) -> Played:
    """In Gymnasium, by the original library."""
    env = rebuild_environment(bundle.manifest, bundle.folder)
    try:
        episodes = [play_episode(env, original, seed) for seed in seeds]
    finally:
        env.close()
    return Played.of(episodes)


def play_converted(bundle: Bundle, seeds: Sequence[int]) -> Played:
    """In Gymnasium, by the bundle's `policy.onnx`."""
    manifest = bundle.manifest
    return play_original(
        bundle,
        _Converted(OnnxPolicy(bundle.policy_bytes, manifest.normalization, manifest.observation.zeroed)),
        seeds,
    )


def play_in_tab(bundle: Bundle, seeds: Sequence[int]) -> Played:
    """In Chromium, by the page's own worker on MuJoCo WASM."""
    steps = bundle.manifest.env.max_episode_steps or UNTRUNCATED
    with (
        served(make_library([bundle])) as address,
        open_page(f"{address}?bundle={bundle.manifest.name}&paused=1", drawing=False) as page,
    ):
        seen = [page.evaluate(_TAB, [seed, steps]) for seed in seeds]
    return Played(np.array([r for r, _ in seen]), np.array([float(n) for _, n in seen]))


def largest_action_difference(bundle: Bundle, original: OriginalPolicy, seeds: Sequence[int]) -> float:
    """On the observations of the converted policy's own episodes, in action units: max |original - converted|."""
    manifest = bundle.manifest
    policy = OnnxPolicy(bundle.policy_bytes, manifest.normalization, manifest.observation.zeroed)
    env: Env = rebuild_environment(manifest, bundle.folder)
    worst = 0.0
    try:
        for seed in seeds:
            observation, _ = env.reset(seed=seed)
            ended = False
            while not ended:
                action = policy(observation)
                worst = max(worst, float(np.max(np.abs(original(observation) - action))))
                observation, _, terminated, truncated, _ = env.step(action)
                ended = terminated or truncated
    finally:
        env.close()
    return worst


class _Converted(OriginalPolicy):
    """`policy.onnx`, which has zeros and statistics inside."""

    def __init__(self, policy: OnnxPolicy) -> None:
        super().__init__(policy, ())
