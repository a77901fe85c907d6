"""Networks of every kind that `policy.onnx` can hold, with what ONNX Runtime and torch answer, for the kernel."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from safetensors.numpy import save_file

from bbconvert.convert.activation import Activation
from bbconvert.convert.export.onnx_export import export_onnx
from bbconvert.convert.export.tfjs_export import export_tfjs
from bbconvert.convert.manifest import Action, Normalization
from bbconvert.convert.network import PolicyNetwork, Recurrent, RecurrentKind, Squash
from bbconvert.convert.rollout.policy import onnx_session, outputs_of
from tests.support.networks import seeded_mlp, seeded_recurrent

ROWS = 2200
"""Observations of each network: where activations are curved, and where they saturate."""
FAR_ROWS = 200
"""Observations thousands of standard deviations away, for ONNX Runtime Web alone.

Where terms of 1e5 cancel, native and Web differ by more than float32 rounds away.
"""
Arrays = dict[str, np.ndarray[Any, Any]]


@dataclass(frozen=True)
class Kind:
    """One network: its layers, and what stands before and after them."""

    sizes: tuple[int, ...]
    activation: Activation
    normalization: str = "none"
    transform: str = "clip"
    extras: bool = False
    recurrent: RecurrentKind | None = None
    hidden: int = 0
    stacked: int = 1


KINDS = [
    *(Kind((11, 64, 64, 20), activation, "frozen", "clip") for activation in get_args(Activation)),
    *(Kind((23, 40, 24, 17), activation, "running", "tanh", extras=True) for activation in get_args(Activation)),
    # Sizes at and around what the kernel and ONNX Runtime's matrix product take at once.
    Kind((1, 1, 1), "tanh"),
    Kind((15, 16, 17, 1), "tanh"),
    Kind((17, 7), "linear", "none", "tanh"),
    Kind((128, 255, 257, 33), "relu", "frozen", "pre_clip", extras=True),
    Kind((376, 512, 512, 17), "tanh", "frozen", "clip", extras=True),
    Kind((1030, 1100, 20), "tanh", "running", "clip"),
    Kind((27, 400, 300, 8), "relu", "none", "tanh"),
    Kind((348, 256, 256, 17), "silu", "frozen", "pre_clip"),
    Kind((47, 32, 12), "elu", recurrent="lstm", hidden=64),
    Kind((5, 3), "linear", "frozen", "tanh", recurrent="lstm", hidden=7),
    Kind((47, 32, 12), "elu", recurrent="gru", hidden=64),
    Kind((11, 20, 3), "tanh", "running", "pre_clip", extras=True, recurrent="gru", hidden=33),
    Kind((9, 12, 4), "elu", recurrent="lstm", hidden=19, stacked=2),
    Kind((9, 12, 4), "elu", recurrent="gru", hidden=19, stacked=3),
]


def _recurrent(seed: int, kind: Kind) -> Recurrent | None:
    if kind.recurrent is None:
        return None
    return seeded_recurrent(seed, kind.recurrent, kind.sizes[0], kind.hidden, kind.stacked)


def write_networks(root: Path) -> None:
    """A folder a network: `policy.onnx`, `manifest.json`, `expected.safetensors`, and `tfjs/` of the stacked ones.

    The last has `observation` [ROWS + FAR_ROWS, n] float64; `action` [ROWS, m] float32 of native ONNX Runtime, one
    observation at a time; and `obs_mean` and `obs_var` [n] of mode `running`.
    """
    for seed, kind in enumerate(KINDS):
        folder = root / f"{seed:02d}-{kind.recurrent or 'mlp'}-{kind.activation}-{kind.normalization}-{kind.transform}"
        folder.mkdir(parents=True)
        rng = np.random.default_rng(seed)
        n, m = kind.sizes[0], kind.sizes[-1]
        recurrent = _recurrent(seed, kind)
        sizes = kind.sizes if recurrent is None else (kind.hidden, *kind.sizes[1:])
        actor = seeded_mlp(seed, sizes, kind.activation)
        action = _action(kind, m, rng)
        squash = None
        if action.transform == "tanh":
            squash = Squash(np.array(action.scale, np.float32), np.array(action.bias, np.float32))
        network = PolicyNetwork(
            actor,
            squash,
            log_std=rng.normal(-1, 0.3, m).astype(np.float32) if kind.extras else None,
            critic=seeded_mlp(seed + 1000, (n, 48, 1), kind.activation) if kind.extras and not recurrent else None,
            pre_clip=action.pre_clip,
            recurrent=recurrent,
        )
        zeroed = [(1, 3), (n - 2, n)] if kind.extras and n > 5 else []
        model = export_onnx(network, _normalization(kind, n, rng), action, {}, zeroed)
        (folder / "policy.onnx").write_bytes(model.SerializeToString())
        manifest = {
            "network": {
                "activation": kind.activation,
                "layers": actor.widths,
                "recurrent": None
                if recurrent is None
                else {"kind": recurrent.kind, "hidden": recurrent.hidden, "layers": len(recurrent.layers)},
            },
            "observation": {"size": n},
            "action": action.model_dump(),
            "normalization": {"mode": "none"},
        }
        if kind.stacked > 1:
            export_tfjs(network, folder / "tfjs")
        (folder / "manifest.json").write_text(json.dumps(manifest))
        feeds: Arrays = {}
        if kind.normalization == "running":
            feeds = {"obs_mean": rng.normal(0, 1, n), "obs_var": rng.uniform(0.01, 4, n)}
        observations = rng.normal(0, 1, (ROWS + FAR_ROWS, n)) * rng.choice([1e-3, 0.3, 1, 3], (ROWS + FAR_ROWS, 1))
        observations[ROWS:] *= 1e4
        session = onnx_session(model)
        if recurrent is None:
            actions = [
                session.run(["action"], {"observation": row[None], **feeds})[0][0] for row in observations[:ROWS]
            ]
        else:
            actions = list(outputs_of(session, ["action"], observations[:ROWS], feeds)[0])
        arrays = {"observation": observations, "action": np.array(actions), **feeds}
        save_file(arrays, folder / "expected.safetensors")


def _action(kind: Kind, m: int, rng: np.random.Generator) -> Action:
    squashed = kind.transform == "tanh"
    return Action(
        size=m,
        low=(-rng.uniform(0.4, 1.5, m)).tolist(),
        high=rng.uniform(0.4, 1.5, m).tolist(),
        transform="tanh" if squashed else "clip",
        scale=rng.uniform(0.5, 2, m).astype(np.float32).tolist() if squashed else None,
        bias=rng.normal(0, 0.1, m).astype(np.float32).tolist() if squashed else None,
        pre_clip=0.7 if kind.transform == "pre_clip" else None,
        names=[f"joint {i}" for i in range(m)],
    )


def _normalization(kind: Kind, n: int, rng: np.random.Generator) -> Normalization:
    if kind.normalization == "none":
        return Normalization(mode="none")
    if kind.normalization == "running":
        return Normalization(mode="running", count=1e-4)
    mean, var = rng.normal(0, 1, n).tolist(), rng.uniform(1e-4, 9, n).tolist()
    return Normalization(mode="frozen", mean=mean, var=var, clip=10.0)
