"""Every body in the tab, against Gymnasium: state by state, and what its seeds reset to.

Under Node it is every version of them, in the same WebAssembly (tests/oracle/test_environments.py).
"""

import json

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


def test_every_body_follows_gymnasium_in_the_tab(
    library: dict[str, Bundle], random_bundles: list[Bundle], open_tab: OpenTab
) -> None:
    newest = {bundle.manifest.name.split("-v")[0]: bundle for bundle in random_bundles}.values()
    library.update({bundle.manifest.name: bundle for bundle in newest})
    try:
        tab = open_tab(paused=1)
        for bundle in newest:
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
        for bundle in newest:
            del library[bundle.manifest.name]
