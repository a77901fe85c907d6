"""The half of the local Hub that is written to: repositories made, large files taken in, commits.

The requests and answers are those of `huggingface_hub` 2.4's `create_repo`, `preupload_lfs_files` (over LFS: set
`HF_HUB_DISABLE_XET=1`) and `create_commit`.
"""

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import yaml  # type: ignore[import-untyped]
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from tests.support.local_hub import LocalHub

LARGE = (".onnx", ".safetensors", ".bin", ".zip", ".pkl", ".cleanrl_model")
"""What the Hub's .gitattributes puts into large file storage."""


def git_hash(content: bytes) -> str:
    """A blob's id in git."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def repo_id_of(request: Request) -> str:
    """`owner/name`, or `spaces/owner/name`, which is also where its files lie."""
    space = "spaces/" if request.url.path.startswith(("/api/spaces/", "/spaces/")) else ""
    return f"{space}{request.path_params['owner']}/{request.path_params['name']}"


class Uploads:
    """The routes over `hub`, and the large files received so far, by SHA-256."""

    def __init__(self, hub: "LocalHub") -> None:
        self.hub = hub
        self.objects: dict[str, bytes] = {}
        self.routes = [
            Route("/api/repos/create", self._create, methods=["POST"]),
            Route("/api/validate-yaml", self._validate, methods=["POST"]),
            *(
                Route(f"/api/{kind}/{{owner}}/{{name}}/{what}/{{revision}}", answer, methods=["POST"])
                for kind in ("models", "spaces")
                for what, answer in (("preupload", self._preupload), ("commit", self._commit))
            ),
            Route("/{owner}/{name}.git/info/lfs/objects/batch", self._batch, methods=["POST"]),
            Route("/spaces/{owner}/{name}.git/info/lfs/objects/batch", self._batch, methods=["POST"]),
            Route("/lfs/{oid}", self._put, methods=["PUT"]),
        ]

    async def _create(self, request: Request) -> Response:
        asked = await request.json()
        space = "spaces/" if asked.get("type") == "space" else ""
        repo_id = f"{space}{asked['organization']}/{asked['name']}"
        if space and asked.get("sdk") != "static":
            return JSONResponse({"error": "A Space needs an SDK"}, 400)
        if refusal := self.hub.write_refusal(request, asked["organization"]):
            return refusal
        if repo_id in self.hub.repositories():
            return JSONResponse({"error": "You already created this model repo"}, 409)
        (self.hub.folder / repo_id).mkdir(parents=True)
        if asked.get("visibility") == "private":
            self.hub.faults.private.add(repo_id)
        return JSONResponse({"url": f"{request.base_url}{repo_id}", "name": repo_id})

    async def _validate(self, request: Request) -> Response:
        content = (await request.json())["content"]
        try:
            card = yaml.safe_load(content.split("---\n")[1])
        except (yaml.YAMLError, IndexError):
            card = None
        if not isinstance(card, dict) or not isinstance(card.get("license", "mit"), str):
            return JSONResponse({"errors": [{"message": '"license" must be a string'}], "warnings": []}, 400)
        return JSONResponse({"errors": [], "warnings": []})

    async def _preupload(self, request: Request) -> Response:
        if refusal := self.hub.write_refusal(request, request.path_params["owner"]):
            return refusal
        folder = self.hub.folder / repo_id_of(request)

        def answer(name: str) -> dict[str, Any]:
            large, path = name.endswith(LARGE), folder / name
            content = path.read_bytes() if path.is_file() else None
            oid = None if content is None else hashlib.sha256(content).hexdigest() if large else git_hash(content)
            return {"path": name, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False, "oid": oid}

        return JSONResponse({"files": [answer(file["path"]) for file in (await request.json())["files"]]})

    async def _batch(self, request: Request) -> Response:
        if refusal := self.hub.write_refusal(request, request.path_params["owner"]):
            return refusal
        objects = []
        for wanted in (await request.json())["objects"]:
            answer = {"oid": wanted["oid"], "size": wanted["size"]}
            if wanted["oid"] not in self.objects:
                answer["actions"] = {"upload": {"href": f"{request.base_url}lfs/{wanted['oid']}", "header": {}}}
            objects.append(answer)
        return JSONResponse({"transfer": "basic", "objects": objects})

    async def _put(self, request: Request) -> Response:
        content = await request.body()
        if hashlib.sha256(content).hexdigest() != request.path_params["oid"]:
            return Response(status_code=400)
        self.objects[request.path_params["oid"]] = content
        return Response()

    async def _commit(self, request: Request) -> Response:
        repo_id = repo_id_of(request)
        if refusal := self.hub.write_refusal(request, request.path_params["owner"]):
            return refusal
        operations = [json.loads(line) for line in (await request.body()).splitlines()]
        for operation in operations[1:]:
            value = operation["value"]
            if operation["key"] == "deletedFile":
                (self.hub.folder / repo_id / value["path"]).unlink()
                continue
            large = operation["key"] == "lfsFile"
            path = self.hub.folder / repo_id / value["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.objects[value["oid"]] if large else base64.b64decode(value["content"]))
        self.hub.commits.append((repo_id, operations[0]["value"]["summary"]))
        commit = self.hub.commit(repo_id)
        address = f"{request.base_url}{repo_id}/commit/{commit}"
        return JSONResponse({"success": True, "commitOid": commit, "commitUrl": address})
