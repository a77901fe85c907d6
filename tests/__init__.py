"""Tests: a module for each module; parity/ and browser/ hold what crosses a boundary."""
