"""The NumPy extractor against Gymnasium's own observation, to the last bit."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from convert.environment import environment_spec, known_environments, make_environment, mujoco_env, rebuild_environment
from convert.verify.kicked import kicked_observations
from observation.extractor import ObservationExtractor
from observation.spec import ObservationTerm

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("env_id", known_environments())
def test_extractor_equals_gymnasium_on_two_thousand_kicked_steps(env_id: str) -> None:
    spec = environment_spec(env_id, {})
    env = rebuild_environment(spec.env)
    data = mujoco_env(env).data
    extract = ObservationExtractor(mujoco_env(env).model, spec.observation.terms)
    contacts = 0
    for observation in kicked_observations(env, 2000, seed=11):
        np.testing.assert_array_equal(extract(data), observation, strict=True)
        contacts += data.ncon
    env.close()
    assert contacts > 2000, "the motion was to be rich in contacts"


def test_the_first_observation_after_reset_has_no_contact_forces() -> None:
    env = make_environment("Humanoid-v4", {})
    observation, _ = env.reset(seed=1)
    extract = ObservationExtractor(mujoco_env(env).model, environment_spec("Humanoid-v4", {}).observation.terms)
    np.testing.assert_array_equal(extract(mujoco_env(env).data), observation, strict=True)
    assert not np.any(observation[-84:])


def test_constructor_arguments_change_the_observation() -> None:
    spec = environment_spec("Humanoid-v4", {"exclude_current_positions_from_observation": False})
    assert spec.observation.size == 378


def test_an_edited_term_changes_what_is_computed() -> None:
    env = make_environment("Humanoid-v4", {})
    observation, _ = env.reset(seed=1)
    terms = environment_spec("Humanoid-v4", {}).observation.terms
    edited = [terms[0].model_copy(update={"function": "sin"}), *terms[1:]]
    got = ObservationExtractor(mujoco_env(env).model, edited)(mujoco_env(env).data)
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
    got = ObservationExtractor(inner.model, terms)(inner.data)
    apart = inner.data.body("right_foot").xpos - inner.data.body("left_foot").xpos
    np.testing.assert_array_equal(got[:3], np.clip(apart, -0.1, 0.1))
    np.testing.assert_array_equal(got[3:], np.cos(inner.data.body("torso").xmat[8:]))


def test_a_term_that_the_model_does_not_have_is_refused_in_words() -> None:
    model = mujoco_env(make_environment("Humanoid-v4", {})).model
    with pytest.raises(ValueError, match=r"reads qvel\[0:99\], but the model's qvel has 23 numbers"):
        ObservationExtractor(model, [ObservationTerm(name="v", source="qvel", stop=99)])
    with pytest.raises(ValueError, match="names body 'tail'; the model's bodies are world, torso"):
        ObservationExtractor(model, [ObservationTerm(name="t", source="xpos", body="tail")])


@pytest.mark.parametrize("term", [{"source": "xpos"}, {"source": "qpos", "body": "torso"}, {"source": "reward"}])
def test_a_term_that_makes_no_sense_does_not_validate(term: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ObservationTerm.model_validate({"name": "x", **term})


def test_neither_interpreter_names_an_environment_or_a_size() -> None:
    sources = [ROOT / "observation/extractor.py", *(ROOT / "web/src/sim").glob("*.ts")]
    for source in sources:
        text = source.read_text()
        for word in ("Humanoid", "HalfCheetah", "Hopper", "376", "348"):
            assert word not in text, f"{source.name} names {word}"
