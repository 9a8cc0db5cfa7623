"""Runs of many small networks that share task, optimizer, schedule, fit and seed, trained as one population."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from graphgrow.arrays import Json
from graphgrow.engine.network import Network
from graphgrow.errors import OptimizerError, SettingsError
from graphgrow.settings import GrowthSettings, RunSettings
from graphgrow.store.run import Run
from graphgrow.train.crowd import fit_many
from graphgrow.train.execute import POPULATION, Finished, budgeted, own_start, record, rule_of, start_graph, task_of
from graphgrow.train.objectives import Task
from graphgrow.train.schedules import optimizer_factory, schedule_factory


def shared(settings: RunSettings) -> RunSettings:
    """What the members of one population have in common: equal for settings that may be trained together."""
    dtype = replace(RunSettings().start, dtype=settings.start.dtype)
    return replace(settings, start=dtype, growth=GrowthSettings(), label=None)


def execute_many(settings: Sequence[RunSettings], folders: Sequence[Path], task: Task | None = None) -> list[Finished]:
    """What `execute` does for each of the settings, but all of them at once: faster where the networks are small.

    Bits do not depend on the company, yet differ by rounding from those of a run alone, so the stored settings say
    `population`, and a run that was cut off cannot be resumed: run it anew.

    Raises
    ------
    SettingsError
        The settings differ in more than start, growth and label, or a population cannot train them.
    GraphgrowError
        As `execute` and `fit_many`.
    """
    if len({shared(each) for each in settings}) != 1:
        raise SettingsError("a population shares task, dtype, optimizer, fit, engine and seed: train these apart")
    first = settings[0]
    task = task or task_of(first)
    full, graphs = [], []
    for each in settings:
        graph = start_graph(each, task)
        full.append(budgeted(each, graph, rule_of(each)))
        graphs.append(own_start(full[-1], task, rule_of(each), graph))
    samples = len(task.data().train)
    runs = [
        Run.create(folder, together(each, task), {"network": graph}, each.seed)
        for folder, each, graph in zip(folders, full, graphs, strict=True)
    ]
    try:
        outcomes = fit_many(
            [Network(graph) for graph in graphs],
            task,
            [rule_of(each) for each in full],
            optimizer_factory(first.optimizer),
            schedule_factory(first.optimizer, -(-samples // first.fit.batch) * first.fit.epochs),
            first.fit,
            [each.growth for each in full],
            first.seed,
            runs,
        )
    except (SettingsError, OptimizerError):
        # Raised before the first step: nothing was trained that would be lost.
        for run in runs:
            shutil.rmtree(run.path)
        raise
    return [Finished(run, outcome) for run, outcome in zip(runs, outcomes, strict=True)]


def together(settings: RunSettings, task: Task) -> dict[str, Json]:
    """What is stored of the settings of a member."""
    return {**record(settings, task), POPULATION: True}
