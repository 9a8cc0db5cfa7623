"""Newborns are forward-active but backward-starved: what follows them has not learned to listen yet."""

from __future__ import annotations

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.history import ages
from graphgrow.graph.wiring import Wiring
from graphgrow.growth.parts import View


def newborn(view: View, wiring: Wiring, epochs: int) -> Array:
    """bool (edges,): born in a growth event fewer than `epochs` epochs ago; edges of the start never are."""
    if not epochs:
        return np.zeros(wiring.edges, bool)
    made: Array = (wiring.edge_born > 0) & (ages(wiring.edge_born, view.history.events, view.epoch) < epochs)
    return made


def require_grace(part: object, epochs: int) -> None:
    """Refuse a grace period of fewer than 0 epochs."""
    if epochs < 0:
        raise SettingsError(f"{type(part).__name__}(grace={epochs}): expected 0 epochs or more")
