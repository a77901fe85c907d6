"""Untrusted input is read here: limits, parsers that execute nothing, the sandbox."""
