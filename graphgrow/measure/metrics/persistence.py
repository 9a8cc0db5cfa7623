"""Neural persistence of the weights, beside their variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphgrow.errors import GraphError
from graphgrow.measure.measured import Measured, Projection, undefined
from graphgrow.measure.metrics.contract import Metric, Subject
from graphgrow.measure.persistence import neural_persistence

NAMES = {
    "neural persistence": "persistence.normalised",
    "variance of scaled weights": "persistence.weight_variance",
}


@dataclass(frozen=True)
class Persistence(Metric):
    """Normalised neural persistence (Rieck 2019), mean over blocks of levels, and the variance of |w| / max |w|.

    The two go together by and large (Girrbach 2023): persistence says more only where the variance does not.
    """

    def randomised(self, subject: Subject) -> bool:
        """Yes: swaps keep the weights and change which of them join parts."""
        return True

    def measure(self, subject: Subject) -> Sequence[Measured]:
        """Two numbers."""
        graph = subject.adjacency
        try:
            blocks = neural_persistence(graph)
            why = "no edges"
        except GraphError as error:
            blocks, why = (), str(error)
        if not blocks:
            return [undefined(name, definition, Projection.DIRECTED, why) for name, definition in NAMES.items()]
        used = {"p": 2, "blocks": len(blocks), "weights": "absolute" if graph.weight is not None else "none"}
        values = np.mean([(block.normalised, block.variance) for block in blocks], axis=0).tolist()
        return [
            Measured(name, definition, value, Projection.DIRECTED, used)
            for (name, definition), value in zip(NAMES.items(), values, strict=True)
        ]


METRIC = Persistence()
