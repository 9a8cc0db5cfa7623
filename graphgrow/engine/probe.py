"""Looking into a network without changing it: activations and per-sample deltas of chosen samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from graphgrow.arrays import Array
from graphgrow.engine.network import Network
from graphgrow.errors import SettingsError
from graphgrow.measure.signals import Signals, from_rows

# Both row sets together stay under this; 1e6 neurons x 1024 samples would need 8 GB.
BYTE_LIMIT = 1 << 30


class Tap:
    """Collects what a network did under whatever forward and backward pass runs inside `tap`.

    Attributes
    ----------
    activation, delta : float32 (neurons, kept samples), by graph row; None until a backward pass ran.
    """

    def __init__(self, keep: Array | None) -> None:
        self.keep = keep
        self.activation: Array | None = None
        self.delta: Array | None = None


@contextmanager
def tap(network: Network, keep: Array | None = None) -> Iterator[Tap]:
    """Collect activations and deltas of the backward pass run inside, for the batch positions in `keep` (default all).

    Deltas are those of what was differentiated: sum the loss over samples, so that each column belongs to its sample.
    """
    made = Tap(keep)

    def watch(state: Tensor, grad: Tensor) -> None:
        if made.activation is not None:
            raise SettingsError(
                "the network runs more than once in the forward pass: a probe cannot tell its signals apart"
            )
        columns = slice(None) if made.keep is None else torch.from_numpy(made.keep)
        made.activation = network.by_row(state[:, columns]).astype(np.float32)
        delta = network.by_row(grad[:, columns]).astype(np.float32)
        # Inputs have no pre-activation.
        delta[network.plan.row[: network.inputs]] = 0.0
        made.delta = delta

    before, network.watch = network.watch, watch
    try:
        yield made
    finally:
        network.watch = before


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
    if seen.activation is None or seen.delta is None:
        raise SettingsError(
            "the loss does not depend on the network: check the model's forward and the task's losses, "
            "and that the network is not frozen by requires_grad"
        )
    return from_rows(seen.activation, seen.delta, loss.detach().cpu().numpy())
