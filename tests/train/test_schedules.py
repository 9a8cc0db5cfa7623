from __future__ import annotations

import math
import warnings
from pathlib import Path

import pytest
import torch
from torch import nn, optim

from graphgrow.errors import SettingsError
from graphgrow.settings import OPTIMIZERS, OptimizerSettings, Schedule
from graphgrow.train.execute import execute
from graphgrow.train.schedules import optimizer_factory, schedule_factory
from tests.train.runs import settings, xor


def rates(kind: Schedule, steps: int, share: float) -> list[float]:
    """The learning rate before every step and after the last."""
    made = OptimizerSettings("SGD", 2.0, schedule=kind, final_share=share)
    optimizer = optimizer_factory(made)([nn.Parameter(torch.zeros(1))])
    factory = schedule_factory(made, steps)
    seen = []
    schedule = factory(optimizer) if factory else None
    for _ in range(steps + 2):
        seen.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        if schedule is not None:
            schedule.step()
    return seen


def test_a_constant_rate() -> None:
    assert schedule_factory(OptimizerSettings(schedule=Schedule.CONSTANT), 10) is None
    assert set(rates(Schedule.CONSTANT, 5, 0.1)) == {2.0}


def test_a_linear_rate_ends_at_its_share_and_stays_there() -> None:
    assert rates(Schedule.LINEAR, 4, 0.5) == pytest.approx([2.0, 1.75, 1.5, 1.25, 1.0, 1.0])


def test_a_cosine_rate() -> None:
    expected = [2 * (0.1 + 0.9 * (1 + math.cos(math.pi * step / 4)) / 2) for step in range(5)]
    assert rates(Schedule.COSINE, 4, 0.1) == pytest.approx([*expected, 0.2])


def test_a_run_ends_at_the_final_rate(tmp_path: Path) -> None:
    made = OptimizerSettings(learning_rate=0.01, schedule=Schedule.LINEAR, final_share=0.25)
    rows = execute(settings(optimizer=made), tmp_path / "run", xor()).run.rows()
    assert [row["learning_rate"] for row in rows] == pytest.approx([0.01 * (1 - 0.75 * k / 4) for k in range(5)])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_takes_its_rate_and_moves(name: str) -> None:
    parameter = nn.Parameter(torch.ones(3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer = optimizer_factory(OptimizerSettings(name, 0.01))([parameter])
        parameter.grad = torch.ones(3)
        optimizer.step()
    assert type(optimizer) is getattr(optim, name)
    assert (optimizer.param_groups[0]["lr"], optimizer.param_groups[0].get("weight_decay", 0)) == (0.01, 0)
    assert (parameter < 1).all()


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "Rprop"])
def test_weight_decay_reaches_the_optimizer(name: str) -> None:
    made = optimizer_factory(OptimizerSettings(name, weight_decay=0.5))([nn.Parameter(torch.ones(1))])
    assert made.param_groups[0]["weight_decay"] == 0.5


def test_momentum_reaches_the_optimizer() -> None:
    for name in ("SGD", "RMSprop"):
        made = optimizer_factory(OptimizerSettings(name, momentum=0.9))([nn.Parameter(torch.ones(1))])
        assert made.param_groups[0]["momentum"] == 0.9


def test_an_optimizer_without_weight_decay_says_so() -> None:
    with pytest.raises(SettingsError, match="optimizer Rprop does not take these settings"):
        optimizer_factory(OptimizerSettings("Rprop", weight_decay=0.1))


def test_an_optimizer_that_this_torch_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(optim, "Adafactor")
    with pytest.raises(SettingsError, match="no optimizer Adafactor: choose another, or a newer torch"):
        optimizer_factory(OptimizerSettings("Adafactor"))
