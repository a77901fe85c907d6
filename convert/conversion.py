"""From a checkpoint file to a verified bundle, in a child process unless the file is one's own."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bbconvert.convert.checkpoints.checkpoint import Unsaid
from bbconvert.convert.files.whole_folder import whole_folder
from bbconvert.convert.manifest import FILENAME, NormalizationMode, Published, Source
from bbconvert.convert.progress import Progress
from bbconvert.convert.safety.limits import CONVERSION
from bbconvert.convert.safety.sandbox import run_function


@dataclass(frozen=True)
class EarlierStage:
    """The checkpoint of an earlier stage of the training, and what the curve says of that moment."""

    checkpoint: Path
    steps: int
    episode_return: float | None = None
    episode_length: float | None = None


@dataclass(frozen=True)
class Learned:
    """A training run: its stages, all its control steps, and the curve (steps, mean return)."""

    stages: tuple[EarlierStage, ...]
    steps: int
    curve: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class RobotFiles:
    """What a robot's policy was deployed with.

    Args:
        scene: its MJCF.
        loop: the file that describes the control loop.
        triangles: of a mesh that is only drawn, at most; None: as many as it has.
    """

    scene: Path
    loop: Path
    triangles: int | None


@dataclass(frozen=True)
class Conversion:
    """What is converted, and how.

    Args:
        checkpoint: the file.
        env_id: as the policy's author wrote it.
        env_kwargs: of the environment's constructor.
        source: where the file came from; its reader fills in `library` and `algorithm`.
        name: the bundle's, which fits a folder.
        title: the bundle's, for people; empty: the robot's.
        normalization: None: as training did, frozen where it normalised.
        vec_normalize: Stable-Baselines3's statistics; None: those beside the file, where there are any.
        unsaid: what a file of plain weights does not say about its network.
        published: what the model card says.
        learned: how it was trained, where the run is at hand.
        robot: scene and control loop, where it is a robot's; then `env_id` is only its name.
    """

    checkpoint: Path
    env_id: str
    source: Source
    name: str
    title: str
    env_kwargs: dict[str, Any] = field(default_factory=dict)
    normalization: NormalizationMode | None = None
    vec_normalize: Path | None = None
    unsaid: Unsaid | None = None
    published: Published | None = None
    learned: Learned | None = None
    robot: RobotFiles | None = None


def convert_checkpoint(conversion: Conversion, out: Path, *, force: bool, sandbox: bool, progress: Progress) -> Path:
    """Writes and verifies the bundle, and puts it at `out`; whole or not at all.

    Args:
        conversion: what to convert.
        out: the bundle's folder.
        force: replace a bundle that is there.
        sandbox: in a child process with limits; else in this one.
        progress: told how far it is.

    Raises:
        BBConvertError: whatever was wrong with the checkpoint, the environment or the output folder.
    """
    with whole_folder(out, force=force, kind="bundle", marker=FILENAME) as folder:
        run_function(
            "bbconvert.convert.pipeline:write_bundle",
            conversion,
            folder,
            doing=f"Converting {conversion.checkpoint.name}",
            limits=CONVERSION if sandbox else None,
            progress=progress,
        )
    return out
