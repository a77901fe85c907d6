"""The local server of the page."""
