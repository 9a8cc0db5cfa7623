"""How much each hidden neuron of a trained network matters: by ablation, by Fisher information, by what it tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from analysis import ranks
from graphgrow.arrays import Array
from graphgrow.engine.network import Network
from graphgrow.engine.probe import probe
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role
from graphgrow.measure.pools import one_thread
from graphgrow.measure.signals import Signals
from graphgrow.train.data import Split
from graphgrow.train.evaluate import Samples
from graphgrow.train.objectives import Task

PROBE = 1024
CHUNK = 500
"""Samples at a time: with more of them what a level says leaves the cache before the next one reads it."""
BINS = 8
TO_MEAN, TO_ZERO, FISHER, LABEL = "ablated to mean", "ablated to 0", "Fisher", "label information"
ACTIVITY = "mean |a|"
"""No importance, but what Katz centrality was first reported to follow: firing rates (Fletcher and Wennekers 2018)."""


@dataclass(frozen=True, eq=False)
class Measured:
    """A trained network with what each hidden neuron is worth.

    Attributes
    ----------
    rows : int64 (hidden,), rows of the hidden neurons in the graph.
    signals : of the first training samples, by graph row; what scores are made of.
    importance : name -> float64 (hidden,). Ablations are measured on samples that were not trained on.
    reliability : rank correlation within levels of the ablations to the mean on two halves of those samples: what a
        perfect score could reach on one of the halves.
    samples : that the ablations were measured on.
    """

    graph: Graph
    rows: Array
    signals: Signals
    importance: dict[str, Array]
    reliability: float
    samples: int

    @property
    def level(self) -> Array:
        """int32 (hidden,)."""
        made: Array = self.graph.wiring.level[self.rows]
        return made


def measured(graph: Graph, task: Task, samples: int) -> Measured:
    """Importance of every hidden neuron of a trained network.

    Parameters
    ----------
    samples : at most so many for ablation: those for validation, then those for testing. Nothing is chosen by them.
    """
    network, data = Network(graph), task.data()
    dtype = network.values.dtype
    x, y = Samples.of(data.train, dtype).columns(slice(0, PROBE))
    seen = probe(network, x, y, task.losses)
    rows = graph.wiring.rows(Role.HIDDEN)
    held = Split(*(np.concatenate([getattr(data.validation, name), getattr(data.test, name)]) for name in "xy"))
    inputs, target = Samples.of(held, dtype).columns(slice(0, samples))
    activation = seen.activation[rows].astype(np.float64)
    mean = activation.mean(axis=1)
    rises = [loss_rises(network, task, inputs, target, rows, value) for value in (mean, np.zeros(rows.size))]
    halves = [rises[0][:, part::2].mean(axis=1)[None] for part in (0, 1)]
    worth = {
        TO_MEAN: rises[0].mean(axis=1),
        TO_ZERO: rises[1].mean(axis=1),
        FISHER: ((activation * seen.delta[rows]) ** 2).mean(axis=1),
        LABEL: label_information(activation, y.numpy()),
        ACTIVITY: np.abs(activation).mean(axis=1),
    }
    ceiling = float(ranks.agreement(halves[0], halves[1], graph.wiring.level[rows], draws=1).within[0, 0])
    return Measured(graph, rows, seen, worth, ceiling, int(inputs.shape[1]))


def loss_rises(network: Network, task: Task, x: Tensor, y: Tensor, rows: Array, value: Array) -> Array:
    """float64 (rows, samples): by how much the loss of each sample rises when one neuron says a constant.

    Only the levels after the neuron are computed anew.

    Parameters
    ----------
    x, y : (inputs, samples) and their targets.
    rows : int (k,), rows of hidden neurons in the graph.
    value : float (k,), what each says instead.
    """
    made = np.empty((rows.size, x.shape[1]))
    with torch.no_grad(), one_thread():
        for start in range(0, x.shape[1], CHUNK):
            part = slice(start, start + CHUNK)
            made[:, part] = _rises(network, task, x[:, part], y[part], rows, value)
    return made


def _rises(network: Network, task: Task, x: Tensor, y: Tensor, rows: Array, value: Array) -> Array:
    plan, rank = network.plan, network.wiring.rank
    outputs = torch.from_numpy(plan.outputs.copy())
    state = network.activations(x)
    before = task.losses(state[outputs], y).numpy().astype(np.float64)
    made = np.empty((rows.size, before.size))
    for at, (row, said) in enumerate(zip(rows.tolist(), value.tolist(), strict=True)):
        slot = int(plan.slot[row])
        kept = state[slot].clone()
        state[slot] = said
        after = network.advance(state, int(rank[row]) + 1, plan.levels)
        state[slot] = kept
        made[at] = task.losses(after[outputs], y).numpy() - before
    return made


def label_information(activation: Array, label: Array, bins: int = BINS) -> Array:
    """float64 (neurons,): bits that each neuron alone, float (neurons, samples), tells of the label; an estimate.

    Mutual information of the label and the activation in `bins` bins of equal counts (fewer where many samples share
    one value, as the zeros of ReLU do), less what so many cells have by chance (Miller and Madow 1955), which may leave
    less than 0.
    """
    classes = np.unique(label, return_inverse=True)[1]
    kinds, samples = int(classes.max()) + 1, classes.size
    made = np.empty(activation.shape[0])
    for at, row in enumerate(activation):
        borders = np.unique(np.quantile(row, np.arange(1, bins) / bins))
        cell = np.searchsorted(borders, row, side="left")
        counts = np.bincount(cell * kinds + classes, minlength=bins * kinds).reshape(bins, kinds)
        across, down = counts.sum(axis=1), counts.sum(axis=0)
        excess = (counts > 0).sum() - (across > 0).sum() - (down > 0).sum() + 1
        bias = excess / (2 * samples * np.log(2))
        made[at] = _entropy(across) + _entropy(down) - _entropy(counts.ravel()) - bias
    return made


def _entropy(counts: Array) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log2(share)).sum())
