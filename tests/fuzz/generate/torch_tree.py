"""A state_dict as torch pickles it: tensors that view storages, intact and forged."""

import struct
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

from tests.fuzz.generate import values
from tests.fuzz.generate.hostile_pickle import forged, shared_bomb
from tests.fuzz.generate.pickle_tree import Build, Global, Items, Persistent, Reduce

_STORAGES = (
    *("FloatStorage", "DoubleStorage", "HalfStorage", "BFloat16Storage", "LongStorage", "IntStorage", "ByteStorage"),
    *("BoolStorage", "CharStorage", "ShortStorage", "ComplexFloatStorage", "ComplexDoubleStorage", "QUInt8Storage"),
    *("QInt32Storage", "UntypedStorage", "Float8_e5m2Storage", "TypedStorage", "Tensor", "load"),
)
_REBUILDS = (
    *("_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_tensor", "_rebuild_parameter", "_rebuild_sparse_tensor"),
    *(
        "_rebuild_meta_tensor_no_storage",
        "_rebuild_qtensor",
        "_rebuild_wrapper_subclass",
        "_rebuild_device_tensor_from_numpy",
    ),
    *("_rebuild_nested_tensor", "_rebuild_xla_tensor", "_rebuild_sparse_csr_tensor", "_rebuild_parameter_with_state"),
)
_POSITIVE = ("_var", "_std", "running_variance", "count")
"""How the names of variances, deviations and counts end."""
_SIZES = (0, 1, 3, 4, 16, -1, 2**20, 2**31, 2**40, 2**62, 2**63 - 1)
_NAMES = (
    *(
        "fc²",
        "fc9",
        "fc1.weight.weight",
        "actor_mean.²",
        "net.weight",
        "lstm.weight_ih_l0",
        "obs_rms.mean",
        "obs_rms.var",
    ),
    *(
        "obs_rms.count",
        "actor_logstd",
        "log_std",
        "conv.weight",
        "critic.0.weight",
        "",
        ".weight",
        "weight",
        ".bias",
        "bias",
    ),
    *(
        "action_scale",
        "action_bias",
        "fc_logstd.weight",
        "actor_mean.-1",
        "actor_mean.1_0",
        "mlp_extractor.policy_net.0",
    ),
    *("mlp_extractor.policy_net.²", "action_net.weight", "actor.latent_pi.٣", "actor.mu.0.ra_mean", "fc" + "9" * 5000),
)


@dataclass
class TorchFile:
    """The bytes of a file's storages by key; `legacy` files name them otherwise."""

    storages: dict[str, bytes] = field(default_factory=dict)
    legacy: bool = False


def ppo(rng: Random) -> dict[str, tuple[int, ...]]:
    """The shapes of CleanRL's PPO agent."""
    n, h, m = rng.randint(1, 4), rng.randint(1, 4), rng.randint(1, 2)
    shapes: dict[str, tuple[int, ...]] = {"actor_logstd": (1, m)}
    for prefix, last in (("critic", 1), ("actor_mean", m)):
        for place, (inputs, outputs) in zip((0, 2, 4), ((n, h), (h, h), (h, last)), strict=True):
            shapes |= {f"{prefix}.{place}.weight": (outputs, inputs), f"{prefix}.{place}.bias": (outputs,)}
    return shapes


def actor(rng: Random) -> dict[str, tuple[int, ...]]:
    """Those of its TD3's actor."""
    n, h, m = rng.randint(1, 4), rng.randint(1, 4), rng.randint(1, 2)
    head = rng.choice(("fc_mu", "fc_mean"))
    shapes: dict[str, tuple[int, ...]] = {"action_scale": (m,), "action_bias": (m,)}
    for name, inputs, outputs in (("fc1", n, h), ("fc2", h, h), (head, h, m)):
        shapes |= {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}
    return shapes


def plain(rng: Random) -> dict[str, tuple[int, ...]]:
    """Those of an MLP of one's own."""
    sizes = [rng.randint(1, 4) for _ in range(rng.randint(2, 4))]
    shapes: dict[str, tuple[int, ...]] = {}
    for place, (inputs, outputs) in enumerate(pairwise(sizes)):
        shapes |= {f"net.{2 * place}.weight": (outputs, inputs), f"net.{2 * place}.bias": (outputs,)}
    return shapes


def state_dict(rng: Random, file: TorchFile, shapes: dict[str, tuple[int, ...]], *, lies: int = 0) -> Any:
    """The tree of a state_dict; `lies` of its tensors are forged."""
    liars = set(rng.sample(sorted(shapes), min(lies, len(shapes))))
    tensors: dict[Any, Any] = {}
    for name, shape in shapes.items():
        if name not in liars:
            tensors[name] = tensor(rng, file, shape, low=0.01 if name.endswith(_POSITIVE) else -1)
        elif rng.random() < 0.3:
            tensors[rng.choice(_NAMES)] = tensor(rng, file, shape)
        else:
            tensors[name] = hostile_tensor(rng, file, shape)
    if rng.random() < 0.2:
        return tensors
    ordered = Reduce(Global("collections", "OrderedDict"), ())
    return Items(ordered, tuple(part for item in tensors.items() for part in item))


def tensor(rng: Random, file: TorchFile, shape: tuple[int, ...], *, low: float = -1) -> Any:
    """A float32 tensor with a storage of its own, of numbers from `low` to 1."""
    count = 1
    for size in shape:
        count *= size
    content = struct.pack(f"<{count}f", *(rng.uniform(low, 1) for _ in range(count)))
    strides = tuple(_product(shape[i + 1 :]) for i in range(len(shape)))
    return _rebuilt("_rebuild_tensor_v2", _storage(file, "FloatStorage", content, count), 0, shape, strides)


def zeros(file: TorchFile, shape: tuple[int, ...]) -> Any:
    """The same, of zeros."""
    count = _product(shape)
    strides = tuple(_product(shape[i + 1 :]) for i in range(len(shape)))
    return _rebuilt("_rebuild_tensor_v2", _storage(file, "FloatStorage", bytes(4 * count), count), 0, shape, strides)


def hostile_tensor(rng: Random, file: TorchFile, shape: tuple[int, ...]) -> Any:
    """A tensor whose view, type, storage or way of being rebuilt is another one."""
    content = b"".join(struct.pack("<f", rng.choice((0.5, 1e38, float("nan"), float("inf"), -0.0))) for _ in range(16))
    strides: Any = tuple(_product(shape[i + 1 :]) for i in range(len(shape)))
    sizes: Any = shape
    kind, function = "FloatStorage", "_rebuild_tensor_v2"
    claimed: Any = 16
    offset: Any = 0
    match rng.randrange(8):
        case 0:  # a few bytes, seen again and again
            sizes = tuple(rng.choice((2**10, 2**15, 2**17, 33_000)) for _ in range(2))
            strides = rng.choice(((0, 0), (0, 1), (1, 0)))
        case 1:
            sizes = tuple(rng.choice(_SIZES) for _ in range(rng.randint(0, 3)))
            strides = tuple(rng.choice((0, 1, *_SIZES)) for _ in range(len(sizes) + rng.choice((0, 0, 0, 1))))
        case 2:
            offset = rng.choice((1, 15, 16, -1, 2**40, 2**62, -(2**62), True, None, 1.5))
        case 3:
            kind = rng.choice(_STORAGES)
        case 4:
            claimed = rng.choice((*_SIZES, "16", None))
        case 5:
            function = rng.choice(_REBUILDS)
        case 6:
            numbers = struct.pack("<8d", *(rng.choice((1.0, 1e300, -1e39, 5e-324)) for _ in range(8)))
            return _rebuilt(function, _storage(file, "DoubleStorage", numbers, 8), 0, shape, strides)
        case _:
            return _exotic(rng, file, shape, strides, content)
    return _rebuilt(function, _storage(file, kind, content, claimed), offset, sizes, strides)


def _exotic(rng: Random, file: TorchFile, shape: Any, strides: Any, content: bytes) -> Any:
    """The other kinds of tensors that `torch.save` writes and `weights_only` reads."""
    whole = _rebuilt("_rebuild_tensor_v2", _storage(file, "FloatStorage", content, 16), 0, shape, strides)
    indices = _rebuilt("_rebuild_tensor_v2", _storage(file, "LongStorage", bytes(16), 2), 0, (2, 1), (1, 1))
    value = _rebuilt("_rebuild_tensor_v2", _storage(file, "FloatStorage", content, 16), 0, (1,), (1,))
    coo = rng.choice((Global("torch.serialization", "_get_layout"), Global("torch", "sparse_coo")))
    layout = Reduce(coo, ("torch.sparse_coo",))
    scheme = Global("torch", "per_tensor_affine")
    quantised = _storage(file, rng.choice(("QUInt8Storage", "QInt32Storage")), content, 16)
    big = rng.choice(((2, 2), (2**31, 2**31), (2**20, 2**20)))
    return rng.choice(
        (
            Reduce(Global("torch._utils", "_rebuild_sparse_tensor"), (layout, (indices, value, big))),
            Reduce(Global("torch._utils", "_rebuild_sparse_tensor"), (layout, (indices, value, big, False))),
            Reduce(
                Global("torch._utils", "_rebuild_qtensor"), (quantised, 0, shape, strides, (scheme, 0.1, 0), False, {})
            ),
            Reduce(
                Global("torch._utils", "_rebuild_meta_tensor_no_storage"),
                (Global("torch", "float32"), big, (1, 1), rng.choice((True, False))),
            ),
            Reduce(Global("torch._utils", "_rebuild_parameter"), (whole, True, {})),
            Reduce(
                Global("torch._utils", "_rebuild_tensor_v3"),
                (
                    _storage(file, "UntypedStorage", content, 64),
                    0,
                    shape,
                    strides,
                    False,
                    {},
                    Global(
                        "torch", rng.choice(("float8_e5m2", "float8_e4m3fn", "uint16", "bits8", "complex64", "float32"))
                    ),
                ),
            ),
            Build(whole, rng.choice(({"a": 1}, (1, 2), None))),
            Reduce(Global("torch", "Tensor"), (rng.choice(([1.0], (3,), 2**40)),)),
            Reduce(Global("torch", "Size"), ([2, 2],)),
            Reduce(Global("torch", "device"), (rng.choice(("cpu", "cuda:0", "meta", "²")),)),
            values.document(rng),
            shared_bomb(rng, whole),
        )
    )


def _storage(file: TorchFile, kind: str, content: bytes, count: Any) -> Any:
    key = str(len(file.storages))
    file.storages[key] = content
    view = (None,) if file.legacy else ()
    return Persistent(("storage", Global("torch", kind), key, "cpu", count, *view))


def _rebuilt(function: str, storage: Any, offset: Any, size: Any, stride: Any) -> Any:
    hooks = Reduce(Global("collections", "OrderedDict"), ())
    return Reduce(Global("torch._utils", function), (storage, offset, size, stride, False, hooks))


def _product(sizes: tuple[int, ...]) -> int:
    product = 1
    for size in sizes:
        product *= size
    return product


def network(rng: Random, file: TorchFile, *, lies: int) -> Any:
    """What a checkpoint holds: one state_dict, a tuple of them, or an MLP of one's own."""
    match rng.randrange(4):
        case 0:
            return state_dict(rng, file, ppo(rng), lies=lies)
        case 1:
            return state_dict(rng, file, plain(rng), lies=lies)
        case 2:
            return (state_dict(rng, file, actor(rng), lies=lies),)
        case _:
            mean = actor(rng)
            inputs, outputs = mean["fc1.weight"][1], mean["action_scale"][0]
            critic = {"fc1.weight": (2, inputs + outputs), "fc1.bias": (2,), "fc3.weight": (1, 2), "fc3.bias": (1,)}
            return (state_dict(rng, file, mean, lies=lies), state_dict(rng, file, critic))


def forged_network(rng: Random, file: TorchFile) -> Any:
    """A network with anything anywhere in its pickle."""
    return forged(rng, network(rng, file, lies=0), 2)
