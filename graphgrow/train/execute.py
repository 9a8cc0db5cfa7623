"""From settings to a stored run, and from a stored run onward."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from graphgrow import rng
from graphgrow.arrays import Array, Json
from graphgrow.engine.kernels.tuned import tuned
from graphgrow.engine.network import Network
from graphgrow.errors import SettingsError, StoreError
from graphgrow.graph.builders import erdos_renyi
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation
from graphgrow.growth import registry
from graphgrow.growth.parts import Proposer
from graphgrow.growth.rule import describe
from graphgrow.growth.starts import Outline
from graphgrow.settings import Distribution, RunSettings, from_json, to_json
from graphgrow.store.run import Run
from graphgrow.train.data import fingerprint
from graphgrow.train.loop import Outcome, train
from graphgrow.train.objectives import Task
from graphgrow.train.pacing import factors_of
from graphgrow.train.prepare import Setup, default_budget, prepare
from graphgrow.train.progress import Reporter, Silent
from graphgrow.train.schedules import optimizer_factory, schedule_factory
from graphgrow.train.tasks import make

POPULATION = "population"  # in the stored settings of a run that was trained in company
BESIDE = ("parts", "data", POPULATION)  # what is stored with the settings and is none


@dataclass(frozen=True, eq=False)
class Finished:
    """A run that ended, with what it ended with."""

    run: Run
    outcome: Outcome


def task_of(settings: RunSettings) -> Task:
    """The task of a run."""
    task = settings.task
    return make(task.name, task.data_seed, task.validation, task.growth)


def start_graph(settings: RunSettings, task: Task) -> Graph:
    """The network before growth: a random sparse layered graph; the same for every rule of one seed."""
    start = settings.start
    return erdos_renyi(
        (task.inputs, *start.hidden, task.outputs),
        rng.stream(settings.seed, "start"),
        edges=start.edges,
        density=None if start.edges is not None else start.density,
        kernel=start.distribution is Distribution.KERNEL,
        dense_head=start.dense_head,
        every_neuron=True,
        activation=Activation[start.activation.upper()],
        dtype=np.dtype(start.dtype),
    )


def own_start(settings: RunSettings, task: Task, rule: Proposer, graph: Graph) -> Graph:
    """The network a rule begins with: `graph`, the start of the settings, or what the rule's own start makes of them.

    Drawn from the same stream, so that rules with the same start begin alike under one seed.
    """
    start, held = getattr(rule, "start", None), settings.start
    if start is None:
        return graph
    outline = Outline(
        (task.inputs, *held.hidden, task.outputs),
        graph.edges,
        settings.growth.budget or graph.edges,
        held.distribution is Distribution.KERNEL,
        Activation[held.activation.upper()],
        held.dtype,
        held.dense_head,
    )

    def sample() -> Array:
        x = task.data().train.x
        return np.asarray(x, np.float32).reshape(len(x), -1)

    made: Graph = start(outline, sample, rng.stream(settings.seed, "start"))
    return made


def execute(
    settings: RunSettings, folder: Path, task: Task | None = None, reporter: Reporter | None = None
) -> Finished:
    """Train and grow one network by settings, stored in `folder`.

    Raises
    ------
    GraphgrowError
        A setting, the data or the folder is not usable; nothing is written then.
    """
    task, rule = task or task_of(settings), rule_of(settings)
    graph = start_graph(settings, task)
    settings = budgeted(settings, graph, rule)
    graph = own_start(settings, task, rule, graph)
    setup = _setup(settings, task, Network(graph, tuned(settings.engine)))
    run = Run.create(folder, record(settings, task), {"network": graph}, settings.seed)
    return Finished(run, train(setup, run, None, reporter or Silent()))


def budgeted(settings: RunSettings, start: Graph, rule: Proposer) -> RunSettings:
    """The settings with the budget that follows from the start where they name none."""
    if settings.growth.budget is not None:
        return settings
    return replace(settings, growth=replace(settings.growth, budget=default_budget(start.edges, rule) or 0))


def record(settings: RunSettings, task: Task) -> dict[str, Json]:
    """What `execute` stores of the settings: the budget filled in, the rule part by part, a fingerprint of the data.

    A run whose stored settings equal this is the one that `execute` would make.
    """
    rule = rule_of(settings)
    if settings.growth.budget is None:
        settings = budgeted(settings, start_graph(settings, task), rule)
    return {**to_json(settings), "parts": describe(rule), "data": fingerprint(task.data())}


def resume(folder: Path, reporter: Reporter | None = None, task: Task | None = None) -> Finished:
    """Continue a run that was cut off; its final bits are those of a run that never was.

    Raises
    ------
    StoreError
        The folder holds no run, the run is finished, or its files are corrupt.
    SettingsError
        The rule or its settings changed since the run began.
    """
    run = stored(folder)
    settings = settings_of(run)
    task = task or task_of(settings)
    state = run.load() if run.has_checkpoint() else None
    graph = run.start() if state is None else state.graphs["network"]
    setup = _setup(settings, task, Network(run.start(), tuned(settings.engine)))
    if describe(setup.growers[0].rule) != run.settings["parts"]:
        raise SettingsError(
            f"rule {settings.growth.rule} is not the one the run began with: restore its file, or run anew"
        )
    if fingerprint(task.data()) != run.settings["data"]:
        raise SettingsError(
            f"the data of {settings.task.name} are not those the run began with: restore them, or run anew"
        )
    if graph.weight.dtype != np.dtype(settings.start.dtype):
        raise StoreError(f"{folder}: weights of {graph.weight.dtype}, settings say {settings.start.dtype}: corrupt run")
    if state is None:
        run.rewind(0, 0)
    return Finished(run, train(setup, run, state, reporter or Silent()))


def stored(folder: Path) -> Run:
    """The run in a folder, if it can be resumed by its settings alone; errors as `resume`."""
    run = Run.open(folder)
    if run.finished:
        raise StoreError(f"{folder} is finished: see it with graphgrow show, or start another run")
    if run.settings.get(POPULATION):
        raise StoreError(f"{folder} was trained in a population, which cannot be resumed: start what made it again")
    if not {"parts", "data"} <= run.settings.keys() or run.sites() != ["network"]:
        raise StoreError(f"{folder} was not made by graphgrow run: continue it with fit(run=run, state=run.load())")
    return run


def settings_of(run: Run) -> RunSettings:
    """The settings a stored run was made with."""
    tree = {name: value for name, value in run.settings.items() if name not in BESIDE}
    made: RunSettings = from_json(RunSettings, tree)
    return made


def _setup(settings: RunSettings, task: Task, network: Network) -> Setup:
    """Everything made from settings, checked."""
    rule = rule_of(settings)
    samples = len(task.data().train)
    steps = -(-samples // settings.fit.batch) * settings.fit.epochs
    return prepare(
        network,
        task,
        rule,
        optimizer_factory(settings.optimizer),
        schedule_factory(settings.optimizer, steps),
        settings.fit,
        settings.growth,
        settings.seed,
        pace=factors_of(settings.pace),
    )


def rule_of(settings: RunSettings) -> Proposer:
    """The growth rule of the settings."""
    growth = settings.growth
    return registry.load(growth.rule, registry.place(growth.rules_path) if growth.rules_path else None).rule
