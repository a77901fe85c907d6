"""A Hub on loopback over a folder `owner/repo/files`: the part of the API that `huggingface_hub` 2.4 uses for models.

`python -m tests.support.local_hub FOLDER --port P` prints the `HF_ENDPOINT` to set. Tests start one with
`running_hub(folder)` and make it misbehave through its `faults`.
"""

import argparse
import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
import yaml  # type: ignore[import-untyped]
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.local_hub_faults import Faults, FileResponse
from tests.support.local_hub_uploads import LARGE, Uploads, git_hash, repo_id_of

GOOD_TOKEN = "hf_a_token_that_may_read"  # opens gated and private repositories of the tests


@dataclass
class LocalHub:
    """The server's state.

    Args:
        folder: what it serves, and where uploads go.
        faults: how it fails.
        requests: what it was asked: `GET /path`, with `bytes=…` of a range.
        downloads: how often each repository was downloaded, as it says.
        commits: repository and message of each commit it took.
    """

    folder: Path
    faults: Faults = field(default_factory=Faults)
    requests: list[str] = field(default_factory=list)
    downloads: dict[str, int] = field(default_factory=dict)
    commits: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""

    def commit(self, repo_id: str) -> str:
        """The repository's commit: a hash of its files' names and contents, 40 hexadecimal digits."""
        digest = hashlib.sha1(usedforsecurity=False)
        for path in self.files(repo_id):
            digest.update(f"{path.relative_to(self.folder)}\0{_sha256(path)}\n".encode())
        return digest.hexdigest()

    def files(self, repo_id: str) -> list[Path]:
        """The repository's files, sorted."""
        return sorted(path for path in (self.folder / repo_id).rglob("*") if path.is_file())

    def repositories(self) -> list[str]:
        """`owner/name` of each, sorted; of a Space `spaces/owner/name`."""
        models = [path for path in self.folder.glob("*/*") if path.is_dir() and path.parent.name != "spaces"]
        spaces = [path for path in self.folder.glob("spaces/*/*") if path.is_dir()]
        return sorted(path.relative_to(self.folder).as_posix() for path in [*models, *spaces])

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/api/models", self._list),
                Route("/api/models/{owner}/{name}", self._info),
                Route("/api/spaces/{owner}/{name}", self._info),
                Route("/api/models/{owner}/{name}/revision/{revision:path}", self._info),
                Route("/api/models/{owner}/{name}/refs", self._refs),
                Route("/{owner}/{name}/resolve/{revision}/{file:path}", self._resolve, methods=["GET", "HEAD"]),
                *Uploads(self).routes,
            ]
        )

    async def _list(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        asked = request.query_params
        author, search, tags = asked.get("author"), asked.get("search", ""), set(asked.getlist("filter"))
        names = [
            repo_id
            for repo_id in self.repositories()
            if not repo_id.startswith("spaces/")
            and (author is None or repo_id.split("/")[0] == author)
            and search.lower() in repo_id.lower()
            and tags <= set(self._tags(repo_id))
            and (repo_id not in self.faults.private or _signed_in(request))
        ]
        if asked.get("sort") == "downloads":
            names.sort(key=lambda repo_id: -self.downloads.get(repo_id, 0))
        names = names[: int(asked.get("limit", "1000"))]
        return JSONResponse([self._model(repo_id, expand=asked.getlist("expand")) for repo_id in names])

    async def _info(self, request: Request) -> Response:
        repo_id = repo_id_of(request)
        if refusal := self._refusal(request) or self._revision_refusal(request, repo_id):
            return refusal
        model = self._model(repo_id, expand=["cardData", "model-index", "private"])
        blobs = "blobs" in request.query_params
        model["siblings"] = [self._sibling(repo_id, path, with_blob=blobs) for path in self.files(repo_id)]
        return JSONResponse(model)

    async def _refs(self, request: Request) -> Response:
        repo_id = repo_id_of(request)
        if refusal := self._refusal(request):
            return refusal
        branch = {"name": "main", "ref": "refs/heads/main", "targetCommit": self.commit(repo_id)}
        return JSONResponse({"branches": [branch], "tags": [], "converts": []})

    async def _resolve(self, request: Request) -> Response:
        repo_id = repo_id_of(request)
        if refusal := self._refusal(request) or self._revision_refusal(request, repo_id):
            return refusal
        if repo_id in self.faults.gated and not _signed_in(request):
            return _error(403, "GatedRepo", f"Access to model {repo_id} is restricted.")
        path = self.folder / repo_id / request.path_params["file"]
        commit = {"X-Repo-Commit": self.commit(repo_id)}
        if path not in self.files(repo_id):
            return _error(404, "EntryNotFound", "Entry not found", commit)
        etag = _sha256(path) if path.name.endswith(LARGE) else git_hash(path.read_bytes())
        headers = {
            **commit,
            "ETag": f'"{etag}"',
            "X-Linked-Etag": f'"{etag}"',
            "X-Linked-Size": str(path.stat().st_size),
        }
        return FileResponse(path.read_bytes(), request, headers, self.faults)

    def _refusal(self, request: Request) -> Response | None:
        """The answer to a request that is not served; writes down every request."""
        extent = request.headers.get("range")
        self.requests.append(f"{request.method} {request.url.path}" + (f" {extent}" if extent else ""))
        for fault in self.faults.instead:
            if fault.takes(request):
                return fault.answer(request)
        if self.faults.status is not None:
            wait = {"Retry-After": str(self.faults.retry_after)} if self.faults.retry_after is not None else {}
            return _error(self.faults.status, None, "The server is told to fail.", wait)
        if "owner" not in request.path_params:
            return None
        repo_id, signed_in = repo_id_of(request), _signed_in(request)
        if repo_id not in self.repositories() or (repo_id in self.faults.private and not signed_in):
            return _error(404 if signed_in else 401, "RepoNotFound", "Repository not found")
        return None

    def write_refusal(self, request: Request, owner: str) -> Response | None:
        """The answer to a request to write that is not done."""
        if refusal := self._refusal(request):
            return refusal
        if not _signed_in(request):
            return _error(401, None, "Invalid username or password.")
        if owner in self.faults.read_only:
            return _error(403, None, f"You don't have the rights to create or change a model under {owner}.")
        return None

    def _revision_refusal(self, request: Request, repo_id: str) -> Response | None:
        revision = request.path_params.get("revision", "main")
        if revision in ("main", self.commit(repo_id)):
            return None
        return _error(404, "RevisionNotFound", f"Invalid rev id: {revision}")

    def _model(self, repo_id: str, expand: list[str]) -> dict[str, Any]:
        """As the real Hub answers: what was asked for, `model-index` beside the rest of the front matter, not in it."""
        card = self._card(repo_id)
        index = card.pop("model-index", None)
        told = {
            "cardData": card,
            **({"model-index": index} if index else {}),
            "downloads": self.downloads.get(repo_id, 0),
            "library_name": card.get("library_name"),
            "private": repo_id in self.faults.private,
            "siblings": [self._sibling(repo_id, path, with_blob=False) for path in self.files(repo_id)],
            "tags": self._tags(repo_id),
            "usedStorage": sum(path.stat().st_size for path in self.files(repo_id)),
        }
        model = {"_id": repo_id, "id": repo_id, "modelId": repo_id, "sha": self.commit(repo_id)}
        return model | {name: value for name, value in told.items() if name in expand}

    def _card(self, repo_id: str) -> dict[str, Any]:
        card_path = self.folder / repo_id / "README.md"
        text = card_path.read_text(encoding="utf-8") if card_path.is_file() else ""
        try:
            loaded = yaml.safe_load(text.split("---\n")[1]) if text.startswith("---\n") else {}
        except yaml.YAMLError:
            loaded = {}
        return loaded if isinstance(loaded, dict) else {}

    def _tags(self, repo_id: str) -> list[str]:
        """The card's tags, with its library and its task."""
        card = self._card(repo_id)
        also = [card[key] for key in ("library_name", "pipeline_tag") if key in card]
        return [*(tag for tag in card.get("tags") or [] if isinstance(tag, str)), *also]

    def _sibling(self, repo_id: str, path: Path, *, with_blob: bool) -> dict[str, Any]:
        sibling: dict[str, Any] = {"rfilename": path.relative_to(self.folder / repo_id).as_posix()}
        if with_blob:
            content = path.read_bytes()
            sibling |= {"size": len(content), "blobId": git_hash(content)}
            if path.name.endswith(LARGE):
                sibling["lfs"] = {"size": len(content), "sha256": _sha256(path), "pointerSize": 130}
        return sibling


def _signed_in(request: Request) -> bool:
    return request.headers.get("authorization") == f"Bearer {GOOD_TOKEN}"


def _error(status: int, code: str | None, message: str, headers: dict[str, str] | None = None) -> Response:
    named = {"X-Error-Code": code} if code else {}
    return JSONResponse({"error": message}, status, {**named, "X-Error-Message": message, **(headers or {})})


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def running_hub(folder: Path) -> Iterator[LocalHub]:
    """Serves `folder` on a free port until the block ends."""
    hub = LocalHub(folder)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        hub.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = uvicorn.Config(hub.app(), log_level="critical", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()  # the socket listens already: what is sent before the server runs waits in its queue
        try:
            yield hub
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def main() -> None:
    """Serves a folder until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A local Hub over a folder owner/repo/files.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    with socket.create_server(("127.0.0.1", arguments.port)) as listening:
        print(f"HF_ENDPOINT=http://127.0.0.1:{listening.getsockname()[1]}", flush=True)  # noqa: T201
        config = uvicorn.Config(LocalHub(arguments.folder).app(), log_level="warning")
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
