"""Weights and biases on a wiring."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from graphgrow import Graph
from graphgrow.errors import GraphError
from graphgrow.graph.builders import braess_diamond
from tests.strategies import graphs


def broken(values: np.ndarray, at: int, value: float) -> np.ndarray:
    made = values.copy()
    made[at] = value
    return made


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_weight_that_is_not_finite_names_its_edge(value: float) -> None:
    graph = braess_diamond()
    with pytest.raises(GraphError, match="edge 1 -> 2: weight"):
        graph.with_weights(broken(graph.weight, 2, value), graph.bias)


def test_a_bias_must_be_finite_and_none_stands_on_an_input() -> None:
    graph = braess_diamond()
    with pytest.raises(GraphError, match="neuron 2: bias nan"):
        graph.with_weights(graph.weight, broken(graph.bias, 2, np.nan))
    with pytest.raises(GraphError, match=r"neuron 0: bias 1\.0"):
        graph.with_weights(graph.weight, broken(graph.bias, 0, 1.0))


def test_dtypes_and_shapes() -> None:
    graph = braess_diamond()
    with pytest.raises(GraphError, match="float32 and float64"):
        Graph(graph.wiring, graph.weight, graph.bias.astype(np.float64))
    with pytest.raises(GraphError, match="int64"):
        Graph(graph.wiring, np.ones(5, np.int64), np.zeros(4, np.int64))
    with pytest.raises(GraphError, match="float16"):
        Graph(graph.wiring, np.ones(5, np.float16), np.zeros(4, np.float16))
    with pytest.raises(GraphError, match=r"weight: expected shape \(5,\), got \(4,\)"):
        Graph(graph.wiring, graph.weight[1:], graph.bias)
    with pytest.raises(GraphError, match=r"bias: expected shape \(4,\), got \(4, 1\)"):
        Graph(graph.wiring, graph.weight, graph.bias[:, None])


@given(graphs())
def test_weights_are_owned(graph: Graph) -> None:
    weight, bias = graph.weight.copy(), graph.bias.copy()
    made = graph.with_weights(weight, bias)
    weight[:], bias[:] = 7, 7
    assert made.same(graph)
    assert made.wiring is graph.wiring
    assert not made.weight.flags.writeable
    assert not made.bias.flags.writeable


def test_same_tells_zeros_apart() -> None:
    graph = braess_diamond()
    zero = graph.with_weights(np.zeros(5, np.float32), graph.bias)
    assert not zero.same(graph.with_weights(-np.zeros(5, np.float32), graph.bias))


def test_it_prints_its_shape() -> None:
    assert repr(braess_diamond()) == "Graph(4 neurons by level 1-1-1-1, 5 edges, float32)"
