"""Asks PyPI and npm for known vulnerabilities of what is locked; fails on those that are not allowed with a reason.

Where a service cannot be asked, it says so and does not fail: a machine without a network still tests.
"""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
ALLOWED = ROOT / ".ci" / "audit-allowed.txt"
PYPI = "https://pypi.org/pypi"

Found = dict[str, str]
"""Vulnerabilities by their id, each with what it is of."""


class CouldNotRunError(Exception):
    """A service was not reached, or does not say."""


def pins(lock: str, constraints: str) -> list[tuple[str, str]]:
    """Name and version of all that is locked, torch among it."""
    found = re.findall(r"^([\w.-]+)==([\w.!+]+)", f"{lock}\n{constraints}", re.MULTILINE)
    return sorted({(re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in found})


def python_vulnerabilities(locked: Iterable[tuple[str, str]], pypi: str = PYPI) -> Found:
    """What PyPI's JSON API knows of these versions.

    Raises:
        CouldNotRunError: it does not answer for one of them.
    """
    found: Found = {}
    for name, version in locked:
        address = f"{pypi}/{name}/{version}/json"
        try:
            with urllib.request.urlopen(address, timeout=20) as response:
                document = json.load(response)
            known = document["vulnerabilities"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CouldNotRunError(f"PyPI says nothing about {name} {version} ({error})") from error
        found |= {entry["id"]: f"{name} {version}" for entry in known if not entry.get("withdrawn")}
    return found


def npm_vulnerabilities(report: str) -> Found:
    """What `npm audit --json` printed.

    Raises:
        CouldNotRunError: npm's registry did not answer.
    """
    try:
        document = json.loads(report)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("vulnerabilities"), dict):
        said = document.get("message") if isinstance(document, dict) else report.strip()[:200]
        raise CouldNotRunError(f"npm said: {said or 'nothing'}")
    entries = document["vulnerabilities"].items()
    advisories = [(name, via) for name, entry in entries for via in entry["via"] if isinstance(via, dict)]
    return {str(via["url"]).rsplit("/", 1)[-1]: f"{name} {via.get('range', '')}" for name, via in advisories}


def allowed(text: str) -> dict[str, str]:
    """The ids that are allowed, each with its reason.

    Raises:
        ValueError: a line without a reason.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    reasons = dict(line.partition(" ")[::2] for line in lines)
    bare = [name for name, reason in reasons.items() if not reason.strip()]
    if bare:
        raise ValueError(f"{bare[0]} is allowed without a reason")
    return reasons


def main() -> int:
    """Prints what was found; 1 where something is not allowed."""
    reasons = allowed(ALLOWED.read_text(encoding="utf-8"))
    lock, constraints = ((ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "constraints.txt"))
    bad = False
    asked: dict[str, Callable[[], Found]] = {
        "Python packages": lambda: python_vulnerabilities(pins(lock, constraints)),
        "npm packages": lambda: npm_vulnerabilities(_npm_audit()),
    }
    for what, ask in asked.items():
        try:
            found = ask()
        except CouldNotRunError as error:
            print(f"The audit of the {what} could not run: {error}.")
            continue
        print(f"Audited the {what}: {len(found)} known vulnerabilities.")
        for name, of in sorted(found.items()):
            bad |= name not in reasons
            print(f"  {name} in {of}: {'allowed: ' + reasons[name] if name in reasons else 'NOT ALLOWED'}")
    if bad:
        print(f"Update the packages (just lock, npm update), or allow an id with its reason in {ALLOWED}.")
    return int(bad)


def _npm_audit() -> str:
    try:
        command = ["npm", "audit", "--package-lock-only", "--json"]
        done = subprocess.run(command, cwd=ROOT / "web", capture_output=True, text=True, check=False, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CouldNotRunError(str(error)) from error
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
