"""Random networkx graphs of every kind, and one function run by networkx and by our backend."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import networkx
import numpy as np
from hypothesis import strategies as st

KINDS = (networkx.Graph, networkx.DiGraph, networkx.MultiGraph, networkx.MultiDiGraph)
SIMPLE = KINDS[:2]
# The tests ask of one graph many things, and know that its conversion is kept.
networkx.config.warnings_to_ignore.add("cache")


@st.composite
def worlds(draw: st.DrawFn, kinds: tuple[Any, ...] = KINDS, signed: bool = False) -> Any:
    """A graph with loops and isolated nodes of every type; some edges lack a weight, and many weights are equal."""
    nodes = draw(st.integers(0, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    share = draw(st.sampled_from([0.0, 0.15, 0.4, 0.8, 1.2]))
    names = [[index, f"n{index}", (index, "x")][index % 3] for index in rng.permutation(nodes).tolist()]
    made = draw(st.sampled_from(kinds))()
    made.add_nodes_from(names)
    weights = [-2.0, -0.5, 0.5, 1.0, 2.0, 3] if signed else [0.5, 1.0, 1.0, 2.0, 3]
    for _ in range(int(share * nodes * nodes / 2)):
        first, second = (names[at] for at in rng.integers(0, nodes, 2))
        held = {"weight": weights[rng.integers(len(weights))]} if rng.random() < 0.85 else {}
        made.add_edge(first, second, **held)
    return made


def agrees(function: Any, graph: Any, *given: Any, **named: Any) -> bool:
    """Whether our backend returns what networkx returns, or raises what it raises."""
    theirs = _told(function, graph, given, {**named, "backend": "networkx"})
    ours = _told(function, graph, given, {**named, "backend": "graphgrow"})
    if isinstance(theirs, NotImplementedError):
        # networkx' dispatcher puts a message of its own in the place of this one.
        return isinstance(ours, NotImplementedError)
    if isinstance(theirs, Exception):
        return type(ours) is type(theirs)
    return same(theirs, ours)


def same(theirs: Any, ours: Any) -> bool:
    """Equal keys and, up to rounding, equal numbers."""
    if isinstance(theirs, Mapping):
        return set(theirs) == set(ours) and all(same(theirs[key], ours[key]) for key in theirs)
    if isinstance(ours, Exception):
        raise ours
    close = math.isclose(theirs, ours, rel_tol=1e-9, abs_tol=1e-12) or (math.isnan(theirs) and math.isnan(ours))
    return close and isinstance(ours, int | float)


def _told(function: Any, graph: Any, given: Any, named: Any) -> Any:
    try:
        return function(graph, *given, **named)
    except (
        networkx.NetworkXException,
        NotImplementedError,
        ArithmeticError,
        ValueError,
        np.linalg.LinAlgError,
    ) as error:
        return error
