"""Looking into a network without changing it: activations and per-sample deltas of chosen samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from graphgrow.arrays import Array
from graphgrow.engine.network import Network
from graphgrow.engine.plan import Plan
from graphgrow.engine.scorer import TensorScorer, taken_rows
from graphgrow.errors import SettingsError
from graphgrow.measure.signals import Signals, from_rows

# Both row sets together stay under this; 1e6 neurons x 1024 samples would need 8 GB.
BYTE_LIMIT = 1 << 30


class Tap:
    """Collects what a network did under whatever forward and backward pass runs inside `tap`.

    Attributes
    ----------
    rows : activations and deltas, float32 (neurons, kept samples), by graph row, on the device of the network; None
        until a backward pass ran. Activations may be the network's own memory: leave them as they are.
    """

    def __init__(self, keep: Array | None) -> None:
        self.keep = keep
        self.rows: tuple[Tensor, Tensor] | None = None

    @property
    def activation(self) -> Array | None:
        """`rows[0]` in main memory."""
        return None if self.rows is None else self.rows[0].cpu().numpy()

    @property
    def delta(self) -> Array | None:
        """`rows[1]` in main memory."""
        return None if self.rows is None else self.rows[1].cpu().numpy()


@contextmanager
def tap(network: Network, keep: Array | None = None) -> Iterator[Tap]:
    """Collect activations and deltas of the backward pass run inside, for the batch positions in `keep` (default all).

    Deltas are those of what was differentiated: sum the loss over samples, so that each column belongs to its sample.
    """
    made = Tap(keep)

    def watch(state: Tensor, grad: Tensor) -> None:
        if made.rows is not None:
            raise SettingsError(
                "the network runs more than once in the forward pass: a probe cannot tell its signals apart"
            )
        activation, delta = (_by_row(network.plan, rows, made.keep) for rows in (state, grad))
        # Inputs have no pre-activation; what stands there is dL/dx, if it is wanted, and others may still want it.
        inputs = network.plan.row[: network.inputs]
        if any(float(extreme) != 0 for extreme in torch.aminmax(taken_rows(delta, inputs))):
            delta = delta.index_fill(0, torch.tensor(inputs, dtype=torch.int64, device=delta.device), 0.0)
        made.rows = activation, delta

    before, network.watch = network.watch, watch
    try:
        yield made
    finally:
        network.watch = before


def _by_row(plan: Plan, rows: Tensor, keep: Array | None) -> Tensor:
    """float (neurons, batch) by slot -> float32 (neurons, kept) by graph row; the same memory where nothing moves."""
    made = rows.detach()
    if keep is not None:
        made = made[:, torch.from_numpy(keep)]
    if (np.diff(plan.row) < 0).any():
        made = made.index_select(0, torch.tensor(plan.slot, device=made.device))
    return made.to(torch.float32)


def probe(
    network: Network,
    x: Tensor,
    target: Tensor,
    losses: Callable[[Tensor, Tensor], Tensor],
    forward: Callable[[Tensor], Tensor] | None = None,
    limit: int = BYTE_LIMIT,
) -> Signals:
    """Signals of the samples x (inputs, samples) with their targets; gradients and parameters stay untouched.

    Parameters
    ----------
    losses : (output (outputs, samples), target) -> (samples,).
    forward : x -> output through a model that holds the network; default: the network itself.
    limit : bytes; the first samples are used where both row sets of all would exceed it.

    Raises
    ------
    SettingsError
        No samples were given, or the loss does not depend on the network.
    """
    samples = min(x.shape[1], max(1, limit // (8 * network.plan.neurons)))
    if not x.shape[1]:
        raise SettingsError("a probe needs at least one sample: raise probe_samples or the training set")
    x, target = x[:, :samples], target[..., :samples]
    with tap(network) as seen, torch.enable_grad():
        loss = losses((forward or network.columns)(x), target)
        trained = [parameter for parameter in (network.values, network.bias) if parameter.requires_grad]
        if trained and loss.requires_grad:
            # Only the watch is wanted; grad() leaves every .grad as it was.
            torch.autograd.grad(loss.sum(), trained, allow_unused=True)
    if seen.rows is None:
        raise SettingsError(
            "the loss does not depend on the network: check the model's forward and the task's losses, "
            "and that the network is not frozen by requires_grad"
        )
    activation, delta = (rows.cpu().numpy() for rows in seen.rows)
    each = loss.detach().cpu().numpy()
    if seen.rows[0].device.type == "cpu":
        return from_rows(activation, delta, each)
    return Signals(activation, delta, each.astype(np.float32), TensorScorer(*seen.rows))
