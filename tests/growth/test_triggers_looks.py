"""Triggers that look at the probe, on rows made to be just so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.builders import layered
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role
from graphgrow.growth.parts import Trigger, View
from graphgrow.growth.triggers import Costly, Critical, InformationPeak, InformationTransition, Saturated, notes_of
from graphgrow.growth.triggers.looks import LevelBits
from graphgrow.measure.extrema import Side
from graphgrow.measure.signals import Signals, from_rows
from graphgrow.rng import stream
from tests.growth.timelines import EPOCH, SIGMOID, answering, event, recorded, seen, unprobed
from tests.growth.worlds import WORLDS, make, signals_of

DEEP = layered([12, 10, 10, 10, 4], 0.5, np.random.default_rng(0))
SAMPLES = 240
LABEL = np.arange(SAMPLES) % 4


def turned(rows: Array, seed: int, size: int = 10) -> Array:
    """The rows mixed into `size` rows: as many bits, another basis."""
    mix = stream(seed, "mix").standard_normal((size, rows.shape[0]))
    mixed: Array = mix @ rows
    return mixed


def noise(seed: int, rows: int = 10) -> Array:
    return stream(seed, "noise").standard_normal((rows, SAMPLES))


def hot() -> Array:
    """Rows that tell the class and nothing else: participation ratio 3."""
    return (np.arange(4)[:, None] == LABEL).astype(float) - 0.25


def of_levels(*levels: Array, graph: Graph = DEEP) -> Signals:
    """Signals with these activations level by level, outputs at chance."""
    rows = np.vstack([*levels, np.zeros((4, SAMPLES))])
    return answering(graph.wiring, from_rows(rows, np.zeros_like(rows), np.zeros(SAMPLES)), LABEL)


def at(epoch: int, signals: Signals, graph: Graph = DEEP) -> View:
    return seen(epoch, None, lambda: signals, graph)


def wide() -> Array:
    """Ten noisy rows, out of which the class can be read."""
    return turned(hot(), 1) / 2 + noise(2)


@pytest.mark.parametrize(
    ("after", "fires"),
    [
        (lambda: turned(hot(), 3), True),
        # As wide as before.
        (lambda: wide() + 5 * noise(4), False),
        # Narrow, but it tells nothing.
        (lambda: turned(noise(5, 2), 6), False),
    ],
    ids=["compressed", "wide", "ignorant"],
)
def test_an_information_transition(after: object, fires: bool) -> None:
    before = wide() + 4 * noise(7)
    before[:4] += 2 * hot()
    signals = of_levels(noise(1, 12), before, after(), noise(8))  # type: ignore[operator]
    decision = InformationTransition()(at(1, signals), {})
    assert decision.fire is fires
    assert ("from level 1 to 2" in decision.reason) is fires


def test_levels_that_are_alike_are_no_transition() -> None:
    # Three classes in two directions, then in one of them and a shadow of the other: narrower, yet alike.
    before = turned(np.diag([1.0, 0.7, 0.5, 0.1]) @ hot(), 3)
    after = turned(np.diag([1.0, 0.1, 0.01, 0.01]) @ hot(), 3)
    signals = of_levels(noise(1, 12), before, after, noise(8))
    loose = InformationTransition(dimension=1.0, information=0.0, similarity=1.1)
    assert loose(at(1, signals), {}).fire
    assert not replace(loose, similarity=0.5)(at(1, signals), {}).fire


@pytest.mark.parametrize(("dimension", "fires"), [(0.32, False), (0.34, True)])
def test_how_narrow_a_transition_must_be(dimension: float, fires: bool) -> None:
    # Six equal directions, then two of them: a third of the participation ratio.
    six = np.linalg.qr(noise(3).T - noise(3).T.mean(axis=0))[0].T[:6] * np.sqrt(SAMPLES)
    before = np.vstack([six, np.zeros((4, SAMPLES))])
    after = np.vstack([six[:2], np.zeros((8, SAMPLES))])
    signals = of_levels(noise(1, 12), before, after, noise(8))
    trigger = InformationTransition(dimension, information=0.0, similarity=1.1)
    # Noise says nothing of the answers, so that the levels are given some to know.
    label = (six[0] > 0).astype(int)
    told = answering(DEEP.wiring, signals, label)
    assert trigger(at(1, told), {}).fire is fires


def test_looks_are_ten_epochs_apart() -> None:
    signals = of_levels(noise(1, 12), noise(2), noise(3), noise(4))
    for trigger in (InformationTransition(), InformationPeak()):
        first = trigger(at(3, signals), {})
        assert first.memory == {"looked": 3}
        between = trigger(seen(12, None, unprobed, DEEP), first.memory)
        assert between.memory == first.memory
        assert between.reason == "looked at epoch 3, every 10"
        assert trigger(at(13, signals), between.memory).memory == {"looked": 13}


def test_an_information_peak() -> None:
    inputs = noise(1, 12)
    both = np.vstack([inputs[:7], hot()[:3]])
    peaked = of_levels(inputs, inputs[:10], both, 0.1 * noise(2) + turned(hot(), 3))
    decision = InformationPeak()(at(1, peaked), {})
    assert decision.fire
    assert decision.reason == "information peaks at level 2"
    assert not InformationPeak(rise=1e9)(at(1, peaked), {}).fire
    falling = of_levels(inputs, both, turned(hot(), 3), noise(4))
    assert not InformationPeak()(at(1, falling), {}).fire


def test_a_network_of_two_levels_has_no_peak() -> None:
    graph = layered([12, 10, 4], 0.5, np.random.default_rng(0))
    rows = np.vstack([noise(1, 12), noise(2), np.zeros((4, SAMPLES))])
    signals = answering(graph.wiring, from_rows(rows, 0 * rows, np.zeros(SAMPLES)), LABEL)
    assert not InformationPeak()(at(1, signals, graph), {}).fire


def test_bits_of_a_level() -> None:
    view = at(1, of_levels(noise(1, 12), hot()[[0, 1, 2, 3, 0, 1, 2, 3, 0, 1]], noise(2), noise(3)))
    assert view.memo(LevelBits(1, SAMPLES)) == pytest.approx(2, abs=0.01)
    assert view.memo(LevelBits(2, SAMPLES)) < 0.05
    assert view.memo(LevelBits(0, SAMPLES, of_inputs=True)) == pytest.approx(12 * np.log2(SAMPLES))


@pytest.mark.parametrize(("ratio", "value"), [(1.0, 1.0), (0.95, 0.95), (1.3, 0.7)])
def test_criticality_of_the_probe(ratio: float, value: float) -> None:
    rank = DEEP.wiring.rank
    sizes = np.bincount(rank)[rank]
    delta = (ratio**rank / np.sqrt(sizes))[:, None] * np.ones(5)
    view = at(6, from_rows(np.zeros_like(delta), delta, np.zeros(5)))
    decision = Critical()(view, {})
    assert decision.fire is (value > 0.9)
    notes = notes_of(Critical(), decision.memory)
    assert notes["criticality"] == pytest.approx(value, rel=1e-6)
    assert notes["criticality_step"] == 6 * EPOCH


def test_no_gradient_is_no_criticality() -> None:
    still = np.zeros((DEEP.neurons, 3))
    decision = Critical(above=-5.0)(at(1, from_rows(still, still, np.zeros(3))), {})
    assert not decision.fire
    assert decision.memory["criticality"] is None


@pytest.mark.parametrize(("share", "fires"), [(0.4, True), (0.6, False)])
def test_saturation_of_the_probe(share: float, fires: bool) -> None:
    hidden = SIGMOID.wiring.rows(Role.HIDDEN)
    rows = np.full((SIGMOID.neurons, 10), 0.5)
    rows[hidden[:7]], rows[hidden[7:12]] = 0.99, 0.01
    view = at(1, from_rows(rows, rows, np.zeros(10)), SIGMOID)
    assert Saturated(above=share)(view, {}).fire is fires
    decision = Saturated(above=0.25, side=Side.HIGH)(view, {})
    assert decision.fire
    assert decision.memory == {"saturation": 7 / 24}
    assert notes_of(Saturated(), decision.memory) == {"saturation": 7 / 24}
    assert not Saturated(above=0.25, side=Side.LOW)(view, {}).fire


def test_relu_saturates_against_the_first_probe() -> None:
    graph = make(WORLDS["relu layered"])
    signals = signals_of(graph)
    ids = graph.wiring.id.tolist()
    high = Saturated(above=0.0, side=Side.HIGH)
    for median, fires in ((1e9, False), (0.0, True)):
        view = replace(at(1, signals, graph), medians=lambda median=median: dict.fromkeys(ids, median))
        assert high(view, {}).fire is fires


@pytest.mark.parametrize("trigger", [Saturated(), Critical(), InformationTransition(), InformationPeak()])
def test_nothing_is_probed_while_waiting(trigger: Trigger) -> None:
    assert isinstance(trigger, Costly)
    history = recorded({}, [event(4 * EPOCH, 4)])
    decision = trigger(seen(13, history, unprobed), {"kept": 1})
    assert (decision.fire, decision.memory) == (False, {"kept": 1})
    assert decision.reason == "waits: 9 of 10 epochs since growth"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Saturated(above=1.0),
        lambda: Saturated(wait=-1),
        lambda: Critical(above=1.0),
        lambda: InformationTransition(samples=3),
        lambda: InformationTransition(every=0),
        lambda: InformationTransition(dimension=0.0),
        lambda: InformationPeak(rise=-0.1),
        lambda: InformationPeak(every=0),
    ],
    ids=range(8),
)
def test_settings_out_of_range(make: object) -> None:
    with pytest.raises(SettingsError, match="expected"):
        make()  # type: ignore[operator]
