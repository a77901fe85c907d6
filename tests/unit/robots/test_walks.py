"""`bbconvert evaluate` of a robot: seeded commands and pushes; a robot that is let down falls."""

from dataclasses import replace

import onnx
import pytest
from onnx import numpy_helper

from bbconvert.convert.bundle.bundle import Bundle, open_bundle
from bbconvert.convert.errors import UsageError
from bbconvert.convert.evaluate_robot import SECONDS, evaluate_robot
from bbconvert.convert.shipped import CART_POLE_BUNDLE


def test_it_walks_as_commanded_and_the_same_again(go1: Bundle) -> None:
    told: list[int] = []
    walks = evaluate_robot(go1, range(3), told.append)

    assert told == [1, 1, 1]
    assert [walk.seed for walk in walks] == [0, 1, 2]
    assert not any(walk.fell for walk in walks)
    assert all(walk.seconds == pytest.approx(SECONDS) for walk in walks)
    assert max(walk.speed_error for walk in walks) < 0.3
    assert all(walk.turn_error is not None and walk.turn_error < 0.3 for walk in walks)
    assert evaluate_robot(go1, [1], told.append) == [walks[1]]


def test_a_policy_that_does_nothing_does_not_follow(go1: Bundle) -> None:
    model = onnx.ModelProto()
    model.CopyFrom(go1.policy)
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.ndim == 2:
            tensor.CopyFrom(numpy_helper.from_array(array * 0, tensor.name))
    idle = replace(go1)
    idle.__dict__["_policy"] = (model.SerializeToString(), model)

    (walk,) = evaluate_robot(idle, [0], lambda _: None)
    (followed,) = evaluate_robot(go1, [0], lambda _: None)
    assert walk.speed_error > 2 * followed.speed_error


def test_what_takes_no_command_is_refused() -> None:
    with pytest.raises(UsageError, match="takes no command to walk"):
        evaluate_robot(open_bundle(CART_POLE_BUNDLE), [0], lambda _: None)
