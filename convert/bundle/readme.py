"""The bundle's README.md: what it is, where it came from, what was proven; fit to be a Hub model card."""

from collections.abc import Iterator
from urllib.parse import quote

import yaml  # type: ignore[import-untyped]

from bbconvert.convert.bundle.environment_standing import NOT_VERIFIED, own_environment
from bbconvert.convert.bundle.markdown import code, one_line, plain
from bbconvert.convert.bundle.proof import BADGE, PARITY, certified, not_claimed
from bbconvert.convert.manifest import Environment, Manifest, Source
from bbconvert.convert.parity import Check


def bundle_readme(manifest: Manifest) -> str:
    """The card's text, YAML front matter included."""
    env, source = manifest.env, manifest.source
    repo, dynamics = "a local file", f"timestep {env.timestep:g} s times frame skip {env.frame_skip}"
    if source.repo_id:
        repo = f"[{plain(source.repo_id)}](https://huggingface.co/{quote(source.repo_id)})"
    revision = f" at {code(source.revision)}" if source.revision else ""
    published = ""
    if manifest.published is not None:
        std = "" if manifest.published.std is None else f" ± {manifest.published.std:g}"
        published = f"\nThe source's card publishes a mean reward of {manifest.published.mean_reward:g}{std}.\n"
    file, training = f"file {code(source.filename)} (sha256 `{plain(source.sha256[:16])}…`)", _training(source)
    front = {"library_name": "bbconvert", "pipeline_tag": "reinforcement-learning"}
    front |= {"license": one_line(source.license)} if source.license else {}
    tags = [one_line(env.id), "deep-reinforcement-learning", "onnx", "mujoco"]
    return (
        f"---\n{yaml.safe_dump({**front, 'tags': tags}, sort_keys=False, allow_unicode=True)}---"
        + f"""

# {plain(manifest.title)}

[![Parity]({BADGE})]({PARITY})

A policy for {code(env.id)} ({1 / env.dt:.4g} Hz: {dynamics}), converted
by {plain(manifest.created_with)} from {repo}{revision}, {file}{training}.
{published}
`policy.onnx` takes raw observations [batch, {manifest.observation.size}] float64 and gives actions
[batch, {manifest.action.size}] float32 ready for `env.step`; {_normalization(manifest)}

{_sight(manifest)}Play it in a browser: `bbconvert play .`, check it: `bbconvert verify .`
{_own_environment(env)}
## What was verified when it was made

MuJoCo {plain(manifest.mujoco_version)}. {_held(manifest.parity.checks)}

| level | what | measure | value | allowed | n |
|---|---|---|---|---|---|
{chr(10).join(_rows(manifest.parity.checks))}

Certified:

{_listed(certified(manifest))}

Not claimed:

{_listed(not_claimed(manifest))}
"""
    )


def linked_card(card: str, address: str, name: str) -> str:
    """The card with a picture of the bundle `name` under its title, which leads to the Space at `address`."""
    head, title, rest = card.partition("\n# ")
    first, _, body = rest.partition("\n")
    picture = f"{address}/resolve/main/bundles/{quote(name)}/preview.jpg"
    link = f"[![Play it in your browser]({picture})]({address})\n\n[Play it in your browser]({address})"
    return f"{head}{title}{first}\n\n{link}\n{body}" if title else f"{card}\n{link}\n"


def space_readme(manifest: Manifest, repo_id: str) -> str:
    """The README of the Space that plays the bundle, which is at `repo_id` on the Hub.

    Source: huggingface.co/docs/hub/spaces-config-reference: a static Space, with the headers of cross-origin isolation.
    """
    front: dict[str, object] = {
        "title": one_line(manifest.title)[:100],
        "emoji": "🤸",
        "colorFrom": "green",
        "colorTo": "gray",
        "sdk": "static",
        "app_file": "index.html",
        "models": [repo_id],
        "tags": ["bbconvert", "reinforcement-learning", "mujoco"],
        "custom_headers": {
            "cross-origin-embedder-policy": "require-corp",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "cross-origin",
        },
    }
    front |= {"license": one_line(manifest.source.license)} if manifest.source.license else {}
    return (
        f"---\n{yaml.safe_dump(front, sort_keys=False, allow_unicode=True)}---\n\n# {plain(manifest.title)}\n\n"
        f"The policy of [{plain(repo_id)}](https://huggingface.co/{quote(repo_id)}) plays in your browser, exactly as "
        "Gymnasium would run it. Drag any part of the body.\n\nThe third-party software is in `notices/`.\n"
    )


def _listed(items: list[str]) -> str:
    return "\n".join(f"- {item}" for item in items) or "- nothing"


def _sight(manifest: Manifest) -> str:
    """What the network that sees does, and how well."""
    seen = manifest.estimator
    if seen is None:
        return ""
    error = seen.error
    return f"""`pose.onnx` takes a picture of {code(seen.body)} [{seen.lens.height}, {seen.lens.width}, 3] uint8
and tells its attitude, within {error.median:.1f} degrees on half of {error.pictures:,} pictures that no training saw
and within {error.percentile_95:.1f} on 95%. It can stand in for the observation
terms {", ".join(map(code, seen.terms))}.

"""


def _own_environment(env: Environment) -> str:
    """What only the author of the environment can vouch for."""
    own = own_environment(env)
    if own is None:
        return ""
    return f"""
> **{NOT_VERIFIED}** ({plain(own)}). The checks below hold the policy to the environment as this bundle
> describes it. What an episode pays, and when it ends, is its author's word: bbconvert knows no other description.
"""


def _training(source: Source) -> str:
    """Which algorithm trained it, where the checkpoint says so."""
    if source.algorithm == "unknown":
        return ""
    return f",\ntrained with {plain(source.library)}'s {plain(source.algorithm)}"


def _normalization(manifest: Manifest) -> str:
    mode = manifest.normalization.mode
    if mode == "none":
        return "observations are not normalised."
    if mode == "running":
        return "it also takes the running `obs_mean` and `obs_var` of the observations so far."
    return f"normalisation is inside (statistics {plain(manifest.normalization.origin or 'of unknown origin')})."


def _held(checks: list[Check]) -> str:
    failed = sum(not check.ok for check in checks)
    return f"**{failed} of {len(checks)} checks fail.**" if failed else f"All {len(checks)} checks hold."


def _rows(checks: list[Check]) -> Iterator[str]:
    """The level stands in its first row; what fails says so."""
    before = None
    for check in checks:
        level = check.level if check.level != before else ""
        mark = "" if check.ok else "**fails:** "
        yield (
            f"| {level} | {mark}{plain(check.name)} | {plain(check.metric.replace('|Δ|', 'Δ'))} | {check.value:.2g} "
            f"| {check.tolerance:g} | {check.n} |"
        )
        before = check.level
