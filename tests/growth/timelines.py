"""A made-up training for the tests of triggers, stops and amounts: what a rule is shown from ask to ask."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from graphgrow.graph.graph import Graph
from graphgrow.graph.history import Event, History, Recorder, Series
from graphgrow.graph.wiring import Role
from graphgrow.growth.parts import View
from graphgrow.measure.criticality import level_norms
from graphgrow.measure.signals import Signals, from_rows
from graphgrow.rng import stream
from tests.growth.worlds import WORLDS, answering, make, signals_of, view_of

EPOCH = 4  # steps
SIGMOID = make(WORLDS["sigmoid layered"])


def event(step: int, epoch: int, site: str = "main", *, accepted: bool = True, number: int = 1) -> Event:
    """Growth by 5 edges, to 100."""
    return Event(number, step, epoch, site, "made up", "", 30, 100, 5, 0, accepted=accepted)


def recorded(epochs: Mapping[Series, Collection[float]], events: Collection[Event] = ()) -> History:
    """A history with one value per epoch for each series, the first at the end of the first epoch."""
    recorder = Recorder()
    for which, values in epochs.items():
        for number, value in enumerate(values, 1):
            recorder.add(which, number * EPOCH, value)
    recorder.events.extend(events)
    return recorder.history()


def seen(
    epoch: int, history: History | None = None, signals: Callable[[], Signals] | None = None, graph: Graph = SIGMOID
) -> View:
    """A view at the end of an epoch of a training of 60; by default of nothing but a probe."""
    view = view_of(graph, step=epoch * EPOCH)
    view = replace(view, epoch=epoch, total_steps=60 * EPOCH, history=history or History())
    return view if signals is None else replace(view, probe=signals)


def unprobed() -> Signals:
    """A probe that must not be run."""
    raise AssertionError("probed")


def probe_at(graph: Graph, epoch: int) -> Signals:
    """A probe that changes every 4 epochs: with and without extrema, with gradients that keep their length or not."""
    turn = epoch // 4
    made = signals_of(graph, turn)
    wiring = graph.wiring
    activation, delta = made.activation.copy(), made.delta.copy()
    hidden = wiring.role == Role.HIDDEN
    if turn % 3 == 2:
        activation[hidden] = 0.5 + 0.05 * stream(turn, "calm").standard_normal(activation[hidden].shape)
    label = stream(turn, "labels").integers(0, wiring.rows(Role.OUTPUT).size, activation.shape[1])
    told = answering(wiring, from_rows(activation, delta, made.loss), label)
    factor = level_norms(wiring, told.delta)[-1] / level_norms(wiring, told.delta)[wiring.rank[hidden]]
    delta = told.delta.copy()
    delta[hidden] *= (factor * (1.0 if turn % 2 else 3.0 ** wiring.rank[hidden]))[:, None]
    return from_rows(told.activation, delta, told.loss)


@dataclass(frozen=True)
class Timeline:
    """Asks at the end of each of 60 epochs; growth after some of them."""

    seed: int = 0
    grown: tuple[int, ...] = (14, 27, 44)

    def views(self) -> list[View]:
        """The views of all asks, made anew: nothing that one replay caches helps another."""
        recorder, rng, made = Recorder(), stream(self.seed, "timeline"), []
        recorder.add(Series.VALIDATION_LOSS, 0, 3.0)
        for epoch in range(1, 61):
            restless = 1.0 if (epoch // 12) % 2 else 0.1
            level = 2.0 / epoch if epoch < 30 else 0.07
            for step in range((epoch - 1) * EPOCH + 1, epoch * EPOCH + 1):
                noise = float(rng.standard_normal())
                recorder.add(Series.LOSS, step, level * (1 + 1e-3 * noise))
                recorder.add(Series.GRADIENT_NORM, step, 2 + restless * noise)
                recorder.add(Series.UPDATE_NORM, step, restless * (1 + 0.1 * noise))
            view = seen(epoch, recorder.history(), _probe(epoch))
            made.append(replace(view, rng=stream(self.seed, "growth", epoch), asks_left=61 - epoch))
            if epoch in self.grown:
                number = len(recorder.events) + 1
                recorder.events.append(event(view.step, epoch, number=number))
            held_out = level + (0.3 if 35 < epoch < 45 else 0.002 * float(rng.random()))
            recorder.add(Series.VALIDATION_LOSS, view.step, held_out)
            recorder.add(Series.ACCURACY, view.step, 1 - held_out / 3)
        return made


def _probe(epoch: int) -> Callable[[], Signals]:
    return lambda: probe_at(SIGMOID, epoch)
