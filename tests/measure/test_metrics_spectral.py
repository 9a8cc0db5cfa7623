"""What the metrics on Katz, spectra, modularity, persistence, degrees and order say of graphs that are known."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from graphgrow.graph.builders import from_dense, layered
from graphgrow.measure.adjacency import Adjacency, from_edges, of
from graphgrow.measure.convert import from_networkx
from graphgrow.measure.katz import EdgeValue, katz
from graphgrow.measure.measured import Measured
from graphgrow.measure.metrics import Effort, Subject, every
from graphgrow.measure.metrics import katz as katz_metric

METRICS = every()
KARATE = from_networkx(nx.karate_club_graph(), None)


def told(metric: str, graph: Adjacency, effort: Effort | None = None) -> dict[str, Measured]:
    return {each.name: each for each in METRICS[metric].measure(Subject(graph, effort=effort or Effort()))}


def test_katz_of_a_full_network_is_all_depth() -> None:
    found = told("katz", of(layered([10, 20, 20, 5], 1.0, np.random.default_rng(0))))
    assert found["mean katz"].value == pytest.approx((10 * 1 + 20 * 2 + 20 * 5 + 5 * 11) / 55)
    assert found["mean katz"].parameters["alpha"] == 0.1
    assert found["katz variance between levels"].value == pytest.approx(1)
    ranks = found["katz within levels, rank against in-degree"]
    assert (ranks.value, ranks.note) == (None, "no level of 3 nodes on which both vary")


def test_katz_within_levels() -> None:
    found = told("katz", of(layered([20, 30, 30, 20], 0.3, np.random.default_rng(0))))
    assert found["katz within levels, rank against in-degree"].value > 0.9
    assert abs(found["katz within levels, rank against out-strength"].value) < 0.4
    assert 0.5 < found["katz variance between levels"].value < 1


def test_katz_of_a_very_deep_network_has_a_share() -> None:
    wide = np.arange(3000)
    ends = [(np.repeat(wide[:40] + 40 * level, 40), np.tile(wide[:40] + 40 * level + 40, 40)) for level in range(70)]
    source, target = map(np.concatenate, zip(*ends, strict=True))
    graph = from_edges(71 * 40, source, target)
    found = {each.name: each for each in katz_metric._by_level(graph, 1e200 * katz(graph, EdgeValue.UNWEIGHTED), {})}
    assert found["katz variance between levels"].value == pytest.approx(1)


def test_katz_on_graphs_with_cycles() -> None:
    found = told("katz", KARATE)
    assert found["mean katz"].value == pytest.approx(katz(KARATE, EdgeValue.UNWEIGHTED).mean())
    assert found["katz variance between levels"].note == "the graph has no levels"
    large = told("katz", from_networkx(nx.complete_graph(12)))
    assert large["mean katz"].value is None
    assert "1 / spectral radius = 0.0909091" in large["mean katz"].note


def test_spectra() -> None:
    found = told("spectra", from_networkx(nx.complete_bipartite_graph(4, 6)))
    assert found["components"].value == 1
    assert found["spectral gap"].value == pytest.approx(1)
    assert found["largest laplacian eigenvalue"].value == pytest.approx(2)
    assert found["algebraic connectivity"].value == pytest.approx(4)
    assert found["spectral radius"].value == pytest.approx(np.sqrt(24))
    assert found["stable rank of blocks"].note == "no levels"
    orthogonal = told("spectra", of(from_dense([np.eye(4), 2 * np.eye(4)])))
    assert orthogonal["components"].value == 4
    assert orthogonal["stable rank of blocks"].value == orthogonal["effective rank of blocks"].value == pytest.approx(1)
    assert (orthogonal["spectral radius"].value, bool(orthogonal["spectral radius"].note)) == (0, True)


def test_large_spectra_say_that_they_were_iterated() -> None:
    graph = of(layered([30, 40, 30], 0.3, np.random.default_rng(0)))
    whole, found = told("spectra", graph), told("spectra", graph, Effort(exact_eigen=20))
    for name in ("components", "spectral gap", "largest laplacian eigenvalue", "algebraic connectivity"):
        assert found[name].value == pytest.approx(whole[name].value, abs=1e-5)
        assert (whole[name].parameters["exact"], found[name].parameters["exact"]) == (True, False)


def test_modularity() -> None:
    found = told("modularity", KARATE)
    assert found["modularity at 1"].value == pytest.approx(0.4197896, abs=1e-6)
    assert found["communities at 1"].value == 4
    assert 0 <= found["agreement of communities at 2"].value <= 1
    large = told("modularity", KARATE, Effort(exact_nodes=10))
    assert large["modularity at 1"].value is not None
    assert large["modularity at 1"].parameters["runs"] == 2
    assert "too large" in large["modularity at 2"].note
    assert told("modularity", from_edges(1, [0], [0]))["modularity at 1"].note == "no edges"


def test_persistence() -> None:
    found = told("persistence", of(from_dense([np.array([[2.0, -1.0], [0.4, 1.6]])])))
    assert found["neural persistence"].value == pytest.approx(np.sqrt(0.29 / 3))
    assert found["variance of scaled weights"].value == pytest.approx(np.var([1, 0.5, 0.2, 0.8]))
    dead = told("persistence", from_edges(2, [0], [1], [0.0]))
    assert "all of them are 0" in dead["neural persistence"].note


def test_degrees() -> None:
    found = told("degrees", from_edges(4, [0, 0, 0, 1], [1, 2, 3, 3], [1.0, -2.0, 0.5, 0.5]))
    values = {name: each.value for name, each in found.items()}
    assert (values["mean in-degree"], values["largest in-degree"], values["largest out-degree"]) == (1, 2, 3)
    assert (values["mean out-strength"], values["largest out-strength"], values["largest in-strength"]) == (1, 3.5, 2)
    assert values["in-degree heterogeneity"] == pytest.approx(1.5)
    assert "expected 50 degrees" in found["in-degree exponent"].note
    heavy = told("degrees", from_networkx(nx.barabasi_albert_graph(600, 2, seed=1)))["in-degree exponent"]
    assert 2 < heavy.value < 3.5
    assert heavy.error > 0
    assert heavy.note


def test_order_rate() -> None:
    found = told("order_rate", of(from_dense([np.full((6, 3), 0.5), np.full((2, 6), -0.9)])))["order rate"]
    assert found.value == 1
    assert found.parameters["all paths"] == 36
    assert "experimental" in found.note


def test_spectra_of_large_graphs_have_no_null() -> None:
    nodes = 40_000
    ring = np.concatenate([(np.arange(nodes) + step) % nodes for step in range(1, 9)])
    large = from_edges(nodes, np.tile(np.arange(nodes), 8), ring)
    spectra = every()["spectra"]
    assert not spectra.randomised(Subject(large))
    assert spectra.randomised(Subject(from_edges(3, [0, 1], [1, 2])))
