"""What a wiring looks up and checks in fast ways is what the plain way gives, on every path and at every border."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow import Graph, Role, Wiring
from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph import wiring as module
from tests.strategies import graphs, random_graph

seeds = st.integers(0, 2**32 - 1)


def dense() -> Graph:
    """More than 32 edges a neuron, so that the paths for many edges are taken."""
    return random_graph([60, 60, 60], 1.0, np.random.default_rng(0), np.float32)


def keys(wiring: Wiring) -> Array:
    """One ascending number per edge."""
    made: Array = wiring.target.astype(np.int64) * (wiring.neurons + 5) + wiring.source
    return made


def check_derived(wiring: Wiring) -> None:
    counts = np.bincount(wiring.target, minlength=wiring.neurons)
    assert wiring.pointer.tolist() == [0, *np.cumsum(counts).tolist()]
    assert wiring.out_order.tolist() == np.argsort(wiring.source, kind="stable").tolist()
    assert (wiring.pointer.dtype, wiring.out_order.dtype) == (np.int64, np.int32)
    assert not wiring.out_order.flags.writeable


@given(graphs())
def test_derived_arrays_of_few_edges(graph: Graph) -> None:
    check_derived(graph.wiring)


def test_derived_arrays_of_many_edges() -> None:
    wiring = dense().wiring
    assert wiring.neurons << 5 < wiring.edges
    check_derived(wiring)


@pytest.mark.parametrize("count", [3, 2000], ids=["few", "many"])
def test_places_of_few_and_of_many_edges(count: int) -> None:
    wiring, rng = dense().wiring, np.random.default_rng(1)
    assert (count << 4 < wiring.edges) == (count == 3)
    # Numbers beyond the rows stand for neurons that are yet to come.
    source = rng.integers(0, wiring.neurons + 5, count)
    target = rng.integers(0, wiring.neurons, count)
    wanted = np.searchsorted(keys(wiring), target * (wiring.neurons + 5) + source)
    assert wiring.edge_places(source, target).tolist() == wanted.tolist()


@given(graph=graphs(), seed=seeds)
def test_rows_of_edges_and_of_what_is_no_edge(graph: Graph, seed: int) -> None:
    wiring, rng = graph.wiring, np.random.default_rng(seed)
    ends = rng.integers(-2, wiring.neurons + 2, (2, 7))
    known = dict(
        zip(zip(wiring.source.tolist(), wiring.target.tolist(), strict=True), range(wiring.edges), strict=True)
    )
    wanted = [known.get(pair, -1) for pair in zip(*ends.tolist(), strict=True)]
    assert wiring.edge_rows(*ends).tolist() == wanted
    assert wiring.edge_rows(wiring.source, wiring.target).tolist() == list(range(wiring.edges))


def faults(wiring: Wiring, edge: int) -> list[dict[str, Any]]:
    """Ways to spoil one edge: no such row, a level too late, out of order or given twice."""
    made: list[dict[str, Any]] = []
    for name, value in (("source", -1), ("source", wiring.neurons), ("target", -1), ("target", wiring.neurons)):
        spoilt = np.array(getattr(wiring, name))
        spoilt[edge] = value
        made.append({name: spoilt})
    turned = np.array(wiring.source)
    turned[edge] = wiring.target[edge]
    made.append({"source": turned})
    if edge:
        for name in ("swapped", "twice"):
            order = np.arange(wiring.edges)
            order[edge - 1] = edge
            order[edge] = edge - 1 if name == "swapped" else edge
            made.append({end: getattr(wiring, end)[order] for end in ("source", "target")})
    return made


@pytest.mark.parametrize("block", [1, 2, 3, 1 << 17])
def test_every_fault_is_seen_wherever_it_stands(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    wiring = random_graph([2, 3, 2], 1.0, np.random.default_rng(4), np.float32).wiring
    fields = {name: getattr(wiring, name) for name in Wiring.__dataclass_fields__}
    assert Wiring(**fields).same(wiring)
    for edge in range(wiring.edges):
        for spoilt in faults(wiring, edge):
            with pytest.raises(GraphError, match=r"do not exist|strictly increase|given twice|out of order"):
                Wiring(**{**fields, **spoilt})


def test_levels_too_many_for_a_byte() -> None:
    size = 300
    fields: dict[str, Any] = {
        "id": np.arange(size),
        "level": np.arange(size),
        "role": np.where(np.arange(size) == 0, Role.INPUT, Role.HIDDEN),
        "activation": np.zeros(size),
        "neuron_born": np.zeros(size),
        "parent": np.full(size, -1),
        "edge_born": [0],
    }
    # As bytes 256 and 299 would stand before 255.
    assert Wiring(**fields, source=[255], target=[299]).edges == 1
    with pytest.raises(GraphError, match="level 299 to level 255"):
        Wiring(**fields, source=[299], target=[255])
