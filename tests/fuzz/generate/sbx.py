"""SBX's zip: `data` in JSON, and in it the pickle of a policy in JAX."""

import base64
import json
import struct
from itertools import pairwise
from random import Random
from typing import Any

from tests.fuzz.generate import json_text, values
from tests.fuzz.generate.hostile_pickle import forged, shared_bomb
from tests.fuzz.generate.numpy_pickle import dtype, hostile_array, raw_array
from tests.fuzz.generate.pickle_tree import Build, Global, NewObject, Reduce, assemble
from tests.fuzz.generate.zips import Entry, archive, deflated, lying

OBSERVATIONS, ACTIONS = 3, 2
ACTORS = {
    "ppo": ("sbx.ppo.policies", "Actor"),
    "td3": ("sbx.td3.policies", "Actor"),
    "sac": ("sbx.common.policies", "SquashedGaussianActor"),
    "tqc": ("sbx.common.policies", "SquashedGaussianActor"),
    "crossq": ("sbx.crossq.policies", "Actor"),
}
"""The class of the actor by the module of the policy."""


def valid(rng: Random) -> bytes:
    """An agent that observes three numbers and gives two."""
    return valid_of(rng, rng.choice(sorted(ACTORS)))


def valid_of(rng: Random, algorithm: str) -> bytes:
    """One of that algorithm."""
    return zip_of(data(algorithm, assemble(policy(rng, algorithm), rng.randint(3, 5))))


def hostile(rng: Random) -> bytes:
    """A pickle whose parts lie or are anything, another JSON, or a lying zip."""
    algorithm, protocol = rng.choice(sorted(ACTORS)), rng.randint(2, 5)
    match rng.randrange(8):
        case 0 | 1:
            lie = {rng.choice(_PARTS): _lie(rng)}
            return zip_of(data(algorithm, assemble(policy(rng, algorithm, **lie), protocol)))
        case 2 | 3 | 4:
            tree = forged(rng, policy(rng, algorithm), protocol)
            return zip_of(data(algorithm, assemble(tree, protocol)))
        case 5:
            pickled = rng.choice((b"", b".", rng.randbytes(40), assemble(values.document(rng), protocol)))
            return zip_of(data(algorithm, pickled))
        case 6:
            changed = values.replaced_somewhere(rng, data(algorithm, assemble(policy(rng, algorithm), protocol)))
            return archive(_entries(json_text.hostile(rng, changed)))
        case _:
            entries = _entries(json.dumps(data(algorithm, assemble(policy(rng, algorithm), protocol))).encode())
            return lying(rng, deflated(rng, entries) if rng.random() < 0.4 else entries)


_PARTS = (
    *("actor", "actor_state", "vf", "activation", "net_arch", "use_batch_norm", "kernel", "bias", "log_std", "params"),
    *("batch_stats", "mean", "var", "scale", "Dense_0", "Dense_9"),
)


def _lie(rng: Random) -> Any:
    return rng.choice(
        (
            hostile_array(rng, [1.0, 2.0, 3.0]), jax_array((3,), [1.0, float("nan"), 1e300]), shared_bomb(rng, 1.0),
            values.scalar(rng), values.document(rng), [4] * rng.choice((0, 1, 70)), {"params": {}},
            jitted("tanh", shared_bomb(rng)), partial(jitted("gelu"), {"approximate": values.scalar(rng)}),
            jax_array((3, 4), [0.5] * 12), {}, [],
        )
    )  # fmt: skip


def zip_of(document: Any) -> bytes:
    """The zip around `data`."""
    return archive(_entries(json.dumps(document).encode()))


def _entries(document: bytes) -> list[Entry]:
    return [
        Entry("data", document),
        Entry("pytorch_variables.pth", b""),
        Entry("_stable_baselines3_version", b"2.7.0"),
        Entry("system_info.txt", b"- OS: Linux\n"),
    ]


def data(algorithm: str, pickled: bytes) -> dict[str, Any]:
    """The algorithm's attributes."""
    box = "<class 'gymnasium.spaces.box.Box'>"
    name = f"sbx.{algorithm}.policies"
    return {
        "policy_class": {":type:": "<class 'abc.ABCMeta'>", ":serialized:": "gAWV", "__module__": name},
        "policy_kwargs": {"net_arch": [4]},
        "observation_space": {":type:": box, ":serialized:": "gAWV", "_shape": [OBSERVATIONS]},
        "action_space": {":type:": box, ":serialized:": "gAWV", "_shape": [ACTIONS]},
        "policy_delay": 2,
        "policy": {":type:": f"<class '{name}.Policy'>", ":serialized:": base64.b64encode(pickled).decode()},
    }


def policy(rng: Random, algorithm: str, **changed: Any) -> Any:
    """The policy's tree; `changed` replaces parts by name: see the names in this function, and those of parameters."""
    widths = changed.get("widths", [rng.choice((2, 4)) for _ in range(rng.choice((0, 1, 2)))])
    net_arch = changed.get("net_arch", widths)
    activation = changed.get("activation", rng.choice((relu(), jitted("elu"), jitted("tanh", "jax._src.numpy.ufuncs"))))
    fields = {"net_arch": net_arch, "action_dim": ACTIONS, "activation_fn": activation, "name": None}
    params = _layers(rng, [OBSERVATIONS, *widths, ACTIONS], changed)
    state: dict[str, Any] = {"step": 7, "tx": Global("optax._src.base", "GradientTransformation")}
    if algorithm == "ppo":
        params["log_std"] = changed.get("log_std", jax_array((ACTIONS,), [-0.5, 0.25]))
    elif algorithm != "td3":
        params[f"Dense_{len(widths) + 1}"] = _dense(rng, [OBSERVATIONS, *widths][-1], ACTIONS, {})
    if algorithm == "crossq":
        fields["use_batch_norm"] = changed.get("use_batch_norm", True)
        norms = {f"BatchRenorm_{i}": size for i, size in enumerate([OBSERVATIONS, *widths])}
        params |= {name: _vectors(rng, size, ("scale", "bias"), changed) for name, size in norms.items()}
        statistics = {name: _vectors(rng, size, ("mean", "var"), changed) for name, size in norms.items()}
        state["batch_stats"] = changed.get("batch_stats", statistics)
    params |= {name: part for name, part in changed.items() if name.startswith("Dense_")}
    state["params"] = changed.get("params", params if algorithm == "crossq" else {"params": params})
    attributes = {
        "squash_output": algorithm != "ppo",
        "actor": changed.get("actor", Build(NewObject(Global(*ACTORS[algorithm])), fields)),
        "actor_state": changed.get("actor_state", Build(NewObject(_TRAIN_STATE), state)),
    }
    if algorithm == "ppo":
        critic = _layers(rng, [OBSERVATIONS, 5, 1], {})
        module = Build(NewObject(Global("sbx.ppo.policies", "Critic")), {"net_arch": [5], "activation_fn": activation})
        attributes |= {
            "vf": changed.get("vf", module),
            "vf_state": Build(NewObject(_TRAIN_STATE), {"params": {"params": critic}}),
        }
    return Build(NewObject(Global(f"sbx.{algorithm}.policies", "Policy")), attributes)


_TRAIN_STATE = Global("flax.training.train_state", "TrainState")


def relu() -> Any:
    """jax.nn.relu, which has a derivative of its own."""
    state = {"__module__": "jax._src.nn.functions", "__name__": "relu", "fun": jitted("relu")}
    return Build(NewObject(Global("jax._src.custom_derivatives", "custom_jvp")), state)


def jitted(name: str, module: Any = "jax._src.nn.functions") -> Any:
    """A function under jax.jit, its code pickled by value."""
    cloudpickle = "cloudpickle.cloudpickle"
    code = Reduce(Reduce(Global(cloudpickle, "_builtin_type"), ("CodeType",)), (1, 0, 0, b"\x97\x00", (None,), name))
    function = Reduce(Global(cloudpickle, "_make_function"), (code, {"__name__": module}, None, None, None))
    return Build(NewObject(Global("jaxlib._jax", "PjitFunction")), {"function_name": name, "fun": function})


def partial(function: Any, keywords: dict[str, Any]) -> Any:
    """`functools.partial(function, **keywords)`."""
    return Build(Reduce(Global("functools", "partial"), (function,)), (function, (), keywords, None))


def jax_array(shape: tuple[int, ...], numbers: list[float]) -> Any:
    """A float32 array: NumPy's, and JAX's own flag."""
    content = b"".join(struct.pack("<f", number) if abs(number) < 3e38 else b"\x00\x00\x80\x7f" for number in numbers)
    array = raw_array(shape, dtype("f4"), content)
    make, arguments = array.target.function, array.target.arguments
    return Reduce(Global("jax._src.array", "_reconstruct_array"), (make, arguments, array.state, {"weak_type": False}))


def _layers(rng: Random, sizes: list[int], changed: dict[str, Any]) -> dict[str, Any]:
    return {f"Dense_{i}": _dense(rng, before, after, changed) for i, (before, after) in enumerate(pairwise(sizes))}


def _dense(rng: Random, before: int, after: int, changed: dict[str, Any]) -> dict[str, Any]:
    return {
        "kernel": changed.get("kernel", _random(rng, before, after)),
        "bias": changed.get("bias", _random(rng, after)),
    }


def _vectors(rng: Random, size: int, names: tuple[str, ...], changed: dict[str, Any]) -> dict[str, Any]:
    return {name: changed.get(name, _random(rng, size)) for name in names}


def _random(rng: Random, *shape: int) -> Any:
    size = shape[0] * (shape[1] if len(shape) > 1 else 1)
    return jax_array(shape, [rng.uniform(0, 1) for _ in range(size)])
