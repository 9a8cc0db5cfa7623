"""Founding amounts by hand: densities over epochs, shares per event, and the last ask."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.errors import SettingsError
from graphgrow.graph.builders import from_edges
from graphgrow.graph.graph import Graph
from graphgrow.graph.history import Series
from graphgrow.growth.amounts import (
    Adaptive,
    AtMost,
    ByCriticality,
    ByPhase,
    ByThirds,
    Doubling,
    Everything,
    Exponential,
    Finishing,
    Linear,
    dense_by_level,
)
from graphgrow.growth.parts import UNLIMITED, Amount, Room, View
from graphgrow.measure.signals import Signals, from_rows
from tests.growth.timelines import recorded, seen, unprobed

SIZES = (100, 50, 20, 10)
DENSE = 100 * 50 + 50 * 20 + 20 * 10
PLENTY = Room(10**9, 7)


def network(edges: int = 0) -> Graph:
    """Levels of 100, 50, 20 and 10 neurons with so many edges between the first two."""
    source, target = np.divmod(np.arange(edges), 50)
    return from_edges(np.repeat(np.arange(4), SIZES), source, 100 + target, np.ones(edges))


def at(epoch: int, edges: int = 0, asks_left: int = 9) -> View:
    return replace(seen(epoch, None, unprobed, network(edges)), asks_left=asks_left)


def given_edges(amount: Amount, view: View) -> int:
    made = amount(view, PLENTY)
    assert made.neurons == PLENTY.neurons
    return made.edges


def test_the_dense_network_is_counted_by_level() -> None:
    assert dense_by_level(network().wiring).tolist() == [0, 5000, 1000, 200]
    assert dense_by_level(from_edges([], [], [], []).wiring).tolist() == []


@pytest.mark.parametrize(
    ("amount", "densities"),
    [
        (Linear(), {0: 0, 1: 0.01, 7: 0.07, 100: 1.0, 150: 1.0}),
        (Linear(0.02, most=0.1), {3: 0.06, 9: 0.1}),
        (Exponential(), {0: 0.01, 1: 0.015, 2: 0.0225, 10: 0.5766503906, 40: 1.0, 5000: 1.0}),
        (Exponential(0.1, 2.0, most=0.3), {1: 0.2, 2: 0.3}),
        (Doubling(), {0: 0.01, 9: 0.01, 10: 0.02, 20: 0.04, 30: 0.08, 40: 0.16, 99: 0.16, 99999: 0.16}),
        (Doubling(epochs=1, most=1.0), {3: 0.08}),
    ],
    ids=["linear", "linear capped", "exponential", "exponential capped", "doubling", "doubling fast"],
)
def test_densities(amount: Amount, densities: dict[int, float]) -> None:
    for epoch, density in densities.items():
        wanted = int(np.ceil(round(density * DENSE, 6)))
        assert abs(given_edges(amount, at(epoch)) - wanted) <= 1
        assert given_edges(amount, at(epoch, 60)) == max(0, given_edges(amount, at(epoch)) - 60)


def test_densities_that_are_reached_add_nothing() -> None:
    assert given_edges(Linear(), at(1, 500)) == 0
    assert Linear()(at(5), Room(0, 3)) == Room(0, 3)


@pytest.mark.parametrize(
    ("losses", "edges"),
    [
        ([], 62),
        ([3.0, 2.0, 9.0], 62),
        ([3.0, 2.9, 3.1, 3.2], 62),
        ([3.0, 3.1, 3.1, 3.2], 7),
        ([3.0, 1.0, 3.1, 3.2], 62),
        ([3.0, 1.0, 3.1, 3.2, 3.3], 7),
    ],
    ids=range(6),
)
def test_more_while_the_loss_improves(losses: list[float], edges: int) -> None:
    view = replace(at(len(losses) + 1), history=recorded({Series.VALIDATION_LOSS: losses}))
    assert given_edges(Adaptive(), view) == edges


@pytest.mark.parametrize(("ratio", "edges"), [(1.0, 124), (0.8, 31)])
def test_more_where_gradients_keep_their_length(ratio: float, edges: int) -> None:
    graph = network()
    rank = graph.wiring.rank

    def probe() -> Signals:
        delta = (ratio**rank / np.sqrt(np.array(SIZES)[rank]))[:, None] * np.ones(4)
        return from_rows(delta, delta, np.zeros(4))

    assert given_edges(ByCriticality(), replace(at(1), probe=probe)) == edges


def test_shares_by_phase() -> None:
    # Phases of 60 epochs end at epochs 12 and 30.
    wanted = [(1, 310), (12, 310), (13, 124), (30, 124), (31, 62), (60, 62)]
    assert [(epoch, given_edges(ByPhase(), at(epoch))) for epoch, _ in wanted] == wanted


def test_shares_by_thirds_of_the_depth() -> None:
    assert ByThirds().by_level(network().wiring).tolist() == [0, 100, 10, 1]
    assert given_edges(ByThirds(), at(1)) == 111
    deep = from_edges(np.repeat(np.arange(8), 10), [], [], [])
    assert ByThirds(0.5, 0.2, 0.1).by_level(deep.wiring).tolist() == [0, 50, 50, 50, 20, 20, 10, 10]


def test_a_fixed_amount() -> None:
    assert AtMost(5)(at(1), PLENTY) == Room(5, 7)
    assert AtMost(neurons=2)(at(1), PLENTY) == Room(10**9, 2)
    assert AtMost(5, 5)(at(1), Room(3, 4)) == Room(3, 4)


def test_all_that_is_left_at_the_last_ask() -> None:
    amount = Finishing(AtMost(5))
    assert [amount(at(1, asks_left=left), Room(40, 3)).edges for left in (3, 2, 1, 0)] == [5, 5, 40, 40]
    assert Finishing(Everything())(at(1), Room(40)) == Room(40)


AMOUNTS: list[Amount] = [Linear(), Exponential(), Doubling(), Adaptive(), ByPhase(), ByThirds(), Finishing(ByPhase())]


@given(st.sampled_from(AMOUNTS), st.integers(0, 60), st.integers(0, 400), st.integers(0, 9000), st.integers(1, 4))
def test_never_more_than_the_room(amount: Amount, epoch: int, edges: int, room: int, asks_left: int) -> None:
    view = at(epoch, edges, asks_left)
    made = amount(view, Room(room, 5))
    assert 0 <= made.edges <= room
    assert made.neurons == 5
    assert made == amount(at(epoch, edges, asks_left), Room(room, 5))
    free = amount(view, Room())
    assert free.edges == UNLIMITED if asks_left == 1 and isinstance(amount, Finishing) else free.edges <= 2 * DENSE


def test_densities_rise_with_the_epochs() -> None:
    for amount in (Linear(), Exponential(), Doubling()):
        made = [given_edges(amount, at(epoch)) for epoch in range(60)]
        assert all(before <= after for before, after in pairwise(made))
        assert made[-1] > made[0]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Linear(0),
        lambda: Linear(most=1.1),
        lambda: Exponential(factor=1.0),
        lambda: Exponential(share=-1),
        lambda: Doubling(epochs=0),
        lambda: Adaptive(window=0),
        lambda: Adaptive(improving=2.0),
        lambda: ByCriticality(critical=0),
        lambda: ByPhase(fine=0),
        lambda: ByThirds(late=0),
        lambda: AtMost(0),
        lambda: AtMost(neurons=0),
    ],
    ids=range(12),
)
def test_settings_out_of_range(make: object) -> None:
    with pytest.raises(SettingsError, match="expected"):
        make()  # type: ignore[operator]
