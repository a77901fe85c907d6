"""`bbconvert.show`: a bundle, a repository, or an environment with a policy in memory, in a notebook's cell."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bbconvert.convert.errors import BBConvertError, UsageError
from bbconvert.convert.progress import CallbackProgress, ProgressCallback

if TYPE_CHECKING:
    import gymnasium

    from bbconvert.convert.bundle.bundle import Bundle
    from bbconvert.convert.notebook.player import Player

MIN_HEIGHT, MAX_HEIGHT = 200, 4000


def show(
    what: "str | Path | Bundle | gymnasium.Env[Any, Any] | Sequence[str | Path | Bundle]",
    policy: "Callable[..., Any] | Any | None" = None,
    *,
    height: int = 480,
    seed: int = 0,
    play: bool = True,
    progress: ProgressCallback | None = None,
) -> "Player":
    """Shows the page in the cell's output, without a server: its files come from the kernel.

    Args:
        what: a bundle or its folder; a repository (`owner/name`), which is pulled first; a list of those, side by side;
            or a Gymnasium MuJoCo environment, with `policy`.
        policy: what plays the environment. A model of Stable-Baselines3 or a torch module that is an MLP is converted
            and verified, in a temporary folder. Any other callable (observation [n] to action [m]) is played in Python
            for one episode of `seed`, which the page replays.
        height: of the frame, pixels.
        seed: of the first episode.
        play: begin at once; else paused.
        progress: told each stage of a pull or a conversion.

    Returns:
        The player, whose calls are awaited: `await player.step(100)`.

    Raises:
        BBConvertError: the extra `notebook` is not installed, this is no notebook, or what is to be shown cannot be
            pulled or converted.
    """
    _require_notebook()
    if not MIN_HEIGHT <= height <= MAX_HEIGHT:
        raise UsageError(f"height is {height}; expected {MIN_HEIGHT} to {MAX_HEIGHT} pixels.")
    from bbconvert.convert.bundle.library import make_library
    from bbconvert.convert.notebook.page_files import PageFiles
    from bbconvert.convert.notebook.player import Player
    from bbconvert.convert.notebook.widget import PageWidget

    bundles, recorded = _bundles(what, policy, seed, CallbackProgress(progress))
    library = make_library(bundles)
    query = [("bundle", name) for name in library]
    query += [("seed", str(seed)), ("embed", "1")]
    if recorded is not None or not play:
        query.append(("paused", "1"))
    widget = PageWidget(PageFiles(library), query=urlencode(query), height=height)
    if recorded is not None:
        widget.call("replay", recorded, "The episode that Python played")
        if play:
            widget.call("play")
    player = Player(widget, bundles[0].manifest.title)
    if "IPython" in sys.modules:
        from IPython.display import display

        display(widget)  # type: ignore[no-untyped-call]
    return player


def _bundles(what: Any, policy: Any, seed: int, progress: CallbackProgress) -> "tuple[list[Bundle], bytes | None]":
    """The bundles to show, and the rollout that the first one replays, if any."""
    import gymnasium

    from bbconvert.convert.bundle.bundle import Bundle, open_bundle
    from bbconvert.convert.pull import local_or_pulled

    if isinstance(what, gymnasium.Env):
        from bbconvert.convert.notebook.memory import bundle_of

        if policy is None:
            raise UsageError(
                "show(env) needs a policy: show(env, policy), where policy is a model of Stable-Baselines3, a torch "
                "module, or a function of an observation that returns an action."
            )
        bundle, recorded = bundle_of(what, policy, seed, progress)
        return [bundle], recorded
    if policy is not None:
        raise UsageError("A bundle has its policy: show(bundle). With a policy: show(env, policy).")
    several = what if isinstance(what, Sequence) and not isinstance(what, str) else [what]
    if not several:
        raise UsageError("show([]) shows nothing: give a bundle, its folder or a repository.")
    return [
        one if isinstance(one, Bundle) else open_bundle(local_or_pulled(str(one), progress=progress)) for one in several
    ], None


def _require_notebook() -> None:
    """Raises BBConvertError where nothing could be shown."""
    try:
        import anywidget  # noqa: F401
        import jupyter_ui_poll  # noqa: F401
    except ImportError as error:
        raise BBConvertError(
            f"{error.name} is not installed, which show() needs: pip install 'bbconvert[notebook]'. "
            "Without a notebook: bbconvert play"
        ) from error
    if not _in_notebook():
        raise BBConvertError(
            "This is no notebook: show() puts the page into a cell of Jupyter, VS Code, Colab or marimo. "
            "From a script or a terminal: bbconvert play"
        )


def _in_notebook() -> bool:
    marimo = sys.modules.get("marimo")
    if marimo is not None and marimo.running_in_notebook():
        return True
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None
