"""What growth rules are made of: what they may see, the parts they are joined from, and what they answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MethodType
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np

from graphgrow.arrays import Array, Json, Memory
from graphgrow.errors import RuleError
from graphgrow.graph.apply import apply
from graphgrow.graph.edit import Edit
from graphgrow.graph.graph import Graph
from graphgrow.graph.history import History, Series
from graphgrow.growth.trials import Trial
from graphgrow.measure.criticality import Ring
from graphgrow.measure.signals import Signals

Measured = TypeVar("Measured")
UNLIMITED = 2**62


class Need(Enum):
    """What a part wants beyond one probe; the loop keeps it only for rules that say so."""

    RING = "snapshots of mean activations over training"
    DROPOUT = "activations under dropout"


def no_ring() -> Ring:
    """What a view answers whose loop keeps no snapshots."""
    raise _missing(Need.RING)


def no_dropout() -> Array:
    """What a view answers whose loop makes no dropout passes."""
    raise _missing(Need.DROPOUT)


def _missing(need: Need) -> RuleError:
    return RuleError(f"the rule needs {need.value}, which this loop does not keep: choose another rule or target")


@dataclass(frozen=True, eq=False)
class View:
    """All a rule may look at when it is asked; nothing here can change the network.

    Attributes
    ----------
    site : which network of the model is asked for.
    step, epoch, total_steps : how far training is.
    asks_left : how often the rule will still be asked in its growth window, this time included.
    reach : how many occupied levels ahead an edge may go; 1 keeps edges between consecutive levels.
    history : series and events so far.
    rng : this ask's own random stream.
    read : the graph with today's weights; read once, on first use.
    probe : signals of the fixed probe samples; run once, on first use.
    medians : of mean activations by neuron id at the run's first probe (`measure.extrema.level_medians`).
    ring : the last snapshots of mean activations, for rules that want `Need.RING`.
    dropout : activations float32 (passes, neurons, samples) of the probe's samples, each pass under another random
        dropout of hidden neurons, for rules that want `Need.DROPOUT`.
    kept : what targets of the rule remember up to this ask, by `Target.name`; see `Target.remember`.
    """

    site: str
    step: int
    epoch: int
    total_steps: int
    asks_left: int
    reach: int
    history: History
    rng: np.random.Generator
    read: Callable[[], Graph]
    probe: Callable[[], Signals]
    medians: Callable[[], Mapping[int, float]] = dict
    ring: Callable[[], Ring] = no_ring
    dropout: Callable[[], Array] = no_dropout
    kept: Mapping[str, Memory] = field(default_factory=dict)
    _memo: dict[Any, Any] = field(default_factory=dict, repr=False)

    def memo(self, measure: Callable[[View], Measured]) -> Measured:
        """The measure of this view, computed once however many parts ask; parts are told apart by equality."""
        # Bound methods of equal parts differ, since Python compares their objects by identity.
        key = (measure.__func__, measure.__self__) if isinstance(measure, MethodType) else measure
        if key not in self._memo:
            self._memo[key] = measure(self)
        found: Measured = self._memo[key]
        return found

    def after(self, edit: Edit) -> View:
        """The view of the graph as it would stand after an edit that keeps all neurons; signals stay as they are."""
        if edit.empty:
            return self
        edited, _ = apply(self.read(), edit, len(self.history.events) + 1)
        return replace(self, read=lambda: edited, _memo={})


def cached(make: Callable[[], Measured]) -> Callable[[], Measured]:
    """`make`, run at most once."""
    held: list[Measured] = []

    def once() -> Measured:
        if not held:
            held.append(make())
        return held[0]

    return once


@dataclass(frozen=True)
class Decision:
    """A trigger's answer: whether to grow now, what it must remember, and why, for people."""

    fire: bool
    memory: Memory
    reason: str


@dataclass(frozen=True)
class Room:
    """What one event may add: edges (met exactly by one-edge groups) and neurons, each less what it removes.

    `surplus` is how many edges the network has above its budget: what a rule that prunes has still to remove. Others
    never see one.
    """

    edges: int = UNLIMITED
    neurons: int = UNLIMITED
    surplus: int = 0

    def within(self, other: Room) -> Room:
        """What both allow."""
        return Room(min(self.edges, other.edges), min(self.neurons, other.neurons), max(self.surplus, other.surplus))


@dataclass(frozen=True, eq=False)
class Routes:
    """Ranked proposals of edges; may exceed the room.

    Attributes
    ----------
    source, target : int32 (routes,), rows.
    score : float32 (routes,), the larger the more wanted; for people and logs, the order is what counts.
    """

    source: Array
    target: Array
    score: Array


class Cause(Enum):
    """Why a rule added nothing, or not enough."""

    NONE = "none"
    TRIGGER = "trigger never fired"
    CANDIDATES = "no candidate left"
    NEURONS = "no neuron left under the cap"
    VETOED = "vetoed"
    NEVER = "the rule was never asked"
    LATE = "trigger did not fire at the end of the window"
    STOPPED = "the rule's stop ended growth"
    ROLLED_BACK = "a trial was rolled back"


class Trigger(ABC):
    """When to grow."""

    needs: frozenset[Series] = frozenset()

    @abstractmethod
    def __call__(self, view: View, memory: Memory) -> Decision:
        """Whether to grow now."""


class Amount(ABC):
    """How much of the room this event may use."""

    @abstractmethod
    def __call__(self, view: View, room: Room) -> Room:
        """The room of this event; never more than was given."""


class Target(ABC):
    """Where capacity is missing or spare."""

    wants: ClassVar[frozenset[Need]] = frozenset()

    @property
    def name(self) -> str:
        """What its memory is kept under: equal targets share theirs."""
        return repr(self)

    def remember(self, view: View) -> Memory | None:
        """What it will know from now on, given `view.kept`; asked once whenever the trigger fires. None for nothing."""
        return None

    @abstractmethod
    def __call__(self, view: View) -> Array:
        """float32 (neurons,): > 0 for the source side (HIGH), < 0 for the sink side (LOW), 0 for no target."""


class Route(ABC):
    """From where to where.

    A route that `fills` finds as many candidates as there is room for, so its rule needs a budget.
    """

    fills: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        """Ranked routes between targets; scores float32 (neurons,) as a Target gives them."""


class Structure(ABC):
    """What is built.

    A structure that `only_adds` is not asked when there is no room; one that also removes may make its own. One that
    `prunes` takes a network down to its budget, so its rule needs one. One that comes in `whole` pieces may leave room
    for which no piece is small enough.
    """

    only_adds: ClassVar[bool] = True
    adds_neurons: ClassVar[bool] = False
    prunes: ClassVar[bool] = False
    whole: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, view: View, scores: Array, routes: Routes | None, room: Room) -> Edit:
        """The edit, in ranked atomic groups; it may exceed the room, which limits trim."""


class Limit(ABC):
    """What may not be exceeded: how much before anything is proposed, and which of the proposed groups."""

    @abstractmethod
    def room(self, view: View) -> Room:
        """How much may be added, before anything is proposed."""

    @abstractmethod
    def allows(self, view: View, edit: Edit) -> Array:
        """bool (groups,): the groups that may stay.

        Judged from the front: whether a group stays depends on the groups before it alone, so that what was wanted more
        goes first and what was allowed once stays allowed when more is proposed behind it.
        """


@dataclass(frozen=True)
class Move:
    """One target, route and structure."""

    target: Target
    route: Route | None
    structure: Structure


@dataclass(frozen=True, eq=False)
class Proposal:
    """A rule's answer: the edit (empty for none), its memory for the next time, a reason, and why it is small.

    With a `trial` the edit is made only if it stands the test.
    """

    edit: Edit
    memory: Memory
    reason: str
    cause: Cause = Cause.NONE
    notes: Mapping[str, Json] = field(default_factory=dict)
    trial: Trial | None = None


class Proposer(Protocol):
    """What a rule file exposes as RULE: it looks at a view and answers with an edit, and changes nothing itself."""

    def propose(self, view: View, memory: Memory, room: Room) -> Proposal:
        """What to change now, within the room."""
