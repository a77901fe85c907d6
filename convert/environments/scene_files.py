"""The files that a scene consists of: the XML, what it includes, its meshes and textures."""

import shutil
from pathlib import Path, PurePosixPath

import mujoco

from bbconvert.convert.errors import BBConvertError

OWN_SCENE = "scene.xml"
"""The scene in a bundle, and the manifest's `xml_file` where it is not one of Gymnasium's own."""

RESERVED = {
    *("bundle.json", "policy.onnx", "pose.onnx", "scene.xml", "golden.safetensors", "README.md", "stages", "tfjs"),
    *("parity.json", "parity.svg"),
}
"""Names in a bundle's folder that are taken."""


def scene_files(scene: Path) -> list[str]:
    """The files that the XML refers to, directly or through what it includes: POSIX paths relative to its folder.

    Raises:
        BBConvertError: one lies outside the XML's folder, or would be hidden or overwrite something in a bundle.
    """
    folder = scene.resolve().parent
    files = []
    for path in mujoco.mju_getXMLDependencies(str(scene.resolve())):
        file = Path(path).resolve()
        if file == scene.resolve():
            continue
        if not file.is_relative_to(folder):
            raise BBConvertError(
                f"{scene} refers to {file}, which lies outside its folder: a bundle carries its scene whole, with "
                "relative paths. Copy the file beside the XML and refer to it there."
            )
        name = PurePosixPath(file.relative_to(folder))
        if name.parts[0] in RESERVED or any(part.startswith(".") for part in name.parts):
            raise BBConvertError(f"{scene} refers to {name}, a name that a bundle cannot carry. Rename the file.")
        files.append(str(name))
    return sorted(set(files))


def copy_scene(scene: Path, files: list[str], folder: Path) -> None:
    """Copies the XML to `folder/scene.xml`, byte for byte, and its files to the same places beside it."""
    shutil.copyfile(scene, folder / "scene.xml")
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(scene.resolve().parent / name, folder / name)
