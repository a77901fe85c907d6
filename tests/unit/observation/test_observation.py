"""The NumPy extractor against Gymnasium's own observation, to the last bit."""

import re
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from bbconvert.convert.environments.environment import (
    environment_spec,
    make_environment,
    mujoco_env,
    rebuild_environment,
)
from bbconvert.convert.environments.registry import BUILT_AS, ENVIRONMENTS
from bbconvert.convert.verify.kicked import kicked_observations
from bbconvert.observation.extractor import ObservationExtractor
from bbconvert.observation.spec import ObservationTerm, Seen
from tests.support.repository import ROOT


@pytest.mark.parametrize("env_id", sorted(ENVIRONMENTS))
def test_extractor_equals_gymnasium_on_a_thousand_kicked_steps(env_id: str) -> None:
    _assert_equal_when_kicked(env_id, {})


@pytest.mark.parametrize(
    ("env_id", "kwargs", "size"),
    [
        ("Humanoid-v4", {"exclude_current_positions_from_observation": False}, 378),
        ("Humanoid-v5", {"include_cvel_in_observation": False, "include_qfrc_actuator_in_observation": False}, 253),
        ("HumanoidStandup-v5", {"include_cinert_in_observation": False, "include_cfrc_ext_in_observation": False}, 140),
        ("Ant-v4", {"use_contact_forces": True, "contact_force_range": (-0.5, 0.25)}, 111),
        ("Ant-v5", {"contact_force_range": (None, 2.0), "exclude_current_positions_from_observation": False}, 107),
        ("Ant-v5", {"include_cfrc_ext_in_observation": False, "frame_skip": 2}, 27),
        ("Swimmer-v4", {"exclude_current_positions_from_observation": False}, 10),
        ("HalfCheetah-v5", {"exclude_current_positions_from_observation": False, "frame_skip": 1}, 18),
    ],
)
def test_arguments_change_the_observation_as_they_change_gymnasiums(
    env_id: str, kwargs: dict[str, Any], size: int
) -> None:
    assert _assert_equal_when_kicked(env_id, kwargs) == size


def _assert_equal_when_kicked(env_id: str, kwargs: dict[str, Any]) -> int:
    """The size of the observation, once 1,000 of them were compared."""
    spec = environment_spec(env_id, kwargs)
    env = rebuild_environment(spec, ROOT)
    data = mujoco_env(env).data
    extract = ObservationExtractor(mujoco_env(env).model, spec.observation)
    contacts = 0
    for observation in kicked_observations(env, 1000, seed=11):
        np.testing.assert_array_equal(extract(data), observation, strict=True)
        contacts += data.ncon
    env.close()
    if any(term.source == "cfrc_ext" for term in spec.observation.terms):
        assert contacts > 500, "the motion was to be rich in contacts"
    return extract.size


@pytest.mark.parametrize(("env_id", "built_as"), sorted(BUILT_AS.items()))
def test_an_older_version_is_what_gymnasium_still_builds(env_id: str, built_as: tuple[str, dict[str, Any]]) -> None:
    older, newer = environment_spec(env_id, {}), environment_spec(*built_as)
    assert older.env == newer.env.model_copy(update={"trained_on": env_id})
    assert older.observation == newer.observation


def test_the_first_observation_after_reset_has_no_contact_forces() -> None:
    env = make_environment("Humanoid-v4", {})
    observation, _ = env.reset(seed=1)
    extract = ObservationExtractor(mujoco_env(env).model, environment_spec("Humanoid-v4", {}).observation)
    np.testing.assert_array_equal(extract(mujoco_env(env).data), observation, strict=True)
    assert not np.any(observation[-84:])


def test_an_edited_term_changes_what_is_computed() -> None:
    env = make_environment("Humanoid-v4", {})
    observation, _ = env.reset(seed=1)
    terms = environment_spec("Humanoid-v4", {}).observation.terms
    edited = [terms[0].model_copy(update={"function": "sin"}), *terms[1:]]
    got = ObservationExtractor(mujoco_env(env).model, Seen(terms=edited))(mujoco_env(env).data)
    np.testing.assert_array_equal(got[:22], np.sin(observation[:22]))
    np.testing.assert_array_equal(got[22:], observation[22:])


def test_body_terms_read_rows_and_differences() -> None:
    env = make_environment("Humanoid-v4", {})
    env.reset(seed=1)
    inner = mujoco_env(env)
    terms = [
        ObservationTerm(name="apart", source="xpos", body="right_foot", minus="left_foot", clip=(-0.1, 0.1)),
        ObservationTerm(name="up", source="xmat", body="torso", start=8, stop=9, function="cos"),
    ]
    got = ObservationExtractor(inner.model, Seen(terms=terms))(inner.data)
    apart = inner.data.body("right_foot").xpos - inner.data.body("left_foot").xpos
    np.testing.assert_array_equal(got[:3], np.clip(apart, -0.1, 0.1))
    np.testing.assert_array_equal(got[3:], np.cos(inner.data.body("torso").xmat[8:]))


def test_a_term_that_the_model_does_not_have_is_refused_in_words() -> None:
    model = mujoco_env(make_environment("Humanoid-v4", {})).model
    with pytest.raises(ValueError, match=r"reads qvel\[0:99\], but the model's qvel has 23 numbers"):
        ObservationExtractor(model, Seen(terms=[ObservationTerm(name="v", source="qvel", stop=99)]))
    with pytest.raises(ValueError, match="names body 'tail'; the model's bodies are world, torso"):
        ObservationExtractor(model, Seen(terms=[ObservationTerm(name="t", source="xpos", body="tail")]))


@pytest.mark.parametrize("term", [{"source": "xpos"}, {"source": "qpos", "body": "torso"}, {"source": "reward"}])
def test_a_term_that_makes_no_sense_does_not_validate(term: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ObservationTerm.model_validate({"name": "x", **term})


def test_neither_interpreter_names_an_environment_or_a_size() -> None:
    families = {re.split(r"[/-]", env_id)[-2] for env_id in ENVIRONMENTS}
    pages = [ROOT / "web/src/worker/env" / f"{name}.ts" for name in ("observation", "reset", "reward", "termination")]
    for source in [ROOT / "observation/extractor.py", *pages]:
        text = source.read_text()
        for word in (*families, "376", "348"):
            assert word not in text, f"{source.name} names {word}"
