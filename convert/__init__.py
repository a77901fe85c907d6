"""From a checkpoint to a bundle that plays in the browser, with proof."""

__version__ = "0.1.0"
