"""Stops at a limit: edges, memory, training time."""

from __future__ import annotations

from dataclasses import dataclass

from graphgrow.arrays import Memory
from graphgrow.growth.parts import Room, View
from graphgrow.growth.stops.verdicts import Stop, StopCause, Verdict
from graphgrow.growth.triggers.timing import require

# Adam's two moments, value and gradient take 16 bytes an edge, Graph and Plan 16 each.
BYTES_PER_EDGE = 48


@dataclass(frozen=True)
class BudgetReached(Stop):
    """Ends growth when no edge is left in the room."""

    def __call__(self, view: View, room: Room, memory: Memory, trigger: Memory) -> Verdict:
        """Judges the room."""
        return Verdict(StopCause.BUDGET if room.edges <= 0 else None, {}, f"room for {max(room.edges, 0)} edges")


@dataclass(frozen=True)
class MemoryFull(Stop):
    """Ends growth when the network's edges need so many bytes.

    Counted from the number of edges and not measured, so that the decision is the same on every machine. An event
    needs about twice as much for a moment, while old and new network stand side by side.

    Attributes
    ----------
    limit : bytes.
    per_edge : bytes; of graph, plan, value, gradient and the state of Adam in float32.
    """

    limit: int
    per_edge: int = BYTES_PER_EDGE

    def __post_init__(self) -> None:
        require(self.limit >= 1 and self.per_edge >= 1, self, "a limit and bytes per edge of 1 or more")

    def __call__(self, view: View, room: Room, memory: Memory, trigger: Memory) -> Verdict:
        """Judges the graph."""
        needed = view.read().edges * self.per_edge
        return Verdict(StopCause.MEMORY if needed >= self.limit else None, {}, f"{needed} of {self.limit} bytes")


@dataclass(frozen=True)
class TimeUp(Stop):
    """Ends growth after a share of training, or after so much work.

    Work is counted in edge-steps, live edges added up over training steps, and not in seconds: a decision by the clock
    could not be repeated, and a resumed run would not be the same. Seconds per edge-step times this is the time.

    Attributes
    ----------
    share : of all steps; None for no limit.
    edge_steps : of this site; None for no limit.
    """

    share: float | None = 0.75
    edge_steps: int | None = None

    def __post_init__(self) -> None:
        good = (self.share is None or 0 < self.share <= 1) and (self.edge_steps is None or self.edge_steps >= 1)
        require(good and (self.share, self.edge_steps) != (None, None), self, "a share of training, edge-steps or both")

    def __call__(self, view: View, room: Room, memory: Memory, trigger: Memory) -> Verdict:
        """Judges the step and the history of events."""
        late = self.share is not None and view.step >= self.share * view.total_steps
        reason = f"step {view.step} of {view.total_steps}"
        if self.edge_steps is None:
            return Verdict(StopCause.TIME if late else None, {}, reason)
        done = edge_steps(view)
        full = done >= self.edge_steps
        return Verdict(
            StopCause.TIME if late or full else None, {}, f"{reason}, {done} of {self.edge_steps} edge-steps"
        )


def edge_steps(view: View) -> int:
    """Edges of the site added up over the steps so far, from the sizes that its events tell."""
    done, since, edges = 0, 0, None
    for event in view.history.events:
        if event.site == view.site and event.accepted:
            before = event.edges - event.added + event.removed
            done += (event.step - since) * before
            since, edges = event.step, event.edges
    return done + (view.step - since) * (view.read().edges if edges is None else edges)
