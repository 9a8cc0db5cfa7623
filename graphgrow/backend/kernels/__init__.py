"""Loops that only networkx' definitions need; imported inside functions, so that importing the backend stays light."""
