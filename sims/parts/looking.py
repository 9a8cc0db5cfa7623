"""Looking into the networks that a run began and ended with."""

from __future__ import annotations

from functools import cache

from graphgrow.engine.network import Network
from graphgrow.engine.probe import probe
from graphgrow.graph.graph import Graph
from graphgrow.measure.signals import Signals
from graphgrow.settings import RunSettings, TaskSettings
from graphgrow.store.run import Run
from graphgrow.train.evaluate import Sets
from graphgrow.train.execute import settings_of, task_of
from graphgrow.train.objectives import Task


def signals(run: Run, graph: Graph, samples: int = 1024) -> Signals:
    """Activations and deltas of a graph of the run on its first training samples."""
    task, network = _task(settings_of(run).task), Network(graph)
    x, y = Sets.of(task.data(), network.values.dtype).train.columns(slice(0, samples))
    return probe(network, x, y, task.losses)


@cache
def _task(settings: TaskSettings) -> Task:
    """The same data for every run that asks for them."""
    return task_of(RunSettings(task=settings))
