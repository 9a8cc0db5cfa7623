"""The operators as torch sees them: their registration, copies of what they run, and what they refuse."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable
from multiprocessing import Pipe
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from graphgrow import Activation, Graph
from graphgrow.engine import Loss, Network, Population
from graphgrow.engine.kernels import load
from graphgrow.engine.kernels.cpu import Cpu, Sharing
from graphgrow.errors import SettingsError
from graphgrow.graph.builders import from_edges
from tests.engine.dense import example, normal, same

Ops = torch.ops.graphgrow
LABELS = torch.tensor([0, 1, 2, 0, 1])
SUCCESS = {"test_schema", "test_autograd_registration", "test_faketensor", "test_aot_dispatch_dynamic"}


def plain(graph: Graph) -> Graph:
    """The same weights without GELU, so that no pre-activations are kept."""
    wiring = graph.wiring
    return from_edges(
        wiring.level, wiring.source, wiring.target, graph.weight, bias=graph.bias, role=wiring.role, activation=
        np.where(wiring.level == 0, Activation.IDENTITY, Activation.TANH), dtype=graph.weight.dtype,
    )  # fmt: skip


def models() -> list[Network | Population]:
    return [Network(example()), Network(plain(example())), Population([example(0), example(1, sizes=(4, 2, 3))])]


def checked(operator: Any, *arguments: Any) -> None:
    """torch's own check of an operator: every part of it succeeds."""
    assert torch.library.opcheck(operator.default, arguments) == dict.fromkeys(SUCCESS, "SUCCESS")


# Anomaly mode, which opcheck turns on, warns of the second derivatives that it does not take.
@pytest.mark.filterwarnings("ignore:Anomaly Detection has been enabled")
@pytest.mark.parametrize("wanted", [True, False], ids=["gradients", "none"])
@pytest.mark.parametrize("which", range(3), ids=["gelu", "plain", "many"])
def test_torch_finds_nothing_wrong(which: int, wanted: bool) -> None:
    model = models()[which]
    number, plan = model.program.number, model.plan
    x, state = normal(0, 4, 5).requires_grad_(wanted), normal(1, plan.neurons, 5).requires_grad_(wanted)
    values, bias = (each.detach().clone().requires_grad_(wanted) for each in (model.values, model.bias))
    checked(Ops.run, x, values, bias, number)
    checked(Ops.step, x.detach(), LABELS, values, bias, number, int(Loss.CROSS_ENTROPY), wanted)
    checked(Ops.step, x.detach(), normal(2, 3, 5), values, bias, number, int(Loss.SQUARED_ERROR), wanted)
    if plan.members == 1:
        checked(Ops.advance, state, values, bias, number, 1, 3)


@pytest.mark.parametrize("which", range(3), ids=["gelu", "plain", "many"])
def test_torch_finds_nothing_wrong_on_the_way_back(which: int) -> None:
    model = models()[which]
    number, plan = model.program.number, model.plan
    with torch.no_grad():
        values, bias = model.values.detach(), model.bias.detach()
        output, state, before = Ops.run(normal(0, 4, 5), values, bias, number)
        for earlier in (True, False):
            checked(Ops.run_backward, normal(1, *output.shape), values, state, before, number, earlier)
        if plan.members == 1:
            checked(Ops.advance_backward, normal(2, *state.shape), values, state, before, number, 1, 3)


def test_a_network_that_was_freed_or_has_grown_is_refused() -> None:
    network = Network(example())
    x, values, bias, number = normal(0, 4, 5), network.values, network.bias, network.program.number
    network.become(example(1))
    message = rf"no program {number}: the network was freed or has grown since; call the network itself"
    for _ in range(2):
        gc.collect()
        with pytest.raises(SettingsError, match=message):
            Ops.run(x, values, bias, number)
        with pytest.raises(SettingsError, match=message):
            Ops.step(x, LABELS, values, bias, number, 0, True)
        with pytest.raises(SettingsError, match=message):
            Ops.advance(normal(0, 18, 5), values, bias, number, 1, 2)


def test_the_backward_pass_outlives_the_network() -> None:
    network, x = Network(example()), normal(0, 4, 5)
    values, made = network.values, [network.columns(x).sum(), network.objective(x, LABELS, Loss.CROSS_ENTROPY).mean]
    wanted = [torch.autograd.grad(each, values, retain_graph=True)[0] for each in made]
    del network
    gc.collect()
    assert all(same(torch.autograd.grad(each, values)[0], grad) for each, grad in zip(made, wanted, strict=True))


def through_a_pipe(model: Any) -> Any:
    """What another process gets of a model: parameters stay in shared memory, everything else is a copy."""
    near, far = Pipe()
    with near, far:
        near.send(model)
        return far.recv()


COPIES = pytest.mark.parametrize("copied", [copy.deepcopy, through_a_pipe], ids=["deepcopy", "pipe"])
KERNELS = pytest.mark.parametrize("kernel", [None, "cpu", "reference"])


@COPIES
@KERNELS
@pytest.mark.parametrize("many", [False, True], ids=["network", "population"])
def test_copies_compute_the_same(copied: Callable[[Any], Any], kernel: str | None, many: bool) -> None:
    held = None if kernel is None else load(kernel)
    model: Network | Population = Population([example(0), example(1)], held) if many else Network(example(0), held)
    x = normal(0, 4, 5)
    model.objective(x, LABELS, Loss.CROSS_ENTROPY)
    twin = copied(model)
    assert type(twin.program.kernel) is type(held)
    assert twin.program.number != model.program.number
    assert same(twin.columns(x), model.columns(x))
    found = [each.objective(x, LABELS, Loss.CROSS_ENTROPY) for each in (model, twin)]
    assert same(found[0].mean, found[1].mean)
    for one, other in zip(*(gradients(each) for each in ((model, found[0].mean), (twin, found[1].mean))), strict=True):
        assert same(one, other)
    if many:
        assert all(one.same(other) for one, other in zip(twin.graphs(), model.graphs(), strict=True))
    else:
        assert twin.graph().same(model.graph())


def gradients(given: tuple[Network | Population, Tensor]) -> list[Tensor]:
    model, mean = given
    return list(torch.autograd.grad(mean.sum(), [model.values, model.bias]))


@COPIES
def test_a_copy_shares_out_its_work_as_its_original(copied: Callable[[Any], Any]) -> None:
    sharing = Sharing(product=7, members=3)
    assert copied(Network(example(), Cpu(sharing))).kernel.sharing == sharing


def test_a_deep_copy_trains_and_grows_alone_and_outlives_its_original() -> None:
    network, x = Network(example()), normal(0, 4, 5)
    twin, wanted = copy.deepcopy(network), network.columns(x)
    with torch.no_grad():
        twin.values.zero_()
    twin.backpropagate(x, LABELS, Loss.CROSS_ENTROPY)
    assert network.values.grad is None
    assert same(network.columns(x), wanted)
    twin = copy.deepcopy(network)
    network.become(example(1))
    del network
    gc.collect()
    assert same(twin.columns(x), wanted)


@COPIES
def test_index_arrays_of_copies_stay_read_only(copied: Callable[[Any], Any]) -> None:
    # Loops compiled for read-only arrays would be compiled anew for others, which takes seconds.
    network = Network(example())
    assert network.plan.values_of.size == 2
    plan = copied(network).plan
    held = {name: array for name, array in vars(plan).items() if isinstance(array, np.ndarray)}
    assert len(held) > 12
    assert not [name for name, array in held.items() if array.flags.writeable]


@pytest.mark.parametrize("kernel", ["cpu", "reference"])
def test_parameters_with_strides_are_read_rightly(kernel: str) -> None:
    # A module that computes the weights of a network may hand over a column of a matrix.
    network, x = Network(example(), load(kernel)), normal(0, 5, 4)
    wanted, target = network(x), normal(1, 3, 5)
    error = network.objective(x.T, target, Loss.SQUARED_ERROR).mean
    grads = gradients((network, error))
    held = {name: torch.stack([each.detach(), each.detach() + 1], 1) for name, each in network.named_parameters()}
    leaves = {name: each.requires_grad_() for name, each in held.items()}
    columns = {name: each[:, 0] for name, each in leaves.items()}
    made = torch.func.functional_call(network, columns, (x,))
    assert same(made, wanted)
    torch.autograd.backward(
        Ops.step(x.T, target, columns["values"], columns["bias"], network.program.number, 1, True)[0]
    )
    for leaf, grad in zip(leaves.values(), grads, strict=True):
        assert leaf.grad is not None
        assert same(leaf.grad[:, 0], grad)
        assert not leaf.grad[:, 1].any()


@pytest.mark.parametrize("kernel", ["cpu", "reference"])
def test_parameters_of_another_network_are_refused(kernel: str) -> None:
    # Loops do not look at sizes: they would read beyond the end.
    network, x = Network(example(), load(kernel)), normal(0, 5, 4)
    values, bias = network.values.detach(), network.bias.detach()
    for one, other in ((values[:-1], bias), (values, bias[1:]), (values[None], bias), (values, bias.double())):
        held = {"values": one, "bias": other}
        with pytest.raises(SettingsError, match=r"expected 81 values and 14 biases of one dtype, got .*: pass"):
            torch.func.functional_call(network, held, (x,))
        with pytest.raises(SettingsError, match="expected 81 values and 14 biases"):
            Ops.step(x.T, LABELS, one, other, network.program.number, 0, True)
        with pytest.raises(SettingsError, match="expected 81 values and 14 biases"):
            Ops.advance(normal(0, 18, 5), one, other, network.program.number, 1, 2)
    network.values = torch.nn.Parameter(values[:-1])
    with pytest.raises(SettingsError, match="expected 81 values and 14 biases"):
        network.backpropagate(x.T, LABELS, Loss.CROSS_ENTROPY)


def scalars(network: Network) -> dict[str, Tensor]:
    """A number from each of the differentiable operators."""
    x, state = normal(0, 4, 5).requires_grad_(), normal(0, network.plan.neurons, 5)
    return {
        "sum": network.columns(x).sum(),
        "square": network.columns(x).square().sum(),
        "advance": network.advance(state, 1, 3).sum(),
        "objective": network.objective(x.detach(), LABELS, Loss.CROSS_ENTROPY).mean,
    }


@pytest.mark.parametrize("name", ["sum", "square", "advance", "objective"])
def test_a_second_derivative_is_refused(name: str) -> None:
    # Of a sum too: the gradient that arrives is then a constant, and torch alone would take all gradients for such.
    network = Network(example())
    (grad,) = torch.autograd.grad(scalars(network)[name], network.values, create_graph=True)
    assert grad.requires_grad
    with pytest.raises(RuntimeError, match=r"differentiate twice a function .*once_differentiable"):
        torch.autograd.backward(grad.square().sum())


@pytest.mark.parametrize("name", ["sum", "square", "advance", "objective"])
def test_going_back_twice_needs_to_be_asked_for(name: str) -> None:
    network = Network(example())
    made = scalars(network)[name]
    first, second = (torch.autograd.grad(made, network.values, retain_graph=True)[0] for _ in range(2))
    assert same(first, second)
    first.zero_()
    assert bool(second.any())
    torch.autograd.backward(made)
    assert network.values.grad is not None
    assert same(network.values.grad, second)
    with pytest.raises((RuntimeError, SettingsError), match="retain_graph=True"):
        torch.autograd.backward(made)


def test_the_gradients_of_an_objective_are_not_copied() -> None:
    # What the step made becomes `.grad` itself: a copy of all edges would cost a part of the step.
    network, seen = Network(example()), list[int]()
    mean = network.objective(normal(0, 4, 5), LABELS, Loss.CROSS_ENTROPY).mean
    network.values.register_hook(lambda grad: seen.append(grad.data_ptr()))  # type: ignore[no-untyped-call]
    torch.autograd.backward(mean)
    assert network.values.grad is not None
    assert seen == [network.values.grad.data_ptr()]


def test_weights_changed_after_an_objective_do_not_matter() -> None:
    # Its gradients were made with the loss; those of columns are made later, and torch notices.
    network, x = Network(example()), normal(0, 4, 5)
    wanted = gradients((network, network.objective(x, LABELS, Loss.CROSS_ENTROPY).mean))
    mean = network.objective(x, LABELS, Loss.CROSS_ENTROPY).mean
    with torch.no_grad():
        network.values.mul_(2)
    assert all(same(one, other) for one, other in zip(gradients((network, mean)), wanted, strict=True))


def test_transforms_of_functions_are_refused() -> None:
    network, x = Network(example()), normal(0, 5, 4)
    held = {name: each.detach() for name, each in network.named_parameters()}

    def call(held: dict[str, Tensor]) -> Tensor:
        return torch.func.functional_call(network, held, (x,)).sum()  # type: ignore[no-any-return]

    with pytest.raises(RuntimeError, match="functorch transforms"):
        torch.func.grad(call)(held)
    with pytest.raises(RuntimeError, match="functorch transforms"):
        torch.func.jvp(call, (held,), (held,))
    with torch.autograd.forward_ad.dual_level(), pytest.raises(NotImplementedError, match="jvp"):
        network(torch.autograd.forward_ad.make_dual(x, x))


def test_many_batches_at_once_by_vmap() -> None:
    network, x = Network(example()), normal(0, 3, 5, 4)
    with torch.no_grad():
        made = torch.func.vmap(network)(x)
    assert all(same(one, network(each)) for one, each in zip(made, x, strict=True))
