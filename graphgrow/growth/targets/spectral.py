"""The two halves into which a network falls most easily."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.growth.parts import Target, View
from graphgrow.measure.spectra import Fiedler, fiedler


def cut(view: View) -> Fiedler:
    """The Fiedler value and vector of the network's skeleton; ask through `view.memo`.

    A network with fewer than two joined neurons has no cut: value 0, vector 0.
    """
    wiring = view.read().wiring
    if not wiring.edges:
        return Fiedler(0.0, np.zeros(wiring.neurons))
    return fiedler(wiring)


@dataclass(frozen=True)
class Spectral(Target):
    """The sides of the Fiedler cut, one as sources, the other as sinks; far from the cut counts most.

    An edge between i and j raises the Fiedler value the more, the further apart the entries of i and j are.

    Source: Fiedler 1973; the founding document's growth across cuts.
    """

    def __call__(self, view: View) -> Array:
        """Entries of the Fiedler vector over the largest one."""
        vector = view.memo(cut).vector
        largest = np.abs(vector).max(initial=0)
        return (vector / largest if largest > 0 else vector).astype(np.float32)
