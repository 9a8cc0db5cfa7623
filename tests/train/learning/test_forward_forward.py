"""Forward-forward against a dense reference whose sources are detached, and in the loop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn, optim

from graphgrow.engine import Network
from graphgrow.engine.kernels.reference import ACTIVATIONS
from graphgrow.engine.local import LEAST, hidden_slots, passed, span
from graphgrow.errors import SettingsError
from graphgrow.graph import Edit, apply
from graphgrow.graph.builders import erdos_renyi
from graphgrow.graph.wiring import Activation
from graphgrow.growth.registry import load as load_rule
from graphgrow.measure.signals import RowScorer
from graphgrow.rng import stream
from graphgrow.settings import Fit, GrowthSettings, OptimizerSettings, RunSettings, StartSettings, TaskSettings
from graphgrow.train.crowd import fit_many
from graphgrow.train.execute import execute, resume
from graphgrow.train.learning.forward_forward import LEARNING, neutral, overlaid
from graphgrow.train.loop import fit
from graphgrow.train.objectives import Classification, Regression
from graphgrow.train.parallel import Alone
from graphgrow.train.tasks import make
from tests.train.runs import sgd, xor

CLASSES, SAMPLES = 3, 6
TASK = Classification("made", 7, CLASSES, lambda: xor().data())
ALONE = Alone()


def network(activation: Activation = Activation.RELU) -> Network:
    """Three hidden levels with skips, in float64."""
    made = erdos_renyi(
        (7, 6, 5, 4, CLASSES),
        stream(1, "start"),
        density=0.9,
        skips=True,
        activation=activation,
        dtype=np.float64,
    )
    bias = stream(2, "bias").normal(0, 0.1, made.bias.size)
    bias[:7] = 0  # inputs have none
    return Network(made.with_weights(made.weight, bias))


def batch() -> tuple[Tensor, Tensor]:
    draws = stream(0, "batch")
    return torch.from_numpy(draws.normal(size=(7, SAMPLES))), torch.from_numpy(draws.integers(0, CLASSES, SAMPLES))


def draws() -> np.random.Generator:
    return stream(0, "negative")


def taught(model: Network) -> tuple[Tensor, Tensor]:
    """Gradients of one batch."""
    x, y = batch()
    model.zero_grad()
    LEARNING.teach(model, TASK, x, y, ALONE, ALONE.share(torch.arange(SAMPLES)), draws)
    assert model.values.grad is not None
    assert model.bias.grad is not None
    return model.values.grad, model.bias.grad


def reference(model: Network) -> tuple[Tensor, Tensor]:
    """The same by autograd over dense matrices, level by level, from sources that are detached."""
    plan, (x, y) = model.plan, batch()
    wrong = (y + torch.from_numpy(draws().integers(1, CLASSES, SAMPLES))) % CLASSES
    columns = torch.cat([overlaid(x, y, CLASSES), overlaid(x, wrong, CLASSES), neutral(x, CLASSES)], 1)
    values, bias = (each.detach().clone().requires_grad_() for each in (model.values, model.bias))
    weights = torch.zeros(plan.neurons, plan.neurons, dtype=x.dtype)
    rows = np.repeat(np.arange(plan.neurons), np.diff(plan.pointer))
    weights = weights.index_put((torch.tensor(rows), torch.tensor(plan.column.astype(np.int64))), values)
    read = [columns / (columns.square().mean(0) + LEAST).sqrt()]
    loss, code = torch.zeros((), dtype=x.dtype), Activation(int(plan.activation[plan.inputs]))
    for level in range(1, plan.levels):
        at = span(plan, level)
        total = weights[at, : at.start] @ torch.cat(read).detach()
        total = total + bias[at.start - plan.inputs : at.stop - plan.inputs, None]
        if level == plan.levels - 1:
            loss = loss + nn.functional.cross_entropy(total[:, 2 * SAMPLES :].T, y)
            break
        made = ACTIVATIONS[code](total)
        excess = made.square().sum(0) - len(made)
        loss = loss + nn.functional.softplus(-excess[:SAMPLES]).mean()
        loss = loss + nn.functional.softplus(excess[SAMPLES : 2 * SAMPLES]).mean()
        read.append(made / (made.square().mean(0) + LEAST).sqrt())
    found = torch.autograd.grad(loss, [values, bias])
    return found[0], found[1]


@pytest.mark.parametrize("activation", [Activation.RELU, Activation.TANH, Activation.GELU])
def test_gradients_are_those_of_dense_levels_with_detached_sources(activation: Activation) -> None:
    model = network(activation)
    for mine, theirs in zip(taught(model), reference(model), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-12)
    assert all(bool(each.any()) for each in taught(model))


def test_gradients_are_added_to_those_that_are_there() -> None:
    model = network()
    first = taught(model)[0].clone()
    x, y = batch()
    LEARNING.teach(model, TASK, x, y, ALONE, ALONE.share(torch.arange(SAMPLES)), draws)
    assert model.values.grad is not None
    torch.testing.assert_close(model.values.grad, 2 * first)


def test_later_levels_send_no_gradient_back() -> None:
    model = network()
    plan = model.plan
    before = taught(model)[0].clone()
    ends = int(plan.pointer[span(plan, 2).start])
    with torch.no_grad():
        model.values[ends:] *= -3
    after = taught(model)[0]
    assert torch.equal(after[:ends], before[:ends])
    assert not torch.equal(after[ends:], before[ends:])


def test_the_goodness_of_a_level_is_hidden_from_later_ones() -> None:
    model, (x, _) = network(), batch()
    before = passed(model, x)
    first = span(model.plan, 1)
    with torch.no_grad():
        model.values[: int(model.plan.pointer[first.stop])] *= 4
        model.bias[: first.stop - first.start] *= 4
    after = passed(model, x)
    torch.testing.assert_close(after.raw[first], 4 * before.raw[first])
    torch.testing.assert_close(after.raw[first.stop :], before.raw[first.stop :], rtol=1e-6, atol=1e-6)


def test_outputs_are_those_of_each_sample_and_a_new_edge_of_weight_0_changes_none() -> None:
    model, (x, _) = network(), batch()
    said = LEARNING.outputs(model, TASK, x)
    assert said.shape == (CLASSES, SAMPLES)
    torch.testing.assert_close(LEARNING.outputs(model, TASK, x[:, 2:3]), said[:, 2:3])
    graph = model.graph()
    present = set(zip(graph.wiring.source.tolist(), graph.wiring.target.tolist(), strict=True))
    source, target = next((i, j) for i in range(7) for j in range(7, 13) if (i, j) not in present)
    edit = Edit(graph.neurons, 1, source=[source], target=[target], weight=[0.0], edge_group=[0])
    torch.testing.assert_close(LEARNING.outputs(Network(apply(graph, edit, event=1)[0]), TASK, x), said)


def test_signals_score_every_edge_by_its_local_gradient() -> None:
    model, (x, y) = network(), batch()
    seen = LEARNING.signals(model, model, TASK, x, y, draws)
    wiring = model.graph().wiring
    assert seen.activation.shape == seen.delta.shape == (wiring.neurons, 3 * SAMPLES)
    assert isinstance(seen.scorer, RowScorer)
    found = seen.scorer.signed(wiring.source, wiring.target)
    np.testing.assert_allclose(found[model.plan.edge], taught(model)[0].numpy(), rtol=1e-4, atol=1e-6)
    hidden = [row for level in (1, 2, 3) for row in model.plan.row[hidden_slots(model.plan, level)]]
    assert seen.delta[hidden, : 2 * SAMPLES].any()
    assert not seen.delta[hidden, 2 * SAMPLES :].any()


def settings(rule: str, **fitting: object) -> RunSettings:
    """Digits in a moment."""
    held = {"epochs": 4, "batch": 32, "checkpoint_every": 5, "learning": "forward_forward", **fitting}
    return RunSettings(
        task=TaskSettings("digits:200"),
        start=StartSettings((12, 8), 0.3),
        growth=GrowthSettings(rule=rule),
        optimizer=OptimizerSettings(learning_rate=3e-3),
        fit=Fit(**held),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("rule", ["gradient", "extrema_topped_up", "extrema_clone", "set"])
def test_networks_grow_and_resume_to_the_same_bits(rule: str, tmp_path: Path) -> None:
    whole = execute(settings(rule), tmp_path / "whole").run
    run = execute(settings(rule), tmp_path / "run").run
    assert whole.events()
    (run.path / "summary.json").unlink()
    (run.path / "checkpoint.previous.safetensors").replace(run.path / "checkpoint.safetensors")
    assert resume(run.path).outcome.state.same(whole.load())
    assert run.fingerprint() == whole.fingerprint()
    assert run.rows() == whole.rows()


def test_it_learns_digits() -> None:
    task = make("digits")
    graph = erdos_renyi((64, 64, 32, 10), stream(0, "start"), density=1.0)
    rule = load_rule("static").rule
    made = fit(
        Network(graph),
        task,
        rule,
        lambda held: optim.AdamW(held, lr=3e-3),
        settings=Fit(8, 64, learning="forward_forward", record_extrema=False),
    )
    # Chance is 0.1.
    assert float(str(made.row["test_accuracy"])) > 0.7


class Several(Alone):  # type: ignore[misc]
    """As if there were other processes."""

    several = True


def refused(model: nn.Module | None = None, task: Classification | Regression | None = None, **named: object) -> None:
    learning = str(named.pop("learning", "forward_forward"))
    network = Network(erdos_renyi((7, 4, 3), stream(0, "start"), density=1.0))
    fit(model or network, task or TASK, load_rule("static").rule, sgd, settings=Fit(learning=learning), **named)  # type: ignore[arg-type]


def test_what_cannot_be_learned_this_way_is_refused() -> None:
    with pytest.raises(SettingsError, match="first 2 inputs, and xor has only 2: expected more inputs than classes"):
        refused(Network(erdos_renyi((2, 4, 2), stream(0, "start"), density=1.0)), xor())  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="learns classes, and real has none: use backpropagation"):
        refused(task=Regression("real", 7, 3, lambda: xor().data()))
    with pytest.raises(SettingsError, match="trains a Network, got a Sequential"):
        refused(nn.Sequential(Network(erdos_renyi((7, 4, 3), stream(0, "start"), density=1.0))))
    with pytest.raises(SettingsError, match="expected one of backpropagation, forward_forward, got 'hebb'"):
        refused(learning="hebb")


def test_several_processes_and_populations_are_refused() -> None:
    task, rule = make("digits:200"), load_rule("static").rule
    models = [Network(erdos_renyi((64, 4, 10), stream(0, "start"), density=0.5))]
    fitting = Fit(1, 64, learning="forward_forward")
    with pytest.raises(SettingsError, match="runs in one process"):
        fit(models[0], task, rule, sgd, settings=fitting, parallel=Several())
    with pytest.raises(SettingsError, match=r"population learns by backpropagation, got fit\.learning forward_forward"):
        fit_many(models, task, [rule], sgd, settings=fitting)
