"""What `pull` and `verify` say of a bundle whose environment only its author describes."""

from typing import TYPE_CHECKING

from bbconvert.convert.progress import Progress

if TYPE_CHECKING:
    from bbconvert.convert.bundle.bundle import Bundle


def say_own_environment(bundle: "Bundle", progress: Progress) -> None:
    """A line on stderr where the environment is not in the catalogue; nothing where it is."""
    from bbconvert.convert.bundle.environment_standing import NOT_VERIFIED, own_environment

    own = own_environment(bundle.manifest.env)
    if own is not None:
        progress.say(
            f"{NOT_VERIFIED} ({own}). What an episode pays, and when it ends, is its author's word; the checks "
            "hold the policy to it."
        )
