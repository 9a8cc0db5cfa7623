"""What the training loop grows: a Network wherever it sits in a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from torch import nn, optim

from graphgrow.engine.network import Network
from graphgrow.engine.optimizers import Fresh
from graphgrow.engine.transplant import transplant
from graphgrow.graph.apply import Remap
from graphgrow.graph.graph import Graph


class Site(Protocol):
    """A place that can grow."""

    @property
    def name(self) -> str:
        """Unique within the model."""

    def graph(self) -> Graph:
        """The graph with today's weights."""

    def become(self, graph: Graph, remap: Remap, together: bool = False) -> None:
        """Take another graph, carrying parameters and optimizer state; `together` with every process of the group."""


@dataclass(frozen=True, eq=False)
class NetworkSite:
    """A Network with the optimizer that trains it."""

    name: str
    network: Network
    optimizer: optim.Optimizer | None = None
    fresh: Fresh = Fresh.ZERO

    def graph(self) -> Graph:
        """The graph with today's weights."""
        return self.network.graph()

    def become(self, graph: Graph, remap: Remap, together: bool = False) -> None:
        """Take another graph; see `transplant`."""
        transplant(self.network, self.optimizer, graph, remap, self.fresh, together)


def sites(
    model: nn.Module, optimizer: optim.Optimizer | None = None, fresh: Fresh = Fresh.ZERO
) -> Mapping[str, NetworkSite]:
    """Every Network inside a model, the model itself included, by module name ("network" for the model itself)."""
    found = {name or "network": module for name, module in model.named_modules() if isinstance(module, Network)}
    return {name: NetworkSite(name, module, optimizer, fresh) for name, module in found.items()}
