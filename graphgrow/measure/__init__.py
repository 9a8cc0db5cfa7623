"""Measures of networks and of what they did; numpy and scipy, no torch."""
