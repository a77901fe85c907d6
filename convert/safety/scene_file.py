"""An untrusted scene, looked through before MuJoCo is given it: what it refers to, and how large it would become.

MuJoCo opens whatever file an XML names and allocates whatever it asks for: 60 bytes of `replicate` or of a texture make
gigabytes. Read with Expat, which expands nothing here: a document with a DOCTYPE is refused.
"""

import math
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NoReturn
from xml.parsers import expat

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.safety import limits
from bbconvert.convert.safety.file_inside import file_inside
from bbconvert.convert.safety.png_size import png_pixels

_ROOTS = ("mujoco", "mujocoinclude")
_FOLDERS = ("meshdir", "texturedir", "assetdir")
_XML_FILES = ("include", "model")
_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?")
_MEMORY = re.compile(r"(-?\d+)([KMG]?)")
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}

_LARGEST = {
    **dict.fromkeys(("iterations", "ls_iterations", "noslip_iterations", "ccd_iterations"), 1_000),
    **dict.fromkeys(("sdf_iterations", "sdf_initpoints", "nkey", "nsample", "dim", "num"), 1_000),
    **dict.fromkeys(("njmax", "nconmax"), 5_000),
    **dict.fromkeys(("nuserdata", "shadowsize", "offwidth", "offheight"), 20_000),
    **dict.fromkeys(("params", "subgrid", "numslices", "numstacks", "numquads"), 128),
    **{f"nuser_{kind}": 100 for kind in ("actuator", "body", "cam", "geom", "jnt", "sensor", "site", "tendon")},
    "nstack": 10_000_000,
    "resolution": 512,
    "inttotal": 100,
}
"""What sizes an array or counts a loop, by the attribute's name: the largest number that it may hold."""

_SMALLEST = {("option", "timestep"): limits.MIN_TIMESTEP, ("lengthrange", "timestep"): 1e-3}


@dataclass
class _Scene:
    """What was found so far, over all the XML files of a scene."""

    folder: Path
    folders: set[str] = field(default_factory=lambda: {""})
    files: list[tuple[str, str]] = field(default_factory=list)
    """An element that names a file, and the file."""
    elements: float = 0.0
    """Written out."""
    doublings: float = 0.0
    """Each `attach` may copy all that stands before it."""
    texels: float = 0.0
    opened: int = 0


def require_safe_scene(folder: Path, name: str) -> None:
    """Looks through `name` in `folder` and the XML files that it includes.

    Args:
        folder: what the scene came with: it may refer to these files.
        name: of the scene, a path in `folder`.

    Raises:
        BBConvertError: it refers to other files, asks MuJoCo for more than `safety.limits` grants, or is not a MJCF.
    """
    scene = _Scene(folder)
    _File(scene, name, factor=1.0, depth=0).read()
    for element, file in scene.files:
        _require_inside(scene, name, element, file)
    written_out = scene.elements * 2 ** min(scene.doublings, 64)
    if written_out > limits.MAX_SCENE_ELEMENTS:
        _refuse(
            name,
            f"written out it has {written_out:,.0f} elements, at most {limits.MAX_SCENE_ELEMENTS:,} are expected "
            "(replicate, composite, flexcomp and attach multiply them)",
        )
    if scene.texels > 4 * limits.MAX_TEXELS:
        _refuse(name, f"its textures and height fields have {scene.texels:,.0f} pixels")


class _File:
    """One XML file of a scene, read once from its first element to its last.

    Args:
        scene: what is found goes there.
        name: a path in the scene's folder.
        factor: how often its elements are written out.
        depth: how many files include one another up to this one.
    """

    def __init__(self, scene: _Scene, name: str, *, factor: float, depth: int) -> None:
        self._scene, self._name, self._depth = scene, name, depth
        self._factors = [factor]

    def read(self) -> None:
        """Reads it, and what it includes."""
        self._scene.opened += 1
        if self._scene.opened > limits.MAX_SCENE_FILES or self._depth > limits.MAX_SCENE_FILES // 10:
            _refuse(self._name, "it includes too many files")
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            parser.Parse(self._content(), True)
        except (expat.ExpatError, ValueError) as error:
            _refuse(self._name, f"it is not XML that can be read ({error})")

    def _content(self) -> bytes:
        path = file_inside(self._scene.folder, self._name)
        if path is None:
            _refuse(self._name, "it is missing, or lies outside of the files that came with it")
        size = path.stat().st_size
        if size > limits.MAX_SCENE_BYTES:
            _refuse(
                self._name, f"it has {size / 2**20:.0f} MiB, at most {limits.MAX_SCENE_BYTES // 2**20} are expected"
            )
        return path.read_bytes()

    def _doctype(self, *_: object) -> NoReturn:
        _refuse(self._name, "it has a DOCTYPE, which a scene does not need")

    def _end(self, _: str) -> None:
        self._factors.pop()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        factor = self._factors[-1]
        if len(self._factors) == 1 and tag not in _ROOTS:
            _refuse(self._name, f"its first element is {tag[:40]!r}, not mujoco")
        if len(self._factors) > limits.MAX_SCENE_DEPTH:
            _refuse(self._name, f"its elements are nested deeper than {limits.MAX_SCENE_DEPTH}")
        if tag in ("plugin", "extension"):
            _refuse(self._name, "it asks for a plugin of MuJoCo's, which the page does not have either")
        self._scene.elements += factor * self._copies(tag, attributes)
        if tag == "attach":
            self._scene.doublings += factor
        if tag == "replicate":
            factor *= self._product(tag, attributes, "count", "1")
        if self._scene.elements > limits.MAX_SCENE_ELEMENTS:
            _refuse(
                self._name,
                f"written out it has more than {limits.MAX_SCENE_ELEMENTS:,} elements (replicate, composite and "
                "flexcomp multiply them)",
            )
        self._factors.append(factor)
        self._numbers(tag, attributes)
        self._references(tag, attributes)

    def _copies(self, tag: str, attributes: dict[str, str]) -> float:
        """How many bodies an element stands for."""
        if tag == "composite":
            return self._product(tag, attributes, "count", "1")
        if tag != "flexcomp":
            return 1.0
        points = len(attributes.get("point", "").split()) / 3
        cells = self._product(tag, attributes, "cellcount", "1")
        # A vertex takes a dozen bytes of a mesh, at least.
        inside = file_inside(self._scene.folder, attributes.get("file", ""))
        vertices = 0.0 if inside is None else inside.stat().st_size / 12
        return max(self._product(tag, attributes, "count", "10 10 10"), points, cells, vertices)

    def _numbers(self, tag: str, attributes: dict[str, str]) -> None:
        for name, value in attributes.items():
            most = _LARGEST.get(name)
            if most is not None and max(self._parsed(tag, name, value)) > most:
                _refuse(self._name, f"{tag} {name}={value[:40]!r} is more than {most:,}")
            least = _SMALLEST.get((tag, name))
            if least is not None and min(self._parsed(tag, name, value)) < least:
                _refuse(self._name, f"{tag} {name}={value[:40]!r} is less than {least:g}")
        if "memory" in attributes:
            found = _MEMORY.fullmatch(attributes["memory"].strip())
            if found is None or int(found[1][:20]) * _UNITS[found[2]] > limits.MAX_ARENA:
                _refuse(self._name, f"it asks for memory={attributes['memory'][:40]!r}, more than 256M")
        if tag in ("texture", "hfield"):
            width, height = ("width", "height") if tag == "texture" else ("ncol", "nrow")
            columns, rows = (self._product(tag, attributes, name, "1") for name in (width, height))
            # A cube of textures is six squares high, whatever its height says.
            self._texels(tag, columns * (rows if tag == "hfield" else max(rows, 6 * columns)))

    def _texels(self, tag: str, texels: float) -> None:
        if texels > limits.MAX_TEXELS:
            _refuse(self._name, f"a {tag} has {texels:,.0f} pixels, at most {limits.MAX_TEXELS:,} are expected")
        self._scene.texels += texels

    def _references(self, tag: str, attributes: dict[str, str]) -> None:
        for name, value in attributes.items():
            if name in _FOLDERS:
                self._scene.folders.add(_safe_path(self._name, value))
            elif name.startswith("file"):
                path = _safe_path(self._name, value)
                if tag in _XML_FILES:
                    beside = str(PurePosixPath(self._name).parent / path)
                    nested = beside if file_inside(self._scene.folder, beside) else path
                    factor = self._factors[-1] if tag == "include" else 1.0
                    _File(self._scene, nested, factor=factor, depth=self._depth + 1).read()
                else:
                    self._scene.files.append((tag, path))

    def _product(self, tag: str, attributes: dict[str, str], name: str, default: str = "") -> float:
        return math.prod(max(1.0, number) for number in self._parsed(tag, name, attributes.get(name, default)))

    def _parsed(self, tag: str, name: str, value: str) -> list[float]:
        words = value.split()
        if not words or not all(_NUMBER.fullmatch(word[:40]) for word in words):
            _refuse(self._name, f"{tag} {name}={value[:40]!r} is not a number")
        return [float(word[:40]) for word in words]


def _safe_path(name: str, value: str) -> str:
    """A path that stays below the folder whatever it is joined to; `` for the folder itself."""
    path = value.strip()
    while path.startswith("./"):
        path = path[2:]
    path = path.rstrip("/") if not path.startswith("/") else path
    parts = path.split("/")
    bad = len(path) > limits.MAX_NAME or not path.isprintable() or any(character in path for character in "\\:~")
    if bad or (path not in ("", ".") and any(not part or part.startswith(".") for part in parts)):
        _refuse(name, f"it refers to {value[:200]!r}, which is not a file that came with it")
    return "" if path == "." else path


def _require_inside(scene: _Scene, name: str, element: str, file: str) -> None:
    """Wherever MuJoCo would look for the file, what is there is a file of the folder, and of a size to be read."""
    for folder in scene.folders:
        for path in {file, PurePosixPath(file).name}:  # `strippath` takes the name alone
            candidate = scene.folder / folder / path
            if not candidate.exists() and not candidate.is_symlink():
                continue
            inside = file_inside(scene.folder, f"{folder}/{path}" if folder else path)
            if inside is None:
                _refuse(name, f"it refers to {file[:200]!r}, which leads out of the files that came with it")
            size = inside.stat().st_size
            if size > limits.MAX_SCENE_ASSET_BYTES:
                _refuse(name, f"its file {file[:200]} has {size / 2**20:.0f} MiB")
            pixels = png_pixels(inside)
            if pixels > limits.MAX_TEXELS:
                _refuse(name, f"its {element} {file[:200]} has {pixels:,} pixels")
            scene.texels += pixels


def _refuse(name: str, what: str) -> NoReturn:
    raise BBConvertError(
        f"The scene {name} is not given to MuJoCo: {what}. A scene that came with a bundle refers to its own files, "
        "and is of a size that plays in a browser. If it is yours, write it smaller and convert the policy again."
    )
