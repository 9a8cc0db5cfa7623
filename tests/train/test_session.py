"""A State restored is the training it was taken from, for every optimizer and schedule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn, optim
from torch.optim import lr_scheduler

from graphgrow.engine.network import Network
from graphgrow.errors import SettingsError, StoreError
from graphgrow.settings import OPTIMIZERS, Fit, OptimizerSettings, Schedule
from graphgrow.store.state import State
from graphgrow.train.plain import from_plain, to_plain
from graphgrow.train.schedules import optimizer_factory, schedule_factory
from tests.train.runs import first, new_run, saved, sgd, train


def require_exact(folder: Path, **options: Any) -> None:
    """Continuing from the middle gives the State and the row of an uninterrupted training."""
    model: Callable[[], nn.Module] = options.pop("model", lambda: Network(first(options.get("dtype", "float32"))))
    graph = next(module for module in model().modules() if isinstance(module, Network)).graph()
    run = new_run(folder, graph, options.pop("site", "network"))
    whole = train(run=run, model=model(), **options)
    state = saved(run)
    assert state.step == 18
    assert state.tree["events"]
    rest = train(state=state, model=model(), **options)
    assert rest.state.same(whole.state)
    assert rest.row == whole.row
    assert rest.stop == whole.stop


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_optimizer_goes_on_exactly(name: str, dtype: str, tmp_path: Path) -> None:
    require_exact(tmp_path / "run", optimizer=optimizer_factory(OptimizerSettings(name, 0.01)), dtype=dtype)


@pytest.mark.parametrize("kind", list(Schedule))
def test_every_schedule_of_the_settings_goes_on_exactly(kind: Schedule, tmp_path: Path) -> None:
    made = OptimizerSettings("SGD", 0.1, momentum=0.5, schedule=kind)
    require_exact(tmp_path / "run", optimizer=optimizer_factory(made), schedule=schedule_factory(made, 20))


SCHEDULES: dict[str, Callable[[optim.Optimizer], Any]] = {
    # Not yet at its second milestone when it is captured: keys that JSON would turn into text.
    "milestones": lambda made: lr_scheduler.MultiStepLR(made, [7, 19], 0.1),
    # Keeps an infinity.
    "plateau": lambda made: lr_scheduler.ReduceLROnPlateau(made, patience=0, threshold=10.0),
    "one cycle": lambda made: lr_scheduler.OneCycleLR(made, 0.2, total_steps=30, cycle_momentum=False),
    "in turn": lambda made: lr_scheduler.SequentialLR(
        made, [lr_scheduler.ConstantLR(made, 0.5, 4), lr_scheduler.ExponentialLR(made, 0.9)], [10]
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_of_torch_go_on_exactly(name: str, tmp_path: Path) -> None:
    require_exact(tmp_path / "run", schedule=SCHEDULES[name])


class Host(nn.Module):
    """A model with a Network, dropout, batch statistics and layers of its own."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.into = nn.Linear(2, 2)
        self.norm = nn.BatchNorm1d(2)
        self.drop = nn.Dropout(0.3)
        self.body = Network(first())
        with torch.no_grad():
            for parameter in self.into.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=generator))

    def forward(self, x: Tensor) -> Tensor:
        """x (batch, 2) -> (batch, 2)."""
        made: Tensor = self.body(self.drop(self.norm(self.into(x))))
        return made


def test_a_host_goes_on_exactly_with_its_buffers_and_its_dropout(tmp_path: Path) -> None:
    require_exact(tmp_path / "run", model=Host, site="body")


def test_a_host_is_decided_by_the_seed_alone_and_leaves_the_draws_of_others_alone() -> None:
    limits = Fit(epochs=2, batch=64)
    torch.manual_seed(1)
    first_run = train(model=Host(), limits=limits).state
    drawn = torch.rand(3)
    torch.manual_seed(2)
    assert train(model=Host(), limits=limits).state.same(first_run)
    assert not train(model=Host(), limits=limits, seed=4).state.same(first_run)
    torch.manual_seed(1)
    Host()
    assert torch.equal(torch.rand(3), drawn)


def test_looking_changes_nothing() -> None:
    kept = [train("static", model=Host(), limits=Fit(2, 64, record_extrema=look)).state for look in (True, False)]
    assert kept[0].graphs["body"].same(kept[1].graphs["body"])
    for name, array in kept[0].arrays.items():
        assert array.tobytes() == kept[1].arrays[name].tobytes(), name


def test_frozen_parts_of_a_host_keep_their_mode() -> None:
    host = Host()
    host.norm.eval()
    train(model=host, limits=Fit(epochs=1, batch=64))
    assert (host.training, host.norm.training, host.drop.training) == (True, False, True)
    mean = host.norm.running_mean
    assert mean is not None
    assert torch.equal(mean, torch.zeros(2))


def test_a_state_shares_nothing_with_the_model() -> None:
    model = Network(first())
    state = train(model=model).state
    before = {name: array.copy() for name, array in state.arrays.items()}
    weight = state.graphs["network"].weight.copy()
    train(model=model, limits=Fit(1, 64))
    assert np.array_equal(state.graphs["network"].weight, weight)
    assert all(np.array_equal(array, before[name]) for name, array in state.arrays.items())


def test_one_state_serves_twice(tmp_path: Path) -> None:
    run = new_run(tmp_path / "run", first())
    train(run=run)
    state = saved(run)
    assert train(state=state).state.same(train(state=state).state)


def test_a_state_of_another_model_is_refused() -> None:
    state = train(limits=Fit(1, 64)).state
    with pytest.raises(StoreError, match=r"state of networks \['network'\] for a model with \['body'\]: wrong model"):
        train(model=Host(), state=state)
    whole = train(model=Host(), limits=Fit(1, 64)).state
    arrays = {name: array for name, array in whole.arrays.items() if name != "model/norm.running_mean"}
    with pytest.raises(StoreError, match=r"no parameter norm\.running_mean: it belongs to another model"):
        train(model=Host(), state=State(whole.step, whole.epoch, whole.graphs, arrays, whole.tree))


def test_a_state_of_another_version_is_refused() -> None:
    whole = train(limits=Fit(1, 64)).state
    progress = {**whole.tree["progress"], "warp": 9}  # type: ignore[dict-item]
    strange = State(whole.step, whole.epoch, whole.graphs, whole.arrays, {**whole.tree, "progress": progress})
    with pytest.raises(StoreError, match=r"of another version \(.*warp.*\): start the run anew"):
        train(state=strange)


def test_going_on_in_the_same_run_drops_what_came_after_the_state(tmp_path: Path) -> None:
    run, whole = new_run(tmp_path / "run", first()), new_run(tmp_path / "whole", first())
    train(run=whole)
    train(run=run)
    train(run=run, state=saved(run))
    assert run.finished
    assert len(run.rows()) == 5
    assert run.fingerprint() == whole.fingerprint()


def test_a_schedule_that_cannot_be_stored_is_named() -> None:
    def odd(made: optim.Optimizer) -> Any:
        schedule = lr_scheduler.StepLR(made, 5)
        schedule.note = {1, 2}  # type: ignore[attr-defined]
        return schedule

    with pytest.raises(SettingsError, match="the schedule keeps a set, which cannot be stored"):
        train(schedule=odd, optimizer=sgd, limits=Fit(1, 64))


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, 2.5, None, True, "x"]},
        {3: 1, 19: 2},
        float("inf"),
        -float("inf"),
        {"deep": [{"b": {0: [float("inf")]}}]},
    ],
)
def test_plain_data_there_and_back(value: Any) -> None:
    assert from_plain(to_plain(value, "value")) == value


def test_no_number_survives_and_tuples_become_lists() -> None:
    assert np.isnan(from_plain(to_plain(float("nan"), "value")))
    assert from_plain(to_plain({"betas": (0.9, 0.99)}, "value")) == {"betas": [0.9, 0.99]}
