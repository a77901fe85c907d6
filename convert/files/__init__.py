"""Folders written whole or not at all, whatever kills the program."""
