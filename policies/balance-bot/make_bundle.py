"""Makes the small bundle that ships from the weights beside this file (`just default-bundle`), by the ordinary path."""

from pathlib import Path

from convert.cli.console import Progress
from convert.cli.conversion import convert_checkpoint
from convert.digest import sha256_of
from convert.library import BALANCE_BOT_BUNDLE
from convert.manifest import Source

CHECKPOINT = Path(__file__).parent / "ppo-BalanceBot-v0.zip"

convert_checkpoint(
    CHECKPOINT,
    env_id="bbconvert/BalanceBot-v0",
    env_kwargs={"level": 3},
    source=Source(filename=CHECKPOINT.name, sha256=sha256_of(CHECKPOINT), library="stable-baselines3", algorithm="ppo"),
    name="balance-bot",
    title="BalanceBot, on a swinging platform",
    out=BALANCE_BOT_BUNDLE,
    force=True,
    normalization=None,
    vec_normalize=CHECKPOINT.with_name("vec_normalize.pkl"),
    published=None,
    progress=Progress(),
)
