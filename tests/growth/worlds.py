"""The worlds that contracts are tried on, and what only tests of growth need besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from graphgrow.graph.builders import from_edges
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation
from graphgrow.growth.contract.asking import function_changes, same_edits
from graphgrow.growth.contract.worlds import (
    SAMPLES,
    WORLDS,
    World,
    answering,
    forward,
    make,
    passes_of,
    ring_of,
    signals_of,
    view_of,
)

__all__ = [
    "SAMPLES",
    "WORLDS",
    "World",
    "answering",
    "check_same_function",
    "edit_of",
    "forward",
    "make",
    "passes_of",
    "ring_of",
    "same_edits",
    "signals_of",
    "small",
    "view_of",
]


def check_same_function(graph: Graph, edit: Edit) -> None:
    """Outputs before and after agree on inputs that no probe has seen."""
    assert function_changes(graph, edit) <= 1e-9


def small(sizes: Sequence[int], edges: Sequence[tuple[int, int, float]], activation: Activation) -> Graph:
    """A hand-made network: level sizes and edges (source row, target row, weight)."""
    level = np.repeat(np.arange(len(sizes)), sizes)
    source, target, weight = (np.array(column) for column in zip(*edges, strict=True))
    return from_edges(level, source.astype(int), target.astype(int), weight, activation=activation, dtype=np.float64)


def edit_of(neurons: int, groups: int, **columns: ArrayLike) -> Edit:
    """An edit out of plain lists."""
    return replace(Edit(neurons, groups), **{name: np.asarray(column) for name, column in columns.items()})  # type: ignore[arg-type]
