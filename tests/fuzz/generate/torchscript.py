"""TorchScript archives: modules as a pickle, the code of their classes as text."""

from random import Random
from typing import Any

from tests.fuzz.generate import values
from tests.fuzz.generate.hostile_pickle import forged, shared_bomb
from tests.fuzz.generate.pickle_tree import Build, Global, NewObject, assemble
from tests.fuzz.generate.torch_tree import TorchFile, hostile_tensor, tensor
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
    return archive(_entries(file, _policy(rng, file, count), _code(count)))


def hostile(rng: Random) -> bytes:
    """Forged tensors or modules, other code, or a lying zip around an intact one."""
    file, count = TorchFile(), rng.choice((1, 3, 5))
    kind = rng.randrange(5)
    tree = _policy(rng, file, count, lies=kind == 1)
    if kind == 2:
        tree = forged(rng, tree, 2)
    code = _code(count if rng.random() < 0.9 else 2)
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


def _code(count: int) -> dict[str, str]:
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
        "__torch__/exporter": _EXPORTER,
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
    state = {"actor": chain, "normalizer": _module("linear", "Identity", {}), "is_recurrent": False}
    return Build(NewObject(Global("__torch__.exporter", "Exporter")), state)


def _module(place: str, kind: str, state: dict[str, Any]) -> Any:
    return Build(NewObject(Global(f"{_MODULES}.{place}", kind)), {"training": False, **state})


def _linear(rng: Random, file: TorchFile, width: int, *, lies: bool) -> Any:
    made = hostile_tensor if lies and rng.random() < 0.5 else tensor
    return _module("linear", "Linear", {"weight": made(rng, file, (width, width)), "bias": tensor(rng, file, (width,))})
