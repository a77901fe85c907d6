"""The documentation site: docs/ with a reference made from the code, and the live page (`just docs`)."""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from bbconvert.convert.cli.main import app
from bbconvert.convert.local_file import convert_file
from bbconvert.convert.manifest import Manifest
from bbconvert.convert.progress import CallbackProgress
from bbconvert.convert.robots.repository import find_robot
from bbconvert.convert.robots.scene import TRIANGLES
from bbconvert.convert.shipped import SHIPPED
from bbconvert.convert.site.export import export
from tests.support.repository import ROOT

DOCS = ROOT / "docs"
OF_THE_ROOT = ("SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md")
DEMO = "demo"


def main() -> None:
    """Builds the site into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "site")
    parser.add_argument("--no-demo", action="store_true", help="without the live page")
    parser.add_argument("--robots", type=Path, help="a clone of unitree_rl_gym, whose G1 comes into the demo")
    arguments = parser.parse_args()
    build(arguments.out.resolve(), demo=not arguments.no_demo, robots=arguments.robots)


def build(out: Path, *, demo: bool, robots: Path | None = None) -> None:
    """Writes the site into `out`; raises CalledProcessError where a link leads nowhere."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_pages(folder / "pages")
        shutil.copyfile(DOCS / "mkdocs.yml", folder / "mkdocs.yml")
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(out)]
        subprocess.run(command, cwd=folder, check=True, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"})
    if not demo:
        return
    with tempfile.TemporaryDirectory() as scratch:
        walking = [] if robots is None else [_walking(robots, Path(scratch))]
        export([*SHIPPED, *walking], out / DEMO, force=True)


def _walking(robots: Path, folder: Path) -> Path:
    """Unitree's G1 as a bundle, with its licence."""
    policy, files = find_robot(robots, "g1", TRIANGLES)
    return convert_file(policy, "g1", robot=files, name="g1", out=folder / "g1", progress=CallbackProgress(None))


def write_pages(folder: Path) -> None:
    """The pages that MkDocs takes: docs/, some of the root's, and the reference."""
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns("mkdocs.yml", "notes"))
    for name in OF_THE_ROOT:
        shutil.copyfile(ROOT / name, folder / name)
    for page in folder.rglob("*.md"):
        page.write_text(_relinked(page.read_text(encoding="utf-8"), page, folder), encoding="utf-8")
    reference = folder / "reference"
    reference.mkdir()
    (reference / "commands.md").write_text("".join(_commands()), encoding="utf-8")
    (reference / "schema.md").write_text(_schema(), encoding="utf-8")


def _relinked(text: str, page: Path, folder: Path) -> str:
    """Links that leave docs/ lead to the page's own copy; those to other files of the repository become plain text."""
    text = text.replace("](docs/", "](").replace("](../SECURITY.md)", "](SECURITY.md)")

    def link(match: re.Match[str]) -> str:
        label, target = match[1], match[2]
        path = target.partition("#")[0]
        outside = "://" not in target and path and not (page.parent / path).exists()
        generated = path.startswith(("reference/", DEMO, "../reference/"))
        return label if outside and not generated else match[0]

    return re.sub(r"(?<!\!)\[([^\]]+)\]\(([^)\s]+)\)", link, text) if page.parent == folder else text


def _commands() -> Iterator[str]:
    """Every command with its arguments and options, as the Typer app has them."""
    group: Any = typer.main.get_command(app)
    yield "# Commands\n\n`bbconvert COMMAND --help` prints the same. Exit codes: 0, 1 for an error, 2 for wrong usage, "
    yield "3 where a check does not hold.\n"
    for name, command in group.commands.items():
        usage = command.get_usage(_context(group, command, name))
        yield f"\n## {name}\n\n{_plain(command.help)}\n\n```text\n{usage}\n```\n"
        rows = [row for parameter in command.params if (row := _row(parameter)) is not None]
        if rows:
            yield "\n| | | default |\n|---|---|---|\n" + "".join(rows)


def _context(group: Any, command: Any, name: str) -> Any:
    return command.context_class(command, info_name=name, parent=group.context_class(group, info_name="bbconvert"))


def _row(parameter: Any) -> str | None:
    if getattr(parameter, "hidden", False):
        return None
    names = [*parameter.opts, *parameter.secondary_opts]
    is_argument = parameter.param_type_name == "argument"
    name = (parameter.metavar or parameter.name.upper()) if is_argument else ", ".join(names)
    default = getattr(parameter, "show_default", None)
    if not isinstance(default, str):
        default = parameter.default if parameter.default not in (None, False, True, ()) else ""
        default = "" if callable(default) or default is ... else str(default)
    return f"| `{name}` | {_plain(getattr(parameter, 'help', None))} | {_plain(default)} |\n"


def _plain(text: str | None) -> str:
    return " ".join((text or "").replace("|", "\\|").split())


def _schema() -> str:
    """Each section of the manifest with its fields."""
    schema = Manifest.model_json_schema(by_alias=True, mode="serialization")
    text = "# bundle.json, field by field\n\nMade from the schema, "
    text += "[bundle.schema.json](../bundle.schema.json); [The bundle](../bundle.md) explains.\n"
    for name, section in [("The manifest", schema), *schema["$defs"].items()]:
        fields = section.get("properties")
        if not fields:
            continue
        text += f"\n## {name}\n\n{_plain(section.get('description'))}\n\n| field | type | |\n|---|---|---|\n"
        required = set(section.get("required", []))
        for field, about in fields.items():
            mark = "" if field in required else ", optional"
            text += f"| `{field}` | {_type(about)}{mark} | {_plain(about.get('description'))} |\n"
    return text


def _type(about: dict[str, Any]) -> str:
    match about:
        case {"$ref": str(reference)}:
            name = reference.rsplit("/", 1)[1]
            said = f"[{name}](#{name.lower()})"
        case {"const": value}:
            said = f"`{json.dumps(value)}`"
        case {"enum": list(values)}:
            said = " or ".join(f"`{json.dumps(value)}`" for value in values)
        case {"anyOf": list(choices)} | {"oneOf": list(choices)}:
            said = " or ".join(dict.fromkeys(map(_type, choices)))
        case {"type": "array", "prefixItems": list(items)}:
            said = f"[{', '.join(map(_type, items))}]"
        case {"type": "array"}:
            said = f"list of {_type(about.get('items', {}))}"
        case {"type": "object", "additionalProperties": dict(values)}:
            said = f"object of {_type(values)}"
        case _:
            said = str(about.get("type", "any"))
    return said


if __name__ == "__main__":
    main()
