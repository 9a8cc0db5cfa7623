"""Error types: every message says what was expected, what came, and how to mend it."""

from __future__ import annotations


class GraphgrowError(Exception):
    """Base of every error that user input can cause; the command line prints it on one line and exits with code 2."""


class GraphError(GraphgrowError):
    """A wiring or graph breaks an invariant (a cycle, a duplicate edge, a weight that is not finite)."""


class EditError(GraphgrowError):
    """An edit does not fit the graph it is applied to."""


class DataError(GraphgrowError):
    """A data file is missing, truncated or corrupt, or holds values that the task cannot use."""


class SettingsError(GraphgrowError):
    """A setting is out of range, unknown, or contradicts another one."""


class RuleError(GraphgrowError):
    """A growth rule is unknown, cannot be loaded, or proposed something outside its limits."""


class OptimizerError(GraphgrowError):
    """An optimizer cannot carry its state through growth, or is not the one that holds the network's parameters."""


class StoreError(GraphgrowError):
    """A stored run or checkpoint is missing, truncated, corrupt or not empty."""


class ParallelError(GraphgrowError):
    """Processes that train one model do not hold the same, or one of them failed."""


class DivergedError(GraphgrowError):
    """Training produced a loss that is not finite."""


class SweepError(GraphgrowError):
    """A job of a sweep failed, or its workers were lost."""
