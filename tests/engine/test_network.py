"""A network as a torch module: shapes, dtypes, copies, and life inside other models."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from hypothesis import given
from torch import Tensor, nn

from graphgrow import Activation, Graph, Role
from graphgrow.engine import Kernel, Network
from graphgrow.engine.kernels import load
from graphgrow.errors import GraphError, SettingsError
from graphgrow.graph.builders import from_edges
from tests.engine.dense import dense, example, normal, runs, same
from tests.strategies import graphs


@given(graphs().filter(runs))
def test_there_and_back_is_bit_exact(graph: Graph) -> None:
    network = Network(graph)
    assert network.graph().same(graph)
    assert network.values.numel() == graph.edges
    assert network.bias.numel() == graph.neurons - graph.wiring.rows(Role.INPUT).size


def test_rows_and_columns_are_the_same_numbers() -> None:
    network = Network(example())
    x = normal(0, 7, 4)
    assert same(network(x), network.columns(x.T).T)
    assert network(x).shape == (7, network.outputs)
    assert (network.inputs, network.outputs) == (4, 3)


@pytest.mark.parametrize("kernels", [load("cpu"), load("reference")])
def test_outputs_on_several_levels_come_in_row_order(kernels: Kernel) -> None:
    # Slots of the outputs are 1, 4 and 3: as wide as their number, yet not in a row.
    role = [Role.INPUT, Role.OUTPUT, Role.HIDDEN, Role.OUTPUT, Role.OUTPUT]
    level, bias = [0, 1, 1, 2, 1], np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    graph = from_edges(level, [0, 0], [1, 3], [10.0, 100.0], bias=bias, role=role, activation=Activation.IDENTITY)
    network = Network(graph, kernels)
    output = network.columns(torch.ones(1, 1))
    assert output.flatten().tolist() == [11.0, 103.0, 4.0]
    torch.autograd.backward((output * torch.tensor([[1.0], [2.0], [3.0]])).sum())
    assert network.bias.grad is not None
    assert network.by_row(torch.cat([torch.zeros(1), network.bias.grad])).tolist() == [0.0, 1.0, 0.0, 2.0, 3.0]


@pytest.mark.parametrize("shape", [(2, 5), (5,), (2, 3, 4), ()])
def test_a_wrong_shape_of_rows(shape: tuple[int, ...]) -> None:
    with pytest.raises(SettingsError, match=r"expected .*4.*got .*reshape x"):
        Network(example())(torch.zeros(shape))


@pytest.mark.parametrize("shape", [(5, 2), (4,), (4, 3, 2)])
def test_a_wrong_shape_of_columns(shape: tuple[int, ...]) -> None:
    network = Network(example())
    for function in (network.columns, network.activations):
        with pytest.raises(SettingsError, match=r"expected \(4, batch\) inputs by column, got .*: reshape x"):
            function(torch.zeros(shape))


@pytest.mark.parametrize("dtype", [torch.float64, torch.int64, torch.bfloat16])
def test_a_wrong_dtype(dtype: torch.dtype) -> None:
    network = Network(example())
    with pytest.raises(SettingsError, match=r"expected torch\.float32 like the parameters, got .*: cast x or"):
        network(torch.zeros(2, 4, dtype=dtype))
    for function in (network.activations, lambda x: network.advance(x, 1, 2)):
        rows = network.inputs if function == network.activations else network.plan.neurons
        with pytest.raises(SettingsError, match=r"expected torch\.float32 like the parameters"):
            function(torch.zeros(rows, 2, dtype=dtype))


def test_a_graph_without_outputs_is_refused() -> None:
    with pytest.raises(GraphError, match="a network needs at least one of each"):
        Network(from_edges([0, 1], [0], [1], [1.0], role=[Role.INPUT, Role.HIDDEN]))


def test_another_dtype_takes_the_values_along_and_leaves_the_wiring() -> None:
    graph = example()
    network = Network(graph).to(torch.float64)
    assert network.values.dtype == network.bias.dtype == torch.float64
    assert network.wiring is graph.wiring
    read = network.graph()
    assert read.weight.tolist() == graph.weight.tolist()
    assert read.weight.dtype == np.float64
    x = normal(0, 4, 5, dtype=torch.float64)
    wanted = dense(Graph(graph.wiring, graph.weight.astype(np.float64), graph.bias.astype(np.float64)), x)
    torch.testing.assert_close(network.columns(x), wanted, rtol=1e-12, atol=1e-12)
    assert network.to(torch.float32).graph().same(graph)


def test_half_precision_has_no_graph() -> None:
    with pytest.raises(SettingsError, match=r"float32 or float64, the network is torch.bfloat16: call \.float\(\)"):
        Network(example()).bfloat16().graph()


def test_state_dict_carries_all_weights() -> None:
    first, second = Network(example(0)), Network(example(0))
    with torch.no_grad():
        first.values.mul_(2)
        first.bias.add_(1)
    state = first.state_dict()
    assert set(state) == {"values", "bias"}
    second.load_state_dict(state)
    assert second.graph().same(first.graph())
    with pytest.raises(RuntimeError, match="size mismatch"):
        Network(example(5)).load_state_dict(state)


def test_a_deep_copy_lives_its_own_life() -> None:
    network = Network(example(), load("reference"))
    twin = copy.deepcopy(network)
    before = network.graph()
    assert twin.graph().same(before)
    assert isinstance(twin.kernel, type(load("reference")))
    with torch.no_grad():
        twin.values.zero_()
    assert network.graph().same(before)
    assert twin(normal(0, 2, 4)).shape == (2, 3)


def test_a_clone_through_its_graph_computes_the_same_bits() -> None:
    network = Network(example())
    x = normal(0, 9, 4)
    assert same(Network(network.graph())(x), network(x))


def gradients(model: nn.Module, x: Tensor) -> dict[str, Tensor]:
    model.zero_grad()
    torch.autograd.backward(model(x).square().sum())
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.grad is not None}


class Dense(nn.Module):
    """The dense reference as a module with the parameters of a network."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.graph = network.graph()

    def forward(self, x: Tensor) -> Tensor:
        return dense(self.graph, x.T).T


def test_a_host_gets_its_gradients_through_the_network() -> None:
    network = Network(example(1, np.float64))
    before, after = nn.Linear(6, 4).double(), nn.Linear(3, 2).double()
    x = normal(0, 5, 6, dtype=torch.float64).requires_grad_()
    made = gradients(nn.Sequential(before, network, after), x)
    assert x.grad is not None
    from_network, x.grad = x.grad.clone(), None
    wanted = gradients(nn.Sequential(before, Dense(network), after), x)
    assert set(made) == {"0.weight", "0.bias", "1.values", "1.bias", "2.weight", "2.bias"}
    for name, grad in wanted.items():
        torch.testing.assert_close(made[name], grad, rtol=1e-10, atol=1e-10)
    assert x.grad is not None
    torch.testing.assert_close(from_network, x.grad, rtol=1e-10, atol=1e-10)


def test_what_follows_may_work_in_place() -> None:
    network = Network(example())
    x = normal(0, 5, 4)
    made = gradients(nn.Sequential(network, nn.LeakyReLU(inplace=True)), x)
    wanted = gradients(nn.Sequential(network, nn.LeakyReLU()), x)
    assert all(same(made[name], grad) for name, grad in wanted.items())


def test_outputs_kept_for_later_do_not_keep_every_neuron() -> None:
    with torch.no_grad():
        output = Network(example()).columns(normal(0, 4, 50))
    assert output.untyped_storage().nbytes() == output.numel() * output.element_size()


def test_gradient_clipping() -> None:
    network = Network(example())
    torch.autograd.backward(network(normal(0, 5, 4)).square().sum())
    before = [parameter.grad.clone() for parameter in network.parameters() if parameter.grad is not None]
    norm = nn.utils.clip_grad_norm_(network.parameters(), 0.5)
    assert float(norm) > 0.5
    torch.testing.assert_close(float(norm), float(torch.cat(before).norm()))
    after = torch.cat([parameter.grad for parameter in network.parameters() if parameter.grad is not None])
    torch.testing.assert_close(after, torch.cat(before) * (0.5 / norm), rtol=1e-4, atol=1e-6)


def test_inference_mode_and_no_grad_give_the_same_numbers() -> None:
    network, x = Network(example()), normal(0, 5, 4)
    wanted = network(x)
    with torch.inference_mode():
        assert same(network(x), wanted)
    with torch.no_grad():
        assert same(network(x), wanted)
        assert not network(x).requires_grad


@pytest.mark.parametrize("kernels", [load("cpu"), load("reference")])
def test_memory_order_of_the_data_changes_nothing(kernels: Kernel) -> None:
    network, x = Network(example(), kernels), normal(0, 6, 4)
    spread = torch.zeros(6, 8)
    spread[:, ::2] = x
    assert same(network(spread[:, ::2]), network(x))
    assert same(network(x.T.contiguous().T), network(x))
    output = network(x)
    torch.autograd.backward(output.sum())  # the gradient that arrives is expanded from one number
    assert network.values.grad is not None
    first = network.values.grad.clone()
    network.zero_grad()
    torch.autograd.backward((network(x) * torch.ones(6, 3)).sum())
    assert network.values.grad is not None
    assert same(first, network.values.grad)


def test_gradients_add_up_over_two_uses() -> None:
    network, x = Network(example(1, np.float64)), normal(0, 5, 4, dtype=torch.float64)
    torch.autograd.backward(network(x).sum() + network(x).sum())
    assert network.values.grad is not None
    twice = network.values.grad.clone()
    network.zero_grad()
    torch.autograd.backward(network(x).sum())
    assert network.values.grad is not None
    torch.testing.assert_close(twice, 2 * network.values.grad)


def test_weights_changed_before_the_backward_pass_are_noticed() -> None:
    network = Network(example())
    loss = network(normal(0, 5, 4)).sum()
    with torch.no_grad():
        network.values.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        torch.autograd.backward(loss)


def test_a_second_derivative_is_refused() -> None:
    network, x = Network(example()), normal(0, 5, 4).requires_grad_()
    (grad,) = torch.autograd.grad(network(x).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        torch.autograd.backward(grad.sum())


def test_growing_leaves_the_backward_pass_under_way_alone() -> None:
    network, x = Network(example(0)), normal(0, 5, 4)
    values, loss = network.values, network(x).square().sum()
    network.become(example(3))
    torch.autograd.backward(loss)
    twin = Network(example(0))
    torch.autograd.backward(twin(x).square().sum())
    assert values.grad is not None
    assert twin.values.grad is not None
    assert same(values.grad, twin.values.grad)
    assert network.values.grad is None


def test_printing_tells_the_sizes() -> None:
    assert repr(Network(from_edges([0, 2, 5], [0, 1], [1, 2], [1.0, 1.0]))) == "Network(neurons=3, edges=2, levels=3)"
