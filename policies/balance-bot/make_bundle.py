"""Makes the small bundle that ships from the weights beside this file (`just default-bundle`), by the ordinary path."""

from pathlib import Path

from bbconvert.convert.cli.console import Progress
from bbconvert.convert.conversion import Conversion, convert_checkpoint
from bbconvert.convert.digest import sha256_of
from bbconvert.convert.library import BALANCE_BOT_BUNDLE
from bbconvert.convert.manifest import Source

CHECKPOINT = Path(__file__).parent / "ppo-BalanceBot-v0.zip"

conversion = Conversion(
    checkpoint=CHECKPOINT,
    env_id="bbconvert/BalanceBot-v0",
    env_kwargs={"level": 3},
    source=Source(filename=CHECKPOINT.name, sha256=sha256_of(CHECKPOINT), library="stable-baselines3", algorithm="ppo"),
    name="balance-bot",
    title="BalanceBot, on a swinging platform",
    vec_normalize=CHECKPOINT.with_name("vec_normalize.pkl"),
)
convert_checkpoint(conversion, BALANCE_BOT_BUNDLE, force=True, sandbox=False, progress=Progress())
