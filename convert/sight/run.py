"""`bbconvert train-pose`: from a bundle to one whose policy can see, with what came in between."""

import csv
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from gymnasium.envs.mujoco.mujoco_env import MujocoEnv
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save

from bbconvert.convert.bundle.bundle import POSE, README, Bundle, write_manifest
from bbconvert.convert.bundle.proof import proof_files
from bbconvert.convert.bundle.readme import bundle_readme
from bbconvert.convert.environments.environment import rebuild_environment
from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.files.whole_folder import whole_folder
from bbconvert.convert.manifest import FILENAME, AttitudeError, Estimator, Lens, Manifest
from bbconvert.convert.rollout.estimator import AttitudeEstimator, noise_pictures
from bbconvert.convert.sight.lens import Seen, seen_body
from bbconvert.convert.sight.network import PoseNetwork, export_pose, parameters
from bbconvert.convert.sight.pictures import Pixels, darkroom, take_pictures
from bbconvert.convert.sight.training import Errors, as_numbers, errors_of, train_network
from bbconvert.convert.verify.network import pose_checks

PICTURES = "pictures.safetensors"
CURVE = "curve.csv"
ESTIMATOR = "estimator.json"
"""The manifest's section on `pose.onnx`."""
CONTACT_SHEET = "contact-sheet.png"
BUNDLE = "bundle"
RECORDED = 4
"""Pictures of noise whose outputs the manifest records."""
SHEET = (8, 12)
"""Rows and columns of the contact sheet."""


@dataclass(frozen=True)
class Plan:
    """A training.

    Args:
        body: what is seen.
        pictures: how many the network learns from, and `held_out`: how many it is measured by.
        size: pixels of a picture's side, a multiple of 16.
        epochs: how often each picture is shown.
        seed: of attitudes, lights, weights and order.
    """

    body: str
    pictures: int = 22_000
    held_out: int = 2_000
    size: int = 64
    epochs: int = 40
    seed: int = 0


@dataclass(frozen=True)
class Report:
    """What a training is told with: each is called with what is done, of the whole."""

    pictures: Callable[[int], None]
    epoch: Callable[[int, float, Errors], None]


def train_pose(bundle: Bundle, plan: Plan, out: Path, report: Report) -> Path:
    """Draws the pictures into `out` (or takes those that are there), trains, and writes the bundle `out/bundle`.

    Raises:
        UsageError: the plan does not fit the bundle.
        BBConvertError: no browser, or something else lies in `out`.
    """
    torch.set_num_threads(2)
    names = seen_terms(bundle, plan.body)
    env = cast("MujocoEnv", rebuild_environment(bundle.manifest, bundle.folder).unwrapped)
    seen = seen_body(env.model, plan.body)
    lens = seen.lens(plan.size)
    out.mkdir(parents=True, exist_ok=True)
    pictures, attitudes = _pictures(bundle, seen, lens, plan, out, report)
    _contact_sheet(pictures, out / CONTACT_SHEET)
    learned, kept = slice(plan.pictures), slice(plan.pictures, None)
    held_out = pictures[kept], attitudes[kept]
    curve: list[tuple[int, float, float, float]] = []

    def note(epoch: int, error: float, errors: Errors) -> None:
        curve.append((epoch, error, errors.median, errors.percentile_95))
        report.epoch(epoch, error, errors)

    axis = np.subtract(lens.position, lens.target)
    network = train_network(
        pictures[learned], attitudes[learned], held_out, axis, epochs=plan.epochs, seed=plan.seed, report=note
    )
    with (out / CURVE).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("epoch", "training", "median", "percentile_95"), *curve])
    content = export_pose(network).SerializeToString()
    estimator = _estimator(network, content, plan, lens, names, held_out)
    (out / POSE).write_bytes(content)
    (out / ESTIMATOR).write_text(estimator.model_dump_json(indent=1, by_alias=True) + "\n", encoding="utf-8")
    return add_sight(bundle, content, estimator, out / BUNDLE)


def seen_terms(bundle: Bundle, body: str) -> list[str]:
    """The observation terms that are that body's attitude.

    Raises:
        UsageError: there are none.
    """
    names = [
        term.name
        for term in bundle.manifest.observation.terms
        if term.source in ("xquat", "xmat") and term.body == body
    ]
    if not names:
        bodies = {term.body for term in bundle.manifest.observation.terms if term.source in ("xquat", "xmat")}
        choices = ", ".join(sorted(map(str, bodies))) or "none"
        raise UsageError(
            f"{bundle.manifest.name} observes no attitude of a body {body!r}. Bodies whose attitude it observes: "
            f"{choices}."
        )
    return names


def add_sight(bundle: Bundle, content: bytes, estimator: Estimator, out: Path, *, force: bool = True) -> Path:
    """A copy of the bundle that can see: `estimator` describes `content`, its `pose.onnx`; whole or not at all."""
    manifest = bundle.manifest
    values = manifest.model_dump(by_alias=True) | {
        "name": f"{manifest.name}-sight",
        "title": f"{manifest.title}, by sight",
        "estimator": estimator.model_dump(by_alias=True),
    }
    with whole_folder(out, force=force, kind="bundle", marker=FILENAME) as folder:
        shutil.copytree(bundle.folder, folder, dirs_exist_ok=True)
        (folder / POSE).write_bytes(content)
        seeing = Manifest.model_validate(values)
        seeing.parity.checks.extend(pose_checks(Bundle(folder, seeing)))
        write_manifest(folder, seeing)
        (folder / README).write_text(bundle_readme(seeing), encoding="utf-8")
        for name, text in proof_files(Bundle(folder, seeing)).items():
            (folder / name).write_text(text, encoding="utf-8")
    return out


def _pictures(
    bundle: Bundle, seen: Seen, lens: Lens, plan: Plan, out: Path, report: Report
) -> tuple[Pixels, NDArray[np.float64]]:
    """Those of the plan: drawn, or drawn before."""
    path = out / PICTURES
    total = plan.pictures + plan.held_out
    drawn_by = {
        "bundle": bundle.manifest.name,
        "body": plan.body,
        "lens": json.dumps(lens.model_dump()),
        "seed": str(plan.seed),
        "pictures": str(total),
    }
    if path.is_file():
        with safe_open(path, "numpy") as file:
            if file.metadata() != drawn_by:
                raise BBConvertError(f"{path} has the pictures of another training. Choose another folder with --out.")
            report.pictures(total)
            return file.get_tensor("picture"), file.get_tensor("attitude")
    with darkroom(bundle, seen, lens) as draw:
        pictures, attitudes = take_pictures(draw, total, np.random.default_rng(plan.seed), report.pictures)
    part = path.with_suffix(".part")
    part.write_bytes(save({"picture": pictures, "attitude": attitudes}, drawn_by))
    part.replace(path)
    return pictures, attitudes


def _contact_sheet(pictures: Pixels, path: Path) -> None:
    from PIL import Image

    rows, columns = SHEET
    count = rows * columns
    if len(pictures) < count:
        return
    size = pictures.shape[1]
    sheet = pictures[:count].reshape(rows, columns, size, size, 3).transpose(0, 2, 1, 3, 4)
    Image.fromarray(sheet.reshape(rows * size, columns * size, 3)).save(path, optimize=True)


def _estimator(
    network: PoseNetwork,
    content: bytes,
    plan: Plan,
    lens: Lens,
    names: list[str],
    held_out: tuple[Pixels, NDArray[np.float64]],
) -> Estimator:
    noise = noise_pictures(lens.width, lens.height, RECORDED)
    with torch.no_grad():
        recorded = network(as_numbers(noise)).numpy()
    AttitudeEstimator(content).numbers(noise[0])
    errors = errors_of(network, *held_out)
    return Estimator(
        body=plan.body,
        terms=names,
        lens=lens,
        parameters=parameters(network),
        error=AttitudeError(
            median=round(errors.median, 3), percentile_95=round(errors.percentile_95, 3), pictures=len(held_out[0])
        ),
        recorded=[[float(x) for x in row] for row in recorded],
    )
