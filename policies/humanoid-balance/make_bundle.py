"""Makes the default bundle from the weights beside this file (`just default-bundle`), by the ordinary path."""

from pathlib import Path

from convert.cli.console import Progress
from convert.cli.conversion import convert_checkpoint
from convert.digest import sha256_of
from convert.library import DEFAULT_BUNDLE
from convert.manifest import Source

CHECKPOINT = Path(__file__).parent / "ppo-HumanoidBalance-v0.zip"

convert_checkpoint(
    CHECKPOINT,
    env_id="bbconvert/HumanoidBalance-v0",
    env_kwargs={},
    source=Source(filename=CHECKPOINT.name, sha256=sha256_of(CHECKPOINT), library="stable-baselines3", algorithm="ppo"),
    name="humanoid-balance",
    title="Humanoid, balancing",
    out=DEFAULT_BUNDLE,
    force=True,
    normalization=None,
    vec_normalize=CHECKPOINT.with_name("vec_normalize.pkl"),
    published=None,
    progress=Progress(),
)
