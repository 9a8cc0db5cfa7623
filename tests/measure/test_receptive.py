"""Receptive fields: ancestors by networkx, derivatives by dense matrices, and scales that are or are not there."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from hypothesis import given

from graphgrow.errors import GraphError
from graphgrow.graph.builders import erdos_renyi, layered
from graphgrow.graph.graph import Graph
from graphgrow.measure.adjacency import from_edges, of
from graphgrow.measure.metrics import Effort, Subject, every, receptive_field
from graphgrow.measure.receptive import (
    effective_fields,
    input_mask,
    receptive_fields,
    receptive_sets,
    scale_separation,
)
from tests.strategies import graphs


@given(graphs())
def test_fields_of_a_network_are_the_inputs_among_its_ancestors(graph: Graph) -> None:
    made = of(graph)
    wiring = graph.wiring
    plain = networkx.DiGraph(list(zip(wiring.source.tolist(), wiring.target.tolist(), strict=True)))
    plain.add_nodes_from(range(graph.neurons))
    inputs = np.flatnonzero(wiring.level == 0).tolist()
    heard = [networkx.ancestors(plain, row) | {row} for row in range(graph.neurons)]
    assert np.flatnonzero(input_mask(made)).tolist() == inputs
    assert receptive_sets(made).tolist() == [[each in past for each in inputs] for past in heard]
    assert receptive_fields(made).tolist() == [len(past & set(inputs)) for past in heard]


@given(graphs(dtypes=(np.float64,)))
def test_effective_fields_are_those_of_the_dense_jacobian(graph: Graph) -> None:
    made = of(graph.with_weights(np.where(np.abs(graph.weight) < 1e-9, 0, np.clip(graph.weight, -9, 9)), graph.bias))
    gain = np.linspace(-1, 2, graph.neurons)
    step = np.zeros((graph.neurons,) * 2)
    step[made.other, made.row] = made.values * gain[made.other]
    # The sum over path lengths, not an inverse: what is 0 must be 0.
    paths = sum(np.linalg.matrix_power(step, length) for length in range(6))
    jacobian = np.abs(np.asarray(paths)[:, input_mask(made)])
    total, square = jacobian.sum(1), (jacobian**2).sum(1)
    expected = np.divide(total**2, square, out=np.zeros(graph.neurons), where=square > 0)
    found = effective_fields(made, gain)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert (found <= receptive_fields(made) + 1e-9).all()


def test_many_inputs_are_swept_in_blocks() -> None:
    made = of(layered([150, 40, 10], 1.0, np.random.default_rng(0)))
    even = from_edges(made.nodes, made.row, made.other, level=made.level)
    assert effective_fields(even)[150:] == pytest.approx(np.full(50, 150.0))
    weight = made.values.copy()
    first, second = (weight[made.row == row].reshape(-1) for row in (0, 1))
    assert first.size == second.size == 40
    dense = np.zeros((made.nodes,) * 2)
    dense[made.other, made.row] = weight
    through = np.abs(dense[190:, 150:190] @ dense[150:190, :150])
    expected = through.sum(1) ** 2 / (through**2).sum(1)
    assert effective_fields(made)[190:] == pytest.approx(expected)


def test_a_graph_without_levels_hears_what_no_edge_enters() -> None:
    graph = from_edges(6, [0, 1, 2, 3, 4], [2, 2, 3, 2, 5])
    assert np.flatnonzero(input_mask(graph)).tolist() == [0, 1, 4]
    assert receptive_fields(graph).tolist() == [1, 1, 2, 2, 1, 1]
    marked = np.arange(6) == 3
    assert receptive_fields(graph, marked).tolist() == [0, 0, 1, 1, 0, 0]
    with pytest.raises(GraphError, match="without cycle"):
        effective_fields(graph)


def test_dead_weights_have_a_field_but_no_effect() -> None:
    graph = from_edges(3, [0, 1], [2, 2], [0.0, 0.0])
    assert receptive_fields(graph).tolist() == [1, 1, 2]
    assert effective_fields(graph).tolist() == [1.0, 1.0, 0.0]


def test_scales_are_separated_where_medians_grow() -> None:
    rng = np.random.default_rng(0)
    coarse, fine = np.exp(rng.normal(1, 0.1, 200)), np.exp(rng.normal(5, 0.1, 200))
    found = scale_separation(np.concatenate([coarse, fine]), np.repeat([3, 7], 200))
    assert found.scales.tolist() == [3, 7]
    assert found.ratios == pytest.approx([np.exp(4)], rel=0.1)
    assert found.probability < 0.001
    same = scale_separation(np.exp(rng.normal(1, 0.5, 400)), np.repeat([0, 1], 200))
    assert same.ratios == pytest.approx([1], abs=0.2)
    assert same.probability > 0.05


def test_what_has_no_field_or_no_scale_is_left_out() -> None:
    found = scale_separation(np.array([0, 4, 2, 100]), np.array([0, 0, 1, -1]))
    assert found.medians.tolist() == [4.0, 2.0]
    assert np.isnan([found.dip, found.probability]).all()
    none = scale_separation(np.zeros(0), np.zeros(0, np.int64))
    assert none.medians.size == none.ratios.size == 0
    constant = scale_separation(np.full(9, 3.0), np.arange(9) % 2)
    assert (constant.ratios.tolist(), constant.dip, constant.probability) == ([1.0], 0.0, 1.0)


def test_whole_numbers_are_no_peaks_of_their_own() -> None:
    """Sizes drawn from one bell are many times equal; that alone is no sign of scales."""
    rng = np.random.default_rng(2)
    one = np.round(np.exp(rng.normal(3, 0.2, 2000)))
    assert np.unique(one).size < 50
    assert scale_separation(one, np.zeros(2000, np.int64)).probability > 0.05
    two = np.concatenate([one, np.round(one * 10)])
    assert scale_separation(two, np.zeros(4000, np.int64)).probability < 0.001


def test_the_dip_test_takes_more_sizes_than_its_table() -> None:
    sizes = np.exp(np.random.default_rng(1).normal(2, 1, 80_000))
    found = scale_separation(sizes, np.zeros(80_000, np.int64))
    assert 0.05 < found.probability <= 1


def test_what_is_wrong_is_named() -> None:
    graph = from_edges(3, [0], [1])
    with pytest.raises(GraphError, match="gain: expected 3 finite numbers"):
        effective_fields(graph, [1.0, np.nan, 1.0])
    with pytest.raises(GraphError, match=r"inputs: expected bool \(3,\)"):
        effective_fields(graph, inputs=np.zeros(3))
    with pytest.raises(GraphError, match="scale: expected one for each of 2 fields"):
        scale_separation(np.ones(2), np.ones(3))
    with pytest.raises(GraphError, match="expected finite sizes"):
        scale_separation(np.array([np.inf]), np.zeros(1))
    line = from_edges(4, [0, 1, 2], [1, 2, 3], [1e200, 1e200, 1.0])
    with pytest.raises(GraphError, match="leave what float64 holds"):
        effective_fields(line)


def test_the_metric_gives_shares_and_says_when_all_is_heard() -> None:
    full = every()["receptive_field"].measure(Subject(of(layered([8, 6, 4], 1.0, np.random.default_rng(0)))))
    assert full[0].value == full[2].value == 1.0
    assert "all inputs" in full[0].note
    graph = of(erdos_renyi([200, 100, 100, 50], np.random.default_rng(0), edges=500))
    found = every()["receptive_field"].measure(Subject(graph))
    others = ~input_mask(graph)
    assert found[0].value == pytest.approx(receptive_fields(graph)[others].mean() / 200)
    assert found[1].value is not None
    assert found[1].value < 1
    assert found[2].value is not None
    assert found[2].value > 1


def test_negative_levels_are_scales_too() -> None:
    plain = of(layered([5, 6, 7, 4], 0.4, np.random.default_rng(0)))
    below = from_edges(plain.nodes, plain.row, plain.other, plain.weight, level=plain.level - 2)
    told = [[each.value for each in every()["receptive_field"].measure(Subject(graph))] for graph in (plain, below)]
    assert told[0] == told[1]
    assert None not in told[0]


def test_too_many_inputs_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = of(erdos_renyi([800, 100, 50], np.random.default_rng(0), edges=3000))
    whole = every()["receptive_field"].measure(Subject(graph))
    monkeypatch.setattr(receptive_field, "PRODUCTS", 1)
    found = every()["receptive_field"].measure(Subject(graph, effort=Effort(samples=300)))
    assert found[0].parameters == {"inputs": 800, "sampled inputs": 300, "seed": 0}
    assert whole[0].error is None
    off = []
    for seed in range(20):
        found = every()["receptive_field"].measure(Subject(graph, effort=Effort(samples=300, seed=seed)))
        assert found[0].note == found[1].note == "from sampled inputs"
        assert found[0].value is not None
        assert found[0].error is not None
        assert whole[0].value is not None
        off.append((found[0].value - whole[0].value) / found[0].error)
    assert np.abs(off).max() < 4
    assert 0.5 < np.std(off) < 1.6
