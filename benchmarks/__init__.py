"""Timings of the library beside its peers, both in one process; see README.md for how to read the tables."""
