"""What a network is held to: NumPy's forward pass has torch's numbers, and `verify` says which of the two it used."""

import shutil
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch

from bbconvert.convert.activation import Activation
from bbconvert.convert.numpy_network import activate, numpy_outputs
from bbconvert.convert.shipped import CART_POLE_BUNDLE
from bbconvert.convert.torch_network import activation_module, torch_module
from bbconvert.convert.verify import verify
from tests.support.networks import seeded_mlp

NUMBERS = np.concatenate([np.linspace(-40, 40, 20_001), [0.0, -0.0, 1e-30, -1e-30, 1e30, -1e30]])


@pytest.mark.parametrize("activation", get_args(Activation))
def test_every_activation_has_torchs_numbers(activation: Activation) -> None:
    module = activation_module(activation)
    with torch.no_grad():
        double = module(torch.from_numpy(NUMBERS)).numpy()
        single = module(torch.from_numpy(NUMBERS.astype(np.float32))).numpy()

    # torch's softplus is x itself beyond 20, which is off by 2e-9.
    np.testing.assert_allclose(
        activate(activation, NUMBERS), double, rtol=1e-12, atol=3e-9 if activation == "softplus" else 1e-14
    )
    np.testing.assert_allclose(activate(activation, NUMBERS.astype(np.float32)), single, rtol=2e-6, atol=1e-6)
    assert activate(activation, NUMBERS.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("activation", get_args(Activation))
def test_a_network_has_torchs_outputs_in_both_precisions(activation: Activation) -> None:
    mlp = seeded_mlp(4, (17, 64, 33, 6), activation)
    x = np.random.default_rng(0).normal(0, 2, (200, 17)).astype(np.float32)
    module = torch_module(mlp)
    with torch.no_grad():
        single = module(torch.from_numpy(x)).numpy()
        double = module.double()(torch.from_numpy(x).double()).numpy()

    np.testing.assert_allclose(
        numpy_outputs(mlp, x.astype(np.float64)), double, rtol=0, atol=1e-9 if activation == "softplus" else 1e-13
    )
    np.testing.assert_allclose(numpy_outputs(mlp, x), single, rtol=0, atol=1e-4)
    assert numpy_outputs(mlp, x).dtype == np.float32


def test_verify_says_what_it_compared_with(monkeypatch: pytest.MonkeyPatch) -> None:
    with_torch = verify(CART_POLE_BUNDLE, "network").checks
    assert any("in torch" in check.name for check in with_torch)

    monkeypatch.setitem(sys.modules, "torch", None)  # as where it is not installed
    without = verify(CART_POLE_BUNDLE, "network").checks

    assert [check for check in without if not check.ok] == []
    assert [check.name.replace("NumPy", "torch") for check in without] == [check.name for check in with_torch]
    assert not any("torch" in check.name for check in without)


def test_a_wrong_weight_is_found_without_torch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:

    folder = shutil.copytree(CART_POLE_BUNDLE, tmp_path / "bundle")
    weights = folder / "tfjs" / "weights.bin"
    numbers = np.frombuffer(weights.read_bytes(), "<f4").copy()
    numbers[3] += 0.25
    weights.write_bytes(numbers.tobytes())
    monkeypatch.setitem(sys.modules, "torch", None)

    failed = [check.name for check in verify(folder, "network").checks if not check.ok]

    assert any("in NumPy" in name for name in failed)
