"""What comes with the package beside its code: the page, two bundles, the licences of others."""

from pathlib import Path

_HERE = Path(__file__).parent

DEFAULT_BUNDLE = _HERE / "default_bundle"
"""The bundle that the page opens first."""

BALANCE_BOT_BUNDLE = _HERE / "balance_bot_bundle"
"""A small one."""

SHIPPED = (DEFAULT_BUNDLE, BALANCE_BOT_BUNDLE)

PAGE = _HERE / "page"
"""What Vite makes of `web/`: index.html, gallery.html, assets/. Built, not in the repository."""

NOTICES = _HERE / "notices"
"""Licences of what the page carries."""
