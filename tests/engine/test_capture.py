"""Captured steps: warming up, capturing and replaying on any machine, with CUDA graphs where there is a device."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn, optim

from graphgrow import Edit, Graph
from graphgrow.engine import Network, Pace, transplant
from graphgrow.engine.capture import WARM_UP, CapturedStep, Work, require_capturable
from graphgrow.engine.kernels.kernel import Loss
from graphgrow.engine.population import Population
from graphgrow.errors import OptimizerError, SettingsError
from graphgrow.graph.apply import Remap, apply
from tests.engine.dense import example, normal, same

BATCH = 6


class Repeating:
    """Records by remembering: a replay does the work again, which is what a CUDA graph of it would do."""

    def __init__(self) -> None:
        self.runs, self.records, self.replays = 0, 0, 0

    def run(self, work: Work) -> None:
        self.runs += 1
        work()

    def record(self, work: Work) -> Callable[[], object]:
        self.records += 1

        def replay() -> None:
            self.replays += 1
            work()

        return replay


def sgd(model: nn.Module) -> optim.Optimizer:
    return optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def batch(seed: int, size: int = BATCH, inputs: int = 4, outputs: int = 3) -> tuple[Tensor, Tensor]:
    return normal(seed, inputs, size), normal(seed + 100, outputs, size)


def plain(model: Network | Population, optimizer: optim.Optimizer, x: Tensor, target: Tensor) -> Tensor:
    """One step as it is done without a capture."""
    optimizer.zero_grad()
    made = model.objective(x, target, Loss.SQUARED_ERROR)
    torch.autograd.backward(made.mean.sum())
    optimizer.step()
    return made.mean.detach()


def without_one_edge(network: Network) -> tuple[Graph, Remap]:
    """The network's graph without its first edge."""
    graph = network.graph()
    edit = Edit(graph.neurons, 1, removed_edges=np.array([0]), removed_edge_group=np.array([0]))
    return apply(graph, edit, int(graph.wiring.edge_born.max()) + 1)


@pytest.mark.parametrize("members", [0, 3])
def test_the_steps_are_those_of_plain_training(members: int) -> None:
    graphs = [example(k) for k in range(members)]
    captured_model, model = ((Population(graphs) if members else Network(example())) for _ in range(2))
    optimizer, recorder = sgd(model), Repeating()
    captured = CapturedStep(captured_model, sgd(captured_model), Loss.SQUARED_ERROR, BATCH, recorder)
    for seed in range(WARM_UP + 3):
        x, target = batch(seed)
        made = captured.step(x, target)
        wanted = model.objective(x, target, Loss.SQUARED_ERROR)
        assert made.outputs.shape == wanted.outputs.shape
        assert same(made.losses, wanted.losses)
        assert same(made.mean, plain(model, optimizer, x, target))
        assert captured.captured == (seed >= WARM_UP)
    assert same(captured_model.values, model.values)
    assert same(captured_model.bias, model.bias)
    assert (recorder.runs, recorder.records, recorder.replays) == (WARM_UP, 1, 3)


def test_batches_of_other_sizes_run_as_they_come() -> None:
    first, second = Network(example()), Network(example())
    optimizer, recorder = sgd(second), Repeating()
    captured = CapturedStep(first, sgd(first), Loss.SQUARED_ERROR, BATCH, recorder)
    for seed, size in enumerate([2, *[BATCH] * (WARM_UP + 1), 5, BATCH, 1, BATCH]):
        x, target = batch(seed, size)
        made = captured.step(x, target)
        assert made.outputs.shape == (3, size)
        assert same(made.mean, plain(second, optimizer, x, target))
        # What a user reads after a step is that step's, also after a replay.
        assert same(first.values.grad, second.values.grad)  # type: ignore[arg-type]
    assert (recorder.records, recorder.replays) == (1, 3)
    assert same(first.values, second.values)


def test_growth_ends_a_capture_and_starts_another() -> None:
    first, second = Network(example()), Network(example())
    optimizers, recorder = (sgd(first), sgd(second)), Repeating()
    captured = CapturedStep(first, optimizers[0], Loss.SQUARED_ERROR, BATCH, recorder)
    for seed in range(2 * WARM_UP + 4):
        if seed == WARM_UP + 2:
            assert captured.captured
            for network, optimizer in zip((first, second), optimizers, strict=True):
                transplant(network, optimizer, *without_one_edge(network))
        x, target = batch(seed)
        made = captured.step(x, target)
        assert same(made.mean, plain(second, optimizers[1], x, target))
    assert captured.captured
    assert recorder.records == 2
    assert same(first.values, second.values)


def test_a_changed_setting_ends_a_capture() -> None:
    first, second = Network(example()), Network(example())
    optimizers, recorder = (sgd(first), sgd(second)), Repeating()
    captured = CapturedStep(first, optimizers[0], Loss.SQUARED_ERROR, BATCH, recorder)
    for seed in range(WARM_UP + 3):
        if seed == WARM_UP + 1:
            for optimizer in optimizers:
                optimizer.param_groups[0]["lr"] = 0.01
        x, target = batch(seed)
        assert same(captured.step(x, target).mean, plain(second, optimizers[1], x, target))
    assert not captured.captured
    assert same(first.values, second.values)


def test_a_parameter_that_is_held_still_stays() -> None:
    network = Network(example())
    network.bias.requires_grad_(False)
    captured = CapturedStep(network, sgd(network), Loss.SQUARED_ERROR, BATCH, Repeating())
    before = network.bias.detach().clone()
    for seed in range(WARM_UP + 2):
        captured.step(*batch(seed))
    assert same(network.bias.detach(), before)


def test_no_cuda_device_is_refused() -> None:
    network = Network(example())
    with pytest.raises(SettingsError, match="needs a CUDA device, the model is on cpu: move it there"):
        CapturedStep(network, sgd(network), Loss.SQUARED_ERROR, BATCH)


@pytest.mark.parametrize("kind", [optim.AdamW, optim.Adam, optim.Adagrad, optim.RMSprop])
def test_an_optimizer_with_numbers_on_the_host_is_refused(kind: type[optim.Optimizer]) -> None:
    network = Network(example())
    with pytest.raises(OptimizerError, match="keeps numbers on the host"):
        CapturedStep(network, kind(network.parameters()), Loss.SQUARED_ERROR, BATCH, Repeating())  # type: ignore[call-arg]


def test_what_can_be_captured() -> None:
    network = Network(example())
    require_capturable(optim.AdamW(network.parameters(), capturable=True))
    require_capturable(sgd(network))
    with pytest.raises(OptimizerError, match=r"Network is none of torch\.optim"):
        require_capturable(network)  # type: ignore[arg-type]


def test_hooks_on_the_step_are_refused_also_when_they_come_later() -> None:
    network = Network(example())
    optimizer = sgd(network)
    captured = CapturedStep(network, optimizer, Loss.SQUARED_ERROR, BATCH, Repeating())
    captured.step(*batch(0))
    pace = Pace(network, optimizer)
    with pytest.raises(OptimizerError, match="SGD has hooks on its step, which a replay would not call: remove them"):
        captured.step(*batch(1))
    pace.remove()
    captured.step(*batch(1))


def test_an_optimizer_of_other_parameters_is_refused() -> None:
    network = Network(example())
    captured = CapturedStep(network, sgd(network), Loss.SQUARED_ERROR, BATCH, Repeating())
    captured.step(*batch(0))
    network.become(without_one_edge(network)[0])
    with pytest.raises(OptimizerError, match="does not hold this model's parameters"):
        captured.step(*batch(1))


def test_a_batch_that_does_not_fit_is_refused() -> None:
    network = Network(example())
    captured = CapturedStep(network, sgd(network), Loss.SQUARED_ERROR, BATCH, Repeating())
    with pytest.raises(SettingsError, match=r"expected x \(4, batch\)"):
        captured.step(normal(0, 5, BATCH), normal(1, 3, BATCH))


@pytest.mark.gpu
@pytest.mark.parametrize("members", [0, 3])
@pytest.mark.parametrize("loss", list(Loss))
def test_replays_on_a_device_are_the_steps_of_plain_training(members: int, loss: Loss) -> None:
    made = []
    for replayed in (True, False):
        model = Population([example(k) for k in range(members)]) if members else Network(example())
        model.to("cuda")
        optimizer = optim.AdamW(model.parameters(), lr=1e-2, capturable=True)
        captured = CapturedStep(model, optimizer, loss, BATCH) if replayed else None
        for seed in range(WARM_UP + 4):
            x, target = (each.to("cuda") for each in batch(seed))
            if loss is Loss.CROSS_ENTROPY:
                target = torch.arange(BATCH, device="cuda") % 3
            if captured is not None:
                captured.step(x, target)
            else:
                optimizer.zero_grad()
                torch.autograd.backward(model.objective(x, target, loss).mean.sum())
                optimizer.step()
        assert captured is None or captured.captured
        made.append((model.values.detach().cpu(), model.bias.detach().cpu()))
    assert all(same(one, other) for one, other in zip(*made, strict=True))


@pytest.mark.gpu
def test_growth_on_a_device_ends_a_capture_and_starts_another() -> None:
    network = Network(example()).to("cuda")
    optimizer = optim.AdamW(network.parameters(), lr=1e-2, capturable=True)
    captured = CapturedStep(network, optimizer, Loss.SQUARED_ERROR, BATCH)
    x, target = (each.to("cuda") for each in batch(0))
    losses = [float(captured.step(x, target).mean) for _ in range(WARM_UP + 2)]
    transplant(network, optimizer, *without_one_edge(network))
    assert network.values.is_cuda
    losses += [float(captured.step(x, target).mean) for _ in range(WARM_UP + 20)]
    assert captured.captured
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0]
