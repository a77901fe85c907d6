"""TorchScript archives: read as data, held to torch running them; what is not a plain MLP is refused by name."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.numpy_network import network_outputs, numpy_outputs

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*is deprecated:DeprecationWarning")

ACTIVATIONS = {
    "tanh": nn.Tanh(),
    "relu": nn.ReLU(),
    "elu": nn.ELU(),
    "silu": nn.SiLU(),
    "gelu": nn.GELU(),
    "leaky_relu": nn.LeakyReLU(),
    "sigmoid": nn.Sigmoid(),
    "selu": nn.SELU(),
    "softplus": nn.Softplus(),
}


class Exporter(nn.Module):
    """As Isaac Lab exports a policy of rsl_rl."""

    def __init__(self, actor: nn.Module, normalizer: nn.Module | None = None) -> None:
        super().__init__()
        self.actor = actor
        self.normalizer = normalizer or nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The action."""
        return self.actor(self.normalizer(x))  # type: ignore[no-any-return]


class LeggedGym(nn.Module):
    """As legged_gym exports a policy with an LSTM."""

    def __init__(self, memory: nn.RNNBase, actor: nn.Module) -> None:
        super().__init__()
        self.actor = actor
        self.memory = memory
        self.hidden_state: torch.Tensor
        self.cell_state: torch.Tensor
        self.register_buffer("hidden_state", torch.zeros(memory.num_layers, 1, 8))
        self.register_buffer("cell_state", torch.zeros(memory.num_layers, 1, 8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The action."""
        out, (h, c) = self.memory(x.unsqueeze(0), (self.hidden_state, self.cell_state))
        self.hidden_state[:] = h
        self.cell_state[:] = c
        return self.actor(out.squeeze(0))  # type: ignore[no-any-return]


class IsaacLab(nn.Module):
    """As Isaac Lab exports one with an LSTM or a GRU."""

    def __init__(self, rnn: nn.RNNBase, actor: nn.Module) -> None:
        super().__init__()
        self.actor = actor
        self.normalizer = nn.Identity()
        self.rnn = rnn
        self.hidden_state: torch.Tensor
        self.cell_state: torch.Tensor
        self.register_buffer("hidden_state", torch.zeros(rnn.num_layers, 1, 8))
        if isinstance(rnn, nn.LSTM):
            self.register_buffer("cell_state", torch.zeros(rnn.num_layers, 1, 8))
        self.forward = self.forward_lstm if isinstance(rnn, nn.LSTM) else self.forward_gru

    def forward_lstm(self, x: torch.Tensor) -> torch.Tensor:
        """The action behind an LSTM."""
        x = self.normalizer(x)
        x, (h, c) = self.rnn(x.unsqueeze(0), (self.hidden_state, self.cell_state))
        self.hidden_state[:] = h
        self.cell_state[:] = c
        x = x.squeeze(0)
        return self.actor(x)  # type: ignore[no-any-return]

    def forward_gru(self, x: torch.Tensor) -> torch.Tensor:
        """The action behind a GRU."""
        x = self.normalizer(x)
        x, h = self.rnn(x.unsqueeze(0), self.hidden_state)
        self.hidden_state[:] = h
        x = x.squeeze(0)
        return self.actor(x)  # type: ignore[no-any-return]


class Remembering(nn.Module):
    """Has an LSTM, and forgets."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = nn.LSTM(4, 8)
        self.actor = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The action."""
        return self.actor(self.memory(x)[0])  # type: ignore[no-any-return]


def _head() -> nn.Sequential:
    return nn.Sequential(nn.Linear(8, 4), nn.ELU(), nn.Linear(4, 2))


def _ran(module: LeggedGym) -> LeggedGym:
    module(torch.ones(1, 6))
    return module


def _mlp(*activations: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    a, b = activations if len(activations) == 2 else activations * 2
    return nn.Sequential(nn.Linear(6, 16), a, nn.Linear(16, 8), b, nn.Linear(8, 3))


def _saved(module: nn.Module, path: Path) -> Path:
    torch.jit.save(torch.jit.script(module), str(path))
    return path


def _loaded(path: Path) -> nn.Module:
    """What torch makes of the file, in float64."""
    module: nn.Module = torch.jit.load(str(path))  # type: ignore[no-untyped-call]
    return module.double()


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("exported", [False, True])
def test_an_mlp_has_the_outputs_that_torch_gives(name: str, exported: bool, tmp_path: Path) -> None:
    module = _mlp(ACTIVATIONS[name])
    path = _saved(Exporter(module) if exported else module, tmp_path / "policy.pt")

    checkpoint = read_checkpoint(path)

    assert checkpoint.network.actor.activation == name
    x = np.random.default_rng(0).normal(size=(64, 6))
    with torch.no_grad():
        expected = _loaded(path)(torch.as_tensor(x)).numpy()
    np.testing.assert_allclose(numpy_outputs(checkpoint.network.actor, x), expected, atol=1e-12)
    assert "its code did not run" in checkpoint.notes[0]


def test_a_real_policy_of_isaac_lab_has_the_outputs_that_torch_gives(shared_robots: Path) -> None:
    path = shared_robots / "rl_sar" / "policy" / "go2" / "robot_lab" / "policy.pt"
    actor = read_checkpoint(path).network.actor
    assert (actor.inputs, actor.widths, actor.activation) == (45, [512, 256, 128, 12], "elu")
    x = np.random.default_rng(0).normal(size=(64, 45))
    with torch.no_grad():
        expected = _loaded(path)(torch.as_tensor(x)).numpy()
    np.testing.assert_allclose(numpy_outputs(actor, x), expected, atol=1e-12)


@pytest.mark.parametrize(
    "module",
    [
        LeggedGym(nn.LSTM(6, 8), _head()),
        IsaacLab(nn.LSTM(6, 8), _head()),
        IsaacLab(nn.GRU(6, 8), _head()),
        LeggedGym(nn.LSTM(6, 8, 2), _head()),
        IsaacLab(nn.GRU(6, 8, 3), _head()),
    ],
    ids=["legged_gym", "lstm", "gru", "two layers", "three layers"],
)
def test_a_recurrent_policy_has_the_outputs_that_torch_gives(module: nn.Module, tmp_path: Path) -> None:
    path = _saved(module, tmp_path / "policy.pt")
    checkpoint = read_checkpoint(path)
    assert "behind a" in checkpoint.notes[0]
    x = np.random.default_rng(0).normal(size=(50, 6))
    loaded = _loaded(path)
    with torch.no_grad():
        expected = [loaded(torch.as_tensor(row[None])).numpy()[0] for row in x]
    np.testing.assert_allclose(network_outputs(checkpoint.network, x), expected, atol=1e-12)


@pytest.mark.parametrize("robot", ["g1", "h1"])
def test_unitrees_own_policies_answer_what_they_did_when_they_were_recorded(robot: str, shared_robots: Path) -> None:
    folder = shared_robots / "unitree_rl_gym" / robot
    network = read_checkpoint(folder / "motion.pt").network
    record = np.load(folder / "record.npz")
    loaded = _loaded(folder / "motion.pt")
    x = record["observation"].astype(np.float64)
    with torch.no_grad():
        expected = [loaded(torch.as_tensor(row[None])).numpy()[0] for row in x]
    np.testing.assert_allclose(network_outputs(network, x), expected, atol=1e-12)
    # The script computes in float32.
    np.testing.assert_allclose(network_outputs(network, x), record["action"], atol=3e-6)


class Doubling(nn.Module):
    """Not a wiring that is known."""

    def __init__(self) -> None:
        super().__init__()
        self.actor = _mlp(nn.Tanh())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The action, twice as large."""
        return 2 * self.actor(x)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (Remembering(), "Remembering.forward is not of a known wiring"),
        (Doubling(), "Doubling.forward is not of a known wiring (a Sequential, or the exporters of Isaac Lab and of"),
        (LeggedGym(nn.LSTM(6, 8, num_layers=1, bias=False), _head()), "its LSTM is not in one direction, with biases"),
        (LeggedGym(nn.LSTM(6, 8), nn.Sequential(nn.Linear(8, 2), nn.ELU())), "ELU stands at 1"),
        (_ran(LeggedGym(nn.LSTM(6, 8), _head())), "its hidden state does not start with zeros"),
        (Exporter(_mlp(nn.Tanh()), nn.LayerNorm(6)), "its normalizer is LayerNorm, expected Identity"),
        (Exporter(nn.Linear(6, 3)), "its actor is Linear, expected a Sequential"),
        (_mlp(nn.ELU(0.5)), "ELU stands at 1, where one of Tanh"),
        (_mlp(nn.Tanh(), nn.ReLU()), "it has different activations (relu, tanh)"),
        (nn.Sequential(nn.Linear(6, 3), nn.Tanh()), "Tanh stands at 1"),
        (nn.Sequential(nn.Linear(6, 6), nn.Dropout(), nn.Linear(6, 3)), "Dropout stands at 1"),
        (nn.Sequential(nn.Tanh(), nn.Tanh(), nn.Linear(6, 3)), "Tanh stands at 0, where a Linear is expected"),
    ],
)
def test_what_is_no_plain_mlp_is_refused_by_name(module: nn.Module, words: str, tmp_path: Path) -> None:
    with pytest.raises(BBConvertError, match=re.escape(words)):
        read_checkpoint(_saved(module, tmp_path / "policy.pt"))


def _edited(path: Path, change: str, old: bytes, new: bytes) -> Path:
    """The archive with one of its files changed."""
    content = io.BytesIO()
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(content, "w") as after:
        for entry in before.namelist():
            data = before.read(entry)
            after.writestr(entry, data.replace(old, new) if entry.endswith(change) else data)
    path.write_bytes(content.getvalue())
    return path


def test_code_that_was_changed_is_not_believed(tmp_path: Path) -> None:
    path = _saved(_mlp(nn.Tanh()), tmp_path / "policy.pt")
    _edited(path, "activation.py", b"torch.tanh(input)", b"torch.sin(input)")
    with pytest.raises(BBConvertError, match="Tanh stands at 1, where one of"):
        read_checkpoint(path)


def test_a_pickle_with_another_global_is_not_loaded(tmp_path: Path) -> None:
    path = _saved(_mlp(nn.Tanh()), tmp_path / "policy.pt")
    _edited(path, "data.pkl", b"c__torch__.torch.nn.modules.container\nSequential", b"cos\nsystem")
    with pytest.raises(BBConvertError, match=r"asks to call os\.system, and was not loaded: nothing in it ran"):
        read_checkpoint(path)


def test_an_archive_that_is_cut_short_is_refused_in_words(tmp_path: Path) -> None:
    path = _saved(_mlp(nn.Tanh()), tmp_path / "policy.pt")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(BBConvertError, match="damaged or cut short"):
        read_checkpoint(path)
