"""TorchScript archives (`torch.jit.save`) as data: an MLP, or an LSTM or a GRU before one, never run.

Which of them it is, is known by the text of its code.

Isaac Lab, legged_gym and rsl_rl export policies so. The archive has the modules as a pickle, and each class's code as
text; what a class computes is believed where its `forward` reads as torch writes it.
"""

import re
import zipfile
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from bbconvert.convert.activation import Activation
from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.checkpoints.pickle_machine import ForbiddenGlobalError, Global, Instance, MalformedPickleError
from bbconvert.convert.checkpoints.recurrent import is_recurrent_part, recurrent_network
from bbconvert.convert.checkpoints.tensors import dense_layer, mlp_of, require_mlp
from bbconvert.convert.checkpoints.torch_file import PICKLE, TorchFile, dense_arrays, read_zip_pickle
from bbconvert.convert.checkpoints.zip_entries import ZipEntries
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.network import Dense, PolicyNetwork, Recurrent, RecurrentKind
from bbconvert.convert.safety.limits import MEBIBYTE

_CODE = "code/"
_MOST_CODE = MEBIBYTE
"""Of one class's file: an MLP's take some kB."""
_OURS = "__torch__."
_ACTIVATIONS: dict[str, tuple[str, Activation]] = {
    "Tanh": ("return torch.tanh(input)", "tanh"),
    "ReLU": ("_0 = __torch__.torch.nn.functional.relu(input, False, ) return _0", "relu"),
    "ELU": ("_0 = __torch__.torch.nn.functional.elu(input, 1., False, ) return _0", "elu"),
    "SiLU": ("_0 = __torch__.torch.nn.functional.silu(input, False, ) return _0", "silu"),
    "GELU": ("return torch.gelu(input)", "gelu"),
    "LeakyReLU": ("_0 = __torch__.torch.nn.functional.leaky_relu return _0(input, 0.01, False, )", "leaky_relu"),
    "Sigmoid": ("return torch.sigmoid(input)", "sigmoid"),
    "SELU": ("_0 = __torch__.torch.nn.functional.selu(input, False, ) return _0", "selu"),
    "Softplus": ("return torch.softplus(input, 1., 20.)", "softplus"),
}
"""What `forward` of torch's modules reads like, and the activation that it is."""
_LINEAR = "weight = self.weight bias = self.bias return torch.linear(input, weight, bias)"
_IDENTITY = ("return input", "return x")
_EXPORTERS: dict[str, str | None] = {
    "actor = self.actor normalizer = self.normalizer _0 = (actor).forward((normalizer).forward(x, ), ) return _0": None,
    "memory = self.memory _0 = torch.unsqueeze(x, 0) hidden_state = self.hidden_state cell_state = self.cell_state "
    "_1 = (memory).forward__0(_0, (hidden_state, cell_state), ) out, _2, = _1 h, c, = _2 hidden_state0 = "
    "self.hidden_state _3 = torch.copy_(torch.slice(hidden_state0), h) cell_state0 = self.cell_state _4 = "
    "torch.copy_(torch.slice(cell_state0), c) actor = self.actor _5 = (actor).forward(torch.squeeze(out, 0), ) "
    "return _5": "memory",
    "normalizer = self.normalizer x0 = (normalizer).forward(x, ) rnn = self.rnn _0 = torch.unsqueeze(x0, 0) "
    "hidden_state = self.hidden_state cell_state = self.cell_state _1 = (rnn).forward__0(_0, (hidden_state, "
    "cell_state), ) x1, _2, = _1 h, c, = _2 hidden_state0 = self.hidden_state _3 = torch.copy_(torch.slice("
    "hidden_state0), h) cell_state0 = self.cell_state _4 = torch.copy_(torch.slice(cell_state0), c) x2 = "
    "torch.squeeze(x1, 0) actor = self.actor return (actor).forward(x2, )": "rnn",
    "normalizer = self.normalizer x0 = (normalizer).forward(x, ) rnn = self.rnn _0 = torch.unsqueeze(x0, 0) "
    "hidden_state = self.hidden_state _1 = (rnn).forward__0(_0, hidden_state, ) x1, h, = _1 hidden_state0 = "
    "self.hidden_state _2 = torch.copy_(torch.slice(hidden_state0), h) x2 = torch.squeeze(x1, 0) actor = self.actor "
    "return (actor).forward(x2, )": "rnn",
}
"""`forward` of Isaac Lab's exporter of rsl_rl's policies, of legged_gym's for an LSTM, and of Isaac Lab's for an LSTM
and a GRU; and what the recurrent layer is called in it."""
_RECURRENT: dict[str, tuple[RecurrentKind, str]] = {
    "LSTM": ("lstm", r"torch\.lstm\(\w+, \[\w+, \w+\], "),
    "GRU": ("gru", r"torch\.gru\(\w+, \w+, "),
}
_USUAL = r"_flat_weights, True, ([0-9]), 0\., training, False, False\)"
"""torch's call in them: with biases, of so many layers, without dropout, in one direction, the batch second."""


def is_torchscript(path: Path) -> bool:
    """Whether the file is a zip that has code beside its pickle; one that is cut short is told elsewhere."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(f"/{_CODE}__torch__" in f"/{name}" for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
        return False


def read_torchscript(path: Path) -> Checkpoint:
    """A scripted `Sequential` of `Linear` and one activation, or Isaac Lab's exporter around one.

    Raises:
        BBConvertError: damaged, a pickle that names more than modules and tensors, a recurrent network, or code that is
            not of a known wiring: named.
    """
    entries = ZipEntries(str(path), path.read_bytes())
    try:
        return _Archive(path, entries).checkpoint()
    except ForbiddenGlobalError as error:
        raise BBConvertError(
            f"{path} is a TorchScript archive whose pickle asks to call {error}, and was not loaded: nothing in it ran."
        ) from error
    except MalformedPickleError as error:
        raise BBConvertError(
            f"{path} is not a TorchScript archive, or is damaged or cut short ({error}). Export it again: "
            "torch.jit.script(policy).save(path)."
        ) from error


def _is_expected(name: str) -> bool:
    return name.startswith((_OURS, "torch.")) or name == "collections.OrderedDict"


class _Archive:
    """The modules of an archive, and the code of their classes."""

    def __init__(self, path: Path, entries: ZipEntries) -> None:
        self._path = path
        self._entries = entries
        self._folder = next(name for name in entries.names if name.endswith(PICKLE)).removesuffix(PICKLE)
        self._file: TorchFile = read_zip_pickle(entries, _is_expected)

    def checkpoint(self) -> Checkpoint:
        """The network of the outermost module."""
        root = self._file.value
        kind = _kind(root)
        recurrent = None
        exported = kind != "Sequential"
        if exported:
            wiring = self._forward(root)
            if wiring not in _EXPORTERS:
                self._refuse(
                    f"{kind}.forward is not of a known wiring (a Sequential, or the exporters of Isaac Lab and of "
                    "legged_gym)"
                )
            state = _state(root)
            if "normalizer = self.normalizer" in wiring:
                normalizer = state.get("normalizer")
                if _kind(normalizer) != "Identity" or self._forward(normalizer) not in _IDENTITY:
                    self._refuse(f"its normalizer is {_kind(normalizer)}, expected Identity: export it without one")
            memory = _EXPORTERS[wiring]
            recurrent = None if memory is None else self._recurrent(state, memory)
            root = state.get("actor")
        layers, activation = self._sequential(root)
        actor = mlp_of(self._path, layers, activation)
        if recurrent is not None and recurrent.hidden != actor.inputs:
            self._refuse(f"its actor takes {actor.inputs} numbers, its recurrent layer gives {recurrent.hidden}")
        sizes = "" if recurrent is None else " and ".join([str(recurrent.hidden)] * len(recurrent.layers))
        before = "" if recurrent is None else f" behind a {recurrent.kind.upper()} of {sizes}"
        name = "rsl_rl" if exported else "torch"
        return Checkpoint(
            library=name,
            algorithm="unknown",
            network=PolicyNetwork(actor=actor, recurrent=recurrent),
            normalizes=False,
            statistics=None,
            epsilon=0.0,
            clip=None,
            notes=(
                f"Read a TorchScript {kind} of {len(layers)} layers, {activation} between them{before}; its code did "
                "not run.",
            ),
        )

    def _recurrent(self, exporter: dict[str, Any], name: str) -> Recurrent:
        """The recurrent layer of that name, which starts with zeros."""
        module = exporter.get(name)
        if _kind(module) not in _RECURRENT:
            self._refuse(f"its {name} is {_kind(module)}, expected an LSTM or a GRU")
        kind, call = _RECURRENT[_kind(module)]
        called = re.search(call + _USUAL, self._forward(module, "forward__0"))
        if called is None:
            self._refuse(
                f"its {_kind(module)} is not in one direction, with biases and without dropout: export such a one"
            )
        states = ("hidden_state", "cell_state") if kind == "lstm" else ("hidden_state",)
        starts = dense_arrays(self._file, {state: exporter.get(state) for state in states})
        if any(np.any(array != 0) for array in starts.values()):
            self._refuse("its hidden state does not start with zeros: export it before it has run")
        state = _state(module)
        parts = {name: part for name, part in state.items() if is_recurrent_part(name)}
        found = recurrent_network(self._path, dense_arrays(self._file, parts))
        if found.kind != kind or len(found.layers) != int(called[1]):
            self._refuse(
                f"the weights of its {_kind(module)} are those of another one ({found.kind.upper()} of "
                f"{len(found.layers)} layers)"
            )
        return found

    def _sequential(self, module: Any) -> tuple[list[tuple[str, Dense]], Activation]:
        if _kind(module) != "Sequential":
            self._refuse(f"its actor is {_kind(module)}, expected a Sequential")
        parts = {name: part for name, part in _state(module).items() if name.isdigit()}
        if (
            not parts
            or list(parts) != [str(i) for i in range(len(parts))]
            or self._forward(module) != _chain(len(parts))
        ):
            self._refuse("its Sequential does not call its modules one after the other")
        layers: list[tuple[str, Dense]] = []
        found: set[Activation] = set()
        for i, part in parts.items():
            if self._is_activation(part, int(i), len(parts)):
                found.add(_ACTIVATIONS[_kind(part)][1])
            else:
                layers.append((i, self._linear(i, part)))
        if len(found) > 1:
            self._refuse(f"it has different activations ({', '.join(sorted(found))}); bbconvert's networks have one")
        return layers, next(iter(found), "linear")

    def _is_activation(self, part: Any, place: int, count: int) -> bool:
        """Activations stand at every second place, and not at the end."""
        if place % 2 == 0:
            return False
        text, _ = _ACTIVATIONS.get(_kind(part), ("", "linear"))
        if not text or self._forward(part) != text or place == count - 1:
            self._refuse(
                f"{_kind(part)} stands at {place}, where one of {', '.join(_ACTIVATIONS)} may stand, unchanged"
            )
        return True

    def _linear(self, name: str, part: Any) -> Dense:
        if _kind(part) != "Linear" or self._forward(part) != _LINEAR:
            self._refuse(f"{_kind(part)} stands at {name}, where a Linear is expected")
        state = _state(part)
        arrays = dense_arrays(self._file, {key: state.get(key) for key in ("weight", "bias")})
        require_mlp(self._path, {f"{name}.{key}": array for key, array in arrays.items()})
        return dense_layer(self._path, name, arrays["weight"], arrays["bias"])

    def _forward(self, module: Any, method: str = "forward") -> str:
        """The body of the class's `forward`, each run of white space one space."""
        if not isinstance(module, Instance) or not module.made_by.name.startswith(_OURS):
            self._refuse("it holds a value that is not a module")
        place, _, kind = module.made_by.name.rpartition(".")
        entry = f"{self._folder}{_CODE}{place.replace('.', '/')}.py"
        if entry not in self._entries.names:
            raise MalformedPickleError(f"it has no code of {kind[:60]}")
        code = self._entries.read(entry, _MOST_CODE).decode("utf-8", errors="replace")
        _, found, rest = code.partition(f"class {kind}(Module):\n")
        own, _, _ = rest.partition("\nclass ")
        _, defined, forward = own.partition(f"  def {method}(self")
        body, _, _ = forward.partition(":\n    ")[2].partition("\n  def ")
        if not (found and defined and body):
            self._refuse(f"{kind[:60]} has no forward from a Tensor to a Tensor")
        return " ".join(body.split())

    def _refuse(self, why: str) -> NoReturn:
        raise BBConvertError(
            f"{self._path} is a TorchScript archive that is not a plain MLP: {why}. Save its weights as a "
            "state_dict, or export it to ONNX."
        )


def _kind(module: Any) -> str:
    """The name of the module's class."""
    match module:
        case Instance(Global(name)):
            return name.rpartition(".")[2][:60]
    return type(module).__name__


def _state(module: Any) -> dict[str, Any]:
    match module:
        case Instance(_, _, state=dict(state)):
            return {name: part for name, part in state.items() if isinstance(name, str)}
    return {}


def _chain(count: int) -> str:
    """`forward` of a Sequential of so many modules, as torch writes it."""
    lines = [f'_{i} = getattr(self, "{i}")' for i in range(count)]
    before = "input"
    for i in range(count - 1):
        lines.append(f"input{i} = (_{i}).forward({before}, )")
        before = f"input{i}"
    return " ".join([*lines, f"return (_{count - 1}).forward({before}, )"])
