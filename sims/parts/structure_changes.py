"""What each growth event of a stored run changed in the structure, beside what the signals said before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.reading import metric_of, number
from graphgrow.arrays import Json
from graphgrow.graph.difference import patch
from graphgrow.graph.wiring import Role, Wiring
from graphgrow.measure.adjacency import of
from graphgrow.measure.clustering import square_clustering
from graphgrow.measure.hierarchy import global_reaching_centrality
from graphgrow.measure.katz import EdgeValue, katz
from graphgrow.measure.modularity import communities
from graphgrow.measure.paths import path_lengths
from graphgrow.measure.receptive import receptive_fields
from graphgrow.measure.spectra import fiedler
from graphgrow.store.run import Run
from sims.parts.signal_rules import SIGNALS

LEIDEN = 3
FOLLOWING = "accuracy change"
METRICS = (
    "square clustering", "efficiency", "mean path", "reaching centrality", "receptive field", "Katz spread",
    "spectral gap", "modularity",
)  # fmt: skip


def structure(wiring: Wiring) -> dict[str, float]:
    """The metrics of one network, of its wiring alone; weights would change by training too.

    Square clustering: mean over neurons, of the skeleton. Efficiency and mean path: directed edges, the mean over pairs
    that are joined. Reaching centrality: global, along the edges. Receptive field: mean share of the inputs that are
    ancestors of a hidden or output neuron. Katz spread: standard deviation over mean of the inward centrality of these
    (alpha 0.1). Spectral gap: second eigenvalue of the normalised Laplacian, 0 while the network is in pieces.
    Modularity: the best of a few runs of Leiden at resolution 1; how far runs differ adds noise to its changes.
    """
    graph = of(wiring)
    paths, inputs = path_lengths(graph), wiring.role == Role.INPUT
    seen = receptive_fields(graph, inputs)[~inputs]
    central = katz(graph, EdgeValue.UNWEIGHTED)[~inputs]
    values = (
        float(square_clustering(graph).mean()),
        paths.efficiency,
        paths.mean,
        global_reaching_centrality(graph),
        float(seen.mean() / inputs.sum()),
        float(central.std() / central.mean()),
        fiedler(wiring).value,
        communities(graph, (1.0,), runs=LEIDEN)[0].modularity,
    )
    return dict(zip(METRICS, values, strict=True))


def changes(run: Run) -> pd.DataFrame:
    """One row per event that was kept.

    Columns: event, epoch, added (edges), the signals before it (missing where unknown), for each metric the size of its
    change as `METRICS` and its sign as `<metric> sign`, and `FOLLOWING`: test score one epoch after the event less that
    right after it, turned so that more is better.
    """
    metric = metric_of([run])
    scores = {int(row["epoch"]): metric.direction * number(row, f"test_{metric.value}", run) for row in run.rows()}
    graph = run.start()
    before, rows = structure(graph.wiring), []
    for event in range(1, len(run.events()) + 1):
        told, _, change = run.difference(event)
        graph = patch(graph, change)
        if not told.accepted:
            continue
        after = structure(graph.wiring)
        row: dict[str, Any] = {"event": told.number, "epoch": told.epoch, "added": told.added}
        row |= {name: np.nan if value is None else value for name, value in _signals(told.notes).items()}
        for name in METRICS:
            row |= {name: abs(after[name] - before[name]), f"{name} sign": np.sign(after[name] - before[name])}
        row[FOLLOWING] = scores.get(told.epoch + 1, np.nan) - scores.get(told.epoch, np.nan)
        rows.append(row)
        before = after
    return pd.DataFrame(rows)


def _signals(notes: Mapping[str, Json]) -> dict[str, Any]:
    held: Any = notes.get("signals", {})
    return {name: held.get(name) for name in SIGNALS}
