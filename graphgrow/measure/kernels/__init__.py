"""Loops over graphs that numba compiles; imported inside functions, so that importing a measure stays light."""
