"""Which paths stay in a folder: none that is named by untrusted input leads out of it."""

from pathlib import Path, PurePosixPath


def file_inside(folder: Path, name: str) -> Path | None:
    """The file `name` (a POSIX path) under `folder`; None where there is none or it lies, or leads, outside.

    Hidden files (a leading dot in any part) are never inside.
    """
    if "\\" in name or "\0" in name or any(part.startswith(".") or not part for part in name.split("/")):
        return None
    try:
        path = (folder / PurePosixPath(name)).resolve()
        return path if path.is_file() and path.is_relative_to(folder.resolve()) else None
    except (OSError, RuntimeError, ValueError):  # a name that no file system has, or a loop of links
        return None
