"""`requirements.lock`: every package of every extra, with the SHA-256 of each of its files on PyPI.

`python locked.py browser,test` prints what `pip install --require-hashes --no-deps --requirement` takes for these
extras; `python locked.py --make` writes the file anew with uv, from pyproject.toml and constraints.txt (`just lock`).

torch is not among them: its builds for the CPU, CUDA and ROCm have one version and different hashes, and which of them
a machine has is its owner's choice. constraints.txt pins its version.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent
LOCK = ROOT / "requirements.lock"
BASE = "base"
"""What the product needs itself, whatever the extras."""
BUILD = "build"
"""What builds it."""

_HEAD = "# Written by `just lock`. Above each package stands which extras need it.\n"
_TORCH = re.compile(r"(torch|triton|nvidia-.*|cuda-.*)==")
"""torch and what its CUDA builds alone need."""
_COMPILE = ("pip", "compile", "--quiet", "--universal", "--no-header", "--no-annotate", "--python-version", "3.11")


def selected(lock: str, extras: list[str]) -> str:
    """The requirements of these extras, those of the product among them.

    Raises:
        ValueError: an extra that the lock does not have.
    """
    blocks = list(_blocks(lock))
    unknown = set(extras) - {extra for needed, _ in blocks for extra in needed}
    if unknown:
        raise ValueError(f"requirements.lock has nothing for {', '.join(sorted(unknown))}. Make it anew: just lock")
    wanted = {BASE, *extras}
    return "".join(requirement for needed, requirement in blocks if wanted.intersection(needed))


def _blocks(lock: str) -> Iterator[tuple[set[str], str]]:
    """Each requirement with the extras that need it."""
    for block in lock.removeprefix(_HEAD).split("\n# ")[1:]:
        needed, _, requirement = block.partition("\n")
        yield set(needed.split(", ")), requirement.rstrip("\n") + "\n"


def make() -> str:
    """The text of requirements.lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed_by: dict[str, list[str]] = {}
    lines: dict[str, None] = {}
    with tempfile.TemporaryDirectory() as folder:
        build, everything = Path(folder) / "build.in", Path(folder) / "all.in"
        build.write_text("\n".join(project["build-system"]["requires"]), encoding="utf-8")
        sources = {BASE: _resolved("pyproject.toml"), BUILD: _resolved(str(build))}
        for extra in project["project"]["optional-dependencies"]:
            sources[extra] = _resolved("pyproject.toml", "--extra", extra)
        for extra, resolved in sources.items():
            for line in resolved:
                lines[line] = None
                needed = needed_by.setdefault(_pin(line), [])
                if BASE not in needed:
                    needed.append(extra)
        everything.write_text("\n".join(lines), encoding="utf-8")
        hashed = _uv(str(everything), "--no-deps", "--generate-hashes")
    text = _HEAD
    for requirement in re.split(r"\n(?=\S)", hashed.strip()):
        text += f"\n# {', '.join(needed_by[_pin(requirement)])}\n{requirement}\n"
    return text


def _resolved(source: str, *options: str) -> list[str]:
    """`name==version ; marker` of all that is needed, but for torch."""
    lines = _uv(source, "--constraint", "constraints.txt", *options).splitlines()
    return [line for line in lines if not _TORCH.match(line)]


def _pin(requirement: str) -> str:
    """`name==version`, without the marker and the hashes behind it."""
    return requirement.split(maxsplit=1)[0]


def _uv(source: str, *options: str) -> str:
    return subprocess.run(
        ["uv", *_COMPILE, *options, source], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


if __name__ == "__main__":
    if sys.argv[1:] == ["--make"]:
        LOCK.write_text(make(), encoding="utf-8")
    else:
        sys.stdout.write(selected(LOCK.read_text(encoding="utf-8"), sys.argv[1].split(",")))
