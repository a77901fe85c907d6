"""Fuzzers for every reader of untrusted bytes: `just fuzz`, and 500 inputs a reader in the tests.

An input is a pure function of (seed, reader, number), so that `python -m tests.fuzz --reader NAME --input I` makes it
again. It is read in a child process that notices signals, ten seconds of CPU time and a gigabyte of memory.
"""
