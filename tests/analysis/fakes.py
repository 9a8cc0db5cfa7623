"""Runs and graphs as the analysis sees them, made up: plausible curves, growth at fixed epochs, no training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from graphgrow.arrays import Array
from graphgrow.graph import Event, Graph
from graphgrow.graph.builders import layered
from graphgrow.graph.wiring import Role, Wiring
from graphgrow.rng import stream


@dataclass(frozen=True, eq=False)
class FakeRun:
    """What `graphgrow.store.run.Run` offers to a reader."""

    path: Path
    settings: Mapping[str, Any]
    history: list[dict[str, Any]]
    grown: list[Event] = field(default_factory=list)
    seconds: list[dict[str, Any]] = field(default_factory=list)
    end: Mapping[str, Any] = field(default_factory=dict)
    graphs: tuple[Graph, Graph] | None = None
    finished: bool = True

    def rows(self) -> list[dict[str, Any]]:
        return self.history

    def events(self) -> list[Event]:
        return self.grown

    def timings(self) -> list[dict[str, Any]]:
        return self.seconds

    def summary(self) -> Mapping[str, Any]:
        return self.end

    def sites(self) -> list[str]:
        return ["network"]

    def start(self, site: str | None = None) -> Graph:
        return self._graph(0)

    def final(self, site: str | None = None) -> Graph:
        return self._graph(1)

    def _graph(self, which: int) -> Graph:
        if self.graphs is None:
            raise ValueError("this fake has no graphs")
        return self.graphs[which]


def small_graph(sizes: tuple[int, ...] = (6, 5, 4, 3), density: float = 0.5, seed: int = 0) -> Graph:
    return layered(sizes, density, stream(seed, "fake", "graph"))


def grow(graph: Graph, event: int, count: int, seed: int = 0) -> Graph:
    """`count` new edges at random between any two levels, some of them skips, born in `event`."""
    rng, wiring = stream(seed, "fake", "grow", event), graph.wiring
    low, high = np.nonzero(wiring.level[:, None] < wiring.level[None, :])
    keep = graph.edge_rows(low, high) < 0
    # A skip over all levels from an input would make up most random edges of a wide input; hidden sources are likelier.
    odds = np.where(wiring.role[low[keep]] == Role.INPUT, 0.05, 1.0)
    chosen = rng.choice(np.flatnonzero(keep), count, replace=False, p=odds / odds.sum())
    source = np.concatenate([wiring.source, low[chosen]])
    target = np.concatenate([wiring.target, high[chosen]])
    born = np.concatenate([wiring.edge_born, np.full(count, event)])
    weight = np.concatenate([graph.weight, rng.normal(0, 0.3, count)]).astype(graph.weight.dtype)
    order = np.lexsort((source, target))
    made: Wiring = replace(wiring, source=source[order], target=target[order], edge_born=born[order])
    return Graph(made, weight[order], graph.bias)


def fake_run(
    label: str = "grown",
    seed: int = 0,
    epochs: int = 20,
    events: tuple[int, ...] = (3, 6, 9),
    final: float = 0.95,
    metric: str = "accuracy",
    extrema: bool = True,
    activation: str = "relu",
    sizes: tuple[int, ...] = (6, 5, 4, 3),
) -> FakeRun:
    """A run whose test metric approaches `final`, exactly in its last epoch."""
    rng = stream(seed, "fake", label)
    start = small_graph(sizes, seed=seed)
    end, made, history = start, [], []
    for number, epoch in enumerate(events, 1):
        end = grow(end, number, 4, seed)
        made.append(Event(number, 10 * epoch, epoch, "network", label, "every epoch", end.neurons, end.edges, 4, 0))
    curve = _curve(epochs, final, metric, rng)
    for epoch in range(epochs + 1):
        edges = start.edges + 4 * sum(event.epoch < epoch for event in made)
        row = {
            "epoch": epoch,
            "step": 10 * epoch,
            "edges": edges,
            "neurons": start.neurons,
            "edge_steps": 10 * epoch * edges,
        }
        row |= {f"test_{metric}": float(curve[epoch]), f"validation_{metric}": float(curve[epoch])}
        row["extrema"] = {"1": [1 + epoch % 3, 2], "2": [0, max(0, 4 - epoch // 5)]} if extrema else None
        history.append(row)
    settings = {
        "task": {"name": "digits"},
        "start": {"activation": activation},
        "growth": {"rule": label, "budget": 50},
        "seed": seed,
        "label": None,
    }
    end_summary = {
        "metric": metric,
        "edges": end.edges,
        "neurons": end.neurons,
        "edge_steps": 1000 + seed,
        "shortfall": None,
    }
    timings = [{"phase": "train", "seconds": 1.0}, {"phase": "total", "seconds": 2.5}]
    return FakeRun(Path(f"{label}-{seed}"), settings, history, made, timings, end_summary, (start, end))


def _curve(epochs: int, final: float, metric: str, rng: np.random.Generator) -> Array:
    """From chance to `final`, with noise that ends in the last epoch."""
    first = 0.1 if metric == "accuracy" else 1.0
    curve = final + (first - final) * np.exp(-np.arange(epochs + 1) / max(epochs / 15, 0.5))
    curve[1:-1] += rng.normal(0, 0.003, epochs - 1)
    curve[-1] = final
    return curve
