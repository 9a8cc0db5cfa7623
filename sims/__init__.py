"""One script per question: hypothesis, prediction, what would refute it, controls, and a verdict that is computed.

A module with a `main` is a sim; the others are parts of sims.
"""
