"""Brax's parameter files without Brax: older ones, what stands beside them, and bad ones, refused in words."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.checkpoint import Unsaid
from bbconvert.convert.checkpoints.facts import checkpoint_facts
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.progress import CallbackProgress
from bbconvert.convert.run_folder import read_run
from tests.fuzz.generate.pickle_tree import Global, Reduce
from tests.support.brax_params import jax_array, network, random_layers, statistics, write_params

SIZE, ACTIONS = 5, 2
RNG = np.random.default_rng(4)
MEAN, STD = (numbers.astype(np.float32) for numbers in (RNG.normal(0, 2, SIZE), RNG.uniform(0.1, 3, SIZE)))
LAYERS = random_layers(RNG, SIZE, 8, 2 * ACTIONS)
VALUE = random_layers(RNG, SIZE, 4, 1)
SILU = Unsaid(activation="silu")


def _normalizer(mean: NDArray[Any] = MEAN, std: NDArray[Any] = STD) -> Any:
    return statistics(jax_array(mean), jax_array(std))


def _frozen(tree: Any) -> Any:
    return Reduce(Global("flax.core.frozen_dict", "FrozenDict"), (tree,))


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_the_parts_are_those_that_were_saved(protocol: int, tmp_path: Path) -> None:
    parts = (_normalizer(), network(LAYERS), network(VALUE))

    checkpoint = read_checkpoint(write_params(tmp_path / "policy", *parts, protocol=protocol))

    assert checkpoint.statistics is not None
    np.testing.assert_array_equal(checkpoint.statistics.mean, MEAN.astype(np.float64))
    np.testing.assert_array_equal(np.sqrt(checkpoint.statistics.var), STD.astype(np.float64))
    assert checkpoint.statistics.count == 5000
    first, last = checkpoint.network.actor.layers
    np.testing.assert_array_equal(first.weight, LAYERS[0][0].T)
    np.testing.assert_array_equal(last.weight, LAYERS[1][0].T[:ACTIONS])
    np.testing.assert_array_equal(last.bias, LAYERS[1][1][:ACTIONS])
    assert checkpoint.network.critic is not None
    np.testing.assert_array_equal(checkpoint.network.critic.layers[0].weight, VALUE[0][0].T)


@pytest.mark.parametrize("count", [jax_array(np.array(7.0, np.float32), modern=False), 7])
def test_an_older_file_has_other_names_and_a_plain_count(count: Any, tmp_path: Path) -> None:
    normalizer = statistics(jax_array(MEAN, modern=False), jax_array(STD, modern=False), count)
    path = write_params(tmp_path / "policy", normalizer, _frozen(network(LAYERS, modern=False)), protocol=3)

    checkpoint = read_checkpoint(path, unsaid=SILU)

    assert checkpoint.statistics is not None
    assert checkpoint.statistics.count == 7
    np.testing.assert_array_equal(checkpoint.network.actor.layers[0].weight, LAYERS[0][0].T)


@pytest.mark.parametrize("normalizer", [None, (), _normalizer(np.zeros(SIZE), np.ones(SIZE))])
def test_a_policy_without_normalisation(normalizer: Any, tmp_path: Path) -> None:
    checkpoint = read_checkpoint(write_params(tmp_path / "policy", normalizer, network(LAYERS)), unsaid=SILU)

    assert (checkpoint.normalizes, checkpoint.statistics) == (False, None)


def test_inspect_tells_the_sizes_and_asks_for_the_activation(tmp_path: Path) -> None:
    path = write_params(tmp_path / "policy", _normalizer(), network(LAYERS))

    facts = checkpoint_facts(path, CallbackProgress(None))

    assert (facts["format"], facts["layers"], facts["activation"]) == ("brax", [SIZE, 8, ACTIONS], None)
    assert "SAC and ES have relu and PPO and BC silu" in facts["next"]


def test_output_clip_leaves_the_tanh_out(tmp_path: Path) -> None:
    path = write_params(tmp_path / "policy", _normalizer(), network(LAYERS), network(VALUE))

    assert read_checkpoint(path, unsaid=Unsaid(output="clip")).network.squash is None
    assert read_checkpoint(path).network.squash is not None


def _config(**changed: Any) -> str:
    made_with = {"activation": "swish", "policy_obs_key": "state", "value_obs_key": "state", "mean_clip_scale": None}
    known = {key: changed.pop(key) for key in list(changed) if key in made_with}
    whole = {"normalize_observations": True, "network_factory_kwargs": {**made_with, **known}, **changed}
    return json.dumps(whole)


def test_a_configuration_beside_the_file_says_the_rest(tmp_path: Path) -> None:
    path = write_params(tmp_path / "policy", _normalizer(), network(LAYERS))
    (tmp_path / "sac_network_config.json").write_text(_config(activation="relu", normalize_observations=False))

    checkpoint = read_checkpoint(path)

    assert (checkpoint.algorithm, checkpoint.network.actor.activation) == ("sac", "relu")
    assert not checkpoint.normalizes
    assert read_checkpoint(path, unsaid=Unsaid(activation="elu")).network.actor.activation == "elu"


def test_an_imitator_has_no_tanh_which_its_configuration_tells(tmp_path: Path) -> None:
    path = write_params(tmp_path / "policy", _normalizer(), network(LAYERS))
    (tmp_path / "bc_network_config.json").write_text(_config())

    assert read_checkpoint(path).network.squash is None


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (_config(activation="mish"), "Brax's mish between the layers is not converted. Choices: tanh, relu"),
        (_config(activation="gelu"), "Brax's gelu between the layers is not converted"),
        (_config(activation=5), "its activation is '5', expected a str"),
        (_config(mean_clip_scale=1.5), "a policy whose mean is bounded by it is not converted"),
        (_config(network_factory_kwargs=[]), "not a configuration that Brax wrote"),
        ("{", "not a configuration that Brax wrote"),
        ("[]", "not a configuration that Brax wrote"),
        (" " * 70_000, "not a configuration that Brax wrote"),
    ],
)
def test_a_bad_configuration_is_refused_in_words(config: str, words: str, tmp_path: Path) -> None:
    path = write_params(tmp_path / "policy", _normalizer(), network(LAYERS), network(VALUE))
    (tmp_path / "ppo_network_config.json").write_text(config)

    with pytest.raises(BBConvertError) as told:
        read_checkpoint(path)

    assert words in str(told.value)


@pytest.mark.parametrize("run", [False, True])
def test_the_last_of_orbaxs_folders_is_named(run: bool, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints" if run else tmp_path
    for step in ("000000000100", "000000002000"):
        (folder / step).mkdir(parents=True)
        (folder / step / "ppo_network_config.json").write_text(_config())

    with pytest.raises(BBConvertError, match=r"000000002000 is a checkpoint that Brax wrote with orbax") as told:
        read_run(tmp_path)

    assert f'checkpoint.load("{folder}/000000002000")' in str(told.value)


SYSTEM = Reduce(Global("os", "system"), ("true",))
WIDE = np.ones((SIZE, 3), np.float32)
BAD: dict[str, tuple[tuple[Any, ...], str]] = {
    "a call": ((_normalizer(), {"params": {"hidden_0": SYSTEM}}), "asks to call os.system, and was not loaded"),
    "one part": ((_normalizer(),), "it is a tuple of 1"),
    "four parts": ((_normalizer(), network(LAYERS), None, None), "it is a tuple of 4"),
    "the wrong order": ((network(LAYERS), _normalizer()), "it does not begin with the statistics"),
    "no params": ((_normalizer(), network(LAYERS)["params"]), "a network has hidden_0, hidden_1, expected params"),
    "nothing": ((_normalizer(), {"params": {}}), "found nothing; expected hidden_0/kernel"),
    "another size": (
        (_normalizer(np.ones(4), np.ones(4)), network(LAYERS)),
        "it normalises 4 numbers, and its network takes 5",
    ),
    "two sizes": ((_normalizer(std=np.ones(4)), network(LAYERS)), "its mean has the shape (5,), its std (4,)"),
    "no count": (
        (statistics(jax_array(MEAN), jax_array(STD), {"hi": 0}), network(LAYERS)),
        "a dict stands where an array is expected",
    ),
    "no deviation": ((_normalizer(std=np.zeros(SIZE)), network(LAYERS)), "a std is not positive"),
    "NaN": ((_normalizer(mean=np.full(SIZE, np.nan)), network(LAYERS)), "its mean or its std is not finite"),
    "several": (
        (statistics(*[{"near": jax_array(MEAN), "far": jax_array(MEAN)}] * 2), network(LAYERS)),
        "it normalises near, far, and its policy sees state",
    ),
    "no bias": (
        (_normalizer(), {"params": {"hidden_0": {"kernel": jax_array(LAYERS[0][0])}}}),
        "hidden_0 is not a dense layer: weight (8, 5), bias none",
    ),
    "no kernel": (
        (_normalizer(), {"params": {"hidden_0": {"bias": jax_array(LAYERS[0][1])}}}),
        "found hidden_0/bias (8,); expected hidden_0/kernel",
    ),
    "a gap": (
        (_normalizer(), {"params": {"hidden_1": network(LAYERS)["params"]["hidden_1"]}}),
        "found hidden_1/bias (4,), hidden_1/kernel (8, 4)",
    ),
    "a layer norm": (
        (_normalizer(), {"params": {**network(LAYERS)["params"], "LayerNorm_0": {"scale": jax_array(MEAN)}}}),
        "found LayerNorm_0/scale (5,); expected hidden_0/kernel, hidden_0/bias and so on alone. Layer norms",
    ),
    "layers that do not fit": (
        (_normalizer(), network([LAYERS[1], LAYERS[1]])),
        "hidden_1 takes 8 numbers, but the layer before it gives 4",
    ),
    "an odd number": ((_normalizer(), network([(WIDE, WIDE[0])])), "hidden_0 gives 3 numbers, not a mean and a"),
    "weights that diverged": ((_normalizer(), network([(WIDE * np.nan, WIDE[0])])), "NaN or infinite"),
    "text": ((_normalizer(), {"params": {"hidden_0": "weights"}}), "a str stands where an array is expected"),
    "a number for a name": ((_normalizer(), {"params": {5: jax_array(WIDE)}}), "the name '5' is not that of a layer"),
}


@pytest.mark.parametrize(("parts", "words"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_in_words(parts: tuple[Any, ...], words: str, tmp_path: Path) -> None:
    with pytest.raises(BBConvertError) as told:
        read_checkpoint(write_params(tmp_path / "policy", *parts), unsaid=SILU)

    assert words in str(told.value)


def test_a_file_that_is_cut_short_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    path = write_params(tmp_path / "policy", _normalizer(), network(LAYERS), network(VALUE))
    content = path.read_bytes()
    for end in range(60, len(content), 97):
        path.write_bytes(content[:end])
        with pytest.raises(BBConvertError, match="does not hold the parameters of a policy of Brax, or is damaged"):
            read_checkpoint(path)


def test_a_prefix_is_for_files_of_several_networks(tmp_path: Path) -> None:
    path = write_params(tmp_path / "policy", _normalizer(), network(LAYERS))

    with pytest.raises(BBConvertError, match="--prefix is for files of plain weights"):
        read_checkpoint(path, unsaid=Unsaid(prefix="actor."))


def test_a_small_file_does_not_become_many_arrays(tmp_path: Path) -> None:
    tree: Any = jax_array(np.ones(1, np.float32))
    for _ in range(3):
        tree = {f"hidden_{place}": tree for place in range(14)}

    with pytest.raises(BBConvertError, match="too large, or nested too deep"):
        read_checkpoint(write_params(tmp_path / "policy", _normalizer(), {"params": tree}), unsaid=SILU)
