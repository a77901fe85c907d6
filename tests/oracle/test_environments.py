"""Every environment and version, from its data alone, against Gymnasium: in Python here, in WASM under Node."""

import numpy as np
import pytest

from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.environments.environment import mujoco_env, rebuild_environment
from bbconvert.convert.environments.registry import ENVIRONMENTS
from bbconvert.observation.extractor import ObservationExtractor
from bbconvert.observation.spec import Seen
from tests.support.vitest import run_parity


@pytest.mark.timeout(300)  # some 20 s on two idle cores
def test_observation_reward_termination_and_resets_are_gymnasiums_under_node(random_bundles: list[Bundle]) -> None:
    assert run_parity("environments", random_bundles[0].folder.parent) > 2 * len(random_bundles)


def test_every_environment_has_a_bundle_and_every_way_an_episode_ends_is_seen(random_bundles: list[Bundle]) -> None:
    assert {bundle.manifest.env.id for bundle in random_bundles} == set(ENVIRONMENTS)
    for bundle in random_bundles:
        env, golden = bundle.manifest.env, bundle.golden
        assert golden.steps == min(300, env.max_episode_steps or 300)
        ends = bool(env.termination.healthy) and env.termination.terminate_when_unhealthy
        if ends and bundle.manifest.name not in ("Ant-v4", "Ant-v5", "Ant-v3-blind", "Ant-v5-own-scene"):
            assert golden.terminated.any(), bundle.manifest.name
            assert not golden.terminated.all(), bundle.manifest.name
        if not ends:
            assert not golden.terminated.any(), bundle.manifest.name
    assert any(bundle.golden.truncated.any() for bundle in random_bundles)


def test_an_edited_term_of_bundle_json_changes_what_python_computes(random_bundles: list[Bundle]) -> None:
    for bundle in random_bundles:
        env = rebuild_environment(bundle.manifest, bundle.folder)
        observation, _ = env.reset(seed=3)
        inner = mujoco_env(env)
        terms = bundle.manifest.observation.terms
        np.testing.assert_array_equal(
            ObservationExtractor(inner.model, Seen(terms=terms))(inner.data), observation, strict=True
        )
        changed = {"function": "sin" if terms[0].function == "cos" else "cos"}
        edited = ObservationExtractor(inner.model, Seen(terms=[terms[0].model_copy(update=changed), *terms[1:]]))(
            inner.data
        )
        assert not np.array_equal(edited, observation)
        env.close()


def test_a_scene_of_ones_own_is_carried_whole(random_bundles: list[Bundle]) -> None:
    (bundle,) = (bundle for bundle in random_bundles if bundle.manifest.name == "Ant-v5-own-scene")
    assert bundle.manifest.env.assets == ["hat.xml", "meshes/hat.obj"]
    assert bundle.manifest.env.kwargs["xml_file"] == "scene.xml"
    for name in bundle.manifest.env.assets:
        assert (bundle.folder / name).is_file()
    assert (bundle.folder / "scene.xml").read_bytes() == (
        bundle.folder.parent / "scenes" / "ant_with_hat.xml"
    ).read_bytes()
