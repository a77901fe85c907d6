"""What the Hub and the network can answer, in words."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from huggingface_hub import constants
from huggingface_hub.errors import (
    FileMetadataError,
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    RevisionResolutionError,
    XetDownloadError,
)

from bbconvert.convert.errors import BBConvertError
from bbconvert.convert.hub.session import use_limited_client, wait_asked

_HOW_TO_SIGN_IN = (
    "give a token that may read it: set HF_TOKEN (make one at {endpoint}/settings/tokens), or run: hf auth login."
)


class UnknownRepositoryError(BBConvertError):
    """The Hub has no such repository, or does not show it to us."""


class UnknownRevisionError(BBConvertError):
    """The repository has no such branch, tag or commit."""


class UnreachableHubError(BBConvertError):
    """No answer from the Hub: offline mode, no network, wrong address, server down."""


@contextmanager
def hub_errors_in_words(repo_id: str, doing: str) -> Iterator[None]:
    """Turns what `huggingface_hub` raises while it is `doing` something (`"looking it up"`) into a BBConvertError.

    What it raises over an answer that is not a Hub's may be anything: it reads JSON without checking it.
    """
    use_limited_client()
    try:
        yield
    except (
        HfHubHTTPError,
        OfflineModeIsEnabled,
        RevisionResolutionError,
        LocalEntryNotFoundError,
        FileMetadataError,
        XetDownloadError,
        httpx2.HTTPError,
    ) as error:
        raise in_words(error, repo_id, doing) from error
    except (BBConvertError, MemoryError):
        raise
    except Exception as error:
        disk = isinstance(error, OSError) and error.errno is not None
        if disk or doing == "pushing":  # where what is wrong may be a file of our own
            raise
        raise in_words(error, repo_id, doing) from error


def in_words(error: BaseException, repo_id: str, doing: str) -> BBConvertError:  # noqa: PLR0911  # a table
    """The BBConvertError for one of `huggingface_hub`'s errors; its cause counts where it only wraps one."""
    endpoint = constants.ENDPOINT
    match error:
        case RevisionResolutionError() | LocalEntryNotFoundError() if error.__cause__ is not None:
            return in_words(error.__cause__, repo_id, doing)
        case ValueError() if isinstance(error.__cause__, (HfHubHTTPError, OSError, httpx2.HTTPError)):
            return in_words(error.__cause__, repo_id, doing)  # of a forced download
        case OfflineModeIsEnabled() | RevisionResolutionError() | LocalEntryNotFoundError():
            return UnreachableHubError(
                f"{repo_id} is not in the local cache ({constants.HF_HUB_CACHE}), and HF_HUB_OFFLINE forbids asking "
                "the Hub."
            )
        case GatedRepoError():
            return BBConvertError(
                f"{repo_id} is gated: its authors decide who may download it. Ask for access on {endpoint}/{repo_id}, "
                f"then {_HOW_TO_SIGN_IN.format(endpoint=endpoint)}"
            )
        case RepositoryNotFoundError():
            return UnknownRepositoryError(f"{repo_id} does not exist on {endpoint}, or is private.")
        case RevisionNotFoundError():
            return UnknownRevisionError(f"{repo_id} on {endpoint} has no such revision.")
        case RemoteEntryNotFoundError():
            return BBConvertError(f"{repo_id} on {endpoint} no longer has that file. Try again.")
        case HfHubHTTPError():
            return _http_error(error, repo_id, doing)
        case httpx2.TransportError() if doing == "downloading":
            return UnreachableHubError(
                f"The download of {repo_id} from {endpoint} was cut and did not go on after several tries "
                f"({_reason(error)}). Nothing was written. Check the connection and give the same command again."
            )
        case httpx2.TransportError():
            return UnreachableHubError(
                f"{endpoint} does not answer ({_reason(error)}), so {repo_id} could not be looked up. Check the "
                f"network; {_about_endpoint()}"
            )
        case XetDownloadError() | httpx2.HTTPError():
            return BBConvertError(f"{repo_id}: {doing} on {endpoint} failed ({_reason(error)}). Try again.")
        case _:
            return BBConvertError(
                f"{endpoint} does not answer like a Hub: {_reason(error)}. If HF_ENDPOINT is set, check that address."
            )


def private_advice() -> str:
    """What to do where a repository that is not found might be a private one."""
    if os.environ.get("HF_TOKEN"):
        return "If it is private: the token in HF_TOKEN may not read it."
    return f"If it is private, {_HOW_TO_SIGN_IN.format(endpoint=constants.ENDPOINT)}"


def _http_error(error: HfHubHTTPError, repo_id: str, doing: str) -> BBConvertError:
    endpoint, status = constants.ENDPOINT, error.response.status_code
    if status in (401, 403):
        return BBConvertError(
            f"{endpoint} refuses {repo_id} ({status}): it is private, or the token given may not read it. Check "
            f"HF_TOKEN, or {_HOW_TO_SIGN_IN.format(endpoint=endpoint)}"
        )
    if status == 429:
        asked = wait_asked(error.response)
        wait = "a few minutes" if asked is None else f"{asked:.0f} seconds"
        return BBConvertError(
            f"{endpoint} answers that there were too many requests (429). Wait {wait} and give the same command again; "
            "with a token (HF_TOKEN, or hf auth login) the limit is higher."
        )
    if status >= 500:
        return UnreachableHubError(
            f"{endpoint} is in trouble ({status}) while {doing} {repo_id}. Try again later; {_about_endpoint()}"
        )
    return BBConvertError(
        f"{endpoint} answers {status} while {doing} {repo_id} ({_reason(error)}). {_about_endpoint()}"
    )


def _about_endpoint() -> str:
    if "HF_ENDPOINT" in os.environ:
        return f"HF_ENDPOINT is set to {constants.ENDPOINT}: is that the Hub you mean?"
    return "if your Hub is a mirror, set HF_ENDPOINT to its address."


def _reason(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
