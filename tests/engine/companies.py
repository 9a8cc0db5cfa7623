"""Random members of a population: graphs of any size, depth and activations with the same inputs and outputs."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from hypothesis import strategies as st

from graphgrow import Graph, Role, Wiring
from tests.engine.dense import ordinary
from tests.strategies import random_graph


def with_outputs(graph: Graph, count: int, rng: np.random.Generator) -> Graph:
    """The same graph with so many outputs, on any levels, with out-edges or without."""
    wiring = graph.wiring
    role = np.where(wiring.level == 0, Role.INPUT, Role.HIDDEN)
    role[rng.permutation(np.flatnonzero(wiring.level > 0))[:count]] = Role.OUTPUT
    held = {each.name: getattr(wiring, each.name) for each in fields(wiring) if each.name != "role"}
    return Graph(Wiring(role=role, **held), graph.weight, graph.bias)


def member(
    inputs: int, outputs: int, hidden: list[int], rng: np.random.Generator, dtype: type = np.float32, share: float = 0.5
) -> Graph:
    """One member; its weights are special ones now and then."""
    return with_outputs(random_graph([inputs, *hidden, outputs], share, rng, dtype), outputs, rng)


@st.composite
def companies(draw: st.DrawFn, most: int = 5, dtypes: tuple[type, ...] = (np.float32, np.float64)) -> list[Graph]:
    """Members from no hidden level to three; edges between any two levels, or none at all."""
    inputs, outputs, dtype = draw(st.integers(1, 4)), draw(st.integers(1, 3)), draw(st.sampled_from(dtypes))
    made = []
    for _ in range(draw(st.integers(1, most))):
        hidden = draw(st.lists(st.integers(1, 5), max_size=3))
        share = draw(st.sampled_from([0.0, 0.3, 0.7, 1.0]))
        rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        graph = member(inputs, outputs, hidden, rng, dtype, share)
        made.append(ordinary(graph) if draw(st.booleans()) else graph)
    return made
