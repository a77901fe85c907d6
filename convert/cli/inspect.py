"""`bbconvert inspect`: what is in a repository, a file or a bundle, without converting anything."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bbconvert.convert.cli.console import Progress, print_facts, print_json, print_table
from bbconvert.convert.cli.options import JsonOption, NoSandboxOption
from bbconvert.convert.errors import BBConvertError


def inspect(
    what: Annotated[
        str, typer.Argument(metavar="REPO|FILE|BUNDLE", help="A repository, a checkpoint file or a bundle's folder.")
    ],
    *,
    no_sandbox: NoSandboxOption = False,
    json: JsonOption = False,
) -> None:
    """Show what is in a repository, a checkpoint file or a bundle, without converting it."""
    path = Path(what)
    if path.is_dir() and not (path / "bundle.json").is_file():
        raise BBConvertError(
            f"{what} is a folder without bundle.json, so it is no bundle. Give a bundle's folder (bbconvert list), "
            "a checkpoint file, or a repository owner/name."
        )
    progress = Progress(quiet=json)
    if path.is_dir():
        document = _bundle(path)
    elif path.is_file():
        document = _file(path, progress, sandbox=not no_sandbox)
    else:
        document = _repository(what, progress)
    if json:
        print_json(document)
        return
    files = document.pop("files", None)
    print_facts([(name.replace("_", " "), _text(value)) for name, value in document.items()])
    if files:
        print_table(("file", "bytes"), [(file["name"], f"{file['bytes']:,}") for file in files])


def _bundle(folder: Path) -> dict[str, Any]:
    from bbconvert.convert.bundle import open_bundle
    from bbconvert.convert.cli.summary import bundle_summary

    summary = bundle_summary(open_bundle(folder).manifest)
    return {"kind": "bundle", "bundle": str(folder), **summary, "files": _files(folder)}


def _files(folder: Path) -> list[dict[str, Any]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [{"name": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size} for path in files]


def _file(path: Path, progress: Progress, *, sandbox: bool) -> dict[str, Any]:
    from bbconvert.convert.digest import sha256_of
    from bbconvert.convert.limits import READING
    from bbconvert.convert.sandbox import run_function

    facts = run_function(
        "bbconvert.convert.checkpoint_facts:checkpoint_facts",
        path,
        doing=f"Reading {path.name}",
        limits=READING if sandbox else None,
        progress=progress,
    )
    return {"kind": "checkpoint", "file": str(path), "sha256": sha256_of(path), **facts}


def _repository(what: str, progress: Progress) -> dict[str, Any]:
    from huggingface_hub import constants

    from bbconvert.convert.hub import choose_checkpoint, download_card, find_repository
    from bbconvert.convert.hub_address import parse_address
    from bbconvert.convert.hub_session import allow_waiting

    allow_waiting(progress.say)
    address = parse_address(what, endpoint=constants.ENDPOINT)
    files = find_repository(address)
    card = download_card(files, progress.download)
    try:
        chosen: str | None = choose_checkpoint(files, address.filename)
        following = f"bbconvert pull {files.repo_id}"
    except BBConvertError as error:
        chosen, following = None, str(error)
    published = card.published if card else None
    return {
        "kind": "repository",
        "repo_id": files.repo_id,
        "revision": files.revision,
        "from_cache": files.cached,
        "env_id": card.env_id if card else None,
        "algorithm": card.algorithm if card else None,
        "library": card.library if card else None,
        "license": card.license if card else None,
        "published": published.model_dump(mode="json") if published else None,
        "would_convert": chosen,
        "next": following,
        "files": [{"name": name, "bytes": size} for name, size in sorted(files.sizes.items())],
    }


def _text(value: Any) -> str:
    """A fact on one line."""
    match value:
        case None:
            return "not said"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case dict():
            return ", ".join(f"{name} {_text(item)}" for name, item in value.items())
        case list():
            return " → ".join(str(item) for item in value)
        case _:
            return str(value)
