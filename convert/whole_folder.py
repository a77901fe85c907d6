"""A folder written whole or not at all: in a temporary one beside it, renamed at the end."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from convert.errors import BBConvertError

_CHOOSE = "Choose another folder with --out."


def check_free(out: Path, *, force: bool, kind: str, marker: str) -> None:
    """Raises BBConvertError where `whole_folder` would, because `out` is there and is not to be replaced."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not force:
        raise BBConvertError(f"{out} exists. Keep it, or replace it with --force. {_CHOOSE}")
    if not (out / marker).is_file():
        raise BBConvertError(f"{out} exists and is no {kind} (it has no {marker}): not replaced. {_CHOOSE}")


@contextmanager
def whole_folder(out: Path, *, force: bool, kind: str, marker: str) -> Iterator[Path]:
    """A temporary folder that becomes `out` when the block ends well, and is removed otherwise.

    An earlier `out` is replaced with `force` alone, and only where it is empty or holds the file `marker`, which tells
    that it is a `kind` ("bundle", "site") and not somebody's home.

    Raises:
        BBConvertError: `out` is there and is not to be replaced, or nothing can be written beside it.
    """
    check_free(out, force=force, kind=kind, marker=marker)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise BBConvertError(f"Cannot write into {out.parent}: {error.strerror or error}. {_CHOOSE}") from error
    try:
        new, old = work / "new", work / "old"
        new.mkdir()
        yield new
        if out.exists():
            out.rename(old)
        new.rename(out)
    finally:
        shutil.rmtree(work, ignore_errors=True)
