"""Play a reinforcement-learning policy in a browser tab, exactly as Gymnasium would run it.

The public functions do what the command line does: they return dataclasses, print nothing and never exit. Each is
imported when it is first used. `docs/api.md` shows them all.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bbconvert.convert.bundle.bundle import Bundle, open_bundle
    from bbconvert.convert.difference import Difference, diff
    from bbconvert.convert.doctor import Finding, doctor
    from bbconvert.convert.environments.registration import register_environment
    from bbconvert.convert.errors import BBConvertError
    from bbconvert.convert.evaluate import Evaluation, evaluate
    from bbconvert.convert.inspection import Inspection, inspect
    from bbconvert.convert.local_file import convert
    from bbconvert.convert.notebook.player import Player
    from bbconvert.convert.notebook.show import show
    from bbconvert.convert.progress import Stage
    from bbconvert.convert.pull import pull
    from bbconvert.convert.repair import Repair, repair
    from bbconvert.convert.site.export import Site, export
    from bbconvert.convert.verify import Verification, verify

_HOMES = {
    "BBConvertError": "errors",
    "Bundle": "bundle.bundle",
    "Difference": "difference",
    "Evaluation": "evaluate",
    "Finding": "doctor",
    "Inspection": "inspection",
    "Player": "notebook.player",
    "Repair": "repair",
    "Site": "site.export",
    "Stage": "progress",
    "Verification": "verify",
    "diff": "difference",
    "doctor": "doctor",
    "evaluate": "evaluate",
    "export": "site.export",
    "inspect": "inspection",
    "open_bundle": "bundle.bundle",
    "pull": "pull",
    "register_environment": "environments.registration",
    "repair": "repair",
    "show": "notebook.show",
    "verify": "verify",
}
"""Public name to the module of `bbconvert.convert` that has it. `convert` is that package, which can be called."""

__all__ = [
    "BBConvertError",
    "Bundle",
    "Difference",
    "Evaluation",
    "Finding",
    "Inspection",
    "Player",
    "Repair",
    "Site",
    "Stage",
    "Verification",
    "convert",
    "diff",
    "doctor",
    "evaluate",
    "export",
    "inspect",
    "open_bundle",
    "pull",
    "register_environment",
    "repair",
    "show",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name == "convert":
        return importlib.import_module("bbconvert.convert")
    if name not in _HOMES:
        raise AttributeError(f"module 'bbconvert' has no attribute {name!r}")
    return getattr(importlib.import_module(f"bbconvert.convert.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
