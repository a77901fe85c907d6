"""A static site: the page and bundles as plain files, for any host and any sub-path."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bbconvert.convert.bundle.body import BODIES, EXPORTED, bodies_json, body_name, write_body
from bbconvert.convert.bundle.bundle import Bundle
from bbconvert.convert.bundle.library import PREVIEW, Library, bundle_files, file_inside, index_json, open_library
from bbconvert.convert.bundle.markdown import code, plain
from bbconvert.convert.bundle.proof import proof_files
from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.files.compression import brotli_of, gzip_of, is_compressible
from bbconvert.convert.files.whole_folder import check_free, whole_folder
from bbconvert.convert.progress import CallbackProgress, Progress, ProgressCallback
from bbconvert.convert.serve.security_headers import ISOLATION, PAGE_POLICY, TRAIN_POLICY, WORKER_POLICY
from bbconvert.convert.serve.server import MEDIA_TYPES, require_page
from bbconvert.convert.shipped import NOTICES, PAGE

INDEX = "bundles/index.json"


@dataclass(frozen=True)
class Site:
    """A static site that was written: its folder, and its bundles by name, the first of which opens."""

    folder: Path
    bundles: Library


def export(
    bundles: Sequence[Bundle | str | Path],
    out: str | Path,
    *,
    force: bool = False,
    previews: bool = True,
    progress: ProgressCallback | None = None,
) -> Site:
    """Writes the page with bundles as a static site, for any host and any sub-path.

    Args:
        bundles: opened bundles, or their folders; the first opens.
        out: the site's folder.
        force: replace a site that is there.
        previews: render a picture of each bundle for the gallery, where a Chrome or Chromium is installed.
        progress: told each stage, and which bundles had to be left out.

    Raises:
        BBConvertError: no bundle can be opened, or the site cannot be written; nothing was written then.
    """
    folders = [bundle.folder if isinstance(bundle, Bundle) else Path(bundle) for bundle in bundles]
    return export_site(folders, Path(out), force=force, previews=previews, progress=CallbackProgress(progress))


def export_site(folders: Sequence[Path], out: Path, *, force: bool, previews: bool, progress: Progress) -> Site:
    """What `export` does, with any kind of progress display."""
    library, left_out = open_library(folders)
    for sentence in left_out:
        progress.say(f"Warning: {sentence}")
    check_site(out, force=force)
    write_site(library, out, force=force, previews=_take_previews(library, progress) if previews else {})
    return Site(out, library)


def check_site(out: Path, *, force: bool) -> None:
    """Raises BBConvertError where a site cannot go to `out` because of what is there: before the work, not after it."""
    check_free(out, force=force, kind="site", marker=INDEX)


def write_site(
    library: Library, out: Path, *, force: bool, page: Path = PAGE, previews: Mapping[str, bytes] | None = None
) -> None:
    """Writes the site into `out`, whole or not at all; `previews` are pictures (JPEG) of bundles by their names.

    Raises:
        BBConvertError: the page is not built, `out` exists (and `force` is not set, or it is not a site), a bundle
            has the name of the index, or the site cannot be written.
    """
    require_page(page)
    if (taken := library.get(Path(INDEX).name)) is not None:
        raise BBConvertError(
            f"The bundle in {taken.folder} is called {Path(INDEX).name}, as the list of bundles of a site is. Give it "
            'another "name" in its bundle.json.'
        )
    with whole_folder(out, force=force, kind="site", marker=INDEX) as folder:
        for file in sorted(page.rglob("*")):
            name = file.relative_to(page).as_posix()
            if file.suffix in MEDIA_TYPES and file_inside(page, name):
                _copy(file, folder / name)
                if (compressed := file.with_name(f"{file.name}.br")).is_file():
                    _copy(compressed, folder / f"{name}.br")
        for bundle in library.values():
            for name in bundle_files(bundle):
                _copy(bundle.folder / name, folder / "bundles" / bundle.manifest.name / name)
            for name, text in proof_files(bundle).items():
                _write(folder / "bundles" / bundle.manifest.name / name, text)
        for name, picture in (previews or {}).items():
            (folder / "bundles" / name / PREVIEW).write_bytes(picture)
        _write(folder / INDEX, index_json(library, previews or {}))
        _write(folder / BODIES / "index.json", bodies_json(EXPORTED))
        for env_id in EXPORTED:
            (body := folder / BODIES / body_name(env_id)).mkdir()
            write_body(env_id, body)
        _compress(folder)
        shutil.copytree(NOTICES, folder / NOTICES.name)
        _write(folder / ".nojekyll", "")  # GitHub Pages: publish the files as they are
        _write(folder / "_headers", _headers())
        _write(folder / "README.md", _readme(library))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _compress(site: Path) -> None:
    """Writes NAME.br and NAME.gz beside each larger file, for hosts that send such files (nginx, Caddy)."""
    for file in [file for file in site.rglob("*") if file.suffix.lower() in MEDIA_TYPES]:
        if is_compressible(file, file.stat().st_size):
            content = file.read_bytes()
            if not (brotli := file.with_name(f"{file.name}.br")).is_file():
                brotli.write_bytes(brotli_of(content))
            file.with_name(f"{file.name}.gz").write_bytes(gzip_of(content))


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def _headers() -> str:
    """The headers of `bbconvert serve` in the `_headers` format of Netlify and Cloudflare Pages.

    No two rules give the same header to one path: these hosts join both values, and joined policies both apply.
    """
    rules = {
        "/*": ISOLATION,
        "/": {"Content-Security-Policy": PAGE_POLICY},
        "/index.html": {"Content-Security-Policy": PAGE_POLICY},
        "/gallery.html": {"Content-Security-Policy": PAGE_POLICY},
        "/train.html": {"Content-Security-Policy": TRAIN_POLICY},
        "/assets/sim-worker-*": {"Content-Security-Policy": WORKER_POLICY},
        "/assets/*": {"Cache-Control": "public, max-age=31536000, immutable"},
    }
    return "".join(
        f"{path}\n" + "".join(f"  {name}: {value}\n" for name, value in headers.items())
        for path, headers in rules.items()
    )


def _readme(library: Library) -> str:
    bundles = "\n".join(f"- {code(name)}: {plain(bundle.manifest.title)}" for name, bundle in library.items())
    return f"""# A page made by bbconvert

Plain files: put this folder on any web server, under any path, and open it there. A local look:

    python -m http.server

It does not work from the file system (`file://`), because browsers load no modules from there.

{bundles}

`index.html?bundle=NAME` opens one of them; the first is the one that opens without. `gallery.html` shows them all.

In a page of your own, `embed=1` leaves a slim bar and the badge:

    <iframe src="https://your.host/this/folder/?bundle=NAME&embed=1" width="800" height="500"></iframe>

## Headers

None is needed. Two things are better with some, where the host lets you choose them; `_headers` says them all in the
format of Netlify and Cloudflare Pages, for a site at the root of its host.

- `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp` isolate the page, which
  gives the simulation a more precise clock.
- `Content-Security-Policy`: a host that sends one must let the simulation worker, `assets/sim-worker-*.js`, and it
  alone, evaluate code, because MuJoCo's bindings make functions at run time. That response needs

      {WORKER_POLICY}

  and the page itself is content with

      {PAGE_POLICY}

A server should send `.wasm` files as `application/wasm` and compress them: that is the larger part of what is loaded.
Beside each file lies what it is in Brotli (`.br`) and in gzip (`.gz`). nginx sends these with `brotli_static on` and
`gzip_static on`, Caddy with `precompressed br gzip`. Netlify, Cloudflare and GitHub Pages compress by themselves: there
they can be deleted.

`{NOTICES.name}/` names the software that is part of the page, with its licences.
"""


def _take_previews(library: Library, progress: Progress) -> dict[str, bytes]:
    """Pictures by the bundles' names; where one cannot be taken, the gallery draws a figure, and that is said."""
    from bbconvert.convert.browser import find_browser
    from bbconvert.convert.site.preview import take_preview

    pictures: dict[str, bytes] = {}
    try:
        find_browser()
    except BBConvertError:
        progress.say(
            "No pictures in gallery.html, drawn figures instead: rendering needs Chrome or Chromium, and "
            "pip install 'bbconvert[browser]'."
        )
        return pictures
    with progress.task("Rendering previews", len(library)) as advance:
        for name, bundle in library.items():
            try:
                pictures[name] = take_preview(bundle)
            except BBConvertError as error:
                progress.say(f"No picture of {name}, a drawn figure instead: {error}")
            advance(1)
    return pictures
