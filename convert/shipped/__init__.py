"""What comes with the package beside its code: the page, bundles in this folder, the licences of others."""

from pathlib import Path

BUNDLES = Path(__file__).parent
"""A folder each; `policies/make_bundles.py` makes them."""

DEFAULT_BUNDLE = BUNDLES / "humanoid-balance"
"""The bundle that the page opens first."""

BALANCE_BOT_BUNDLE = BUNDLES / "balance-bot"
"""A small one."""

CART_POLE_BUNDLE = BUNDLES / "cart-pole"
"""The smallest."""

REORIENT_BUNDLE = BUNDLES / "reorient"
"""One that turns."""

STAND_BUNDLE = BUNDLES / "stand"
"""Two legs."""

BALANCE_BALL_BUNDLE = BUNDLES / "balance-ball"
"""A figure on a plank on a ball."""

SEEING_BUNDLE = BUNDLES / "reorient-sight"
"""The same with a network that sees."""

SHIPPED = (
    DEFAULT_BUNDLE,
    BALANCE_BOT_BUNDLE,
    CART_POLE_BUNDLE,
    STAND_BUNDLE,
    BALANCE_BALL_BUNDLE,
    REORIENT_BUNDLE,
    SEEING_BUNDLE,
)

PAGE = BUNDLES.parent / "page"
"""What Vite makes of `web/`: index.html, gallery.html, assets/. Built, not in the repository."""

NOTICES = BUNDLES.parent / "notices"
"""Licences of what the page carries."""
