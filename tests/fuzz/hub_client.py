"""The Hub's API without a network: whatever is asked, the file is the answer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from huggingface_hub import constants, set_client_factory

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.hub import session
from bbconvert.convert.hub.address import HubAddress
from bbconvert.convert.hub.repository import choose_checkpoint, find_repository
from bbconvert.convert.hub.search import search_repositories
from tests.fuzz.expectations import check_plain, check_published, require

_JSON = {"Content-Type": "application/json"}


def read_hub_answer(path: Path) -> None:
    """Searches, then looks a repository up."""
    with _answering(path.read_bytes(), path.parent / "cache"):
        refused: BBConvertError | None = None
        try:
            for repository in search_repositories("hopper"):
                check_published(repository.published)
                check_plain([repository.repo_id, repository.env_id, repository.algorithm, repository.obstacle])
        except BBConvertError as error:
            refused = error
        files = find_repository(HubAddress("tester/ppo-Hopper-v4"))
        require(all(isinstance(name, str) for name in files.sizes), "names of files are texts", files.sizes)
        require(files.is_bundle or bool(choose_checkpoint(files)), "one file is chosen")
        if refused is not None:
            raise refused


@contextmanager
def _answering(content: bytes, home: Path) -> Iterator[None]:
    def answer(request: httpx2.Request) -> httpx2.Response:
        asked_for_list = request.url.path == "/api/models"
        return httpx2.Response(200, content=_shaped(content, as_list=asked_for_list), headers=_JSON)

    constants.HF_HUB_CACHE = str(home / "hub")
    constants.AGENT_HARNESSES_PATH = str(home / "agents.json")
    # The product's own client, which it keeps where it finds it in place.
    set_client_factory(lambda: session._LimitedClient(transport=httpx2.MockTransport(answer)))
    yield


def _shaped(content: bytes, *, as_list: bool) -> bytes:
    """A list of models where one is asked for, one model where that is, if the bytes can be that."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return content
    if as_list:
        return content if isinstance(document, list) else b"[" + content + b"]"
    return json.dumps(document[0]).encode() if isinstance(document, list) and document else content
