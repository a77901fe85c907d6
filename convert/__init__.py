"""From a checkpoint to a bundle that plays in the browser, with proof.

`bbconvert.convert(FILE, ENV_ID)` converts a file: the package is also the public function of its name.
"""

import sys
from types import ModuleType
from typing import Any

__version__ = "0.1.0"


class _CallablePackage(ModuleType):
    """This package, which can be called as `bbconvert.convert.local_file.convert`."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        from bbconvert.convert.local_file import convert

        return convert(*arguments, **options)


sys.modules[__name__].__class__ = _CallablePackage
