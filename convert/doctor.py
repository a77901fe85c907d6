"""Why a policy behaves differently elsewhere: each finding with its evidence and the command that mends it."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.bundle.environment_standing import environment_differences, own_environment
from bbconvert.convert.environments.environment import environment_spec, known_environments, rebuild_environment
from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.evaluate import evaluate
from bbconvert.convert.export.tfjs_export import read_tfjs
from bbconvert.convert.inspection import inspect_anything
from bbconvert.convert.local_file import convert_file
from bbconvert.convert.network import PolicyNetwork
from bbconvert.convert.numpy_network import numpy_outputs, recurrent_step
from bbconvert.convert.progress import CallbackProgress, DownloadProgress, ProgressCallback
from bbconvert.convert.robots.diagnosis import Record, diagnose, golden_record, read_record
from bbconvert.convert.rollout.policy import OnnxPolicy
from bbconvert.convert.rollout.rollout import record_golden
from bbconvert.convert.verify import verify_bundle

EPISODES = 5
SATURATED = 0.5
"""The share of action components at a bound from which on it is worth a word."""
NARROW = 1.05
"""Actions that stay within [-1, 1] but for this factor, where the bounds are wider, were not stretched to them."""
WIDE = 20.0
"""A raw observation as large as this reaches few networks that were trained without normalisation."""
_RATE = ("env.timestep", "env.frame_skip", "env.dt")
PARTED = 1e-3
"""Two episodes have parted where an action differs by as much."""


@dataclass(frozen=True)
class Finding:
    """One reason.

    Args:
        kind: `problem`: it plays wrongly until it is mended; `note`: right here, and a trap elsewhere.
        what: in a sentence.
        evidence: what was measured.
        remedy: what to do, with the command where there is one.
    """

    kind: Literal["problem", "note"]
    what: str
    evidence: str
    remedy: str


def doctor(
    what: str | Path,
    env: str | None = None,
    *,
    record: str | Path | None = None,
    sandbox: bool = True,
    progress: ProgressCallback | None = None,
) -> list[Finding]:
    """Looks for what makes a policy behave differently elsewhere.

    Args:
        what: a bundle's folder, or a checkpoint file.
        env: the environment in which a file's policy is to act.
        record: of a robot's own deployment script, an .npz file with `qpos`, `qvel`, `observation` and `action`.
        sandbox: read a file in a child process with limits.
        progress: told each stage.

    Raises:
        BBConvertError: it cannot be read at all.
    """
    kept = None if record is None else Path(record)
    return examine_policy(Path(what), env, record=kept, sandbox=sandbox, progress=CallbackProgress(progress))


def examine_policy(
    what: Path, env_id: str | None, *, record: Path | None = None, sandbox: bool, progress: DownloadProgress
) -> list[Finding]:
    """What `doctor` does, with any kind of progress display."""
    if what.is_dir():
        bundle = open_bundle(what)
        if record is not None:
            return list(_against_record(bundle, record))
        return list(_of_bundle(bundle, str(what), progress))
    if record is not None:
        raise UsageError(f"--record {record} is held against a robot's bundle: convert {what.name} first.")
    if env_id is None:
        raise UsageError(f"Name the environment that {what.name} is to act in, with --env. See: bbconvert envs")
    facts = inspect_anything(str(what), sandbox=sandbox, progress=progress).facts
    sizes = _sizes(what, env_id, facts)
    if sizes:
        return sizes
    with tempfile.TemporaryDirectory(prefix="bbconvert-doctor-") as scratch:
        folder = convert_file(what, env_id, out=Path(scratch) / "bundle", sandbox=sandbox, progress=progress)
        return list(_of_bundle(open_bundle(folder), f"{what} --env {env_id}", progress))


def _sizes(what: Path, env_id: str, facts: dict[str, Any]) -> list[Finding]:
    """Another number of observations or actions than the environment's: of another environment, or another version."""
    spec = environment_spec(env_id, {})
    expected = (spec.observation.size, spec.action_low.size)
    got = (facts["observation_size"], facts["action_size"])
    # With the time that is left, an observation has one number more.
    if got in (expected, (expected[0] + 1, expected[1])):
        return []
    newest_first = sorted(known_environments(), key=lambda other: (-int(other[-1]), other))
    fitting = [other for other in newest_first if _fits(other, got)]
    return [
        Finding(
            "problem",
            f"The policy is not of {env_id}: its sizes are others.",
            f"It maps {got[0]} observations to {got[1]} actions; {env_id} has {expected[0]} and {expected[1]}.",
            f"bbconvert convert {what} --env {fitting[0]}"
            + (f" (these fit: {', '.join(fitting[:6])})" if len(fitting) > 1 else "")
            if fitting
            else "No environment that bbconvert knows has these sizes: bbconvert envs",
        )
    ]


def _fits(env_id: str, sizes: tuple[int, int]) -> bool:
    try:
        spec = environment_spec(env_id, {})
    except BBConvertError:
        return False
    return (spec.observation.size, spec.action_low.size) == sizes


def _of_bundle(bundle: Bundle, named: str, progress: DownloadProgress) -> Iterator[Finding]:
    """`named` is what a command takes for it."""
    yield from _environment(bundle)
    if bundle.manifest.env.control is not None:
        yield from _loop(bundle, golden_record(bundle), "its own golden rollout")
    for check in verify_bundle(bundle, ("network", "observation"), lambda level: progress.say(f"Verifying: {level}")):
        if not check.ok and check.name != "environment as the catalogue describes it":
            yield Finding(
                "problem",
                f"The {check.level} does not hold: {check.name}.",
                f"{check.metric} is {check.value:.3g}, at most {check.tolerance:.3g} is allowed, over {check.n}.",
                "Pull or convert the policy again with --force.",
            )
    yield from _statistics(bundle, named, progress)
    yield from _contacts(bundle)
    yield from _actions(bundle)
    yield from _precision(bundle)


def _against_record(bundle: Bundle, record: Path) -> Iterator[Finding]:
    if bundle.manifest.env.control is None:
        raise UsageError(f"{bundle.manifest.name} is not a robot's policy: it has no control loop to hold to a record.")
    yield from _loop(bundle, read_record(record, bundle), record.name)


def _loop(bundle: Bundle, record: Record, named: str) -> Iterator[Finding]:
    """The entries of a robot's loop that what was recorded contradicts."""
    for deviation in diagnose(bundle, record):
        yield Finding(
            "problem",
            f"The loop is not that of {named}: {deviation.entry}.",
            f"{deviation.evidence[0].upper()}{deviation.evidence[1:]}.",
            "Correct it in the loop's file, and convert again: bbconvert convert POLICY --mjcf SCENE --loop YAML "
            "--force",
        )


def _environment(bundle: Bundle) -> Iterator[Finding]:
    """Rate, timestep, gains, bounds: where the bundle is not what the environment's class makes."""
    if own_environment(bundle.manifest.env) is not None:
        return
    differences = environment_differences(bundle)
    rate = [str(difference) for difference in differences if difference.field in _RATE]
    others = [str(difference) for difference in differences if difference.field not in _RATE]
    for what, told in (
        ("It is played at another control rate than it was trained at.", rate),
        ("Its environment was altered.", others),
    ):
        if not told:
            continue
        more = f"; and {len(told) - 4} more" if len(told) > 4 else ""
        yield Finding(
            "problem",
            what,
            f"{'; '.join(told[:4])}{more}.",
            "Convert the policy again, with the environment's own arguments: bbconvert convert FILE --env "
            f"{bundle.manifest.env.id} --env-arg NAME=VALUE",
        )


def _statistics(bundle: Bundle, named: str, progress: DownloadProgress) -> Iterator[Finding]:
    """What normalises the observation, and what becomes of a policy without it."""
    normalization = bundle.manifest.normalization
    if normalization.mode == "none":
        largest = float(np.max(np.abs(bundle.golden.observation)))
        if largest > WIDE:
            yield Finding(
                "note",
                "It acts on raw observations, some of them large: was it trained on normalised ones?",
                f"The largest number that it saw in {bundle.golden.steps} steps is {largest:.3g}.",
                "With its statistics: bbconvert convert FILE --env ID --vec-normalize vec_normalize.pkl",
            )
        return
    if normalization.mode == "running":
        yield Finding(
            "note",
            "Its statistics go on being updated while it plays: two runs of it differ.",
            "normalization.mode is running.",
            f"bbconvert convert {named} --normalization frozen --force",
        )
        return
    progress.say(f"Playing {EPISODES} episodes with and without its statistics")
    with_them, without = (evaluate(bundle, episodes=EPISODES, normalization=mode) for mode in (None, "none"))
    evidence = (
        f"{EPISODES} episodes with its statistics: a return of {with_them.mean:.4g} ± {with_them.std:.3g}; of the same "
        f"network on raw observations: {without.mean:.4g} ± {without.std:.3g}."
    )
    if (normalization.origin or "").startswith("estimated"):
        original = bundle.manifest.source.repo_id or "FILE"
        converted = bundle.folder == Path(named)
        carries = f"policy.onnx carries them; for the checkpoint itself: bbconvert repair {original}"
        yield Finding(
            "note" if converted else "problem",
            "The checkpoint was saved without its observation statistics: whoever loads it plays another policy.",
            f"{evidence} Those here are {normalization.origin}.",
            carries if converted else f"bbconvert repair {named} writes a copy that carries them.",
        )
    else:
        yield Finding(
            "note",
            "It needs normalised observations: a loader that passes raw ones plays another policy.",
            evidence,
            "policy.onnx has the statistics inside: give it raw observations.",
        )


def _contacts(bundle: Bundle) -> Iterator[Finding]:
    """Contact forces that training saw as zeros, because mujoco-py computed none."""
    for start, stop in bundle.manifest.observation.zeroed:
        seen = bundle.golden.observation[:, start:stop]
        yield Finding(
            "note",
            f"Training saw zeros for the contact forces, observations {start} to {stop - 1}.",
            f"Here they reach {float(np.max(np.abs(seen))):.3g}, in {int(np.sum(np.any(seen != 0, axis=1)))} of "
            f"{len(seen)} steps.",
            "policy.onnx sets them to zero itself; elsewhere, do so before the policy sees them.",
        )


def _actions(bundle: Bundle) -> Iterator[Finding]:
    """Actions that are clipped, or were never stretched to the environment's bounds."""
    manifest = bundle.manifest
    low, high = np.array(manifest.action.low), np.array(manifest.action.high)
    actions = bundle.golden.action.astype(np.float64)
    share = float(np.mean((actions <= low) | (actions >= high)))
    if manifest.action.transform == "clip" and share > SATURATED:
        yield Finding(
            "note",
            "Most of its actions are clipped: without the bounds, another policy plays.",
            f"{100 * share:.0f}% of the action's components are at a bound, in {bundle.golden.steps} steps.",
            "policy.onnx clips its action; elsewhere: np.clip(action, env.action_space.low, env.action_space.high).",
        )
    wide = float(np.min(np.minimum(-low, high)))
    largest = float(np.max(np.abs(actions)))
    if manifest.action.transform == "clip" and wide >= 2 and largest <= NARROW:
        yield Finding(
            "note",
            "Its actions stay within [-1, 1] although the bounds are wider: were they stretched in training?",
            f"The largest is {largest:.3g}; the bounds are {low.min():g} and {high.max():g}.",
            "A policy with tanh at its end: bbconvert convert FILE --env ID --activation NAME --output tanh",
        )


class _Single:
    """The policy with everything after the observation rounded to float32, as torch plays it."""

    def __init__(self, bundle: Bundle, network: PolicyNetwork) -> None:
        self._bundle, self._network = bundle, network
        self.begin()

    def begin(self) -> None:
        """Forgets what a recurrent network keeps."""
        recurrent = self._network.recurrent
        self._state = np.zeros(0 if recurrent is None else recurrent.state, np.float32)

    def observe(self, observation: NDArray[np.float64]) -> None:
        """Nothing is updated."""

    def __call__(self, observation: NDArray[np.float64]) -> NDArray[np.float32]:
        manifest = self._bundle.manifest
        action, normalization = manifest.action, manifest.normalization
        x = observation.astype(np.float32)
        for start, stop in manifest.observation.zeroed:
            x[start:stop] = 0
        if normalization.mean is not None and normalization.var is not None:
            spread = np.sqrt(np.array(normalization.var, np.float32) + np.float32(normalization.epsilon or 0))
            x = (x - np.array(normalization.mean, np.float32)) / spread
            if normalization.clip is not None:
                x = np.clip(x, -normalization.clip, normalization.clip)
        x, recurrent = x.astype(np.float32), self._network.recurrent
        if recurrent is not None:
            x, self._state = recurrent_step(recurrent, x, self._state)
        y: NDArray[np.float32] = numpy_outputs(self._network.actor, x[None])[0]
        if action.pre_clip is not None:
            y = np.clip(y, -action.pre_clip, action.pre_clip)
        if action.transform == "tanh":
            y = np.tanh(y) * np.array(action.scale, np.float32) + np.array(action.bias, np.float32)
        return np.clip(y, np.array(action.low, np.float32), np.array(action.high, np.float32)).astype(np.float32)


def _precision(bundle: Bundle) -> Iterator[Finding]:
    """How far an episode goes until float32 parts from float64."""
    manifest, golden = bundle.manifest, bundle.golden
    if manifest.normalization.mode == "running":
        return
    env = rebuild_environment(manifest, bundle.folder)
    try:
        seed, steps = int(golden.seed[0]), golden.steps
        double = record_golden(env, OnnxPolicy(bundle.policy, manifest.normalization), seed, steps)
        single = record_golden(env, _Single(bundle, read_tfjs(bundle.tfjs)), seed, steps)
    finally:
        env.close()
    count = min(double.steps, single.steps)
    apart = np.max(np.abs(double.action[:count] - single.action[:count]), axis=1)
    beyond = np.flatnonzero(apart > PARTED)
    if beyond.size:
        yield Finding(
            "note",
            "In float32 it plays another episode after a while: contacts amplify what rounding took away.",
            f"From the same seed, an action differs by {PARTED:g} first at step {beyond[0]} of {count}; at step 0 by "
            f"{apart[0]:.2g}.",
            "Compare returns over many seeds, not states: bbconvert evaluate BUNDLE --episodes 100",
        )
