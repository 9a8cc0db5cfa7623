"""What every metric of the topology report promises, whatever it measures; no metric is named here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import networkx
import numpy as np
import pytest

from graphgrow.graph.builders import layered
from graphgrow.graph.graph import Graph
from graphgrow.measure.adjacency import Adjacency, from_edges, of
from graphgrow.measure.convert import from_networkx
from graphgrow.measure.metrics import Effort, Metric, Subject, every

EFFORT = Effort(exact_nodes=200, exact_eigen=200, samples=16, nulls=2)


def network() -> Graph:
    return layered([6, 8, 5, 3], 0.5, np.random.default_rng(0))


def dead() -> Graph:
    made = network()
    return made.with_weights(np.zeros_like(made.weight), made.bias)


GRAPHS: dict[str, Callable[[], Adjacency]] = {
    "empty": lambda: from_edges(0, [], []),
    "empty undirected": lambda: from_edges(0, [], [], directed=False),
    "single": lambda: from_edges(1, [], []),
    "single with a loop": lambda: from_edges(1, [0], [0]),
    "two apart": lambda: from_edges(2, [], []),
    "one edge": lambda: from_edges(2, [0], [1], [0.5]),
    "one undirected edge": lambda: from_edges(2, [0], [1], directed=False),
    "in pieces": lambda: from_edges(7, [0, 1, 3, 4], [1, 2, 4, 5], [1.0, -1.0, 2.0, 0.5]),
    "zero weights": lambda: from_edges(4, [0, 0, 1, 2], [1, 2, 3, 3], [0.0, 0.0, 0.0, 0.0]),
    "cycle": lambda: from_edges(3, [0, 1, 2], [1, 2, 0], [1.0, 1.0, 1.0]),
    "both ways": lambda: from_edges(3, [0, 1, 1, 2], [1, 0, 2, 1]),
    "karate": lambda: from_networkx(networkx.karate_club_graph(), None),
    "complete": lambda: from_networkx(networkx.complete_graph(6)),
    "network": lambda: of(network()),
    "dead network": lambda: of(dead()),
    "larger": lambda: of(layered([60, 90, 90, 30], 0.1, np.random.default_rng(1))),
}
METRICS = every()
pairs = pytest.mark.parametrize(
    ("metric", "graph"), [(metric, graph) for metric in METRICS for graph in GRAPHS], ids=str
)


def subject(graph: str) -> Subject:
    own = {"network": network, "dead network": dead}
    return Subject(GRAPHS[graph](), own[graph]() if graph in own else None, EFFORT)


@pairs
def test_every_graph_has_an_answer(metric: str, graph: str) -> None:
    for found in METRICS[metric].measure(subject(graph)):
        assert found.value is None or np.isfinite(found.value), found
        assert (found.value is None) == bool(found.note) or found.value is not None, found
        assert found.error is None or found.error >= 0
        assert found.reachable is None or 0 <= found.reachable <= 1
        assert found.definition
        assert found.null_count == 0, "nulls are the report's affair"


@pairs
def test_twice_is_the_same_and_the_graph_is_untouched(metric: str, graph: str) -> None:
    asked = subject(graph)
    before = replace(asked.adjacency)
    assert METRICS[metric].measure(asked) == METRICS[metric].measure(asked)
    assert np.array_equal(before.other, asked.adjacency.other)


@pytest.mark.parametrize("metric", METRICS)
def test_names_and_definitions_are_the_same_for_every_graph(metric: str) -> None:
    names = {graph: [found.name for found in METRICS[metric].measure(subject(graph))] for graph in GRAPHS}
    assert all(each == names["empty"] for each in names.values())
    assert len(set(names["empty"])) == len(names["empty"]) > 0


def test_no_two_metrics_share_a_name() -> None:
    names = [found.name for metric in METRICS.values() for found in metric.measure(subject("karate"))]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_is_frozen_and_says_what_it_is(metric: str) -> None:
    made = METRICS[metric]
    assert isinstance(made, Metric)
    assert type(made).__doc__
    assert isinstance(made.randomised(subject("karate")), bool)
    assert hash(made) == hash(replace(made))  # type: ignore[type-var]


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_a_weight_that_is_no_number_is_refused_before_any_metric_sees_it(wrong: float) -> None:
    from graphgrow.errors import GraphError

    with pytest.raises(GraphError, match=r"edge 0 -> 1: weight .* is not finite"):
        from_edges(2, [0], [1], [wrong])
