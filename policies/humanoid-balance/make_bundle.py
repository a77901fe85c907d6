"""Makes the default bundle from the weights beside this file (`just default-bundle`), by the ordinary path."""

from pathlib import Path

from convert.cli.console import Progress
from convert.cli.conversion import convert_checkpoint
from convert.digest import sha256_of
from convert.library import DEFAULT_BUNDLE
from convert.manifest import Source

FIRST_WEIGHTS = Path(__file__).parent / "ppo_continuous_action.cleanrl_model"
CHECKPOINT = FIRST_WEIGHTS


def make_bundle(checkpoint: Path, out: Path) -> Path:
    """The bundle of `checkpoint`, at `out`."""
    trained = checkpoint.suffix == ".zip"
    return convert_checkpoint(
        checkpoint,
        env_id="bbconvert/HumanoidBalance-v0",
        env_kwargs={},
        source=Source(
            filename=checkpoint.name,
            sha256=sha256_of(checkpoint),
            library="stable-baselines3" if trained else "cleanrl",
            algorithm="ppo",
        ),
        name="humanoid-balance",
        title="Humanoid, balancing",
        out=out,
        force=True,
        normalization=None,
        vec_normalize=checkpoint.with_name("vec_normalize.pkl") if trained else None,
        published=None,
        progress=Progress(),
    )


if __name__ == "__main__":
    make_bundle(CHECKPOINT, DEFAULT_BUNDLE)
