"""Start weights and single edges."""

from __future__ import annotations

import numpy as np
import pytest

from graphgrow.arrays import Array
from graphgrow.errors import RuleError
from graphgrow.graph.builders import wiring
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation, Wiring
from graphgrow.growth.parts import Room, Routes
from graphgrow.growth.structures import Begin, Edges, begin_weights
from graphgrow.rng import stream
from tests.growth.worlds import view_of

DRAWS = 4_000
KINDS = list(Activation)
# Two inputs, a hidden neuron of each kind, two outputs. Row 2 reads both inputs.
SOURCE, TARGET = [0, 1, 0], [2, 2, 3]
NEW_SOURCE, NEW_TARGET = np.array([0, 0, 1, 1, 2]), np.array([4, 5, 4, 3, 8])


def kinds() -> Wiring:
    level = [0, 0] + [1] * len(KINDS) + [2, 2]
    codes = [Activation.IDENTITY] * 2 + KINDS + [Activation.IDENTITY] * 2
    return wiring(level, SOURCE, TARGET, activation=np.array(codes))


def drawn(begin: Begin) -> Array:
    """(draws, new edges) start weights of the same five edges."""
    rng = stream(0, "begin", begin.value)
    return np.array([begin_weights(kinds(), NEW_SOURCE, NEW_TARGET, begin, rng) for _ in range(DRAWS)])


def test_small_weights_have_a_tenth_of_the_spread_of_the_live_ones() -> None:
    live = np.array([4.0, -6.0, 4.0, -6.0], np.float32)
    rng = stream(0, "small")
    made = begin_weights(kinds(), np.zeros(5000, int), np.full(5000, 3), Begin.SMALL, rng, live)
    assert abs(made.std() / 0.5 - 1) < 0.05
    assert abs(made.mean()) < 0.05
    for nothing in (None, live[:0]):
        assert begin_weights(kinds(), NEW_SOURCE, NEW_TARGET, Begin.SMALL, rng, nothing).tolist() == [0.0] * 5


def spread(values: Array, variance: list[float]) -> None:
    """Mean 0 and that variance, each within 4.5 standard errors of a normal sample."""
    wanted = np.array(variance)
    assert (np.abs(values.mean(axis=0)) < 4.5 * np.sqrt(wanted / DRAWS)).all()
    assert (np.abs(values.var(axis=0) / wanted - 1) < 4.5 * np.sqrt(2 / DRAWS)).all()
    assert np.abs(np.corrcoef(values.T) - np.eye(len(variance))).max() < 4.5 / np.sqrt(DRAWS)


def test_zero_start() -> None:
    made = begin_weights(kinds(), NEW_SOURCE, NEW_TARGET, Begin.ZERO, stream(0, "begin"))
    assert made.tolist() == [0.0] * 5


def test_a_tenth_is_the_same_for_every_target() -> None:
    spread(drawn(Begin.TENTH), [0.01] * 5)


def test_xavier_variance_counts_all_new_edges() -> None:
    # Fan-in of the targets and fan-out of the sources as they are after the event.
    fan_in, fan_out = [2, 1, 2, 2, 1], [4, 4, 3, 3, 1]
    spread(drawn(Begin.XAVIER), [2 / (i + o) for i, o in zip(fan_in, fan_out, strict=True)])


def test_fan_in_variance_is_twice_as_large_for_the_relu_family() -> None:
    # Targets: leaky_relu (4), gelu (5), leaky_relu (4), relu (3), output (8).
    spread(drawn(Begin.FAN_IN), [2 / 2, 2 / 1, 2 / 2, 2 / 2, 1 / 1])


@pytest.mark.parametrize("kind", KINDS)
def test_fan_in_gain_by_activation(kind: Activation) -> None:
    made = wiring([0] * 400 + [1, 2], [], [], activation=kind)
    values = begin_weights(made, np.arange(400), np.full(400, 400), Begin.FAN_IN, stream(1, kind.name))
    gain = 2 if kind in (Activation.RELU, Activation.LEAKY_RELU, Activation.GELU) else 1
    assert abs(values.var() * 400 / gain - 1) < 0.3


def graph() -> Graph:
    made = wiring([0, 0, 1, 1, 2], [0, 2], [2, 4])
    return Graph(made, np.array([3, -1], np.float32), np.zeros(5, np.float32))


@pytest.mark.parametrize("begin", list(Begin))
def test_one_group_per_route_in_their_order(begin: Begin) -> None:
    routes = Routes(np.array([1, 0, 3], np.int32), np.array([3, 3, 4], np.int32), np.zeros(3, np.float32))
    for room, kept in ((Room(2), 2), (Room(9), 3), (Room(0), 0), (Room(), 3)):
        edit = Edges(begin)(view_of(graph()), np.ones(5, np.float32), routes, room)
        assert edit.source.tolist() == [1, 0, 3][:kept]
        assert edit.target.tolist() == [3, 3, 4][:kept]
        assert edit.edge_group.tolist() == list(range(kept))
        assert edit.groups == kept
        assert edit.preserves_function == (begin is Begin.ZERO)
        assert (edit.weight == 0).tolist() == [begin is Begin.ZERO] * kept


def test_edges_without_a_route() -> None:
    with pytest.raises(RuleError, match=r"give the move one, e\.g\. Steepest"):
        Edges()(view_of(graph()), np.ones(5, np.float32), None, Room(3))
