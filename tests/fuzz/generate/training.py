"""Checkpoints of rsl_rl, skrl and rl_games: state_dicts in a dict, with a normaliser and an optimiser beside them."""

from random import Random
from typing import Any

from tests.fuzz.generate import values
from tests.fuzz.generate.torch_file import torch_zip
from tests.fuzz.generate.torch_tree import TorchFile, forged_network, state_dict

Shapes = dict[str, tuple[int, ...]]


def valid(rng: Random) -> bytes:
    """A small agent of one of them."""
    file = TorchFile()
    return torch_zip(file, _tree(rng, file, lies=0))


def hostile(rng: Random) -> bytes:
    """One with forged tensors, parts of another library, or anything in the place of a part."""
    file = TorchFile()
    tree = _tree(rng, file, lies=rng.randint(0, 2))
    for _ in range(rng.randint(0, 2)):
        key = rng.choice(list(tree))
        match rng.randrange(4):
            case 0:
                tree[key] = values.document(rng)
            case 1:
                tree[key] = forged_network(rng, file)
            case 2:
                del tree[key]
            case _:
                tree |= _tree(rng, file, lies=1)
        if not tree:
            break
    return torch_zip(file, tree)


def _tree(rng: Random, file: TorchFile, *, lies: int) -> dict[str, Any]:
    n, h, m = rng.randint(1, 4), rng.randint(1, 4), rng.randint(1, 3)

    def part(shapes: Shapes) -> Any:
        return state_dict(rng, file, shapes, lies=lies)

    match rng.randrange(4):
        case 0:
            shapes = {**_mlp("mlp", n, h, m), **_recurrent(rng, "rnn.rnn", n), "distribution.std_param": (m,)}
            return {"actor_state_dict": part({**shapes, **_empirical(rng, "obs_normalizer.", n)}), "iter": 3}
        case 1:
            shapes = {**_mlp("actor", n, h, m), **_mlp("critic", n, h, 1), "std": (m,)}
            tree = {
                "model_state_dict": part({**shapes, **_recurrent(rng, "memory_a.rnn", n)}),
                "optimizer_state_dict": {"state": {}, "param_groups": []},
                "iter": 100,
                "infos": None,
            }
            statistics = _empirical(rng, "", n)
            return {**tree, "obs_norm_state_dict": part(statistics)} if statistics else tree
        case 2:
            shapes = {**_dense("net_container.0", n, h), **_dense("policy_layer", h, m), "log_std_parameter": (m,)}
            scaler: Shapes = {"running_mean": (n,), "running_variance": (n,), "current_count": ()}
            return {"policy": part(shapes), "optimizer": {}, "state_preprocessor": part(scaler)}
    start = rng.choice(("", "_orig_mod."))
    shapes = {
        **_dense(f"{start}a2c_network.actor_mlp.0", n, h),
        **_dense(f"{start}a2c_network.mu", h, m),
        f"{start}a2c_network.sigma": (m,),
        f"{start}running_mean_std.running_mean": (n,),
        f"{start}running_mean_std.running_var": (n,),
        f"{start}running_mean_std.count": (),
    }
    return {"model": part(shapes), "epoch": 7}


def _dense(name: str, inputs: int, outputs: int) -> Shapes:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _mlp(name: str, n: int, h: int, m: int) -> Shapes:
    return {**_dense(f"{name}.0", n, h), **_dense(f"{name}.2", h, m)}


def _recurrent(rng: Random, name: str, n: int) -> Shapes:
    """An LSTM, a GRU or, mostly, none: its actor takes as many numbers as the observation has."""
    gates = rng.choice((0, 0, 3, 4))
    if gates == 0:
        return {}
    return {
        f"{name}.weight_ih_l0": (gates * n, n),
        f"{name}.weight_hh_l0": (gates * n, n),
        f"{name}.bias_ih_l0": (gates * n,),
        f"{name}.bias_hh_l0": (gates * n,),
    }


def _empirical(rng: Random, name: str, n: int) -> Shapes:
    if rng.random() < 0.4:
        return {}
    return {f"{name}_mean": (1, n), f"{name}_var": (1, n), f"{name}_std": (1, n), f"{name}count": ()}
