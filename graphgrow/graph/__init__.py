"""The network as an explicit graph: wiring, weights, edits, builders and interchange. numpy only."""

from graphgrow.graph.apply import Remap, apply, identity_remap
from graphgrow.graph.difference import Difference, difference, patch
from graphgrow.graph.edit import Edit, join
from graphgrow.graph.graph import Graph
from graphgrow.graph.history import Event, History, Series
from graphgrow.graph.wiring import Activation, Role, Wiring

__all__ = [
    "Activation",
    "Difference",
    "Edit",
    "Event",
    "Graph",
    "History",
    "Remap",
    "Role",
    "Series",
    "Wiring",
    "apply",
    "difference",
    "identity_remap",
    "join",
    "patch",
]
