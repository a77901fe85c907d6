"""Makes the default bundle from the weights beside this file (`just default-bundle`), by the ordinary path."""

from pathlib import Path

from bbconvert.convert.cli.console import Progress
from bbconvert.convert.conversion import Conversion, convert_checkpoint
from bbconvert.convert.digest import sha256_of
from bbconvert.convert.library import DEFAULT_BUNDLE
from bbconvert.convert.manifest import Source

CHECKPOINT = Path(__file__).parent / "ppo-HumanoidBalance-v0.zip"

conversion = Conversion(
    checkpoint=CHECKPOINT,
    env_id="bbconvert/HumanoidBalance-v0",
    source=Source(filename=CHECKPOINT.name, sha256=sha256_of(CHECKPOINT), library="stable-baselines3", algorithm="ppo"),
    name="humanoid-balance",
    title="Humanoid, balancing",
    vec_normalize=CHECKPOINT.with_name("vec_normalize.pkl"),
)
convert_checkpoint(conversion, DEFAULT_BUNDLE, force=True, sandbox=False, progress=Progress())
