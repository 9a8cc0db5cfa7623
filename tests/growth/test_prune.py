"""Pruning: by magnitude, on a schedule, and by scale."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.apply import apply
from graphgrow.graph.builders import erdos_renyi, layered
from graphgrow.graph.graph import Graph
from graphgrow.growth.parts import Room
from graphgrow.growth.structures import ByScale, Prune, PruneToBudget
from graphgrow.rng import stream
from tests.growth.worlds import view_of

NONE = np.zeros(0, np.float32)


def lenet(seed: int = 0) -> Graph:
    """A small layered network at 20 %."""
    return erdos_renyi((30, 20, 12, 5), stream(seed, "lenet"), density=0.2, dtype=np.float64)


def blocks(graph: Graph, rows: Array) -> Counter[int]:
    """Number of edges by the level of their source."""
    return Counter(graph.wiring.rank[graph.wiring.source[rows]].tolist())


def test_pruning_by_magnitude() -> None:
    graph = lenet()
    edit = Prune(0.25)(view_of(graph), np.ones(graph.neurons, np.float32), None, Room(0))
    order = np.argsort(np.abs(graph.weight), kind="stable")
    assert edit.removed_edges.tolist() == order[: graph.edges // 4].tolist()
    assert edit.removed_edge_group.tolist() == list(range(graph.edges // 4))
    marks = np.zeros(graph.neurons, np.float32)
    marks[40] = -1
    near = np.flatnonzero((graph.wiring.source == 40) | (graph.wiring.target == 40))
    some = Prune(1.0)(view_of(graph), marks, None, Room(0))
    assert sorted(some.removed_edges.tolist()) == near.tolist()
    with pytest.raises(SettingsError, match="from 0 to 1"):
        Prune(1.5)


def prune(graph: Graph, structure: PruneToBudget, surplus: int, asks: int) -> list[int]:
    """Edges after each ask."""
    made = []
    for left in range(asks, 0, -1):
        edit = structure(view_of(graph, asks_left=left), NONE, None, Room(0, 0, surplus))
        before = graph.edges
        graph, _ = apply(graph, edit, event=1)
        surplus -= before - graph.edges
        made.append(graph.edges)
    return made


def test_the_cubic_schedule() -> None:
    graph = layered((20, 20, 20), 1.0, stream(0, "dense"), dtype=np.float64)
    made = prune(graph, PruneToBudget(), 700, 5)
    wanted = [100 + 700 * (1 - done / 5) ** 3 for done in range(1, 6)]
    np.testing.assert_allclose(made, wanted, atol=5)
    assert made[-1] == 100


def test_the_last_in_edges_go_last() -> None:
    graph = layered((10, 8, 4), 1.0, stream(1, "dense"), dtype=np.float64)
    # All weights into row 10 are tiny.
    weight = np.where(graph.wiring.target == 10, 1e-6 * np.arange(graph.edges), graph.weight)
    graph = graph.with_weights(weight, graph.bias)

    def after(keeps: int, surplus: int) -> Array:
        edit = PruneToBudget(keeps=keeps)(view_of(graph), NONE, None, Room(0, 0, surplus))
        fan_in: Array = apply(graph, edit, event=1)[0].wiring.fan_in[10:]
        return fan_in

    assert after(0, 90)[0] == 0
    assert after(1, 90).min() == 1
    assert after(3, 70).min() == 3
    # With too many to remove, even those go, and the budget is met.
    assert after(3, 105).sum() == 112 - 105
    assert after(1, 500).sum() == 0
    with pytest.raises(SettingsError, match="0 or more"):
        PruneToBudget(keeps=-1)


def test_rates_by_scale() -> None:
    np.testing.assert_allclose(ByScale().shares(3, 0.5), [0.5, 0.5 * 1.98**0.5, 0.99])
    assert ByScale(0.9).shares(1, 0.3) == [0.3]
    for settings in ({"top": 0}, {"top": 1}, {"outputs": 1}, {"outputs": -0.1}):
        with pytest.raises(SettingsError, match="expected a top between 0 and 1"):
            ByScale(**settings)


@pytest.mark.parametrize(
    ("budget", "wanted"),
    [
        # Base 0.5: 1200 x 0.5, 600 x (1 - 0.5 x 1.98^0.5), 200 x 0.01, and all 50 into the outputs.
        (830, [600, 177.86, 2, 50]),
        # Base 0.99 and all that it leaves; below, everything shrinks alike.
        (70, [12, 6, 2, 50]),
        (35, [6, 3, 1, 25]),
        # Without any base the first levels keep all, and what is left over goes where there is room.
        (2000, [1200, 600, 150, 50]),
    ],
)
def test_the_budget_is_shared_out_by_scale(budget: int, wanted: list[float]) -> None:
    graph = layered((40, 30, 20, 10, 5), 1.0, stream(2, "dense"), dtype=np.float64)
    now, surplus = graph, graph.edges - budget
    for left in (3, 2, 1):
        structure = PruneToBudget(ByScale())
        edit = structure(view_of(now, asks_left=left), NONE, None, Room(0, 0, surplus))
        before = now.edges
        now, _ = apply(now, edit, event=1)
        surplus -= before - now.edges
    assert now.edges == budget
    counts = blocks(now, np.arange(now.edges))
    np.testing.assert_allclose([counts[level] for level in range(4)], wanted, atol=1.5)


def test_pruned_within_each_pair_of_levels_by_magnitude() -> None:
    graph = layered((10, 8, 6), 1.0, stream(3, "dense"), dtype=np.float64)
    edit = PruneToBudget(ByScale(0.9, outputs=0.5), keeps=0)(view_of(graph), NONE, None, Room(0, 0, 60))
    for level in range(2):
        inside = np.flatnonzero(graph.wiring.rank[graph.wiring.source] == level)
        gone = np.intersect1d(inside, edit.removed_edges)
        left = np.setdiff1d(inside, gone)
        assert np.abs(graph.weight[gone]).max() < np.abs(graph.weight[left]).min()
