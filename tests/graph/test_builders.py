"""Builders: exact counts, unbiased draws, first weights, dense matrices and refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow import Activation, Graph, Role
from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph.builders import (
    Init,
    braess_diamond,
    chain,
    edge_order,
    erdos_renyi,
    from_dense,
    from_edges,
    initialise,
    layered,
    wiring,
)
from graphgrow.graph.draws import draw_even, draw_uniform, share_out
from tests.strategies import graphs

seeds = st.integers(0, 2**32 - 1)
sizes = st.lists(st.integers(1, 9), min_size=2, max_size=5)


def counts(graph: Graph) -> dict[tuple[int, int], int]:
    """Edges per pair of levels."""
    level = graph.wiring.level
    return Counter(zip(level[graph.wiring.source].tolist(), level[graph.wiring.target].tolist(), strict=True))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(graphs(), seeds)
def test_wiring_takes_edges_in_any_order(graph: Graph, seed: int) -> None:
    old = graph.wiring
    mixed = rng(seed).permutation(old.edges)
    names = ("role", "activation", "id", "neuron_born", "parent", "next_id")
    kept = {name: getattr(old, name) for name in names}
    made = wiring(old.level, old.source[mixed], old.target[mixed], edge_born=old.edge_born[mixed], **kept)
    assert made.same(old)
    assert mixed[edge_order(old.source[mixed], old.target[mixed])].tolist() == list(range(old.edges))


def test_wiring_defaults() -> None:
    made = wiring([0, 1, 0, 3, 1], [2, 0], [3, 1], activation=Activation.TANH)
    assert made.id.tolist() == [0, 1, 2, 3, 4]
    assert made.role.tolist() == [Role.INPUT, Role.HIDDEN, Role.INPUT, Role.OUTPUT, Role.HIDDEN]
    assert made.activation.tolist() == [0, 5, 0, 0, 5]
    assert made.parent.tolist() == [-1] * 5
    assert made.next_id == 5
    assert wiring([], [], []).neurons == 0


@given(sizes, st.floats(0.01, 1), seeds, st.booleans())
def test_layered_counts_are_exact(levels: list[int], density: float, seed: int, even: bool) -> None:
    made = layered(levels, density, rng(seed), every_neuron=even)
    assert made.neurons == sum(levels)
    for at, (first, second) in enumerate(pairwise(levels)):
        assert counts(made).get((at, at + 1), 0) == round(density * first * second)
    assert set(counts(made)) <= set(pairwise(range(len(levels))))


def test_layered_takes_a_density_per_pair() -> None:
    made = layered([10, 20, 5], [0.5, 1.0], rng(), Activation.TANH, Init.SPARSE_XAVIER, dtype=np.float64)
    assert counts(made) == {(0, 1): 100, (1, 2): 100}
    assert made.weight.dtype == np.float64
    assert set(made.wiring.activation[10:30].tolist()) == {Activation.TANH}
    assert made.wiring.activation[30:].tolist() == [Activation.IDENTITY] * 5


@given(sizes, st.floats(0, 1), seeds, st.booleans(), st.booleans(), st.booleans())
def test_erdos_renyi_total_is_exact(
    levels: list[int], share: float, seed: int, kernel: bool, skips: bool, even: bool
) -> None:
    pairs = list(combinations(range(len(levels)), 2)) if skips else list(pairwise(range(len(levels))))
    total = round(share * sum(levels[a] * levels[b] for a, b in pairs))
    made = erdos_renyi(levels, rng(seed), edges=total, kernel=kernel, skips=skips, every_neuron=even)
    assert made.edges == total
    assert set(counts(made)) <= set(pairs)


def test_uniform_counts_follow_the_size_of_the_pairs() -> None:
    made = erdos_renyi([100, 50, 20], rng(), density=0.1)
    assert counts(made) == {(0, 1): 500, (1, 2): 100}
    assert counts(erdos_renyi([10, 10, 10], rng(), edges=99, skips=True)) == {(0, 1): 33, (0, 2): 33, (1, 2): 33}


def test_kernel_densities_follow_evci() -> None:
    made = erdos_renyi([784, 300, 100, 10], rng(), density=0.05, kernel=True)
    assert made.edges == 13310
    # Densities eps (n_in + n_out) / (n_in n_out), the last pair at most 1: eps = 13310 / (1084 + 400 + 110).
    eps = 13310 / (1084 + 400 + 110)
    assert eps * 110 < 1000
    for pair, ends in (((0, 1), 1084), ((1, 2), 400), ((2, 3), 110)):
        assert abs(counts(made)[pair] - eps * ends) < 1


def test_kernel_shares_out_what_a_full_pair_cannot_take() -> None:
    made = erdos_renyi([784, 300, 100, 10], rng(), density=0.2, kernel=True)
    assert counts(made)[2, 3] == 1000
    eps = (53240 - 1000) / (1084 + 400)
    assert abs(counts(made)[0, 1] - eps * 1084) < 1
    assert made.edges == 53240


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=1, max_size=6), st.floats(0, 1))
def test_share_out_is_exact_and_fair(parts: list[tuple[int, int]], share: float) -> None:
    weights, capacities = [list(column) for column in zip(*parts, strict=True)]
    total = round(share * sum(capacities))
    made = share_out(total, weights, capacities)
    assert sum(made) == total
    assert all(0 <= count <= capacity for count, capacity in zip(made, capacities, strict=True))
    free = [at for at, count in enumerate(made) if count < capacities[at]]
    for first, second in combinations(free, 2):
        ratio = made[first] / weights[first] - made[second] / weights[second]
        assert abs(ratio) <= 1 / weights[first] + 1 / weights[second] + 1e-9


def test_share_out_has_no_limit_of_size() -> None:
    assert sum(share_out(10**18 + 1, [3, 5, 7], [10**18] * 3)) == 10**18 + 1


@given(st.integers(1, 12), st.integers(1, 12), st.floats(0, 1), seeds)
def test_even_draws_reach_everybody_they_can(first: int, second: int, share: float, seed: int) -> None:
    count = round(share * first * second)
    source, target = draw_even(first, second, count, rng(seed))
    assert len(set(zip(source.tolist(), target.tolist(), strict=True))) == count
    for ends, size in ((source, first), (target, second)):
        degrees = np.bincount(ends, minlength=size)
        assert degrees.size == size
        assert degrees.max() - degrees.min() <= 1
        assert (degrees >= 1).sum() == min(count, size)


@pytest.mark.parametrize("draw", [draw_uniform, draw_even])
@pytest.mark.parametrize("count", [2, 5, 9])
def test_every_pair_is_equally_likely(draw: Callable[..., tuple[Array, Array]], count: int) -> None:
    generator, draws = rng(), 4000
    seen = np.zeros((4, 3))
    for _ in range(draws):
        np.add.at(seen, draw(4, 3, count, generator), 1)
    expected = draws * count / 12
    # Chi-square with 11 degrees of freedom; drawing without replacement only makes it smaller. p = 0.001.
    assert ((seen - expected) ** 2 / expected).sum() < 31.3


def test_uniform_draws_hit_every_set_equally() -> None:
    generator, seen = rng(), Counter[tuple[tuple[int, int], ...]]()
    for _ in range(3000):
        source, target = draw_uniform(2, 3, 2, generator)
        seen[tuple(sorted(zip(source.tolist(), target.tolist(), strict=True)))] += 1
    assert len(seen) == 15
    assert sum((value - 200) ** 2 / 200 for value in seen.values()) < 36.1  # 14 degrees of freedom, p = 0.001


def test_same_stream_same_graph_and_the_input_does_not_matter_twice() -> None:
    made = [erdos_renyi([9, 8, 7], rng(seed), density=0.4, kernel=True) for seed in (3, 3, 4)]
    assert made[0].same(made[1])
    assert not made[0].same(made[2])


def test_first_weights_are_scaled_to_the_fan_in_there_is() -> None:
    level = np.repeat([0, 1, 2], [400, 300, 200])
    acts = np.concatenate([np.zeros(400), np.full(150, Activation.RELU), np.full(150, Activation.TANH), np.zeros(200)])
    source, target = np.nonzero(rng().random((400, 300)) < np.linspace(0.05, 0.9, 300))
    made = initialise(wiring(level, source, target + 400, activation=acts), rng(), np.float64)
    fan_in = made.wiring.fan_in[made.wiring.target]
    relu = made.wiring.activation[made.wiring.target] == Activation.RELU
    for mask, gain in ((relu, 2.0), (~relu, 1.0)):
        scaled = made.weight[mask] * np.sqrt(fan_in[mask] / gain)
        assert abs(scaled.mean()) < 0.03
        assert abs(scaled.std() - 1) < 0.02
    assert not made.bias.any()


def test_both_dtypes_get_the_same_network() -> None:
    built = braess_diamond().wiring
    single, double = initialise(built, rng(), np.float32), initialise(built, rng(), np.float64)
    assert np.array_equal(double.weight.astype(np.float32), single.weight)


def test_xavier() -> None:
    built = wiring([0, 0, 1, 1], [0, 0, 1], [2, 3, 3])
    assert np.allclose(Init.SPARSE_XAVIER.deviation(built) ** 2, [2 / 3, 2 / 4, 2 / 3])


def test_small_graphs() -> None:
    line = chain(3)
    assert line.wiring.level.tolist() == [0, 1, 2, 3]
    assert line.weight.tolist() == [1, 1, 1]
    diamond = braess_diamond().wiring
    edges = set(zip(diamond.source.tolist(), diamond.target.tolist(), strict=True))
    assert edges == {(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)}
    assert diamond.role.tolist() == [0, 1, 1, 2]


@given(sizes, st.sampled_from([np.float32, np.float64]), st.sampled_from([0.0, 0.5]), seeds)
def test_from_dense_keeps_every_value(levels: list[int], dtype: type, threshold: float, seed: int) -> None:
    generator = rng(seed)
    matrices = [generator.standard_normal((b, a)).astype(dtype) for a, b in pairwise(levels)]
    for matrix in matrices:
        matrix[generator.random(matrix.shape) < 0.4] = 0
    biases = [generator.standard_normal(b).astype(dtype) for b in levels[1:]]
    made = from_dense(matrices, biases, threshold=threshold)
    assert made.weight.dtype == dtype
    start = np.cumsum([0, *levels])
    dense = np.zeros((made.neurons, made.neurons), dtype)
    dense[made.wiring.target, made.wiring.source] = made.weight
    for at, matrix in enumerate(matrices):
        block = dense[start[at + 1] : start[at + 2], start[at] : start[at + 1]]
        assert np.array_equal(block, np.where(np.abs(matrix) > threshold, matrix, 0))
    assert made.edges == sum(int((np.abs(matrix) > threshold).sum()) for matrix in matrices)
    assert np.array_equal(made.bias[levels[0] :], np.concatenate(biases))


def test_from_dense_chooses_a_dtype_that_holds_the_values() -> None:
    assert from_dense([np.ones((2, 2), np.float16)]).weight.dtype == np.float32
    assert from_dense([[[1, 2**30 + 1]]]).weight.tolist() == [1.0, 2**30 + 1]
    assert from_dense([np.ones((2, 2), np.float32)], [None]).bias.dtype == np.float32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layered([3], 0.5, rng()), "at least 2 levels, got 1"),
        (lambda: layered([3, 0, 2], 0.5, rng()), "level 1 has 0 neurons"),
        (lambda: layered([3, 2.5], 0.5, rng()), "sizes: expected whole numbers, got 2.5"),
        (lambda: layered([3, 2], 1.01, rng()), "density: expected more than 0 and at most 1, got 1.01"),
        (lambda: layered([3, 2], 0, rng()), "got 0"),
        (lambda: layered([3, 2], float("nan"), rng()), "got nan"),
        (lambda: layered([3, 2, 2], [0.1, 0.2, 0.3], rng()), "expected 1 or 2, got 3"),
        (lambda: erdos_renyi([3, 2], rng()), "either edges or density"),
        (lambda: erdos_renyi([3, 2], rng(), edges=1, density=0.1), "either edges or density"),
        (lambda: erdos_renyi([3, 2], rng(), edges=7), "expected 0 to 6, got 7"),
        (lambda: erdos_renyi([3, 2], rng(), edges=-1), "expected 0 to 6, got -1"),
        (lambda: erdos_renyi([3, 2], rng(), edges=1.5), "edges: expected whole numbers"),
        (lambda: erdos_renyi([3, 2], rng(), density=-0.1), "got -0.1"),
        (lambda: chain(0), "at least 1 edge, got 0"),
        (lambda: chain(1, dtype=np.float16), "float32 or float64, got float16"),
        (lambda: from_dense([]), "at least 1 matrix"),
        (lambda: from_dense([np.ones((2, 3)), np.ones((2, 3))]), r"weights\[1\]: .*\(out, 2\), got float64 of shape"),
        (lambda: from_dense([np.ones(3)]), r"weights\[0\]"),
        (lambda: from_dense([np.ones((0, 3))]), "hold a 0"),
        (lambda: from_dense([np.array([[1, np.nan]])]), r"weights\[0\]\[0, 1\] is nan"),
        (lambda: from_dense([np.ones((2, 3))], [np.ones(3)]), r"biases\[0\]: expected shape \(2,\), got \(3,\)"),
        (lambda: from_dense([np.ones((2, 3))], []), "biases: expected 1, got 0"),
        (lambda: from_dense([np.ones((2, 3))], threshold=-1.0), "threshold: expected 0 or more"),
        (lambda: from_dense([np.ones((2, 3)) * 1j]), "complex128"),
        (lambda: wiring([0, 1], [0, 0], [1, 1]), "edge 0 -> 1: given twice"),
        (lambda: wiring([0, 1, 2], [2], [1]), "edge 2 -> 1: level 2 to level 1"),
        (lambda: wiring([0, 1], [0], [2]), "rows 0 -> 2 do not exist"),
        (lambda: wiring([0, 1], [0], [1, 1]), r"got shapes \(1,\) and \(2,\)"),
        (lambda: wiring([0, 1], [0], [1], edge_born=[1, 2]), "edge_born: expected 1 entries"),
        (lambda: from_edges([0, 1], [0], [1], [1.0, 2.0]), "weight: expected 1 entries"),
        (lambda: from_edges([0, 1], [0], [1], [np.nan]), "edge 0 -> 1: weight nan"),
    ],
)
def test_refusals_say_what_is_wrong(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(GraphError, match=message):
        call()


def test_a_dense_head_is_complete_and_the_total_stays_exact() -> None:
    graph = erdos_renyi((20, 12, 8, 3), np.random.default_rng(0), edges=100, kernel=True, dense_head=True)
    wiring = graph.wiring
    assert graph.edges == 100
    assert int((wiring.level[wiring.target] == 3).sum()) == 24


def test_too_few_edges_for_a_dense_head_are_refused() -> None:
    with pytest.raises(GraphError, match="at least its 24 edges, got 10"):
        erdos_renyi((20, 12, 8, 3), np.random.default_rng(0), edges=10, dense_head=True)
