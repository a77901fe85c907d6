"""Proof by level: network, observation and rollout in Python alone; browser in an installed Chrome or Chromium."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import PolicyNetwork
from bbconvert.convert.parity import Check, Level
from bbconvert.convert.progress import CallbackProgress, ProgressCallback

if TYPE_CHECKING:
    from bbconvert.convert.verify.kicked import Kicked

PYTHON_LEVELS: tuple[Level, ...] = ("network", "observation", "rollout")


@dataclass(frozen=True)
class Verification:
    """The checks of a bundle, all that were asked for, whether they hold or not."""

    bundle: Bundle
    checks: list[Check]

    @property
    def ok(self) -> bool:
        """Every check holds."""
        return all(check.ok for check in self.checks)


def verify(
    bundle: Bundle | str | Path, level: Level | Literal["all"] = "all", *, progress: ProgressCallback | None = None
) -> Verification:
    """Proves that the bundle's network, observation, rollout and page agree with Python.

    Args:
        bundle: an opened bundle, or its folder.
        level: which proof; `browser` needs an installed Chrome or Chromium.
        progress: told each stage.

    Raises:
        BBConvertError: the bundle is damaged, or `browser` is asked for and no browser is found.
    """
    opened = bundle if isinstance(bundle, Bundle) else open_bundle(bundle)
    levels = levels_of(level)
    if "browser" in levels:
        require_browser()
    return Verification(opened, verify_bundle(opened, levels, CallbackProgress(progress).say))


def levels_of(level: Level | Literal["all"]) -> tuple[Level, ...]:
    """The levels that `level` stands for, in the order in which they run."""
    return (*PYTHON_LEVELS, "browser") if level == "all" else (level,)


def verify_bundle(
    bundle: Bundle,
    levels: Sequence[Level],
    announce: Callable[[str], None],
    network: PolicyNetwork | None = None,
) -> list[Check]:
    """Runs the levels' checks, all of them, whether they hold or not.

    Args:
        bundle: an opened bundle.
        levels: which levels, run in this order.
        announce: told each level before it starts.
        network: the checkpoint's network where it is at hand; else the cached checkpoint's, else the one in `tfjs/`.

    Raises:
        BBConvertError: the bundle is damaged, or `browser` is asked for and no browser is found.
    """
    # Both are held to the manifest when they are read: nothing runs before.
    _ = bundle.policy, bundle.golden
    kicked = cache(lambda: _kicked_states(bundle))  # for the two levels that compare on them
    checks: list[Check] = []
    for level in levels:
        announce(level)
        try:
            checks += _checks(level, bundle, announce, network, kicked)
        except BBConvertError:
            raise
        except Exception as error:  # files that contradict one another fail wherever they meet
            first = (str(error).strip().splitlines() or ["no message"])[0]
            raise BBConvertError(
                f"{bundle.folder} cannot be verified: level {level} ended with {type(error).__name__}: {first[:300]}. "
                "Pull or convert the policy again with --force."
            ) from error
    return checks


def _kicked_states(bundle: Bundle) -> "Kicked":
    from bbconvert.convert.verify.kicked import kicked_states

    return kicked_states(bundle)


def _checks(
    level: Level,
    bundle: Bundle,
    announce: Callable[[str], None],
    network: PolicyNetwork | None,
    kicked: "Callable[[], Kicked]",
) -> list[Check]:
    """One level's; what it takes is imported for it alone."""
    if level == "network":
        from bbconvert.convert.verify.network import network_checks  # torch

        return network_checks(bundle, network, kicked)
    if level == "observation":
        from bbconvert.convert.verify.observation import observation_checks

        return observation_checks(bundle, kicked)
    if level == "rollout":
        from bbconvert.convert.verify.rollout import rollout_checks
        from bbconvert.convert.verify.rounding import rounding_checks

        return rollout_checks(bundle, announce) + rounding_checks(bundle)
    from bbconvert.convert.verify.browser import browser_checks

    return browser_checks(bundle, announce)


def versions() -> dict[str, str]:
    """The versions that a verification stands for."""
    return {name: version(name) for name in ("mujoco", "gymnasium", "onnxruntime", "numpy")}


def require_browser() -> None:
    """Finds what the browser level needs before anything long is started.

    Raises:
        BBConvertError: Playwright, or a Chrome or Chromium, is not installed; the message names the install.
    """
    from bbconvert.convert.browser import find_browser

    find_browser()
