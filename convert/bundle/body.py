"""A body to train in the tab: a bundle's manifest and scene without a policy, made when it is first asked for."""

import json
import tempfile
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from bbconvert.convert.bundle.bundle import MANIFEST, SCENE, write_manifest
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.manifest import Action, Manifest, Network, Normalization, Source
from bbconvert.convert.safety.file_inside import file_inside

if TYPE_CHECKING:
    from bbconvert.convert.environments.environment import EnvironmentSpec

BODIES = "bodies"
EXPORTED = ("InvertedPendulum-v5", "Hopper-v5", "HalfCheetah-v5", "Walker2d-v5")
"""What an exported site carries beside the environments of its bundles: small bodies that learn within minutes."""
NO_POLICY = "none"
"""The source's library in the manifest of a body."""


def trainable_ids() -> list[str]:
    """The ids that `gymnasium.make` builds here, bbconvert's own first."""
    from bbconvert.convert.environments.registry import ENVIRONMENTS

    return sorted(ENVIRONMENTS, key=lambda env_id: ("/" not in env_id, env_id))


def body_name(env_id: str) -> str:
    """What its folder is called: the id without the namespace."""
    return env_id.rsplit("/", 1)[-1]


def write_body(env_id: str, folder: Path) -> Manifest:
    """Writes `bundle.json`, `scene.xml` and its files into `folder`, which is there.

    Raises:
        BBConvertError: bbconvert does not know the environment, or Gymnasium cannot build it.
    """
    from bbconvert.convert.environments.environment import environment_spec
    from bbconvert.convert.environments.scene_files import copy_scene

    spec = environment_spec(env_id, {})
    copy_scene(spec.scene, spec.env.assets, folder)
    manifest = body_manifest(spec, body_name(env_id), env_id)
    write_manifest(folder, manifest)
    return manifest


def body_manifest(spec: "EnvironmentSpec", name: str, title: str) -> Manifest:
    """The manifest of an environment without a policy."""
    n, m = spec.observation.size, spec.action_low.size
    return Manifest(
        version=1 if spec.env.control is None else 2,
        name=name,
        title=title,
        source=Source(filename="", sha256="", library=NO_POLICY, algorithm=NO_POLICY),
        env=spec.env,
        mujoco_version=version("mujoco"),
        observation=spec.observation,
        normalization=Normalization(mode="none"),
        action=Action(
            size=m,
            low=spec.action_low.tolist(),
            high=spec.action_high.tolist(),
            transform="clip",
            names=spec.action_names,
        ),
        network=Network(inputs=n, layers=[m], activation="linear", parameters=(n + 1) * m),
        created_with=f"bbconvert {version('bbconvert')}",
    )


def bodies_json(env_ids: Sequence[str]) -> str:
    """`bodies/index.json`: the ids, and the folder of each."""
    rows = [{"env_id": env_id, "name": body_name(env_id)} for env_id in env_ids]
    return json.dumps({"bodies": rows}, indent=1) + "\n"


class Bodies:
    """Bodies by their names, each written into a temporary folder when it is first asked for."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bbconvert-bodies-", ignore_cleanup_errors=True)
        self._lock = Lock()
        self._files: dict[str, list[str]] = {}

    @cached_property
    def index(self) -> str:
        """`bodies/index.json`."""
        return bodies_json(trainable_ids())

    def file(self, name: str, file: str) -> Path | None:
        """A file of the body, or None where there is none such.

        Raises:
            BBConvertError: the environment cannot be built.
        """
        env_id = next((env_id for env_id in trainable_ids() if body_name(env_id) == name), None)
        if env_id is None:
            return None
        folder = Path(self._folder.name) / name
        with self._lock:
            if name not in self._files:
                folder.mkdir(exist_ok=True)
                manifest = write_body(env_id, folder)
                self._files[name] = [MANIFEST, SCENE, *manifest.env.assets]
        return file_inside(folder, file) if file in self._files[name] else None


def known_body(text: str) -> str | None:
    """The name of the body of an environment that `text` names, with or without a namespace; None: it names none."""
    names = [body_name(env_id) for env_id in trainable_ids()]
    wanted = body_name(text)
    return wanted if wanted in names and (text == wanted or text in trainable_ids()) else None


def unknown_body(text: str) -> BBConvertError:
    """What to say of a text that names neither a bundle nor an environment."""
    choices = ", ".join(map(body_name, trainable_ids()))
    return BBConvertError(f"{text} is neither a bundle nor an environment that can be trained. Those are: {choices}")
