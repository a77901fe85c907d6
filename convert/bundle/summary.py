"""A manifest in a few facts, for `inspect`, `list` and `--json`."""

from typing import Any

from bbconvert.convert.manifest import Manifest


def bundle_summary(manifest: Manifest) -> dict[str, Any]:
    """The facts of a bundle that a person or a script asks for first; the rest is in bundle.json."""
    checks = manifest.parity.checks
    return {
        "name": manifest.name,
        "title": manifest.title,
        "env_id": manifest.env.id,
        "trained_on": manifest.env.trained_on,
        "control_hz": 1 / manifest.env.dt,
        "observation_size": manifest.observation.size,
        "action_size": manifest.action.size,
        "normalization": manifest.normalization.mode,
        "network": {
            "layers": [manifest.network.inputs, *manifest.network.layers],
            "activation": manifest.network.activation,
            "parameters": manifest.network.parameters,
        },
        "source": manifest.source.model_dump(mode="json"),
        "published": manifest.published.model_dump(mode="json") if manifest.published else None,
        "mujoco_version": manifest.mujoco_version,
        "created_with": manifest.created_with,
        "checks": {"passed": sum(check.ok for check in checks), "failed": sum(not check.ok for check in checks)},
    }
