"""What `inspect` shows of a checkpoint file."""

from pathlib import Path
from typing import Any

from bbconvert.convert.checkpoints import read_checkpoint
from bbconvert.convert.checkpoints.checkpoint import Checkpoint
from bbconvert.convert.checkpoints.file_format import file_format
from bbconvert.convert.checkpoints.state_dict import UnsaidError
from bbconvert.convert.progress import Progress


def checkpoint_facts(path: Path, _progress: Progress) -> dict[str, Any]:
    """Format, library, sizes and so on, as JSON data.

    Raises:
        BBConvertError: as `read_checkpoint`, but for what a file of plain weights does not say.
    """
    kind = file_format(path)
    try:
        checkpoint = read_checkpoint(path)
    except UnsaidError as error:
        size, *_, actions = error.layers
        sizes = {"observation_size": size, "action_size": actions, "layers": error.layers}
        return {"format": kind, **sizes, "activation": None, "next": str(error)}
    return {"format": kind, **_facts(checkpoint), "next": f"bbconvert convert {path} --env ENV_ID"}


def _facts(checkpoint: Checkpoint) -> dict[str, Any]:
    network = checkpoint.network
    statistics = "saved" if checkpoint.statistics else "not saved: estimated when converted"
    return {
        "library": checkpoint.library,
        "algorithm": checkpoint.algorithm,
        "observation_size": network.inputs,
        "action_size": network.actor.widths[-1],
        "layers": [network.actor.inputs, *network.actor.widths],
        "activation": network.actor.activation,
        "output": "clipped to the bounds" if network.squash is None else "tanh, stretched to the bounds",
        "parameters": network.parameters,
        "critic": network.critic is not None,
        "normalizes": checkpoint.normalizes,
        "statistics": statistics if checkpoint.normalizes else None,
        "notes": " ".join(checkpoint.notes) or None,
    }
