"""The bundle's README.md: what it is, where it came from, what was proven; fit to be a Hub model card."""

from convert.environment_standing import NOT_VERIFIED, own_environment
from convert.manifest import Check, Environment, Manifest, Source


def bundle_readme(manifest: Manifest) -> str:
    """The card's text, YAML front matter included."""
    env, source = manifest.env, manifest.source
    repo = f"[{source.repo_id}](https://huggingface.co/{source.repo_id})" if source.repo_id else "a local file"
    revision = f" at `{source.revision}`" if source.revision else ""
    published = ""
    if manifest.published is not None:
        std = "" if manifest.published.std is None else f" ± {manifest.published.std:g}"
        published = f"\nThe source's card publishes a mean reward of {manifest.published.mean_reward:g}{std}.\n"
    training = _training(source)
    front = ["---", "library_name: bbconvert", "pipeline_tag: reinforcement-learning"]
    front += [f"license: {source.license}"] if source.license else []
    front += ["tags:", f"- {env.id}", "- deep-reinforcement-learning", "- onnx", "- mujoco", "---"]
    return (
        "\n".join(front)
        + f"""

# {manifest.title}

A policy for `{env.id}` ({1 / env.dt:.4g} Hz: timestep {env.timestep:g} s times frame skip {env.frame_skip}), converted
by {manifest.created_with} from {repo}{revision}, file `{source.filename}` (sha256 `{source.sha256[:16]}…`){training}.
{published}
`policy.onnx` takes raw observations [batch, {manifest.observation.size}] float64 and gives actions
[batch, {manifest.action.size}] float32 ready for `env.step`; {_normalization(manifest)}

Play it in a browser: `bbconvert play .`, check it: `bbconvert verify .`
{_own_environment(env)}
## What was verified when it was made

MuJoCo {manifest.mujoco_version}.

| level | what | measure | value | allowed | n | holds |
|---|---|---|---|---|---|---|
{chr(10).join(_row(check) for check in manifest.parity.checks)}
"""
    )


def _own_environment(env: Environment) -> str:
    """What nobody but the author of the environment can vouch for."""
    own = own_environment(env)
    if own is None:
        return ""
    return f"""
> **{NOT_VERIFIED}** ({own}). The checks below hold the policy to the environment as this bundle describes it. What an
> episode pays, and when it ends, is its author's word: bbconvert knows no other description to compare it with.
"""


def _training(source: Source) -> str:
    """Which algorithm trained it, where the checkpoint says so."""
    return "" if source.algorithm == "unknown" else f",\ntrained with {source.library}'s {source.algorithm}"


def _normalization(manifest: Manifest) -> str:
    mode = manifest.normalization.mode
    if mode == "none":
        return "observations are not normalised."
    if mode == "running":
        return "it also takes the running `obs_mean` and `obs_var` of the observations so far."
    return f"normalisation is inside (statistics {manifest.normalization.origin})."


def _row(check: Check) -> str:
    mark = "yes" if check.ok else "**no**"
    return (
        f"| {check.level} | {check.name} | {check.metric.replace('|Δ|', 'Δ')} | {check.value:.2g} "
        f"| {check.tolerance:g} | {check.n} | {mark} |"
    )
