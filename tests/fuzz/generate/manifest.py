"""`bundle.json` of a bundle that is otherwise intact."""

import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz.generate import json_text, values

BUNDLE = Path(__file__).parents[3] / "convert" / "shipped" / "balance-bot"


@cache
def _manifest() -> Any:
    return json.loads((BUNDLE / "bundle.json").read_text(encoding="utf-8"))


def valid(rng: Random) -> bytes:
    """The shipped one, under another name."""
    return json.dumps({**_manifest(), "name": f"bundle-{rng.randrange(100)}"}).encode()


def hostile(rng: Random) -> bytes:
    """Values that no bundle has, somewhere or in a chosen place."""
    manifest = json.loads(json.dumps(_manifest()))
    for _ in range(rng.choice((0, 1, 1, 2, 5))):
        rng.choice((_anywhere, _anywhere, _number, _section))(rng, manifest)
    return json_text.hostile(rng, manifest)


def _anywhere(rng: Random, manifest: dict[str, Any]) -> None:
    changed = values.replaced_somewhere(rng, dict(manifest))
    if isinstance(changed, dict):
        manifest.clear()
        manifest.update(changed)


def _number(rng: Random, manifest: dict[str, Any]) -> None:
    """A number that is one, where it is used in sums, quotients or loops."""
    number = values.number(rng)
    env, parity = manifest.get("env", {}), manifest.get("parity", {})
    places: list[tuple[Any, str]] = [(env, "dt"), (env, "timestep"), (env, "frame_skip"), (env, "max_episode_steps")]
    for name in ("returns", "lengths", "seeds", "partial_returns", "horizons", "horizon_returns"):
        if isinstance(parity, dict) and isinstance(parity.get("episodes"), dict):
            parity["episodes"][name] = rng.choice(
                ([number], [number] * 3, [1e308] * 3, [], parity["episodes"].get(name))
            )
    section, key = rng.choice(places)
    if isinstance(section, dict) and rng.random() < 0.7:
        section[key] = number


def _section(rng: Random, manifest: dict[str, Any]) -> None:
    manifest[rng.choice(sorted(manifest, key=str) or ["env"])] = values.document(rng)
    if rng.random() < 0.3:
        manifest["published"] = {"mean_reward": values.number(rng), "std": values.number(rng)}
    if rng.random() < 0.3:
        manifest["version"] = values.number(rng)
    if rng.random() < 0.3 and isinstance(manifest.get("env"), dict):
        manifest["env"]["assets"] = rng.choice(
            (["../../etc/passwd"], ["/etc/passwd"], ["a\x00b"], ["x" * 300], [".hidden"])
        )
