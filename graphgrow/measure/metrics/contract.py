"""What a metric of the topology report is, and the walk that finds them all."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graphgrow.errors import SettingsError
from graphgrow.graph.graph import Graph
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.measured import Measured


@dataclass(frozen=True)
class Effort:
    """How much work a report may be; larger graphs are sampled, and every value says so.

    Attributes
    ----------
    exact_nodes : up to so many nodes all pairs are walked; beyond, sources are sampled.
    exact_eigen : up to so many nodes whole spectra are computed.
    samples : sampled sources of paths and reach.
    nulls : randomised networks that values are compared with.
    seed : of everything drawn.
    """

    exact_nodes: int = 3000
    exact_eigen: int = 2000
    samples: int = 256
    nulls: int = 10
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Subject:
    """What is measured: any graph, and, where it is one of ours, the network."""

    adjacency: Adjacency
    graph: Graph | None = None
    effort: Effort = Effort()


class Metric(ABC):
    """One question asked of a graph; a file in this folder with an object METRIC is one."""

    @abstractmethod
    def randomised(self, subject: Subject) -> bool:
        """Whether its values are compared with randomised networks.

        Not where those have the same value by design, nor where a large graph would take too long.
        """

    @abstractmethod
    def measure(self, subject: Subject) -> Sequence[Measured]:
        """The same names in the same order for every graph; what has no value there says why.

        The empty graph, a single node, graphs in pieces, with cycles, without edges or with weights of 0 all have an
        answer: a defined value or `undefined` with the reason, never an exception or NaN.
        """


def every() -> dict[str, Metric]:
    """All metrics by file name, sorted."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem in ("__init__", "contract") or path.stem.startswith("_"):
            continue
        metric = getattr(importlib.import_module(f"graphgrow.measure.metrics.{path.stem}"), "METRIC", None)
        if not isinstance(metric, Metric):
            raise SettingsError(
                f"{path.name}: expected an object METRIC that is a Metric: see CONTRIBUTING.md, a metric"
            )
        found[path.stem] = metric
    return found
