"""How long and how calmly Stand stands: its table in docs/policies.md (`just policies`).

200 seeds that training did not draw, in Gymnasium and in a tab.
"""

import sys
from pathlib import Path

import gymnasium
import numpy as np

import bbconvert
import bbconvert.mjcf.registration
from bbconvert.convert.browser import open_page, served
from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.library import make_library
from bbconvert.convert.environments.environment import mujoco_env
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.shipped import STAND_BUNDLE
from bbconvert.mjcf.perturbation import Perturbation
from bbconvert.mjcf.stand.dynamics import JOINTS

sys.path.append(str(Path(__file__).parents[1]))
from survival import DT, SEEDS, STEPS, write_section

CALM = 2
"""Seconds after which it should be calm."""
PITCH, SPEED = 10, 0.2
"""Degrees, and rad/s of any joint."""
SHOVES = (2.0, 4.0, 6.0, 8.0)

_IN_TAB = """async ([seed, pitch, first, last]) => {
  const player = await window.bbconvert.ready;
  await player.set({ autoReset: false });
  await player.reset({ seed });
  const states = [];
  for (let step = 0; step < 1000; step++) {
    const { qpos, qvel, terminated } = await player.step(1);
    states.push([qpos[pitch], ...qvel.slice(first, last)]);
    if (terminated) break;
  }
  return states;
}"""

PITCH_JOINT = 2


def in_gymnasium(bundle: Bundle) -> list[np.ndarray]:
    """Of each seed's episode the pitch and the joints' speeds after every step, [T, 5]."""
    env = gymnasium.make(bundle.manifest.env.id, disable_env_checker=True)
    data = mujoco_env(env).data
    policy = OnnxPolicy(bundle.policy, bundle.manifest.normalization)
    episodes = []
    for seed in SEEDS:
        observation, _ = env.reset(seed=seed)
        states, terminated = [], False
        while not terminated and len(states) < STEPS:
            observation, _, terminated, _, _ = env.step(policy(observation))
            states.append([data.qpos[PITCH_JOINT], *data.qvel[JOINTS.start : JOINTS.stop]])
        episodes.append(np.array(states))
    return episodes


def in_tab(bundle: Bundle) -> list[np.ndarray]:
    """The same in the page."""
    asked = [PITCH_JOINT, JOINTS.start, JOINTS.stop]
    with served(make_library([bundle])) as address, open_page(f"{address}?paused=1", drawing=False) as page:
        return [np.array(page.evaluate(_IN_TAB, [seed, *asked])) for seed in SEEDS]


def shoved(bundle: Bundle, impulse: float) -> float:
    """The share of seeds that stand to the end under shoves of 0.4 to 1 times `impulse`, every 1 to 3 s."""
    env = gymnasium.make(bundle.manifest.env.id, disable_env_checker=True)
    wrapped = Perturbation(env, bodies=["torso"], impulse=(0.4 * impulse, impulse), every=(1.0, 3.0))
    policy = OnnxPolicy(bundle.policy, bundle.manifest.normalization)
    stood = []
    for seed in SEEDS:
        observation, _ = wrapped.reset(seed=seed)
        terminated = truncated = False
        while not (terminated or truncated):
            observation, _, terminated, truncated, _ = wrapped.step(policy(observation))
        stood.append(not terminated)
    return float(np.mean(stood))


def main() -> None:
    """Replaces what stands between the document's two markers."""
    bundle = bbconvert.open_bundle(STAND_BUNDLE)
    calm = round(CALM / DT)
    rows = [
        f"| | stands {STEPS:,} steps | pitch after {CALM} s, at most | within {PITCH}° | joint speed after {CALM} s, "
        f"99th percentile | below {SPEED} rad/s throughout |",
        "|---|---|---|---|---|---|",
    ]
    for where, play in (("Gymnasium", in_gymnasium), ("a tab", in_tab)):
        episodes = play(bundle)
        stood = [episode[calm:] for episode in episodes if len(episode) == STEPS]
        pitch = np.degrees([np.abs(episode[:, 0]).max() for episode in stood])
        speed = np.array([np.abs(episode[:, 1:]).max(axis=1) for episode in stood])
        rows.append(
            f"| {where} | {len(stood) / len(episodes):.1%} | {pitch.max():.1f}° | {np.mean(pitch <= PITCH):.1%} | "
            f"{np.percentile(speed, 99):.3f} rad/s | {np.mean(speed.max(axis=1) < SPEED):.1%} |"
        )
    under = "; ".join(f"{impulse:g} N·s: {shoved(bundle, impulse):.0%}" for impulse in SHOVES)
    write_section("stand", "\n".join([*rows, "", f"Under shoves at the torso, every 1 to 3 s, up to {under}."]))


if __name__ == "__main__":
    main()
