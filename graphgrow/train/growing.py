"""Asking a rule and applying what it proposes: where growth and engine meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from graphgrow import rng
from graphgrow.arrays import Array
from graphgrow.engine.dropout import dropout_passes
from graphgrow.engine.sites import NetworkSite
from graphgrow.errors import RuleError
from graphgrow.graph.apply import apply, identity_remap
from graphgrow.graph.difference import difference
from graphgrow.graph.edit import removed_edges
from graphgrow.graph.graph import Graph
from graphgrow.graph.history import Event
from graphgrow.growth.limits import Budget, over
from graphgrow.growth.parts import UNLIMITED, Cause, Need, Proposal, Proposer, View, cached, no_dropout, no_ring
from graphgrow.measure.coverage import Visits
from graphgrow.measure.criticality import Ring, Snapshot, criticality
from graphgrow.measure.extrema import level_medians
from graphgrow.measure.signals import Signals
from graphgrow.settings import GrowthSettings
from graphgrow.store.run import Run
from graphgrow.train.parallel import Parallel
from graphgrow.train.parallel.forms import ANSWERS, Answer
from graphgrow.train.session import Progress, Session

if TYPE_CHECKING:
    from graphgrow.train.trials import Trials


@dataclass(frozen=True)
class Window:
    """When the rule is asked.

    Attributes
    ----------
    every : steps between asks.
    end : last step at which it may be asked.
    total : steps of the whole training.
    """

    every: int
    end: int
    total: int

    @staticmethod
    def of(settings: GrowthSettings, steps_per_epoch: int, epochs: int) -> Window:
        """The window of a training."""
        total = steps_per_epoch * epochs
        return Window(settings.ask_every or steps_per_epoch, int(settings.until * total), total)

    def due(self, step: int) -> bool:
        """Whether the rule is asked after this step."""
        return step <= self.end and step % self.every == 0

    def left(self, step: int) -> int:
        """Asks left, the one after this step included."""
        return (self.end - step) // self.every + 1


@dataclass(frozen=True, eq=False)
class Grower:
    """One site with its rule and its budget."""

    site: NetworkSite
    name: str
    rule: Proposer
    budget: Budget
    probe: Callable[[], Signals]
    seed: int
    reach: int
    window: Window

    def grow(self, session: Session, run: Run | None, parallel: Parallel, trials: Trials) -> None:
        """Ask once; after the last ask of the window, offer the room, or the surplus, that is left once more."""
        self._ask(session, run, parallel, trials, "ask")
        last = session.progress.step + self.window.every > self.window.end
        if last and self.budget.edges is not None and self.site.network.plan.edges != self.budget.edges:
            self._ask(session, run, parallel, trials, "last")

    def medians(self, progress: Progress) -> dict[int, float]:
        """Neuron id -> median mean activation of its level at the first probe; kept with the run from then on."""
        if self.site.name not in progress.medians:
            found = level_medians(self.site.network.wiring, self.probe().activation)
            progress.medians[self.site.name] = {str(number): value for number, value in found.items()}
        return {int(number): value for number, value in progress.medians[self.site.name].items()}

    def _ask(self, session: Session, run: Run | None, parallel: Parallel, trials: Trials, word: str) -> None:
        """Let the leading process ask the rule, and every process do what it answers."""
        read = cached(self.site.graph)
        answer = parallel.agree(lambda: self._answer(session, read, parallel, word), ANSWERS)
        progress, proposal = session.progress, answer.proposal
        session.memories[self.site.name] = proposal.memory
        if answer.medians is not None:
            progress.medians[self.site.name] = dict(answer.medians)
        fired = proposal.cause not in (Cause.TRIGGER, Cause.STOPPED)
        progress.fired[self.site.name] = progress.fired.get(self.site.name, 0) + fired
        if proposal.cause is Cause.STOPPED:
            progress.causes[self.site.name] = f"{proposal.cause.value}: {proposal.notes.get('stop', proposal.reason)}"
        elif fired and proposal.cause is not Cause.NONE:
            progress.causes[self.site.name] = proposal.cause.value
        if not proposal.edit.empty:
            with parallel.together():
                self._apply(session, run, parallel, trials, read(), proposal)

    def _answer(self, session: Session, read: Callable[[], Graph], parallel: Parallel, word: str) -> Answer:
        """The rule's proposal, which keeps to its room; the session gets first medians and snapshots, no more."""
        progress, probe = session.progress, cached(self.probe)
        view = View(
            site=self.site.name,
            step=progress.step,
            epoch=progress.epoch,
            total_steps=self.window.total,
            asks_left=self.window.left(progress.step),
            reach=self.reach,
            history=session.recorder.history(),
            rng=rng.stream(self.seed, "growth", self.site.name, progress.step, word),
            read=read,
            probe=probe,
            medians=lambda: self.medians(progress),
            ring=self._ring(session),
            dropout=self._dropout(progress.step, probe),
        )
        room = self.budget.room(view)
        proposal = self.rule.propose(view, session.memories[self.site.name], room)
        if parallel.several and proposal.trial is not None:
            raise RuleError(f"rule {self.name} asks for a trial, which several processes cannot make: train in one")
        graph = view.read()
        excess = over(proposal.edit, graph.wiring, room)
        if excess.any():
            raise RuleError(
                f"rule {self.name} proposed {excess[0]} edges and {excess[1]} neurons more than it was given room for: "
                "trim its edit with growth.limits.trim"
            )
        return Answer(proposal, progress.medians.get(self.site.name))

    def _ring(self, session: Session) -> Callable[[], Ring]:
        """Snapshots of mean activations, one per step at which the rule is asked; kept for rules that want them."""
        if Need.RING not in getattr(self.rule, "wants", ()):
            return no_ring
        name, step = self.site.name, session.progress.step
        ring = session.rings.get(name, Ring())
        if not ring.snapshots or ring.snapshots[-1].step != step:
            ring = ring.with_snapshot(Snapshot.of(step, self.site.network.wiring, self.probe().activation))
            session.rings[name] = ring
        return lambda: ring

    def _dropout(self, step: int, probe: Callable[[], Signals]) -> Callable[[], Array]:
        """Activations of the probe's samples under dropout, computed when a rule that wants them reads them."""
        if Need.DROPOUT not in getattr(self.rule, "wants", ()):
            return no_dropout

        def passes() -> Array:
            network = self.site.network
            inputs = probe().activation[network.plan.row[: network.inputs]]
            return dropout_passes(network, inputs, rng.stream(self.seed, "dropout", self.site.name, step))

        return cached(passes)

    def _apply(
        self,
        session: Session,
        run: Run | None,
        parallel: Parallel,
        trials: Trials,
        before: Graph,
        proposal: Proposal,
    ) -> None:
        """Change the network, unless a trial speaks against it; record the event, store the difference."""
        number = len(session.recorder.events) + 1
        parallel.unwrap()
        after, remap = apply(before, proposal.edit, number)
        notes, accepted = dict(proposal.notes), True
        if proposal.trial is not None:
            verdict = trials(self, after, remap, proposal.trial)
            notes["trial"], accepted = verdict.notes, verdict.stays
        if not accepted:
            session.progress.causes[self.site.name] = Cause.ROLLED_BACK.value
            after, remap = _burnt(before, after.wiring.next_id), identity_remap(before.wiring)
        if after is not before:
            self.site.become(after, remap, parallel.several)
        kept = int((remap.edge_from >= 0).sum())
        if "criticality" in notes:
            # With the same weights and samples as before: what growth itself did to it.
            notes["criticality_after"] = criticality(after.wiring, self.probe().delta)
        event = Event(
            number=number,
            step=session.progress.step,
            epoch=session.progress.epoch,
            site=self.site.name,
            rule=self.name,
            reason=proposal.reason,
            neurons=after.neurons,
            edges=after.edges,
            added=after.edges - kept,
            removed=before.edges - kept,
            regrown=removed_edges(proposal.edit, before.wiring)[0].size - (before.edges - kept) if accepted else 0,
            accepted=accepted,
            notes=notes,
        )
        session.recorder.events.append(event)
        if accepted:
            seen = session.visits.get(self.site.name, Visits())
            session.visits[self.site.name] = seen.after(before.wiring, after.wiring, remap, event.regrown)
        if run is not None:
            run.append(self.site.name, event, difference(before, after, remap=remap))


def _burnt(graph: Graph, next_id: int) -> Graph:
    """The graph as it was, but for the ids that a trial gave away: they are never used again."""
    if next_id == graph.wiring.next_id:
        return graph
    return Graph(replace(graph.wiring, next_id=next_id), graph.weight, graph.bias)


def shortfall(session: Session, growers: Iterable[Grower]) -> str | None:
    """One line for people when a budget was not reached: budget, edges reached and the cause; None when it was."""
    for grower in growers:
        edges = grower.site.network.plan.edges
        budget = grower.budget.edges
        if budget is None or budget >= UNLIMITED or edges == budget:
            continue
        # A control that is dense on purpose misses nothing.
        if edges > budget and not getattr(grower.rule, "grows", True):
            continue
        name = grower.site.name
        cause = session.progress.causes.get(name, Cause.LATE.value)
        if not session.progress.fired.get(name) and name not in session.progress.causes:
            cause = (Cause.TRIGGER if name in session.progress.fired else Cause.NEVER).value
        return f"budget {budget} edges, reached {edges}: {cause}"
    return None
