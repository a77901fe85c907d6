"""Environments of one's own: `module:Id-v0` names the Python module that registers and describes them."""

import importlib
import os
import sys
from pathlib import Path

from bbconvert.convert.errors import BBConvertError

VARIABLE = "BBCONVERT_ENV_MODULES"
"""Names the modules (separated by commas) that bundles may name as theirs, here and in the processes started here."""


def import_environment(env_id: str) -> None:
    """Imports the module that a person named on the command line; the working directory is looked into last.

    Raises:
        BBConvertError: there is no such module, or it does not import.
    """
    module, colon, _ = env_id.partition(":")
    if colon:
        _import(module)
        os.environ[VARIABLE] = ",".join(dict.fromkeys([*_allowed(), module]))


def known_id(env_id: str) -> str:
    """`Id-v0` of `module:Id-v0`, its module imported: a bundle's word alone imports nothing.

    Raises:
        BBConvertError: the user did not name the module.
    """
    module, colon, bare = env_id.partition(":")
    if not colon:
        return env_id
    if module not in sys.modules:
        if module not in _allowed():
            raise BBConvertError(
                f"{bare} is an environment of the Python module {module}, which is imported only where you say so: "
                f"set {VARIABLE}={module} and repeat the command."
            )
        _import(module)
    return bare


def _allowed() -> list[str]:
    return [module for module in os.environ.get(VARIABLE, "").split(",") if module]


def _import(module: str) -> None:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        importlib.import_module(module)
    except BBConvertError:  # register_environment says what is wrong
        raise
    except Exception as error:  # a user's module may raise anything
        raise BBConvertError(
            f"The module {module} cannot be imported: {type(error).__name__}: {error}. It is looked for where Python "
            f"looks, and in {here}."
        ) from error
