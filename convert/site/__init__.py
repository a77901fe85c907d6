"""A static site: the page and its bundles, for any web host."""
