"""The State: what is equal, what is refused, and the way to disk and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow import Graph
from graphgrow.arrays import Json
from graphgrow.errors import StoreError
from graphgrow.graph.builders import braess_diamond
from graphgrow.store.files import read_arrays, write_arrays
from graphgrow.store.records import state_of, state_record
from graphgrow.store.state import State, to_text
from tests.strategies import graphs

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def state() -> State:
    arrays = {"adam/0/step": np.array(3.0, np.float32), "mask": np.array([True, False]), "rng": np.zeros(8, np.uint8)}
    return State(7, 2, {"main": braess_diamond()}, arrays, {"rate": 0.1, "memories": {"main": [1, None]}})


def through_disk(held: State, folder: Path) -> State:
    write_arrays(folder / "state", *state_record(held))
    return state_of(*read_arrays(folder / "state"), "state")


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), graphs(3, 3), max_size=3),
    st.dictionaries(st.text(max_size=3), plain, max_size=3),
)
def test_every_state_survives_the_disk(
    tmp_path_factory: pytest.TempPathFactory, held: dict[str, Graph], tree: dict[str, Json]
) -> None:
    given = State(3, 1, held, {name: graph.weight for name, graph in held.items()}, tree)
    made = through_disk(given, tmp_path_factory.mktemp("state"))
    assert made.same(given)
    assert given.same(made)


def test_sites_whose_names_begin_alike_stay_apart(tmp_path: Path) -> None:
    first, second = braess_diamond(), braess_diamond(dtype=np.float64)
    made = through_disk(replace(state(), graphs={"a": first, "a/b": second, "": first}), tmp_path)
    assert made.graphs["a"].same(first)
    assert made.graphs["a/b"].same(second)
    assert made.graphs[""].same(first)


def test_any_change_is_another_state() -> None:
    held, zero = state(), braess_diamond()
    arrays, tree = dict(held.arrays), dict(held.tree)
    changed = [
        replace(held, step=8),
        replace(held, epoch=3),
        replace(held, graphs={"other": zero}),
        replace(held, graphs={"main": zero.with_weights(-zero.weight, zero.bias)}),
        replace(held, arrays={**arrays, "mask": np.array([True, True])}),
        replace(held, arrays={**arrays, "mask": np.array([1, 0], np.uint8)}),
        replace(held, arrays={**arrays, "adam/0/step": np.array([3.0], np.float32)}),
        replace(held, arrays={}),
        replace(held, tree={**tree, "rate": np.nextafter(0.1, 1).item()}),
        replace(held, tree={**tree, "memories": {"main": [1.0, None]}}),
        replace(held, tree={}),
    ]
    assert held.same(state())
    assert [at for at, other in enumerate(changed) if held.same(other) or other.same(held)] == []


@pytest.mark.parametrize(
    ("tree", "place"),
    [
        (
            {"growth": {"credits": [1.0, float("nan")]}},
            r"tree\.growth\.credits\[1\]: expected a finite number, got nan",
        ),
        ({"loss": float("-inf")}, r"tree\.loss: expected a finite number, got -inf"),
        ({"count": np.int64(3)}, r"tree\.count: expected plain data, got int64"),
        ({"a": {1: 2}}, r"tree\.a: expected names as text, got 1"),
    ],
)
def test_what_json_cannot_hold_is_named(tree: dict[str, Json], place: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=place):
        to_text(tree)
    with pytest.raises(StoreError, match="expected"):
        through_disk(replace(state(), tree=tree), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_checkpoint(tmp_path: Path) -> None:
    write_arrays(tmp_path / "other", {}, {"step": 1})
    with pytest.raises(StoreError, match="not a checkpoint"):
        state_of(*read_arrays(tmp_path / "other"), "other")


@pytest.mark.parametrize(("damage", "words"), [(None, "has no array 'weight'"), (np.nan, "holds no valid graph")])
def test_a_checkpoint_whose_graph_is_not_valid(damage: float | None, words: str) -> None:
    arrays, tree = state_record(state())
    weight = arrays.pop("graph/main/weight").copy()
    if damage is not None:
        weight[0] = damage
        arrays["graph/main/weight"] = weight
    with pytest.raises(StoreError, match=words):
        state_of(arrays, tree, "checkpoint")
