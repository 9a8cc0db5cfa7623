"""What an optimizer of members refuses, and what torch has to notice of its steps."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import ArrayLike

from graphgrow import Graph
from graphgrow.engine import Descent, MemberOptimizer, Population
from graphgrow.errors import OptimizerError, SettingsError
from tests.engine.dense import example, normal, same
from tests.engine.training import WAYS, force, give, quartet, trained


def trio(dtype: type = np.float32) -> list[Graph]:
    return quartet(dtype)[:3]


def test_state_that_does_not_fit_changes_nothing() -> None:
    population = Population(trio())
    optimizer = MemberOptimizer(population)
    trained(population, optimizer, range(1))
    before = optimizer.state_dict()
    other = MemberOptimizer(Population(trio()[:2])).state_dict()
    fewer = {**before, "steps": before["steps"][:2]}
    for state in (other, MemberOptimizer(population, Descent()).state_dict(), fewer):
        with pytest.raises(OptimizerError, match="the state does not fit Adam on this model: load its own"):
            optimizer.load_state_dict(state)
    assert all(np.array_equal(optimizer.state_dict()[key], before[key]) for key in ("steps", "learning_rate", "clip"))
    assert all(
        same(*pair) for key in before["state"] for pair in zip(optimizer.state[key], before["state"][key], strict=True)
    )


def test_state_of_another_dtype_is_cast() -> None:
    double, single = MemberOptimizer(Population(trio(np.float64))), MemberOptimizer(Population(trio()))
    give(double.model, 0)  # type: ignore[arg-type]
    double.step()
    single.load_state_dict(double.state_dict())
    assert single.fits()
    assert same(single.state["exp_avg"][0], double.state["exp_avg"][0].float())


def test_a_step_without_gradients() -> None:
    optimizer = MemberOptimizer(Population(trio()))
    with pytest.raises(OptimizerError, match="no gradient to step with: run a backward pass first"):
        optimizer.step()
    assert optimizer.steps.tolist() == [0] * 3
    trained(optimizer.model, optimizer, range(1))  # type: ignore[arg-type]
    optimizer.zero_grad()
    assert optimizer.model.values.grad is None
    assert optimizer.model.bias.grad is None


@pytest.mark.parametrize("change", ["members", "dtype", "graph"])
def test_a_model_that_changed_alone(change: str) -> None:
    population = Population(trio())
    optimizer = MemberOptimizer(population)
    if change == "dtype":
        population.double()
    else:
        population.become([0, 1] if change == "members" else [0, 1, example(5)])
    give(population, 0)
    before = population.values.detach().clone()
    with pytest.raises(OptimizerError, match="the model changed without its optimizer: use transplant_members or keep"):
        optimizer.step()
    assert same(population.values.detach(), before)


@WAYS
def test_torch_notices_that_weights_changed(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    force(monkeypatch, way)
    population = Population(trio())
    optimizer, late = MemberOptimizer(population), population.columns(normal(0, 4, 3)).sum()
    give(population, 0)
    optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        torch.autograd.backward(late)


@pytest.mark.parametrize("name", ["learning_rate", "weight_decay", "clip"])
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([0.1, 0.2], r"expected one number or 3, one per member, got shape \(2,\)"),
        ([[0.1, 0.2, 0.3]], r"expected one number or 3, one per member, got shape \(1, 3\)"),
        (-0.1, r"expected numbers from 0 up, got -0\.1: correct it"),
        ([0.1, 0.1, float("nan")], "expected numbers from 0 up, got nan: correct it"),
    ],
)
def test_wrong_numbers(name: str, given: ArrayLike, message: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}: {message}"):
        MemberOptimizer(Population(trio()), **{name: given})
