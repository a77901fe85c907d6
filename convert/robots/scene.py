"""A robot's scene as one XML with its meshes beside it: includes expanded, files found, pictures reduced.

Physics stays what it is: a mesh that a geom collides with is copied byte for byte, and numbers in the XML are never
written anew.
"""

import shutil
import struct
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import mujoco
import numpy as np
from numpy.typing import NDArray

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety.scene_file import require_safe_scene

Vertices = NDArray[np.float32]
Faces = NDArray[np.int32]

MESHES = "meshes"
TRIANGLES = 1500
"""Of a mesh that is only drawn."""
_FILE_TAGS = {"mesh": "meshdir", "hfield": "meshdir", "texture": "texturedir", "skin": "meshdir"}
_DEEPEST_INCLUDE = 16


@dataclass(frozen=True)
class RobotScene:
    """The scene as it was written: the XML's path, its files, and which meshes were reduced (name: before, after)."""

    path: Path
    assets: list[str]
    reduced: dict[str, tuple[int, int]] = field(default_factory=dict)


def write_scene(scene: Path, folder: Path, triangles: int | None = TRIANGLES) -> RobotScene:
    """Writes `scene.xml` and `meshes/` into `folder`, which is there.

    Args:
        scene: the MJCF file; what it includes and refers to is found beside it, or by name anywhere below its folder.
        folder: the bundle's.
        triangles: at most so many for a mesh that is only drawn; None: all.

    Raises:
        BBConvertError: a file is missing, two have one name, or MuJoCo cannot compile the scene.
    """
    root = _expanded(scene, scene.parent, 0)
    files = _gather(root, scene)
    xml = ET.tostring(root, encoding="utf-8")
    # MuJoCo keeps meshes by path and date: a file that it has seen must not be written again.
    with tempfile.TemporaryDirectory() as whole:
        before = _compiled(scene, Path(whole), xml, files)
    path = _put(folder, xml, files)
    reduced = {} if triangles is None else _reduce(before, root, folder, triangles)
    if reduced:
        _require_same_physics(before, mujoco.MjModel.from_xml_path(str(path)), scene)
    return RobotScene(path, sorted(f"{MESHES}/{name}" for name in files), reduced)


def _put(folder: Path, xml: bytes, files: dict[str, Path]) -> Path:
    """Writes the XML and its files; returns the XML's path."""
    (folder / MESHES).mkdir(exist_ok=True)
    for name, source in files.items():
        shutil.copyfile(source, folder / MESHES / name)
    path = folder / "scene.xml"
    path.write_bytes(xml)
    return path


def _compiled(scene: Path, folder: Path, xml: bytes, files: dict[str, Path]) -> mujoco.MjModel:
    """The scene with all its files as they are."""
    path = _put(folder, xml, files)
    require_safe_scene(folder, path.name)
    try:
        return mujoco.MjModel.from_xml_path(str(path))
    except ValueError as error:
        raise BBConvertError(f"MuJoCo cannot compile {scene}: {error}") from error


def _expanded(path: Path, folder: Path, depth: int) -> ET.Element:
    """The root of the XML, each `<include>` replaced by what the file's root holds."""
    if depth > _DEEPEST_INCLUDE:
        raise BBConvertError(f"{path} includes itself.")
    try:
        content = path.read_bytes()
        if b"<!DOCTYPE" in content:
            raise BBConvertError(f"{path} has a DOCTYPE, which a scene does not need.")
        root = ET.fromstring(content)  # noqa: S314  # without a DOCTYPE there are no entities to expand
    except (OSError, ET.ParseError) as error:
        raise BBConvertError(f"{path} cannot be read as MJCF: {error}") from error
    for parent in list(root.iter()):
        for at, child in reversed(list(enumerate(parent))):
            if child.tag == "include":
                inner = _expanded(_beside(folder, child.get("file", ""), path), folder, depth + 1)
                parent[at : at + 1] = list(inner)
    return root


def _beside(folder: Path, name: str, asking: Path) -> Path:
    """The file of that name: where it says, or the one of its last part below the folder."""
    stated = folder / name
    if stated.is_file():
        return stated
    found = sorted(folder.rglob(Path(name.replace("\\", "/")).name))
    if len(found) == 1:
        return found[0]
    where = ", ".join(str(path.relative_to(folder)) for path in found) or "nothing of that name"
    raise BBConvertError(
        f"{asking} refers to {name}, which is not at {stated}; below {folder} there is {where}. "
        "Copy the file beside the scene."
    )


def _gather(root: ET.Element, scene: Path) -> dict[str, Path]:
    """The files that assets name, by their names in `meshes/`; the XML refers to those from now on."""
    folders: dict[str, str] = {}
    for compiler in root.iter("compiler"):
        for name in ("meshdir", "texturedir", "assetdir"):
            value = compiler.attrib.pop(name, None)
            if value is not None:
                folders |= {"meshdir": value, "texturedir": value} if name == "assetdir" else {name: value}
    files: dict[str, Path] = {}
    for element in _with_files(root):
        stated = element.get("file", "")
        inside = Path(folders.get(_FILE_TAGS[element.tag], "")) / stated
        source = _beside(scene.parent, str(inside), scene)
        name = Path(stated.replace("\\", "/")).name
        if files.setdefault(name, source).read_bytes() != source.read_bytes():
            raise BBConvertError(f"{scene} uses two files called {name}: {files[name]} and {source}. Rename one.")
        element.set("file", f"{MESHES}/{name}")
    return files


def _with_files(root: ET.Element) -> Iterator[ET.Element]:
    return (element for element in root.iter() if element.tag in _FILE_TAGS and element.get("file"))


def _reduce(model: mujoco.MjModel, root: ET.Element, folder: Path, triangles: int) -> dict[str, tuple[int, int]]:
    """Writes meshes that are only drawn anew with fewer triangles; returns which, and how many before and after."""
    files = {_mesh_name(element): element.get("file", "") for element in root.iter("mesh") if element.get("file")}
    reduced = {}
    for mesh in range(model.nmesh):
        name, count = model.mesh(mesh).name, int(model.mesh_facenum[mesh])
        file = folder / files.get(name, "")
        if count <= triangles or _collides(model, mesh) or file.suffix.lower() != ".stl":
            continue
        vertices, faces = _read_stl(file)
        kept = _simplified(vertices, faces, triangles)
        _write_stl(file, vertices, kept)
        reduced[name] = (count, len(kept))
    return reduced


def _simplified(vertices: Vertices, faces: Faces, triangles: int) -> Faces:
    """At most so many faces [f, 3] of the same vertices, as near to the shape as meshoptimizer can."""
    try:
        import meshoptimizer
    except ImportError as error:
        raise BBConvertError(
            "meshoptimizer, which reduces the meshes that are only drawn, is not installed: "
            "pip install 'bbconvert[robots]'. Without it: --meshes full"
        ) from error
    indices = np.zeros(faces.size, np.uint32)
    count = meshoptimizer.simplify(
        indices, faces.astype(np.uint32).ravel(), vertices, target_index_count=3 * triangles, target_error=1.0
    )
    return indices[:count].reshape(-1, 3).astype(np.int32)


def _mesh_name(element: ET.Element) -> str:
    return element.get("name") or Path(element.get("file", "")).stem


def _collides(model: mujoco.MjModel, mesh: int) -> bool:
    """Whether a geom of this mesh can touch anything, or gives a body its mass."""
    of = (model.geom_dataid == mesh) & (model.geom_type == int(mujoco.mjtGeom.mjGEOM_MESH))
    paired = np.isin(np.arange(model.ngeom), np.concatenate([model.pair_geom1, model.pair_geom2]))
    return bool(np.any(of & ((model.geom_contype != 0) | (model.geom_conaffinity != 0) | paired)))


def _read_stl(path: Path) -> tuple[Vertices, Faces]:
    """Vertices [v, 3] float32, those at one place joined, and faces [f, 3] int32, of a binary STL."""
    content = path.read_bytes()
    (count,) = struct.unpack_from("<I", content, 80)
    rows = np.frombuffer(content, np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("x", "<u2")]), count, 84)
    vertices, index = np.unique(rows["corners"].reshape(-1, 3), axis=0, return_inverse=True)
    return vertices.astype(np.float32), index.reshape(-1, 3).astype(np.int32)


def _write_stl(path: Path, vertices: Vertices, faces: Faces) -> None:
    corners = vertices[faces].astype("<f4")
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    rows = np.zeros(len(faces), np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("x", "<u2")]))
    rows["normal"], rows["corners"] = normals / np.where(lengths > 0, lengths, 1), corners
    path.write_bytes(bytes(80) + struct.pack("<I", len(faces)) + rows.tobytes())


_PHYSICS = ("body_mass", "body_inertia", "body_ipos", "body_iquat", "dof_armature", "dof_damping", "dof_M0")
_COLLIDER = ("geom_size", "geom_pos", "geom_quat", "geom_friction", "geom_margin", "geom_solref", "geom_solimp")


def _require_same_physics(before: mujoco.MjModel, after: mujoco.MjModel, scene: Path) -> None:
    """Raises BBConvertError where reducing pictures changed what MuJoCo computes with."""
    for name in _PHYSICS:
        if not np.array_equal(getattr(before, name), getattr(after, name)):
            raise BBConvertError(
                f"{scene}: {name} comes from the shape of a mesh that is only drawn, so it must not be reduced. "
                "Convert with --meshes full."
            )
    touching = (before.geom_contype != 0) | (before.geom_conaffinity != 0)
    for name in _COLLIDER:
        if not np.array_equal(getattr(before, name)[touching], getattr(after, name)[touching]):
            raise BBConvertError(f"{scene}: {name} of a collider changed; convert with --meshes full.")
