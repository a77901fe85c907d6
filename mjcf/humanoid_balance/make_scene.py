"""Makes HumanoidBalance's scene from the humanoid.xml of the installed Gymnasium; nothing is recompiled.

    python -m mjcf.humanoid_balance.make_scene > mjcf/humanoid_balance/scene.xml

Two spherical feet become flat plates, so that the body can stand still; the integrator and the timestep change. The
body has no ankles: it stands on its plates as a block does, and their edges are what a push must lift it over. 34 cm by
16 cm, set a little outwards, make it worth shoving.
"""

import re
import sys
from pathlib import Path

import gymnasium

SOURCE = Path(gymnasium.__file__).parent / "envs/mujoco/assets/humanoid.xml"

_FOOT = 'type="box" size=".17 .08 .025" mass="1.1"'
_EDITS = (
    (r'<geom name="right_foot"[^/]*/>', f'<geom name="right_foot" {_FOOT} pos=".035 -.02 .05" user="0"/>'),
    (r'<geom name="left_foot"[^/]*/>', f'<geom name="left_foot" {_FOOT} pos=".035 .02 .05" user="0"/>'),
    (r'integrator="RK4"', 'integrator="implicitfast"'),
    (r'timestep="0.003"', 'timestep="0.002"'),
)


def scene() -> str:
    """The scene's XML.

    Raises:
        ValueError: the installed Gymnasium's humanoid.xml is not the one that the edits were written for.
    """
    xml = SOURCE.read_text()
    for pattern, replacement in _EDITS:
        xml, count = re.subn(pattern, replacement, xml)
        if count != 1:
            raise ValueError(f"{SOURCE}: {pattern} occurs {count} times, expected once")
    return xml


if __name__ == "__main__":
    sys.stdout.write(scene())
