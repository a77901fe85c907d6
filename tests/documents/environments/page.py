"""The text of docs/environments.md."""

from typing import Any

from tests.documents.environments.free_running import FreeRun


def page(environments: list[dict[str, Any]], runs: dict[str, FreeRun]) -> str:
    """The page in Markdown.

    Args:
        environments: as `bbconvert envs --json` tells them.
        runs: by the id that Gymnasium builds.
    """
    rows = "\n".join(_row(env, runs) for env in environments)
    return f"""# Environments

Written by `just environments`. `bbconvert envs` prints the first columns; `--json` adds the conditions themselves.

| environment | observation | action | control Hz | an episode ends | a step in the tab | 300 steps on its own |
|---|---:|---:|---:|---|---:|---:|
{rows}

v2 and v3 are what Gymnasium builds no more: they play as v4, which observes as they did, Ant's 84 contact forces
included. Pusher-v2 and v4 cannot be built with MuJoCo 3; Pusher-v5 observes and acts as they did.

Each is data: the observation's terms, the reset's draws, the reward's terms and the conditions of health stand in
`bundle.json`, and neither interpreter knows an environment by name. The arguments of Gymnasium's constructor flow into
them (`--env-arg NAME=VALUE`): weights, ranges, `frame_skip`, `reset_noise_scale`, what is observed and, from v5 on,
`xml_file`, whose meshes and textures the bundle carries. `max_episode_steps` is taken, too.

## How exact

A small random policy plays 300 steps in Gymnasium, and the tab (Chromium, MuJoCo WASM) plays the same seed. The policy
is the first whose every step Python itself repeats within 1e-11 when the last bits of the state are changed: a contact
about to open, or a solver about to stop, makes one step in some thousands an accident of rounding.

**A step in the tab** is the largest relative difference of an observed number when every step begins at Python's state:
the page's arithmetic, and nothing else. The tests ask for 1e-9 of observation, reward, positions and velocities, for
every termination, and for bit-equal resets over 20 seeds.

**300 steps on its own** is the largest difference of a position, in metres or radians, when nothing brings the
two together again: what the body makes of the last bits. Contacts amplify them. The grey lines are Python against
itself under an ULP perturbation: where they climb, no two builds of MuJoCo stay together, and episodes can be
compared as distributions only.

![How far a tab departs from Python in 300 control steps, a panel for each family](environments.png)
"""


def _row(env: dict[str, Any], runs: dict[str, FreeRun]) -> str:
    if env["plays_as"]:
        measured = f"as {env['plays_as']} | as {env['plays_as']}"
    else:
        run = runs[env["id"]]
        measured = f"{_number(run.single_steps)} | {_number(float(run.tab.max()))}"
    return (
        f"| {env['id']} | {env['observation_size']} | {env['action_size']} | {env['control_hz']:.1f} | {env['ends']} | "
        f"{measured} |"
    )


def _number(value: float) -> str:
    return "0" if value == 0 else f"{value:.1e}"
