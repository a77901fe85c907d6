"""TorchScript archives: modules as a pickle, the code of their classes as text."""

from random import Random
from typing import Any

from tests.fuzz.generate import values
from tests.fuzz.generate.hostile_pickle import forged, shared_bomb
from tests.fuzz.generate.pickle_tree import Build, Global, NewObject, assemble
from tests.fuzz.generate.torch_tree import TorchFile, hostile_tensor, tensor, zeros
from tests.fuzz.generate.zips import Entry, archive, deflated, lying

_MODULES = "__torch__.torch.nn.modules"
_LINEAR = (
    "class Linear(Module):\n  weight : Tensor\n  def forward(self: __torch__.Linear,\n    input: Tensor) -> Tensor:\n"
    "    weight = self.weight\n    bias = self.bias\n    return torch.linear(input, weight, bias)\n"
)
_TANH = (
    "class Tanh(Module):\n  def forward(self: __torch__.Tanh,\n    input: Tensor) -> Tensor:\n"
    "    return torch.tanh(input)\n"
)
_IDENTITY = _TANH.replace("Tanh", "Identity").replace("torch.tanh(input)", "input")
_EXPORTER = (
    "class Exporter(Module):\n  def forward(self: __torch__.Exporter,\n    x: Tensor) -> Tensor:\n"
    "    actor = self.actor\n    normalizer = self.normalizer\n"
    "    _0 = (actor).forward((normalizer).forward(x, ), )\n    return _0\n"
)
_LEGGED_GYM = (
    "class Exporter(Module):\n  def forward(self: __torch__.Exporter,\n    x: Tensor) -> Tensor:\n"
    "    memory = self.memory\n    _0 = torch.unsqueeze(x, 0)\n    hidden_state = self.hidden_state\n"
    "    cell_state = self.cell_state\n    _1 = (memory).forward__0(_0, (hidden_state, cell_state), )\n"
    "    out, _2, = _1\n    h, c, = _2\n    hidden_state0 = self.hidden_state\n"
    "    _3 = torch.copy_(torch.slice(hidden_state0), h)\n    cell_state0 = self.cell_state\n"
    "    _4 = torch.copy_(torch.slice(cell_state0), c)\n    actor = self.actor\n"
    "    _5 = (actor).forward(torch.squeeze(out, 0), )\n    return _5\n"
)
_LSTM = (
    "class LSTM(Module):\n  def forward__0(self: __torch__.LSTM,\n    input: Tensor) -> Tuple[Tensor, Tensor]:\n"
    "    _21, _22, _23 = torch.lstm(input0, [_19, _20], _flat_weights, True, 1, 0., training, False, False)\n"
)
_BROKEN = (
    "",
    "class Linear(Module):\n",
    "class " * 5000,
    "  def forward(self" * 3000,
    ") -> Tensor:\n" * 3000,
    "\x00\xff",
)


def valid(rng: Random) -> bytes:
    """A small policy, bare or in Isaac Lab's exporter."""
    file, count = TorchFile(), rng.choice((1, 3, 5))
    tree = _policy(rng, file, count)
    return archive(_entries(file, tree, _code(count, remembers=_remembers(tree))))


def hostile(rng: Random) -> bytes:
    """Forged tensors or modules, other code, or a lying zip around an intact one."""
    file, count = TorchFile(), rng.choice((1, 3, 5))
    kind = rng.randrange(5)
    tree = _policy(rng, file, count, lies=kind == 1)
    if kind == 2:
        tree = forged(rng, tree, 2)
    code = _code(count if rng.random() < 0.9 else 2, remembers=_remembers(tree))
    if kind == 3:
        place = rng.choice(sorted(code))
        code[place] = rng.choice((*_BROKEN, code[place].replace("input", "x"), code[place] * 3))
        if rng.random() < 0.3:
            del code[place]
    entries = _entries(file, tree, code)
    if kind != 0:
        return archive(entries)
    return lying(rng, deflated(rng, entries) if rng.random() < 0.3 else entries)


def _entries(file: TorchFile, tree: Any, code: dict[str, str]) -> list[Entry]:
    return [
        Entry("policy/data.pkl", assemble(tree, 2)),
        *(Entry(f"policy/data/{key}", content) for key, content in file.storages.items()),
        *(Entry(f"policy/code/{place}.py", text.encode("latin-1")) for place, text in code.items()),
        Entry("policy/constants.pkl", b"\x80\x02)."),
    ]


def _remembers(tree: Any) -> bool:
    """Whether a policy has an LSTM; a forged one has not."""
    return isinstance(tree, Build) and isinstance(tree.state, dict) and "memory" in tree.state


def _code(count: int, *, remembers: bool = False) -> dict[str, str]:
    lines = [f'    _{i} = getattr(self, "{i}")\n' for i in range(count)]
    before = "input"
    for i in range(count - 1):
        lines.append(f"    input{i} = (_{i}).forward({before}, )\n")
        before = f"input{i}"
    lines.append(f"    return (_{count - 1}).forward({before}, )\n")
    head = "class Sequential(Module):\n  def forward(self: __torch__.Sequential,\n    input: Tensor) -> Tensor:\n"
    folder = _MODULES.replace(".", "/")
    return {
        f"{folder}/container": head + "".join(lines),
        f"{folder}/linear": _LINEAR + _IDENTITY,
        f"{folder}/activation": _TANH,
        f"{folder}/rnn": _LSTM,
        "__torch__/exporter": _LEGGED_GYM if remembers else _EXPORTER,
    }


def _policy(rng: Random, file: TorchFile, count: int, *, lies: bool = False) -> Any:
    width = rng.randint(1, 4)
    parts: dict[str, Any] = {}
    for i in range(count):
        parts[str(i)] = _module("activation", "Tanh", {}) if i % 2 else _linear(rng, file, width, lies=lies)
    if lies and rng.random() < 0.4:
        parts[rng.choice(("0", "1", "²", "9" * 5000, "x"))] = rng.choice(
            (values.document(rng), shared_bomb(rng, 1.0), _module("linear", "Linear", {}), _module("rnn", "LSTM", {}))
        )
    chain = _module("container", "Sequential", parts)
    if rng.random() < 0.5:
        return chain
    if rng.random() < 0.5:
        return _recurrent(rng, file, chain, width, lies=lies)
    state = {"actor": chain, "normalizer": _module("linear", "Identity", {}), "is_recurrent": False}
    return Build(NewObject(Global("__torch__.exporter", "Exporter")), state)


def _recurrent(rng: Random, file: TorchFile, chain: Any, width: int, *, lies: bool) -> Any:
    shapes: dict[str, tuple[int, ...]] = {"weight_ih_l0": (4 * width, width), "weight_hh_l0": (4 * width, width)}
    shapes |= {"bias_ih_l0": (4 * width,), "bias_hh_l0": (4 * width,)}
    parts: dict[str, Any] = {
        name: (hostile_tensor if lies and rng.random() < 0.3 else tensor)(rng, file, shape)
        for name, shape in shapes.items()
    }
    states = {name: zeros(file, (1, 1, width)) for name in ("hidden_state", "cell_state")}
    if lies and rng.random() < 0.2:
        states["hidden_state"] = rng.choice((values.document(rng), tensor(rng, file, (width,))))
    state = {"actor": chain, "memory": _module("rnn", "LSTM", parts), **states}
    return Build(NewObject(Global("__torch__.exporter", "Exporter")), state)


def _module(place: str, kind: str, state: dict[str, Any]) -> Any:
    return Build(NewObject(Global(f"{_MODULES}.{place}", kind)), {"training": False, **state})


def _linear(rng: Random, file: TorchFile, width: int, *, lies: bool) -> Any:
    made = hostile_tensor if lies and rng.random() < 0.5 else tensor
    return _module("linear", "Linear", {"weight": made(rng, file, (width, width)), "bias": tensor(rng, file, (width,))})
