"""Policies that see: pictures by the page's own renderer, and a network that tells a body's attitude from one."""
