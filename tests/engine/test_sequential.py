"""Stacks of torch layers as graphs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from graphgrow.engine import Network, from_sequential
from graphgrow.errors import GraphError
from tests.engine.dense import normal

ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.GELU, nn.Sigmoid, nn.Tanh, nn.Identity)


def stack(*layers: nn.Module) -> nn.Sequential:
    """The layers, with weights that do not depend on what ran before."""
    model = nn.Sequential(*layers)
    with torch.no_grad():
        for at, parameter in enumerate(model.parameters()):
            parameter.copy_(normal(at, *parameter.shape) / 2)
    return model


def weight(model: nn.Sequential, at: int) -> Tensor:
    """The weight of one of the layers."""
    made = model.get_parameter(f"{at}.weight")
    return made.detach()


def check(model: nn.Sequential, x: Tensor, tolerance: float = 2e-6) -> None:
    network = Network(from_sequential(model.eval()))
    torch.testing.assert_close(network(x.flatten(1)), model(x), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_every_activation(kind: type[nn.Module]) -> None:
    check(stack(nn.Linear(4, 6), kind(), nn.Linear(6, 5), kind(), nn.Linear(5, 3)), normal(0, 7, 4))


def test_activations_mixed_and_on_the_output() -> None:
    layers = [nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 5), nn.Linear(5, 6), nn.GELU(), nn.Linear(6, 3), nn.Sigmoid()]
    check(stack(*layers), normal(0, 7, 4))


def test_double_precision() -> None:
    model = stack(nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 3)).double()
    assert from_sequential(model).weight.dtype == np.float64
    check(model, normal(0, 7, 4, dtype=torch.float64), 1e-12)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_widened(dtype: torch.dtype) -> None:
    model = stack(nn.Linear(4, 3)).to(dtype)
    graph = from_sequential(model)
    assert graph.weight.dtype == np.float32
    assert graph.weight.tolist() == weight(model, 0).flatten().tolist()


def test_layers_without_influence_are_passed_over() -> None:
    layers = [nn.Flatten(), nn.Linear(6, 5), nn.Dropout(0.5), nn.ReLU(), nn.Identity(), nn.Linear(5, 2), nn.Dropout()]
    check(stack(*layers), normal(0, 7, 2, 3))


def test_one_activation_used_several_times() -> None:
    shared = nn.Sigmoid()
    check(stack(nn.Linear(4, 5), shared, nn.Linear(5, 5), shared, nn.Linear(5, 2), shared), normal(0, 7, 4))


def test_one_linear_layer_used_twice() -> None:
    shared = nn.Linear(4, 4)
    check(stack(shared, nn.Tanh(), shared), normal(0, 7, 4))


def test_layers_with_names_and_without_biases() -> None:
    model = stack(nn.Linear(4, 5, bias=False), nn.ReLU(), nn.Linear(5, 2))
    named = nn.Sequential()
    for name, layer in zip(("first", "bend", "last"), model, strict=True):
        named.add_module(name, layer)
    check(named, normal(0, 7, 4))
    assert not from_sequential(named).bias[: 4 + 5].any()


def test_a_threshold_leaves_small_weights_out() -> None:
    model = stack(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
    weights = torch.cat([weight(model, 0).flatten(), weight(model, 2).flatten()]).abs()
    graph = from_sequential(model, 0.3)
    assert 0 < graph.edges == int((weights > 0.3).sum()) < weights.numel()
    with torch.no_grad():
        for own in (weight(model, 0), weight(model, 2)):
            own[own.abs() <= 0.3] = 0
    check(model, normal(0, 7, 4))
    assert from_sequential(model).edges == graph.edges


def test_the_graph_does_not_follow_the_model() -> None:
    model = stack(nn.Linear(4, 3))
    graph = from_sequential(model)
    before = graph.weight.copy()
    with torch.no_grad():
        weight(model, 0).zero_()
    assert np.array_equal(graph.weight, before)


@pytest.mark.parametrize(
    ("layers", "match"),
    [
        ([nn.Linear(4, 3), nn.LeakyReLU(0.2)], r"layer 1 \(LeakyReLU.* has no counterpart here: use Linear, ReLU, "),
        ([nn.Linear(4, 3), nn.GELU(approximate="tanh")], r"layer 1 \(GELU.* has no counterpart"),
        ([nn.Linear(4, 3), nn.BatchNorm1d(3)], r"layer 1 \(BatchNorm1d.* has no counterpart"),
        ([nn.Linear(4, 3), nn.ReLU(), nn.LayerNorm(3)], r"layer 2 \(LayerNorm.* has no counterpart"),
        ([nn.Conv2d(1, 1, 3), nn.Flatten(), nn.Linear(4, 3)], r"layer 0 \(Conv2d.* has no counterpart"),
        ([nn.ReLU(), nn.Linear(4, 3)], r"layer 0 \(ReLU\(\)\): an activation must follow a Linear layer"),
        ([nn.Linear(4, 3), nn.ReLU(), nn.Tanh()], r"layer 2 \(Tanh\(\)\): an activation must follow a Linear layer"),
        ([nn.Linear(4, 3), nn.Linear(2, 3)], "shape"),
        ([], "the model has no Linear layer"),
        ([nn.Flatten()], "the model has no Linear layer"),
    ],
)
def test_what_has_no_counterpart_is_refused(layers: list[nn.Module], match: str) -> None:
    with pytest.raises(GraphError, match=match):
        from_sequential(nn.Sequential(*layers))


def test_a_stack_in_a_stack_is_refused() -> None:
    with pytest.raises(GraphError, match=r"(?s)layer 0 \(Sequential.* has no counterpart"):
        from_sequential(nn.Sequential(nn.Sequential(nn.Linear(4, 3))))


def test_a_model_that_is_no_stack_is_refused() -> None:
    with pytest.raises(GraphError, match=r"expected an nn\.Sequential, got Linear: wrap the layers"):
        from_sequential(nn.Linear(4, 3))  # type: ignore[arg-type]
