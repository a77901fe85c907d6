"""MuJoCo's XML, as a repository may bring it."""

from collections.abc import Callable
from random import Random

from tests.fuzz.generate import values

_PARTS = (
    '<include file="canary.xml"/>',
    '<include file="../canary.xml"/>',
    '<include file="/etc/passwd"/>',
    '<include file="scene.xml"/>',
    '<asset><mesh name="m" file="/etc/passwd"/></asset>',
    '<asset><texture name="t" type="2d" file="../canary.png"/></asset>',
    '<asset><hfield name="h" nrow="100000" ncol="100000" size="1 1 1 1"/></asset>',
    '<size memory="9999G"/>',
    '<size nconmax="-5"/>',
    '<asset><texture name="t" type="2d" builtin="flat" width="100000" height="100000"/></asset>',
    '<option timestep="5e-324"/>',
    '<option timestep="nan"/>',
    '<option timestep="-1"/>',
    '<option iterations="2000000000"/>',
    '<compiler meshdir="/etc"/>',
    '<extension><plugin plugin="mujoco.elasticity.cable"/></extension>',
    '<default><geom size="nan"/></default>',
    '<worldbody><replicate count="100000" offset="0 0 1"><geom size="1"/></replicate></worldbody>',
    '<worldbody><replicate count="1000"><replicate count="1000"><geom size="1"/></replicate></replicate></worldbody>',
    '<worldbody><composite type="cable" count="100000 1 1" size="1"/></worldbody>',
    '<asset><model file="scene.xml" name="a"/></asset>',
    '<worldbody><flexcomp name="f" type="grid" count="300 300 300" spacing="1 1 1"/></worldbody>',
    "<frame/>",
    "<x/>",
    '<custom><text name="a" data="b"/></custom>',
    '<keyframe><key qpos="1 2 3"/></keyframe>',
    '<statistic extent="nan"/>',
    '<equality><weld body1="nobody"/></equality>',
    '<sensor><user dim="100000000" name="s"/></sensor>',
    '<custom><numeric name="n" size="500000000"/></custom>',
    '<tendon><fixed name="t"><joint joint="nothing" coef="1"/></fixed></tendon>',
)


def valid(rng: Random) -> bytes:
    """A hopper of one leg."""
    return _scene(rng, "").encode()


def hostile(rng: Random) -> bytes:
    """Files that it refers to, sizes beyond reason, entities, or numbers that are none."""
    if rng.random() < 0.3:
        return rng.choice(_DOCUMENTS)(rng).encode("utf-8", "surrogatepass")
    text = _scene(rng, "".join(rng.choice(_PARTS) for _ in range(rng.randint(1, 2))))
    if rng.random() < 0.3:
        text = text.replace(
            '"1"', f'"{rng.choice((values.text(rng), str(rng.choice(("nan", "inf", "1e999", "-1")))))}"', 1
        )
    return text.encode("utf-8", "surrogatepass")


def _scene(rng: Random, extra: str) -> str:
    return f"""<mujoco model="hopper">
  <option timestep="0.002" integrator="RK4"/>
  {extra}
  <worldbody>
    <geom name="floor" type="plane" size="20 20 .125" conaffinity="1"/>
    <body name="torso" pos="0 0 1.25">
      <joint name="rootx" type="slide" axis="1 0 0"/><joint name="rootz" type="slide" axis="0 0 1" ref="1.25"/>
      <joint name="rooty" type="hinge" axis="0 1 0"/>
      <geom name="torso_geom" type="capsule" size="0.05" fromto="0 0 1.45 0 0 {rng.uniform(0.9, 1.1):.3f}"/>
      <body name="thigh" pos="0 0 1.05"><joint name="thigh_joint" type="hinge" axis="0 -1 0" range="-150 0"/>
        <geom name="thigh_geom" type="capsule" size="0.05" fromto="0 0 0 0 0 -.45"/>
      <body name="leg" pos="0 0 -.7"><joint name="leg_joint" type="hinge" axis="0 -1 0"/>
        <geom name="leg_geom" type="capsule" size="0.04" fromto="0 0 .25 0 0 -.25"/>
      <body name="foot" pos="0 0 -.25"><joint name="foot_joint" type="hinge" axis="0 -1 0"/>
        <geom name="foot_geom" type="capsule" size="0.06" fromto="-.13 0 .1 .26 0 .1"/></body></body></body>
    </body>
  </worldbody>
  <actuator>
    <motor joint="thigh_joint" gear="200" ctrlrange="-1 1" ctrllimited="true"/>
    <motor joint="leg_joint" ctrlrange="-1 1"/>
    <motor joint="foot_joint" gear="1" ctrlrange="-1 1" ctrllimited="true"/>
  </actuator>
</mujoco>
"""


def _entities(rng: Random) -> str:
    lines = ['<!ENTITY a0 "aaaaaaaaaa">', *(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))]
    return f'<?xml version="1.0"?><!DOCTYPE m [{"".join(lines)}]><mujoco model="&a9;"/>'


def _external(rng: Random) -> str:
    return '<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]><mujoco model="&x;"/>'


def _deep(rng: Random) -> str:
    depth = rng.choice((10, 90, 101, 400, 5_000))
    return "<mujoco><worldbody>" + '<body><geom size="1"/>' * depth + "</body>" * depth + "</worldbody></mujoco>"


def _wide(rng: Random) -> str:
    return "<mujoco><worldbody>" + '<body><geom size="1"/></body>' * rng.choice((100, 2_000)) + "</worldbody></mujoco>"


_DOCUMENTS: tuple[Callable[[Random], str], ...] = (
    _entities,
    _external,
    _deep,
    _wide,
    lambda rng: "",
    lambda rng: "<mujoco",
    lambda rng: "<robot name='x'/>",
    lambda rng: "\x00",
    lambda rng: "<mujoco/>" * 3,
    lambda rng: "<a b='" + "x" * 100_000 + "'/>",
    lambda rng: values.text(rng),
)
