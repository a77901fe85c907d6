"""BalanceBall: a planar figure that stands on a plank on a rolling ball."""
