"""Makes the default bundle from the weights beside this file (`just default-bundle`), by the ordinary path."""

from pathlib import Path

import bbconvert
from bbconvert.convert.shipped import DEFAULT_BUNDLE

CHECKPOINT = Path(__file__).parent / "ppo-HumanoidBalance-v0.zip"


def say(stage: bbconvert.Stage) -> None:
    """Prints each stage once, when it begins."""
    if stage.done == 0:
        print(stage.text)


bbconvert.convert(
    CHECKPOINT,
    "bbconvert/HumanoidBalance-v0",
    name="humanoid-balance",
    title="Humanoid, balancing",
    out=DEFAULT_BUNDLE,
    force=True,
    sandbox=False,
    progress=say,
)
