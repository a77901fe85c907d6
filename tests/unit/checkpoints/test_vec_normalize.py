"""VecNormalize's pickle: read as Stable-Baselines3 wrote it, and nothing in it ever runs."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from bbconvert.convert.checkpoints.vec_normalize import read_vec_normalize
from bbconvert.convert.errors import BBConvertError


def live(**arguments: Any) -> VecNormalize:
    """The wrapper as it is after some training: statistics of their own, spaces that were sampled."""
    env = VecNormalize(DummyVecEnv([lambda: gymnasium.make("InvertedPendulum-v4")]), **arguments)
    env.reset()
    env.action_space.seed(1)
    env.observation_space.seed(2)
    env.observation_space.sample()
    for _ in range(20):
        env.step(np.array([env.action_space.sample()]))
    return env


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("saved") / "vec_normalize.pkl"
    live().save(str(path))
    return path


def assert_reads(path: Path, env: VecNormalize) -> None:
    read = read_vec_normalize(path)
    assert read.statistics is not None
    np.testing.assert_array_equal(read.statistics.mean, env.obs_rms.mean)
    np.testing.assert_array_equal(read.statistics.var, env.obs_rms.var)
    assert (read.statistics.count, read.epsilon, read.clip) == (env.obs_rms.count, env.epsilon, env.clip_obs)


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_statistics_are_what_stable_baselines3_saved(protocol: int, tmp_path: Path) -> None:
    env = live(clip_obs=4.5, epsilon=1e-6)
    (tmp_path / "vec_normalize.pkl").write_bytes(pickle.dumps(env, protocol))

    assert_reads(tmp_path / "vec_normalize.pkl", env)


def test_the_names_of_older_numpy_and_gym_are_the_same_things(tmp_path: Path) -> None:
    env = live()
    content = pickle.dumps(env, protocol=3)
    older = content.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")
    older = older.replace(b"cgymnasium.spaces.box\n", b"cgym.spaces.box\n")
    assert len(older) < len(content) - 5
    (tmp_path / "vec_normalize.pkl").write_bytes(older)

    assert_reads(tmp_path / "vec_normalize.pkl", env)


def test_without_norm_obs_there_are_no_statistics(tmp_path: Path) -> None:
    live(norm_obs=False).save(str(tmp_path / "vec_normalize.pkl"))

    assert read_vec_normalize(tmp_path / "vec_normalize.pkl").statistics is None


def test_a_clip_at_infinity_is_none(tmp_path: Path) -> None:
    live(clip_obs=np.inf).save(str(tmp_path / "vec_normalize.pkl"))

    assert read_vec_normalize(tmp_path / "vec_normalize.pkl").clip is None


@pytest.mark.hub
@pytest.mark.parametrize("name", ["a2c-Humanoid-v3", "ars-Walker2d-v3", "ppo-Ant-v3", "trpo-Hopper-v3"])
def test_the_real_files_are_read(name: str, shared_hub: Path) -> None:
    statistics = read_vec_normalize(shared_hub / "sb3" / name / "vec_normalize.pkl").statistics

    assert statistics is not None
    assert statistics.count > 1e6


class _Calls:
    """Pickles to a call of `function`."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_a_forbidden_global_is_named_and_nothing_runs(protocol: int, tmp_path: Path) -> None:
    marker = tmp_path / "the-payload-ran"
    env = live()
    env.old_reward = _Calls(os.system, f"touch {marker}")
    path = tmp_path / "vec_normalize.pkl"
    path.write_bytes(pickle.dumps(env, protocol))

    with pytest.raises(BBConvertError, match=rf"asks to call {os.name}\.system, and was not loaded"):
        read_vec_normalize(path)
    assert not marker.exists()

    pickle.loads(path.read_bytes())
    assert marker.exists(), "the payload does nothing"


def test_only_the_listed_names_of_numpy_are_known(tmp_path: Path) -> None:
    path = tmp_path / "vec_normalize.pkl"
    path.write_bytes(pickle.dumps(_Calls(np.fromfile, "/etc/hostname", "u1")))

    with pytest.raises(BBConvertError, match="fromfile, and was not loaded"):
        read_vec_normalize(path)


def test_an_array_that_claims_a_petabyte_takes_none(tmp_path: Path) -> None:
    reconstruct = np.empty(0).__reduce__()[0]
    assert callable(reconstruct)
    path = tmp_path / "vec_normalize.pkl"
    path.write_bytes(pickle.dumps(_Calls(reconstruct, np.ndarray, (2**50,), b"b")))

    with pytest.raises(BBConvertError, match=r"holds a numpy\.\S+\._reconstruct"):
        read_vec_normalize(path)


class _Dtype:
    """Pickles to `numpy.dtype(text)`, its state then set to anything."""

    def __init__(self, text: str, state: tuple[Any, ...]) -> None:
        self.call = (np.dtype, (text,), state)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call


class _Array:
    """Pickles to an array of `dtype` and `shape` whose buffer is `content`."""

    def __init__(self, dtype: object, shape: tuple[int, ...], content: object) -> None:
        reconstruct = np.empty(0).__reduce__()[0]
        self.call = (reconstruct, (np.ndarray, (0,), b"b"), (1, shape, dtype, False, content))

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call


class _Shared:
    """Pickles to lists in lists, each twice in the next: 2**depth numbers of a few bytes."""

    def __init__(self, depth: int) -> None:
        self.nested: Any = 0.0
        for _ in range(depth):
            self.nested = [self.nested, self.nested]

    def __reduce__(self) -> tuple[Any, ...]:
        return (list, (self.nested,))


_OBJECTS = _Dtype("O8", (3, "|", None, None, None, -1, -1, 63))
_OBJECTS_THAT_CLAIM_TO_BE_NUMBERS = _Dtype("O8", (3, "|", None, None, None, -1, -1, 0))


@pytest.mark.parametrize(
    "mean",
    [
        # Without its flags NumPy takes the file's bytes for pointers to objects: reading one is a segmentation fault.
        _Array(_OBJECTS_THAT_CLAIM_TO_BE_NUMBERS, (4,), b"A" * 32),
        _Array(_OBJECTS, (4,), [0.0, 0.0, 0.0, 0.0]),
        _Array(np.dtype([("a", "f8")]), (4,), bytes(32)),
        _Array(np.dtype("M8[s]"), (4,), bytes(32)),
        _Array(np.dtype("c16"), (4,), bytes(64)),
        _Array(np.dtype("f8"), (2**62, 4), b""),
        _Array(np.dtype("f8"), (-1,), bytes(32)),
        _Array(np.dtype("f8"), (4,), bytes(31)),
        _Array(np.dtype("f8"), (1,) * 40 + (4,), bytes(32)),
        _Shared(27).nested,
        [0.0, 0.0, 0.0, 0.0],
    ],
)
def test_an_array_is_made_of_a_known_dtype_and_the_bytes_that_fill_it(mean: object, tmp_path: Path) -> None:
    env = live()
    env.obs_rms.mean = mean
    path = tmp_path / "vec_normalize.pkl"
    path.write_bytes(pickle.dumps(env))

    with pytest.raises(BBConvertError, match="is not a whole VecNormalize"):
        read_vec_normalize(path)


def test_what_is_not_a_vec_normalize_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vec_normalize.pkl"
    for content, words in [
        (b"", "not a saved VecNormalize, or is damaged"),
        (b"a sentence", "not a saved VecNormalize, or is damaged"),
        (pickle.dumps({"obs_rms": 1}), "holds a dict"),
        (bytes(17 * 2**20), "more than 16 MiB"),
    ]:
        path.write_bytes(content)
        with pytest.raises(BBConvertError, match=words):
            read_vec_normalize(path)
    with pytest.raises(BBConvertError, match="does not exist"):
        read_vec_normalize(tmp_path / "absent.pkl")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda env: setattr(env.obs_rms, "var", -env.obs_rms.var), "not negative"),
        (lambda env: setattr(env.obs_rms, "mean", env.obs_rms.mean[:-1]), "same size"),
        (lambda env: setattr(env.obs_rms, "mean", env.obs_rms.mean * np.nan), "finite"),
        (lambda env: setattr(env, "obs_rms", {"image": env.obs_rms}), "normalises a dict"),
        (lambda env: delattr(env, "clip_obs"), "not a whole VecNormalize"),
    ],
)
def test_statistics_that_make_no_sense_are_refused(
    change: Callable[[VecNormalize], None], words: str, tmp_path: Path
) -> None:
    env = live()
    path = tmp_path / "vec_normalize.pkl"
    env.save(str(path))
    assert read_vec_normalize(path).statistics is not None
    change(env)
    env.save(str(path))

    with pytest.raises(BBConvertError, match=words):
        read_vec_normalize(path)


@settings(max_examples=60)
@given(data=st.data())
def test_a_file_cut_anywhere_is_refused_in_words(
    data: st.DataObject, saved: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = saved.read_bytes()
    path = tmp_path_factory.mktemp("cut") / "vec_normalize.pkl"
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])

    with pytest.raises(BBConvertError, match="damaged or cut short"):
        read_vec_normalize(path)
