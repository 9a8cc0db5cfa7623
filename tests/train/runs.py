"""Tiny runs that tests of training share: xor in a moment, with growth and checkpoints."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from torch import nn, optim

from graphgrow.arrays import Json
from graphgrow.engine.network import Network
from graphgrow.graph.graph import Graph
from graphgrow.growth import registry
from graphgrow.growth.parts import Proposer
from graphgrow.settings import Fit, GrowthSettings, RunSettings, StartSettings, TaskSettings
from graphgrow.store.run import Run
from graphgrow.store.state import State
from graphgrow.train.execute import start_graph
from graphgrow.train.loop import Outcome, fit
from graphgrow.train.objectives import Task
from graphgrow.train.schedules import OptimizerFactory, ScheduleFactory
from graphgrow.train.tasks import make

ROOT = Path(__file__).resolve().parents[2]
RULES = registry.names()


@cache
def xor() -> Task:
    """261 training samples, 5 steps of 64 per epoch; and 32 for growth, by which trials are judged."""
    return make("xor", growth=0.1)


def settings(rule: str = "random", **parts: Any) -> RunSettings:
    """Four epochs of 5 steps, a checkpoint after every third step, growth after each of the first three epochs."""
    made = RunSettings(
        task=TaskSettings("xor", growth=0.1),
        start=StartSettings(hidden=(6, 5), density=0.4),
        growth=GrowthSettings(rule=rule),
        fit=Fit(epochs=4, batch=64, checkpoint_every=3),
        seed=5,
    )
    return replace(made, **parts)


def sgd(parameters: Any) -> optim.Optimizer:
    """Plain gradient descent with momentum."""
    return optim.SGD(parameters, lr=0.1, momentum=0.9)


def train(
    rule: str | Proposer = "random",
    optimizer: OptimizerFactory = sgd,
    schedule: ScheduleFactory | None = None,
    *,
    run: Run | None = None,
    state: State | None = None,
    model: nn.Module | None = None,
    task: Task | None = None,
    growth: GrowthSettings | None = None,
    limits: Fit | None = None,
    seed: int = 5,
    dtype: str = "float32",
) -> Outcome:
    """Fit the tiny network in memory, or in `run`."""
    return fit(
        model or Network(first(dtype)),
        task or xor(),
        registry.load(rule).rule if isinstance(rule, str) else rule,
        optimizer,
        schedule,
        limits or Fit(epochs=4, batch=64, checkpoint_every=3),
        growth or GrowthSettings(),
        seed,
        run,
        state,
    )


def first(dtype: str = "float32", seed: int = 5) -> Graph:
    """The tiny network before growth."""
    made = settings(seed=seed)
    return start_graph(replace(made, start=replace(made.start, dtype=dtype)), xor())


def new_run(folder: Path, graph: Graph, site: str = "network") -> Run:
    """A run with no settings, for `fit`."""
    return Run.create(folder, {}, {site: graph}, 5)


def saved(run: Run) -> State:
    """The checkpoint before the last: one in the middle of training."""
    (run.path / "checkpoint.previous.safetensors").replace(run.path / "checkpoint.safetensors")
    return run.load()


def child(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Python code in a process of its own."""
    return _process(["-c", code, *map(str, arguments)])


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    return _process(["-m", "graphgrow", *map(str, arguments)])


def module(*arguments: object) -> subprocess.CompletedProcess[str]:
    """`python -m` in a process of its own."""
    return _process(["-m", *map(str, arguments)])


def _process(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "80"}
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False
    )


def number(value: Json) -> float:
    """An entry of a row that must be a number."""
    assert isinstance(value, int | float)
    return value


KILLED = -signal.SIGKILL


def listing(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
