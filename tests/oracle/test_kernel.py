"""The page's kernel, bit for bit against ONNX Runtime, native and in WASM."""

from pathlib import Path

import pytest

from tests.support.kernel_networks import KINDS, ROWS, write_networks
from tests.support.vitest import run_parity


@pytest.mark.timeout(300)  # some 30 s on two idle cores
def test_the_kernel_has_the_bits_of_onnx_runtime(tmp_path: Path) -> None:
    assert sum(ROWS * kind.sizes[-1] for kind in KINDS) > 1_000_000

    write_networks(tmp_path)

    assert run_parity("kernel", tmp_path) == 3 * len(KINDS) + sum(kind.stacked > 1 for kind in KINDS)
