"""graphgrow: a neural network as an explicit weighted graph that grows while it learns."""

from graphgrow.errors import GraphgrowError
from graphgrow.graph import Activation, Difference, Edit, Event, Graph, Remap, Role, Wiring, apply, difference, patch

__version__ = "0.1.0"

__all__ = [
    "Activation",
    "Difference",
    "Edit",
    "Event",
    "Graph",
    "GraphgrowError",
    "Remap",
    "Role",
    "Wiring",
    "__version__",
    "apply",
    "difference",
    "patch",
]
