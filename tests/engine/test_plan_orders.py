"""Plans of graphs whose rows are in level order, of others, and of arrays longer than a block: all as sorting gives."""

from __future__ import annotations

import numpy as np
import pytest

from graphgrow import Activation, Role, Wiring, rng
from graphgrow.engine import Plan, compile
from graphgrow.graph import blocks
from graphgrow.graph.builders import layered

SIZES = [(7, 5, 6, 3), (1, 1), (4, 9, 2)]


@pytest.fixture(params=[3, 1 << 17], ids=["short blocks", "long blocks"], autouse=True)
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", request.param)


def ordered(sizes: tuple[int, ...]) -> Wiring:
    """Rows level after level."""
    return layered(sizes, 0.6, rng.stream(0, "plans", *sizes)).wiring


def mixed(sizes: tuple[int, ...]) -> Wiring:
    """The same edges with rows in random order."""
    plain = ordered(sizes)
    row = rng.stream(1, "plans", *sizes).permutation(plain.neurons)
    was = np.argsort(row)
    source, target = row[plain.source], row[plain.target]
    by_target = np.lexsort((source, target))
    return Wiring(
        id=np.arange(plain.neurons),
        level=plain.level[was],
        role=plain.role[was],
        activation=plain.activation[was],
        neuron_born=plain.neuron_born,
        parent=plain.parent,
        source=source[by_target],
        target=target[by_target],
        edge_born=plain.edge_born,
    )


def check(made: Plan, wiring: Wiring) -> None:
    """Everything about edges, by sorting them outright."""
    source, target = made.slot[wiring.source], made.slot[wiring.target]
    edge = np.lexsort((source, target))
    assert made.edge.tolist() == edge.tolist()
    assert made.column.tolist() == source[edge].tolist()
    assert np.diff(made.pointer).tolist() == np.bincount(target, minlength=wiring.neurons).tolist()
    back = np.lexsort((target[edge], source[edge]))
    assert made.back_value.tolist() == back.tolist()
    assert made.back_row.tolist() == target[edge][back].tolist()
    assert np.diff(made.back_pointer).tolist() == np.bincount(source, minlength=wiring.neurons).tolist()
    for name in ("edge", "column", "back_value", "back_row"):
        array = getattr(made, name)
        assert array.dtype == np.int32
        assert not array.flags.writeable
        assert array.flags.c_contiguous


@pytest.mark.parametrize("sizes", SIZES, ids=["four levels", "two neurons", "three levels"])
def test_rows_in_level_order(sizes: tuple[int, ...]) -> None:
    wiring = ordered(sizes)
    made = compile(wiring)
    assert made.row.tolist() == list(range(wiring.neurons))
    check(made, wiring)


@pytest.mark.parametrize("sizes", [(7, 5, 6, 3), (4, 9, 2)], ids=["four levels", "three levels"])
def test_rows_in_any_order(sizes: tuple[int, ...]) -> None:
    wiring = mixed(sizes)
    made = compile(wiring)
    assert (np.diff(made.row) < 0).any()
    check(made, wiring)


def test_rows_in_level_order_need_no_second_copy_of_their_sources() -> None:
    wiring = ordered((7, 5, 6, 3))
    assert np.shares_memory(compile(wiring).column, wiring.source)


def test_one_row_out_of_order() -> None:
    # The newest neuron is the last row and stands on level 1, as after any growth of neurons.
    role = [Role.INPUT, Role.HIDDEN, Role.OUTPUT, Role.HIDDEN]
    wiring = Wiring(
        id=[0, 1, 2, 3],
        level=[0, 1, 2, 1],
        role=role,
        activation=[Activation.IDENTITY] * 4,
        neuron_born=[0, 0, 0, 1],
        parent=[-1] * 4,
        source=[0, 0, 1, 3, 0],
        target=[1, 2, 2, 2, 3],
        edge_born=[0] * 5,
    )
    made = compile(wiring)
    assert made.row.tolist() == [0, 1, 3, 2]
    assert made.edge.tolist() == [0, 4, 1, 2, 3]
    check(made, wiring)
