"""Every environment in the tab, against Gymnasium: state by state, and what its seeds reset to."""

import json

import pytest

from bbconvert.convert.bundle.bundle import Bundle
from tests.browser.conftest import OpenTab
from tests.support.random_bundles import RESETS

_FOLLOW = """
await player.load(argument.name);
const rows = await player.verify();
const states = [];
for (const seed of argument.seeds) {
  const { qpos, qvel } = await player.reset({ seed });
  states.push({ qpos, qvel });
}
return { rows, states };
"""

EXPECTED = {
    f"{name}, state-synchronised in WASM"
    for name in ("observation", "qpos", "qvel", "reward", "terminated", "truncated")
}


@pytest.mark.timeout(300)  # some 30 s on two idle cores
def test_every_environment_follows_gymnasium_in_the_tab(
    library: dict[str, Bundle], random_bundles: list[Bundle], open_tab: OpenTab
) -> None:
    library.update({bundle.manifest.name: bundle for bundle in random_bundles})
    try:
        tab = open_tab(paused=1)
        for bundle in random_bundles:
            name = bundle.manifest.name
            resets = json.loads((bundle.folder / RESETS).read_text())
            seen = tab.call(_FOLLOW, {"name": name, "seeds": resets["seeds"]})
            # The loop of 300 steps is chaos on most of these bodies; single steps are not.
            rows = {row["name"]: row for row in seen["rows"] if "in closed loop" not in row["name"]}
            assert [row for row in rows.values() if not row["ok"]] == [], name
            assert rows.keys() >= EXPECTED
            assert [state["qpos"] for state in seen["states"]] == resets["qpos"], name
            assert [state["qvel"] for state in seen["states"]] == resets["qvel"], name
    finally:
        for bundle in random_bundles:
            del library[bundle.manifest.name]
