"""Proof by level: network, observation and rollout in Python alone; browser in an installed Chrome or Chromium."""

from collections.abc import Callable, Sequence
from importlib.metadata import version

from convert.bundle import Bundle
from convert.manifest import Check, Level
from convert.network import PolicyNetwork

PYTHON_LEVELS: tuple[Level, ...] = ("network", "observation", "rollout")


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
    checks: list[Check] = []
    for level in levels:
        announce(level)
        if level == "network":
            from convert.verify.network import network_checks  # torch

            checks += network_checks(bundle, network)
        elif level == "observation":
            from convert.verify.observation import observation_checks

            checks += observation_checks(bundle)
        elif level == "rollout":
            from convert.verify.rollout import rollout_checks

            checks += rollout_checks(bundle)
        else:
            from convert.verify.browser import browser_checks

            checks += browser_checks(bundle, announce)
    return checks


def versions() -> dict[str, str]:
    """The versions that a verification stands for."""
    return {name: version(name) for name in ("mujoco", "gymnasium", "onnxruntime", "numpy")}


def require_browser() -> None:
    """Finds what the browser level needs before anything long is started.

    Raises:
        BBConvertError: Playwright, or a Chrome or Chromium, is not installed; the message names the install.
    """
    from convert.browser import find_browser

    find_browser()
