"""Grace: what growth added a moment ago is not removed, and as many older edges go in its stead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.apply import apply
from graphgrow.graph.builders import erdos_renyi
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.history import Event, History, ages
from graphgrow.graph.pairs import Pairs
from graphgrow.growth.newborns import newborn
from graphgrow.growth.parts import Room, Structure, View
from graphgrow.growth.routes import Drawn, level_pairs
from graphgrow.growth.structures import Constant, Prune, PruneToBudget, Rewire
from graphgrow.rng import stream
from tests.growth.worlds import view_of

NONE = np.zeros(0, np.float32)
EVENTS = (
    Event(1, 40, 4, "main", "made up", "", 0, 0, 30, 0),
    Event(2, 60, 6, "main", "made up", "", 0, 0, 0, 0, accepted=False),
    Event(3, 90, 9, "main", "made up", "", 0, 0, 30, 0),
)


def grown() -> Graph:
    """A network whose weakest 60 edges came with events 1 and 3."""
    graph = erdos_renyi((20, 15, 12, 5), stream(0, "grace"), density=0.3, dtype=np.float64)
    for number in (1, 3):
        pairs = [Pairs(graph.wiring, (each,)) for each in level_pairs(graph.wiring, 1)]
        found = Drawn()(view_of(graph, seed=number), pairs[0], 30)
        edit = Edit(
            graph.neurons,
            30,
            source=found.source,
            target=found.target,
            weight=np.full(30, 1e-6),
            edge_group=np.arange(30),
        )
        graph, _ = apply(graph, edit, number)
    return graph


def seen(graph: Graph, epoch: int) -> View:
    return replace(view_of(graph, history=History(events=EVENTS)), epoch=epoch)


def gone(structure: Structure, view: View, room: Room) -> Array:
    """Birth events of the edges that the structure removes."""
    graph = view.read()
    edit = structure(view, np.ones(graph.neurons, np.float32), None, room)
    made: Array = graph.wiring.edge_born[edit.removed_edges]
    return made


def test_ages_are_epochs_since_the_event_and_what_is_still_to_come_is_born_now() -> None:
    assert ages(np.array([0, 1, 2, 3, 4, 9]), EVENTS, 11).tolist() == [11, 7, 5, 2, 0, 0]


def test_the_start_is_no_newborn() -> None:
    graph = grown()
    view = seen(graph, 0)
    assert newborn(view_of(graph, epoch=0), graph.wiring, 5).sum() == 60
    assert not newborn(view, erdos_renyi((4, 3, 2), stream(0, "x"), density=1.0).wiring, 5).any()
    assert not newborn(view, graph.wiring, 0).any()


@pytest.mark.parametrize(
    ("plain", "room"),
    [
        (Prune(0.1), Room(0)),
        (PruneToBudget(), Room(0, 0, 20)),
        (Rewire(Constant(0.2), Drawn()), Room(0)),
        (Rewire(Constant(0.2), Drawn(), by_sign=True), Room(0)),
    ],
    ids=lambda part: type(part).__name__,
)
def test_as_many_older_edges_go_instead(plain: Structure, room: Room) -> None:
    graph = grown()
    spared = replace(plain, grace=3)  # type: ignore[type-var]
    without, within = gone(plain, seen(graph, 10), room), gone(spared, seen(graph, 10), room)
    assert (without == 3).any()
    assert without.size == within.size > 0
    assert not (within == 3).any()
    assert (within == 1).any()
    # Two epochs later the period is over, and the weakest go as they would without one.
    np.testing.assert_array_equal(gone(spared, seen(graph, 12), room), gone(plain, seen(graph, 12), room))


def test_the_budget_counts_more_than_grace() -> None:
    graph = grown()
    surplus = graph.edges - 10
    made = gone(PruneToBudget(keeps=0, grace=99), seen(graph, 10), Room(0, 0, surplus))
    assert made.size == surplus
    old = int((graph.wiring.edge_born == 0).sum())
    assert (made == 0).sum() == old


def test_rewiring_keeps_its_hands_off_where_all_is_young() -> None:
    graph = grown()
    wiring = replace(graph.wiring, edge_born=np.full(graph.edges, 3))
    young = Graph(wiring, graph.weight, graph.bias)
    assert not gone(Rewire(Constant(0.5), Drawn(), percolate=True, grace=2), seen(young, 10), Room(0)).size


def test_what_an_earlier_move_of_the_event_added_is_young() -> None:
    graph = grown()
    view = seen(graph, 10)
    edit = Edit(graph.neurons, 1, source=[0], target=[graph.neurons - 1], weight=[1.0])  # type: ignore[arg-type]
    after = view.after(edit)
    born = after.read().wiring
    assert newborn(after, born, 1)[born.edge_rows(np.array([0]), np.array([graph.neurons - 1]))].all()


@pytest.mark.parametrize("kind", [Prune, PruneToBudget, Rewire])
def test_a_grace_below_nothing_is_refused(kind: type[Prune]) -> None:
    with pytest.raises(SettingsError, match=r"grace=-1\): expected 0 epochs or more"):
        kind(grace=-1)
