"""Runs of one seed trained together, as one population: faster than one after another where networks are small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from graphgrow.arrays import Json
from graphgrow.engine import Network
from graphgrow.growth import registry
from graphgrow.growth.rule import describe
from graphgrow.settings import RunSettings, to_json
from graphgrow.store.run import Run
from graphgrow.train.crowd import fit_many
from graphgrow.train.data import fingerprint
from graphgrow.train.execute import own_start, start_graph, task_of
from graphgrow.train.objectives import Task
from graphgrow.train.pacing import factors_of
from graphgrow.train.schedules import optimizer_factory, schedule_factory


def run_together(jobs: Sequence[tuple[str, RunSettings]], folder: Path) -> list[Run]:
    """Execute the named settings, those of one seed as one population; runs in the order of the jobs.

    All must agree in task, optimizer, pace and `fit`. A time limit is one per run, so that of a population is the sum
    of its members'. Weights agree with those of `run_all` up to rounding.
    """
    seeds = list(dict.fromkeys(settings.seed for _, settings in jobs))
    task = task_of(jobs[0][1])
    made: dict[str, Run] = {}
    for number, seed in enumerate(seeds, start=1):
        group = [(name, settings) for name, settings in jobs if settings.seed == seed]
        print(f"[{number}/{len(seeds)}] {len(group)} networks of seed {seed} as one population", flush=True)
        made |= _together(group, folder, task)
    return [made[name] for name, _ in jobs]


def _together(jobs: Sequence[tuple[str, RunSettings]], folder: Path, task: Task) -> dict[str, Run]:
    """One population."""
    first = jobs[0][1]
    limit = first.fit.time_limit
    fitting = replace(first.fit, time_limit=None if limit is None else limit * len(jobs))
    rules, models, runs = [], [], []
    for name, settings in jobs:
        growth = settings.growth
        rule = registry.load(growth.rule, registry.place(growth.rules_path) if growth.rules_path else None).rule
        graph = own_start(settings, task, rule, start_graph(settings, task))
        tree: dict[str, Json] = {
            **to_json(replace(settings, fit=fitting)),
            "parts": describe(rule),
            "data": fingerprint(task.data()),
        }
        runs.append(Run.create(folder / name, tree, {"network": graph}, settings.seed))
        rules.append(rule)
        models.append(Network(graph))
    steps = -(-len(task.data().train) // fitting.batch) * fitting.epochs
    fit_many(
        models,
        task,
        rules,
        optimizer_factory(first.optimizer),
        schedule_factory(first.optimizer, steps),
        fitting,
        [settings.growth for _, settings in jobs],
        first.seed,
        runs,
        pace=factors_of(first.pace),
    )
    return {name: run for (name, _), run in zip(jobs, runs, strict=True)}
