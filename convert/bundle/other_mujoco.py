"""What is said of a bundle that was made with another release of MuJoCo than the one that is installed."""

from importlib.metadata import version

from bbconvert.convert.manifest import Manifest


def other_mujoco(manifest: Manifest) -> str | None:
    """A sentence that names both releases; None where they are the same."""
    here = version("mujoco")
    if manifest.mujoco_version == here:
        return None
    return (
        f"{manifest.name} was made with MuJoCo {manifest.mujoco_version}, and this is MuJoCo {here}: where the two "
        "differ, so do its recorded rollout and episodes. Make it anew: bbconvert pull or convert with --force."
    )
