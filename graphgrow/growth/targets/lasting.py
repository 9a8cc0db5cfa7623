"""Targets that last: neurons that some target has named several times running."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from graphgrow.arrays import Array, Json, Memory
from graphgrow.errors import SettingsError
from graphgrow.growth.parts import Target, View
from graphgrow.growth.remembered import inner
from graphgrow.growth.targets.extremes import Extremes

RUNS = "runs"


@dataclass(frozen=True)
class Persistent(Target):
    """Neurons that another target names now and named, with the same sign, in the probes before: `probes` in a row.

    Counted are the asks at which the rule's trigger fires. A neuron that is left out once begins anew.

    Source: the founding document's extrema that persist.
    """

    target: Target = field(default_factory=Extremes)
    probes: int = 2

    def __post_init__(self) -> None:
        if self.probes < 1:
            raise SettingsError(f"Persistent(probes={self.probes}): expected 1 or more")

    def remember(self, view: View) -> Memory:
        """Neuron id -> how often it was named running, negative for the sink side; no more than is asked for."""
        before = inner(view.kept.get(self.name, {}), RUNS)
        sign, ids = np.sign(self.target(view)).astype(int), view.read().wiring.id
        runs: dict[str, Json] = {}
        for row in np.flatnonzero(sign).tolist():
            held = before.get(str(ids[row]), 0)
            run = held if isinstance(held, int) and held * sign[row] > 0 else 0
            runs[str(ids[row])] = int(sign[row]) * min(abs(run) + 1, self.probes)
        return {RUNS: runs}

    def __call__(self, view: View) -> Array:
        """The other target's scores, 0 for neurons that were not named often enough."""
        runs = inner(view.kept.get(self.name, {}), RUNS)
        lasts = np.array([_long(runs.get(str(number)), self.probes) for number in view.read().wiring.id.tolist()], bool)
        return np.where(lasts, self.target(view), 0).astype(np.float32)


def _long(run: Json, probes: int) -> bool:
    """Whether a remembered run is long enough."""
    return isinstance(run, int) and abs(run) >= probes
