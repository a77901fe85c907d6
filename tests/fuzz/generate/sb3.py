"""Stable-Baselines3's zip: `data` in JSON, `policy.pth` by torch."""

import json
from random import Random
from typing import Any

from tests.fuzz.generate import json_text, values
from tests.fuzz.generate.hostile_pickle import forged
from tests.fuzz.generate.torch_file import torch_zip
from tests.fuzz.generate.torch_tree import TorchFile, state_dict
from tests.fuzz.generate.zips import Entry, archive, deflated, lying

_LAYERS = {
    "stable_baselines3.common.policies": ["mlp_extractor.policy_net.0", "action_net"],
    "stable_baselines3.sac.policies": ["actor.latent_pi.0", "actor.latent_pi.2", "actor.mu"],
    "stable_baselines3.td3.policies": ["actor.mu.0", "actor.mu.2"],
    "sb3_contrib.tqc.policies": ["actor.latent_pi.0", "actor.mu"],
    "sb3_contrib.crossq.policies": ["actor.latent_pi.0", "actor.mu"],
    "sb3_contrib.ars.policies": ["action_net.0", "action_net.2"],
}
"""The actor's layers by the module of the policy."""


def valid(rng: Random) -> bytes:
    """An agent that observes three numbers and gives two."""
    module = rng.choice(sorted(_LAYERS))
    return archive(_entries(rng, module, json.dumps(_data(module)).encode(), lies=0))


def hostile(rng: Random) -> bytes:
    """Another JSON, forged tensors, or a lying zip."""
    module = rng.choice(sorted(_LAYERS))
    data = _data(module)
    intact = json.dumps(data).encode()
    match rng.randrange(4):
        case 0:
            changed = json_text.hostile(rng, values.replaced_somewhere(rng, data))
            return archive(_entries(rng, module, changed, lies=0))
        case 1:
            return archive(_entries(rng, module, intact, lies=rng.randint(1, 2)))
        case 2:
            return archive(_entries(rng, module, json.dumps(_forged_data(rng, data)).encode(), lies=0))
        case _:
            entries = _entries(rng, module, intact, lies=0)
            return lying(rng, deflated(rng, entries) if rng.random() < 0.4 else entries)


def _entries(rng: Random, module: str, data: bytes, *, lies: int) -> list[Entry]:
    file = TorchFile()
    tree = state_dict(rng, file, _shapes(rng, module), lies=lies)
    if lies == 2:
        tree = forged(rng, tree, 2)
    return [
        Entry("data", data),
        Entry("pytorch_variables.pth", b""),
        Entry("policy.pth", torch_zip(file, tree)),
        Entry("_stable_baselines3_version", b"2.7.0"),
        Entry("system_info.txt", b"- OS: Linux\n"),
    ]


def _shapes(rng: Random, module: str) -> dict[str, tuple[int, ...]]:
    names = _LAYERS[module]
    sizes = [3, *(rng.randint(1, 4) for _ in names[1:]), 2]
    shapes: dict[str, tuple[int, ...]] = {}
    for name, inputs, outputs in zip(names, sizes[:-1], sizes[1:], strict=True):
        shapes |= {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}
    if module == "stable_baselines3.common.policies":
        shapes |= {"log_std": (2,), "mlp_extractor.value_net.0.weight": (2, 3), "mlp_extractor.value_net.0.bias": (2,)}
        shapes |= {"value_net.weight": (1, 2), "value_net.bias": (1,)}
    return shapes


def _data(module: str) -> dict[str, Any]:
    policy = module.split(".")[1].upper()
    box = "<class 'gymnasium.spaces.box.Box'>"
    return {
        "policy_class": {
            ":type:": "<class 'abc.ABCMeta'>",
            ":serialized:": "gAWV",
            "__module__": module,
            "__init__": f"<function {policy}Policy.__init__ at 0x7f>",
        },
        "policy_kwargs": {
            ":type:": "<class 'dict'>",
            "activation_fn": "<class 'torch.nn.modules.activation.ReLU'>",
            "log_std_init": -2,
            "ortho_init": False,
            "clip_mean": 2.0,
        },
        "observation_space": {
            ":type:": box,
            ":serialized:": "gAWV",
            "dtype": "float64",
            "_shape": [3],
            "low": "[-inf]",
        },
        "action_space": {":type:": box, ":serialized:": "gAWV", "dtype": "float32", "_shape": [2], "low": "[-1. -1.]"},
        "n_envs": 1,
        "num_timesteps": 1000,
        "seed": 0,
        "use_sde": False,
        "clip_range": {":type:": "<class 'function'>"},
    }


def _forged_data(rng: Random, data: dict[str, Any]) -> dict[str, Any]:
    """Values that have the right place and the wrong kind."""
    section = rng.choice(("policy_class", "policy_kwargs", "observation_space", "action_space"))
    key = rng.choice(
        (
            "__module__",
            "__init__",
            "activation_fn",
            "clip_mean",
            "batch_norm_eps",
            "squash_output",
            "_shape",
            "shape",
            ":type:",
            "features_extractor_class",
            "net_arch",
        )
    )
    return {**data, section: {**data[section], key: values.document(rng)}}
