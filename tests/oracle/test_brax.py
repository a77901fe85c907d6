"""Brax's own parameter files: `make_inference_fn` of the library that wrote them is the oracle."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.checkpoint import Checkpoint, Unsaid
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.numpy_network import numpy_outputs
from bbconvert.convert.run_folder import read_run
from bbconvert.observation.normalization import normalize

brax_model = pytest.importorskip("brax.io.model")
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from brax.training.acme import running_statistics, specs  # noqa: E402
from brax.training.agents.ars import networks as ars  # noqa: E402
from brax.training.agents.ppo import checkpoint as ppo_checkpoint  # noqa: E402
from brax.training.agents.ppo import networks as ppo  # noqa: E402
from brax.training.agents.sac import networks as sac  # noqa: E402
from flax.core import freeze  # noqa: E402

SIZE, PRIVILEGED, ACTIONS = 6, 9, 3
SIZES = {"state": (SIZE,), "privileged_state": (PRIVILEGED,)}
KEY = jax.random.PRNGKey(0)
ROWS = np.random.default_rng(1).normal(1, 2, (50, SIZE)).astype(np.float32)
small_ppo = partial(
    ppo.make_ppo_networks,
    preprocess_observations_fn=running_statistics.normalize,
    policy_hidden_layer_sizes=(16, 8),
    value_hidden_layer_sizes=(16,),
)


def _drifted(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return jnp.asarray(rng.normal(rng.normal(0, 2, shape), 0.1 + rng.random(shape) * 3, (200, *shape)), jnp.float32)


def _normalizer(shape: Any = (SIZE,), **kwargs: Any) -> Any:
    """Statistics of two batches of observations that are nowhere near a standard normal."""
    rng = np.random.default_rng(3)
    several = isinstance(shape, dict)
    described = {
        key: specs.Array(size, jnp.dtype("float32")) for key, size in (shape if several else {"": shape}).items()
    }
    state = running_statistics.init_state(described if several else described[""], **kwargs)
    for _ in range(2):
        batch = {key: _drifted(rng, size) for key, size in (shape if several else {"": shape}).items()}
        state = running_statistics.update(state, batch if several else batch[""])
    return state


def _biased(params: Any) -> Any:
    """Brax begins with biases of 0: here every number matters."""
    leaves, tree = jax.tree_util.tree_flatten(params)
    keys = jax.random.split(jax.random.PRNGKey(7), len(leaves))
    return jax.tree_util.tree_unflatten(
        tree, [leaf + 0.3 * jax.random.normal(key, leaf.shape) for leaf, key in zip(leaves, keys, strict=True)]
    )


def _ours(checkpoint: Checkpoint, rows: NDArray[Any] = ROWS) -> NDArray[Any]:
    """What `policy.onnx` computes, and its transform."""
    x, statistics = rows.astype(np.float64), checkpoint.statistics
    if statistics is not None:
        x = normalize(x, statistics.mean, statistics.var, checkpoint.epsilon, checkpoint.clip).astype(np.float64)
    mean, squash = numpy_outputs(checkpoint.network.actor, x), checkpoint.network.squash
    if squash is None:
        return mean
    assert squash.scale is not None
    assert squash.bias is not None
    return np.tanh(mean) * squash.scale + squash.bias


def _same(checkpoint: Checkpoint, expected: Any, rows: NDArray[Any] = ROWS) -> None:
    np.testing.assert_allclose(_ours(checkpoint, rows), np.asarray(expected), rtol=0, atol=1e-5)
    assert np.std(np.asarray(expected), axis=0).min() > 0.05, "the actions depend on the observation"


def _ppo(path: Path, sizes: Any = SIZE, normalizer: Any = None, **kwargs: Any) -> tuple[Any, Any]:
    """Writes a policy of PPO; its inference and its parameters."""
    networks = small_ppo(sizes, ACTIONS, **kwargs)
    policy, value = _biased(networks.policy_network.init(KEY)), _biased(networks.value_network.init(KEY))
    params = (_normalizer() if normalizer is None else normalizer, policy, value)
    brax_model.save_params(path, params)
    return ppo.make_inference_fn(networks)(params, deterministic=True), (networks, params)


def test_ppo_acts_as_brax_does_and_its_critic_estimates_as_braxs(tmp_path: Path) -> None:
    act, (networks, params) = _ppo(tmp_path / "policy")

    checkpoint = read_checkpoint(tmp_path / "policy")

    assert (checkpoint.library, checkpoint.algorithm) == ("brax", "ppo")
    _same(checkpoint, act(ROWS, KEY)[0])
    assert checkpoint.statistics is not None
    assert checkpoint.network.critic is not None
    assert checkpoint.statistics.count == 400
    seen = normalize(ROWS.astype(np.float64), checkpoint.statistics.mean, checkpoint.statistics.var, 0.0, None)
    values = numpy_outputs(checkpoint.network.critic, seen.astype(np.float64))[:, 0]
    np.testing.assert_allclose(values, networks.value_network.apply(params[0], params[2], ROWS), atol=1e-5)
    assert any("--activation NAME" in note for note in checkpoint.notes)


def test_the_statistics_and_the_activation_matter(tmp_path: Path) -> None:
    act, _ = _ppo(tmp_path / "policy")
    expected = np.asarray(act(ROWS, KEY)[0])
    relu = read_checkpoint(tmp_path / "policy", unsaid=Unsaid(activation="relu"))
    plain = numpy_outputs(relu.network.actor, ROWS.astype(np.float64))

    assert np.max(np.abs(_ours(relu) - expected)) > 1e-2
    assert np.max(np.abs(np.tanh(plain) - expected)) > 1e-2


def test_a_policy_that_sees_one_of_several_observations(tmp_path: Path) -> None:
    """As MuJoCo Playground trains: the critic sees what the policy does not."""
    act, _ = _ppo(tmp_path / "policy", SIZES, _normalizer(SIZES), value_obs_key="privileged_state")

    checkpoint = read_checkpoint(tmp_path / "policy")

    _same(checkpoint, act({"state": ROWS, "privileged_state": np.zeros((50, PRIVILEGED), np.float32)}, KEY)[0])
    assert checkpoint.network.critic is None


@pytest.mark.parametrize(
    "options", [{"noise_std_type": "scalar"}, {"noise_std_type": "log"}, {"state_dependent_std": True}]
)
def test_a_normal_distribution_has_no_tanh(options: dict[str, Any], tmp_path: Path) -> None:
    act, (_, params) = _ppo(tmp_path / "policy", distribution_type="normal", init_noise_std=0.7, **options)

    checkpoint = read_checkpoint(tmp_path / "policy")

    _same(checkpoint, act(ROWS, KEY)[0])
    assert np.max(np.abs(_ours(checkpoint))) > 1
    assert checkpoint.network.squash is None
    if "noise_std_type" in options:
        (std,) = jax.tree_util.tree_leaves(
            params[1]["params"][f"std_{'log' * (options['noise_std_type'] == 'log')}param"]
        )
        wanted = std if options["noise_std_type"] == "log" else np.log(std)
        assert checkpoint.network.log_std is not None
        np.testing.assert_allclose(checkpoint.network.log_std, wanted, atol=1e-6)


@pytest.mark.parametrize("mode", ["welford", "ema"])
def test_either_way_of_counting_and_an_epsilon_in_the_deviation(mode: str, tmp_path: Path) -> None:
    act, _ = _ppo(tmp_path / "policy", normalizer=_normalizer(std_eps=0.1, mode=mode))

    _same(read_checkpoint(tmp_path / "policy"), act(ROWS, KEY)[0])


def test_sac_acts_as_brax_does_once_its_activation_is_said(tmp_path: Path) -> None:
    networks = sac.make_sac_networks(
        SIZE, ACTIONS, preprocess_observations_fn=running_statistics.normalize, hidden_layer_sizes=(16, 8)
    )
    params = (_normalizer(), freeze(_biased(networks.policy_network.init(KEY))))
    brax_model.save_params(tmp_path / "policy", params)
    with pytest.raises(BBConvertError, match=r"\(6 → 16 → 8 → 3\), and does not say what is between its layers"):
        read_checkpoint(tmp_path / "policy")

    checkpoint = read_checkpoint(tmp_path / "policy", unsaid=Unsaid(activation="relu"))

    _same(checkpoint, sac.make_inference_fn(networks)(params, deterministic=True)(ROWS, KEY)[0])
    assert checkpoint.algorithm == "unknown"
    assert checkpoint.network.critic is None


def test_ars_is_one_matrix(tmp_path: Path) -> None:
    networks = ars.make_policy_network(SIZE, ACTIONS, running_statistics.normalize)
    params = (_normalizer(), _biased(networks.init(KEY)))
    brax_model.save_params(tmp_path / "policy", params)

    checkpoint = read_checkpoint(tmp_path / "policy")

    _same(checkpoint, ars.make_inference_fn(networks)(params)(ROWS, KEY)[0])
    assert checkpoint.algorithm == "ars"


def test_statistics_that_were_never_updated_are_none(tmp_path: Path) -> None:
    untouched = running_statistics.init_state(specs.Array((SIZE,), jnp.dtype("float32")))
    act, _ = _ppo(tmp_path / "policy", normalizer=untouched)

    checkpoint = read_checkpoint(tmp_path / "policy")

    assert not checkpoint.normalizes
    _same(checkpoint, act(ROWS, KEY)[0])


def test_a_layer_norm_is_refused_by_its_name(tmp_path: Path) -> None:
    networks = sac.make_sac_networks(SIZE, ACTIONS, hidden_layer_sizes=(8,), policy_network_layer_norm=True)
    brax_model.save_params(tmp_path / "policy", (_normalizer(), networks.policy_network.init(KEY)))

    with pytest.raises(BBConvertError, match=r"found LayerNorm_0/scale \(8,\), LayerNorm_0/bias \(8,\)"):
        read_checkpoint(tmp_path / "policy")


def test_an_orbax_folder_names_the_two_lines_that_make_a_file_of_it(tmp_path: Path) -> None:
    """They are run, and the configuration beside their file says the rest."""
    factory = partial(
        small_ppo, activation=jax.nn.elu, policy_obs_key="privileged_state", value_obs_key="privileged_state"
    )
    networks = factory(SIZES, ACTIONS)
    params = (_normalizer(SIZES), _biased(networks.policy_network.init(KEY)), _biased(networks.value_network.init(KEY)))
    saved = partial(factory, preprocess_observations_fn=ppo.types.identity_observation_preprocessor)
    config = ppo_checkpoint.network_config(SIZES, ACTIONS, True, saved)
    ppo_checkpoint.save(tmp_path, 123, params, config)

    with pytest.raises(BBConvertError, match="Two lines of Python make a file of it") as refused:
        read_run(tmp_path)
    scope: dict[str, Any] = {}
    for line in str(refused.value).split("`")[1::2]:
        exec(line, scope)
    checkpoint = read_checkpoint(tmp_path / f"{123:012d}" / "policy.params")

    rows = np.random.default_rng(5).normal(0, 2, (50, PRIVILEGED)).astype(np.float32)
    act = ppo.make_inference_fn(networks)(params, deterministic=True)
    _same(checkpoint, act({"state": np.zeros((50, SIZE), np.float32), "privileged_state": rows}, KEY)[0], rows)
    assert checkpoint.network.actor.activation == "elu"
    assert checkpoint.network.critic is not None
    assert len(checkpoint.notes) == 1, "nothing is left unsaid"
