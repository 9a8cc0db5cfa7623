"""What networkx sees of the backend: conversion there and back, our own graphs, and what it is told beforehand."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import networkx
import numpy as np
import pytest
from hypothesis import given, settings

from graphgrow import Graph
from graphgrow.backend import info, interface
from graphgrow.backend.held import held
from graphgrow.graph.builders import braess_diamond
from graphgrow.graph.interop import to_networkx
from graphgrow.measure.adjacency import from_edges, of
from graphgrow.measure.convert import from_networkx
from tests.backend.worlds import KINDS, SIMPLE, same, worlds
from tests.strategies import graphs

NAME = "graphgrow"
KARATE_KATZ = {0: 0.321325, 33: 0.331406, 11: 0.096617}


@settings(max_examples=60)
@given(worlds())
def test_conversion_there_and_back(graph: Any) -> None:
    graph.graph["name"] = "kept"
    for node in graph:
        graph.nodes[node]["colour"] = str(node)
    everything = {f"preserve_{what}_attrs": True for what in ("edge", "node", "graph")}
    back = interface.convert_to_nx(interface.convert_from_nx(graph, **everything))
    assert type(back) is type(graph)
    assert networkx.utils.graphs_equal(back, graph)
    assert list(back) == list(graph)


@settings(max_examples=40)
@given(worlds(SIMPLE))
def test_conversion_of_what_was_asked_for(graph: Any) -> None:
    made = interface.convert_from_nx(graph, edge_attrs={"weight": 1}, node_attrs={"colour": "none"})
    back = interface.convert_to_nx(made)
    for first, second, data in graph.edges(data=True):
        assert back.edges[first, second] == {"weight": data.get("weight", 1)}
    assert all(data == {"colour": "none"} for _, data in back.nodes(data=True))
    assert made.size("weight") == pytest.approx(graph.size("weight"))


@settings(max_examples=25)
@given(graphs())
def test_our_own_graphs_go_straight_in(graph: Graph) -> None:
    plain = to_networkx(graph)
    for own in (graph, of(graph)):
        for function in (networkx.katz_centrality, networkx.clustering, networkx.trophic_levels):
            assert same(function(plain, backend="networkx"), function(own))
        for node in list(plain)[:2]:
            wanted = networkx.single_source_shortest_path_length(plain, node, backend="networkx")
            assert networkx.single_source_shortest_path_length(own, node) == wanted


def test_the_weights_of_our_own_graphs_are_their_weight() -> None:
    graph = from_edges(3, [0, 1, 0], [1, 2, 2], [2.0, 1.0, 4.0], directed=False)
    plain = interface.convert_to_nx(graph)
    assert same(networkx.clustering(plain, weight="weight"), networkx.clustering(G=graph, weight="weight"))
    assert same(networkx.clustering(plain), networkx.clustering(graph))
    assert networkx.average_shortest_path_length(graph, "weight") == 2.0
    assert networkx.average_shortest_path_length(graph, lambda *edge: edge[2]["weight"]) == 2.0


def test_reference_values_of_the_karate_club() -> None:
    graph = from_networkx(networkx.karate_club_graph(), None)
    assert networkx.average_clustering(graph) == pytest.approx(0.570638, abs=5e-7)
    assert networkx.transitivity(graph) == pytest.approx(0.255682, abs=5e-7)
    assert networkx.average_shortest_path_length(graph) == pytest.approx(2.408200, abs=5e-7)
    assert networkx.global_efficiency(graph) == pytest.approx(0.492008, abs=5e-7)
    katz = networkx.katz_centrality(graph)
    assert {node: round(katz[node], 6) for node in KARATE_KATZ} == KARATE_KATZ


def test_what_does_not_run_here_falls_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotImplementedError):
        networkx.pagerank(braess_diamond())
    monkeypatch.setattr(networkx.config, "fallback_to_nx", True)
    for graph in (braess_diamond(), of(braess_diamond()), held(braess_diamond())):
        assert same(networkx.pagerank(to_networkx(braess_diamond())), networkx.pagerank(graph))


@pytest.mark.parametrize("value", ["heavy", 1j])
def test_weights_that_are_no_numbers_stay_with_networkx(value: Any) -> None:
    graph = networkx.DiGraph([(0, 1, {"weight": value})])
    with pytest.raises(NotImplementedError):
        networkx.flow_hierarchy(graph, "weight", backend=NAME)
    with pytest.raises(TypeError, match="use convert_from_nx first"):
        interface.clustering(graph)


def test_the_conversion_is_kept_until_the_graph_changes() -> None:
    graph = networkx.karate_club_graph()
    first = networkx.triangles(graph, backend=NAME)
    assert NAME in graph.__networkx_cache__["backends"]
    assert networkx.triangles(graph, backend=NAME) == first
    graph.add_edge(9, 33)
    graph.add_edge(9, 0)
    assert networkx.triangles(graph, backend=NAME) != first


def test_what_is_worth_its_conversion() -> None:
    large, small = networkx.path_graph(100), networkx.path_graph(5)
    assert interface.should_run("triangles", (large,), {}) is True
    assert interface.should_run("triangles", (), {"G": of(braess_diamond())}) is True
    assert "fewer than" in str(interface.should_run("triangles", (small,), {}))
    for name, called in (("single_source_shortest_path_length", (large, 0)), ("triangles", (large, 3))):
        assert "whole graph" in str(interface.should_run(name, called, {}))
        networkx.transitivity(large, backend=NAME)
        assert interface.should_run(name, called, {}) is True
        large.__networkx_cache__.clear()
    assert interface.should_run("triangles", (large, [3, 4]), {}) is True
    assert interface.can_run("triangles", (large,), {})


def test_by_configuration_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    graph, small = networkx.barbell_graph(30, 5), networkx.path_graph(3)
    wanted = networkx.triangles(graph, backend="networkx")
    monkeypatch.setattr(networkx.config.backend_priority, "algos", [NAME])
    assert networkx.triangles(graph) == wanted
    assert networkx.triangles(small) == {0: 0, 1: 0, 2: 0}
    assert list(graph.__networkx_cache__["backends"]) == [NAME]
    assert "backends" not in small.__networkx_cache__


def test_all_that_is_promised_is_there() -> None:
    told = set(info.info()["functions"])  # type: ignore[call-overload]
    assert told == {name for name in interface.__all__ if not name.startswith(("convert", "can_", "should_"))}
    assert all(NAME in networkx.utils.backends._registered_algorithms[name].backends for name in told)
    assert networkx.utils.backends.backend_info[NAME]["short_summary"]


def test_importing_networkx_loads_nothing_heavy_of_ours() -> None:
    code = "import networkx, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"numba", "scipy", "torch", "igraph", "pandas"} & set(done.stdout.split()) == set()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_ours_asks_networkx(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = interface.convert_from_nx(kind(np.random.default_rng(1).integers(0, 9, (30, 2)).tolist()))
    for name in (
        "triangles",
        "square_clustering",
        "global_efficiency",
        "average_shortest_path_length",
        "flow_hierarchy",
    ):
        monkeypatch.setattr(networkx.utils.backends._registered_algorithms[name], "orig_func", None)
    assert len(interface.square_clustering(graph)) == len(graph)
    assert len(interface.triangles(graph)) == len(graph)
