"""What every side of a comparison can do, and the settings all of them train with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, optim

from graphgrow.arrays import Array

LEARNING_RATE = 1e-3
WEIGHT_DECAY = 1e-2


@dataclass(frozen=True, eq=False)
class Gradients:
    """Gradients of the mean loss over a batch.

    Attributes
    ----------
    weight : float (edges,), by edge row of the graph.
    bias : float (neurons,), by neuron row; 0 on inputs.
    """

    weight: Array
    bias: Array


class Peer(Protocol):
    """One way to train one graph by cross entropy with AdamW."""

    def step(self) -> object:
        """Gather the next batch, forward, loss, backward, optimizer."""

    def outputs(self, x: Tensor) -> Array:
        """Logits (batch, outputs) of inputs (batch, inputs)."""

    def gradients(self, x: Tensor, y: Tensor) -> Gradients:
        """Gradients of the mean cross entropy on (batch, inputs) and labels (batch,); changes no weight."""


class PopulationPeer(Protocol):
    """One way to train many graphs on the same batches, each by its own cross entropy."""

    def step(self) -> object:
        """Gather the next batch, and one optimizer step of every member."""

    def outputs(self, x: Tensor) -> Array:
        """Logits (members, batch, outputs) of inputs (batch, inputs)."""

    def gradients(self, x: Tensor, y: Tensor) -> list[Gradients]:
        """Gradients of each member's mean cross entropy; changes no weight."""


def adamw(parameters: Sequence[Tensor], fused: bool = True) -> optim.Optimizer:
    """AdamW with torch's default settings written out; fused, which is faster on the CPU and not torch's default."""
    form = True if fused else None
    return torch.optim.AdamW(list(parameters), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=form)
