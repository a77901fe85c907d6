"""Makes the bundles that ship from the weights in this folder, by the ordinary path (`just shipped`).

Names of some may be given; none: all of them.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bbconvert
from bbconvert.convert.bundle.bundle import POSE
from bbconvert.convert.manifest import Estimator
from bbconvert.convert.shipped import BUNDLES
from bbconvert.convert.sight.run import ESTIMATOR, add_sight

POLICIES = Path(__file__).parent


@dataclass(frozen=True)
class Shipped:
    """What a policy plays; its zip is the only one in the folder of its bundle's name."""

    env_id: str
    title: str
    env_kwargs: dict[str, Any] = field(default_factory=dict)


SHIPPED = {
    "humanoid-balance": Shipped("bbconvert/HumanoidBalance-v0", "Humanoid, balancing"),
    "balance-bot": Shipped("bbconvert/BalanceBot-v0", "BalanceBot, on a swinging platform", {"level": 3}),
    "cart-pole": Shipped("bbconvert/CartPole-v0", "Cart-pole", {"level": 3}),
    "stand": Shipped("bbconvert/Stand-v0", "A torso that stands on two legs"),
    "balance-ball": Shipped("bbconvert/BalanceBall-v0", "A figure on a plank on a ball", {"level": 3}),
    "reorient": Shipped("bbconvert/Reorient-v0", "A lander that turns itself upright"),
}


SEEING = {"reorient-sight": "reorient"}
"""Bundles with `pose.onnx` and `estimator.json` of `bbconvert train-pose` added, and which they are made from."""


def say(stage: bbconvert.Stage) -> None:
    """Prints each stage once, when it begins."""
    if stage.done == 0:
        print(stage.text)


for name in sys.argv[1:] or [*SHIPPED, *SEEING]:
    if name in SEEING:
        trained = POLICIES / SEEING[name] / "pose"
        estimator = Estimator.model_validate_json((trained / ESTIMATOR).read_text())
        blind = bbconvert.open_bundle(BUNDLES / SEEING[name])
        add_sight(blind, (trained / POSE).read_bytes(), estimator, BUNDLES / name)
        continue
    shipped = SHIPPED[name]
    (checkpoint,) = (POLICIES / name).glob("*.zip")
    bbconvert.convert(
        checkpoint,
        shipped.env_id,
        env_kwargs=shipped.env_kwargs,
        name=name,
        title=shipped.title,
        out=BUNDLES / name,
        force=True,
        sandbox=False,
        progress=say,
    )
