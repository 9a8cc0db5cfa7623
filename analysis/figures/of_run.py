"""What a figure module may offer so that `graphgrow figures RUN` draws it: the words for drawn, moving and unfit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure


@dataclass(frozen=True)
class Unfit:
    """A figure that a run has nothing for, and why."""

    reason: str


@dataclass(frozen=True, eq=False)
class Film:
    """A figure that moves.

    Attributes
    ----------
    figure : redrawn for every frame.
    frames : how many.
    show : draws frame number 0, 1, ... into the figure.
    frames_per_second : how fast.
    """

    figure: Figure
    frames: int
    show: Callable[[int], None]
    frames_per_second: int = 8


Drawn = Figure | Film | Unfit
