"""Makes the small bundle that ships from the weights beside this file (`just default-bundle`), by the ordinary path."""

from pathlib import Path

import bbconvert
from bbconvert.convert.shipped import BALANCE_BOT_BUNDLE

CHECKPOINT = Path(__file__).parent / "ppo-BalanceBot-v0.zip"


def say(stage: bbconvert.Stage) -> None:
    """Prints each stage once, when it begins."""
    if stage.done == 0:
        print(stage.text)


bbconvert.convert(
    CHECKPOINT,
    "bbconvert/BalanceBot-v0",
    env_kwargs={"level": 3},
    name="balance-bot",
    title="BalanceBot, on a swinging platform",
    out=BALANCE_BOT_BUNDLE,
    force=True,
    sandbox=False,
    progress=say,
)
