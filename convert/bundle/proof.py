"""What was proven, as files: `parity.json` for programs, `parity.svg` a badge, and two lists for people."""

import json
from typing import Any

from bbconvert.convert.bundle.bundle import GOLDEN, POLICY, POSE, SCENE, TFJS, Bundle
from bbconvert.convert.bundle.environment_standing import own_environment
from bbconvert.convert.files.digest import sha256_of
from bbconvert.convert.manifest import Manifest

PARITY = "parity.json"
BADGE = "parity.svg"

_HOLDS, _FAILS, _NONE = "#2f8f4e", "#c2453a", "#8a8f98"
_LABEL = "exact as Gymnasium"
_LEVELS = {
    "network": "`policy.onnx` acts as the checkpoint",
    "observation": "observation, reward and ending are Gymnasium's",
    "rollout": "rollouts play again as recorded",
    "browser": "the tab steps as Python does",
}
_NOT_CLAIMED = (
    "equal bits beyond x86-64 and Chromium",
    "equal states after long contact",
    "the return its author published",
    "a real robot's motion",
)


def certified(manifest: Manifest) -> list[str]:
    """What the checks that were made, and hold, are proof of; a few words each."""
    checks = manifest.parity.checks
    levels = {check.level for check in checks} - {check.level for check in checks if not check.ok}
    return [words for level, words in _LEVELS.items() if level in levels]


def not_claimed(manifest: Manifest) -> list[str]:
    """What nobody should read into it; a few words each."""
    own = own_environment(manifest.env)
    author = [f"reward and ending: {own}, so they are its author's word"] if own else []
    return [*author, *_NOT_CLAIMED]


def proof_files(bundle: Bundle) -> dict[str, str]:
    """The text of `parity.json` and of `parity.svg`."""
    return {PARITY: parity_json(bundle), BADGE: parity_svg(bundle.manifest)}


def parity_json(bundle: Bundle) -> str:
    """What was compared, how large it is, how much was allowed; versions, and the SHA-256 of each file."""
    manifest, checks = bundle.manifest, bundle.manifest.parity.checks
    files = [POLICY, POSE, f"{TFJS}/model.json", f"{TFJS}/weights.bin", SCENE, GOLDEN, *manifest.env.assets]
    document: dict[str, Any] = {
        "title": manifest.title,
        "env_id": manifest.env.id,
        "source": manifest.source.model_dump(mode="json"),
        "ok": bool(checks) and all(check.ok for check in checks),
        "checks": [check.model_dump(mode="json") for check in checks],
        "recorded": manifest.parity.recorded,
        "certified": certified(manifest),
        "not_claimed": not_claimed(manifest),
        "created_with": manifest.created_with,
        "versions": manifest.parity.versions,
        "sha256": {name: sha256_of(bundle.folder / name) for name in files if (bundle.folder / name).is_file()},
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def parity_svg(manifest: Manifest) -> str:
    """A badge, 20 pixels high."""
    checks = manifest.parity.checks
    failed = sum(not check.ok for check in checks)
    if not checks:
        said, colour = "not verified", _NONE
    elif failed:
        said, colour = f"{failed} of {len(checks)} checks fail", _FAILS
    else:
        said, colour = f"{len(checks)} checks hold", _HOLDS
    left, right = _width(_LABEL), _width(said)
    whole, fonts = left + right, "Verdana,Geneva,DejaVu Sans,sans-serif"
    box = f'width="{whole}" height="20" role="img" aria-label="{_LABEL}: {said}"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" {box}>
<title>{_LABEL}: {said}</title>
<clipPath id="r"><rect width="{whole}" height="20" rx="4"/></clipPath>
<g clip-path="url(#r)">
<rect width="{left}" height="20" fill="#3a3f47"/>
<rect x="{left}" width="{right}" height="20" fill="{colour}"/>
</g>
<g fill="#fff" text-anchor="middle" font-family="{fonts}" font-size="11">
<text x="{left / 2:g}" y="14" textLength="{left - 14}">{_LABEL}</text>
<text x="{left + right / 2:g}" y="14" textLength="{right - 14}">{said}</text>
</g>
</svg>
"""


def _width(text: str) -> int:
    """In pixels, with a margin of 7 on both sides; `textLength` makes any font fit."""
    return 14 + round(6.4 * len(text))
