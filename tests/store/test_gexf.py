"""GEXF files: at every time of Gephi's timeline they show the network as it stood after that event."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphgrow import Graph, apply, difference
from graphgrow.errors import StoreError
from graphgrow.graph.builders import braess_diamond
from graphgrow.graph.edit import Edit
from graphgrow.store import Run
from graphgrow.store.gexf import write_gexf
from tests.store.test_run import event, grow
from tests.strategies import graphs


def there(data: dict[str, Any], time: int) -> bool:
    """Whether what has these attributes is shown at a time, by the rules of GEXF."""
    spells = data.get("spells", [(data.get("start", float("-inf")), data.get("end", float("inf")))])
    return any(start <= time <= end for start, end in spells)


def shown(file: Path, time: int) -> tuple[set[int], set[tuple[int, int]]]:
    """Nodes and edges at a time, read by networkx."""
    read = networkx.read_gexf(file, node_type=int)
    assert read.graph["mode"] == "dynamic"
    assert type(read) is networkx.DiGraph
    nodes = {node for node, data in read.nodes(data=True) if there(data, time)}
    return nodes, {(first, second) for first, second, data in read.edges(data=True) if there(data, time)}


def held(graph: Graph) -> tuple[set[int], set[tuple[int, int]]]:
    wiring = graph.wiring
    ends = zip(wiring.id[wiring.source].tolist(), wiring.id[wiring.target].tolist(), strict=True)
    return set(wiring.id.tolist()), set(ends)


@settings(max_examples=25)
@given(graphs(4, 4), st.integers(0, 5))
def test_every_event_of_a_run(tmp_path_factory: pytest.TempPathFactory, graph: Graph, count: int) -> None:
    folder = tmp_path_factory.mktemp("run")
    run = Run.create(folder / "run", {}, {"main": graph}, 0)
    made = grow(run, graph, range(1, count + 1))
    write_gexf(run, folder / "run.gexf")
    for time, stood in enumerate([graph, *made]):
        assert shown(folder / "run.gexf", time) == held(stood)


def test_an_edge_that_comes_back_has_two_spells(tmp_path: Path) -> None:
    start = braess_diamond()
    run, graph = Run.create(tmp_path / "run", {}, {"main": start}, 0), start
    source, target = int(start.wiring.source[0]), int(start.wiring.target[0])
    edits = [
        Edit(start.neurons, 1, removed_edges=[0], removed_edge_group=[0]),
        Edit(start.neurons, 1),
        Edit(start.neurons, 1, source=[source], target=[target], weight=[0.25], edge_group=[0]),
        Edit(start.neurons, 1),
    ]
    for number, edit in enumerate(edits, 1):
        grown, _ = apply(graph, edit, number)
        run.append("main", event(number, grown), difference(graph, grown))
        graph = grown
    write_gexf(run, tmp_path / "run.gexf")
    data = networkx.read_gexf(tmp_path / "run.gexf", node_type=int).edges[source, target]
    assert data["spells"] == [(0, 0), (3, 4)]
    assert (data["weight"], data["born"]) == (0.25, 3)


@settings(max_examples=25)
@given(graphs())
def test_a_graph_shows_when_it_grew(tmp_path_factory: pytest.TempPathFactory, graph: Graph) -> None:
    file = tmp_path_factory.mktemp("graph") / "graph.gexf"
    write_gexf(graph, file)
    read, wiring = networkx.read_gexf(file, node_type=int), graph.wiring
    born = dict(zip(wiring.id.tolist(), wiring.neuron_born.tolist(), strict=True))
    assert {node: data["start"] for node, data in read.nodes(data=True)} == born
    assert {node: data["level"] for node, data in read.nodes(data=True)} == dict(
        zip(wiring.id.tolist(), wiring.level.tolist(), strict=True)
    )
    edges = zip(held_in_order(graph), wiring.edge_born.tolist(), graph.weight.tolist(), strict=True)
    assert {(*pair, data["start"], data["weight"]) for *pair, data in read.edges(data=True)} == {
        (*pair, birth, weight) for pair, birth, weight in edges
    }


def held_in_order(graph: Graph) -> list[tuple[int, int]]:
    wiring = graph.wiring
    return list(zip(wiring.id[wiring.source].tolist(), wiring.id[wiring.target].tolist(), strict=True))


def test_two_networks_are_told_apart(tmp_path: Path) -> None:
    start = braess_diamond()
    run = Run.create(tmp_path / "run", {}, {"first": start, "second": start}, 0)
    grown = grow(run, start, range(1, 3), "second")
    write_gexf(run, tmp_path / "first.gexf", "first")
    write_gexf(run, tmp_path / "second.gexf", "second")
    assert shown(tmp_path / "first.gexf", 2) == held(start)
    assert shown(tmp_path / "second.gexf", 2) == held(grown[-1])
    with pytest.raises(StoreError, match="name one of them"):
        write_gexf(run, tmp_path / "none.gexf")


def test_a_file_that_cannot_be_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        write_gexf(braess_diamond(), tmp_path / "none" / "graph.gexf")
    (tmp_path / "graph.gexf").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        write_gexf(braess_diamond(), tmp_path / "graph.gexf")
    assert [path.name for path in tmp_path.iterdir()] == ["graph.gexf"]
