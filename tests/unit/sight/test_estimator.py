"""The terms of an observation that an attitude can replace, and the manifest's section on it."""

import mujoco
import numpy as np
import pytest
from pydantic import ValidationError

import bbconvert
from bbconvert.convert.manifest import Manifest
from bbconvert.convert.rollout.estimator import SeenTerms
from bbconvert.convert.shipped import REORIENT_BUNDLE

LENS: dict[str, object] = {"width": 64, "height": 64, "position": [2, 0, 1], "target": [0, 0, 1], "fov": 30}
ESTIMATOR: dict[str, object] = {
    "body": "lander",
    "terms": ["quaternion", "up"],
    "lens": LENS,
    "parameters": 1,
    "error": {"median": 1, "percentile_95": 2, "pictures": 3},
    "recorded": [[1, 0, 0, 0, 1, 0]],
}


def manifest_with(**changes: object) -> Manifest:
    values = bbconvert.open_bundle(REORIENT_BUNDLE).manifest.model_dump(by_alias=True)
    return Manifest.model_validate({**values, "estimator": {**ESTIMATOR, **changes}})


def test_terms_are_read_from_the_attitude_and_the_rest_stays() -> None:
    manifest = manifest_with()
    assert manifest.estimator is not None
    seen = SeenTerms(manifest.estimator, manifest.observation.terms, [4, 3, 3])
    attitude = np.array([0.5, -0.5, 0.5, 0.5])
    rotation = np.empty(9)
    mujoco.mju_quat2Mat(rotation, attitude)
    observation = np.arange(10.0)
    put = seen.put(observation, rotation.reshape(3, 3))
    assert np.abs(put[:4] @ attitude) == pytest.approx(1)
    np.testing.assert_allclose(put[4:7], rotation[6:9])
    np.testing.assert_array_equal(put[7:], observation[7:])
    np.testing.assert_array_equal(observation, np.arange(10.0))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"terms": ["quaternion", "sideways"]}, "'sideways'; the terms are quaternion, up, angular_velocity"),
        ({"terms": ["angular_velocity"]}, "does not read the attitude of 'lander'"),
        ({"body": "crown"}, "does not read the attitude of 'crown'"),
        ({"output": "euler_angles"}, "rotation_6d"),
        ({"file": "../pose.onnx"}, "pose.onnx"),
        ({"recorded": []}, "at least 1"),
        ({"lens": {**LENS, "width": 4096}}, "less than or equal to 256"),
    ],
)
def test_a_manifest_that_says_what_no_reader_knows_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        manifest_with(**changes)
