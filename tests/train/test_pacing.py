"""Factors of updates by age, depth and time; and training with them, resumed and in company."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import optim

from graphgrow.engine.network import Network
from graphgrow.errors import SettingsError
from graphgrow.graph.graph import Graph
from graphgrow.growth.registry import load
from graphgrow.settings import Clamp, Fit, Gate, GrowthSettings, PaceSettings, RunSettings, from_json
from graphgrow.store.run import Run
from graphgrow.train.crowd import fit_many
from graphgrow.train.execute import execute, resume
from graphgrow.train.loop import Outcome, fit
from graphgrow.train.pacing import (
    Backoff,
    Boost,
    Factor,
    Gates,
    HardClamp,
    Learners,
    Pacing,
    SoftClamp,
    Triangles,
    Wave,
    factors_of,
)
from graphgrow.train.prepare import prepare
from tests.train.runs import first, settings, sgd, xor

SETTINGS = PaceSettings(3.0, 2, Gate.TRIANGLES, 2.0, 0.5, 0.1, 0.9, Clamp.SOFT, 9)


def of(epoch: int = 0, age: Any = 0, grown: Any = True, depth: Any = 0, deepest: int = 4) -> Learners:
    """Learners out of lists that are stretched to one size."""
    ages, born, depths = np.broadcast_arrays(np.atleast_1d(age), np.atleast_1d(grown), np.atleast_1d(depth))
    return Learners(ages, born, depths, deepest, epoch)


def test_newborns_are_boosted_and_the_start_is_not() -> None:
    boost = Boost(4.0, 3)
    assert boost(of(age=[0, 2, 3], grown=[True, True, True])).tolist() == [4, 4, 1]
    assert boost(of(age=[0, 2, 3], grown=[False, False, False])).tolist() == [1, 1, 1]


def test_backoff_goes_by_the_epoch_of_training() -> None:
    assert Backoff(0.95)(of(epoch=3, age=[0, 3])) == pytest.approx([0.95**3] * 2)


def test_clamps_hold_what_is_old() -> None:
    assert HardClamp(5)(of(age=[0, 4, 5, 50])).tolist() == [1, 1, 0, 0]
    assert SoftClamp(4)(of(age=[0, 1, 3, 4, 9])).tolist() == [1, 0.75, 0.25, 0, 0]


def test_triangles_begin_at_the_ends_cross_and_turn() -> None:
    triangles, levels = Triangles(width=3.0, speed=0.1), np.arange(5)
    assert triangles(of(0, depth=levels)) == pytest.approx([1, 2 / 3, 1 / 3, 2 / 3, 1])
    assert triangles(of(10, depth=levels)) == pytest.approx([2 / 3, 1, 2 / 3, 1, 2 / 3])
    assert triangles(of(20, depth=levels)) == pytest.approx([1 / 3, 2 / 3, 1, 2 / 3, 1 / 3])
    assert triangles(of(55, depth=levels)) == pytest.approx(triangles(of(25, depth=levels)))
    assert triangles(of(83, depth=levels)) == pytest.approx(triangles(of(3, depth=levels)))
    assert triangles(of(7, deepest=0)).tolist() == [1]
    assert Triangles(width=1.0)(of(0, depth=levels)).tolist() == [1, 0, 0, 0, 1]


def test_a_wave_travels_towards_the_outputs() -> None:
    wave, levels = Wave(length=10.0, speed=0.1), np.arange(6)
    assert wave(of(0, depth=levels)) == pytest.approx(0.5 * (1 + np.cos(2 * np.pi * levels / 10)))
    assert [int(np.argmax(wave(of(epoch, depth=levels)))) for epoch in (0, 10, 30)] == [0, 1, 3]


def test_a_floor_keeps_every_level_learning() -> None:
    gate = Gates(Triangles(width=1.0), floor=0.2)
    assert gate(of(depth=np.arange(5))).tolist() == [1, 0.2, 0.2, 0.2, 1]


def test_settings_name_the_factors() -> None:
    assert factors_of(PaceSettings()) == ()
    assert factors_of(SETTINGS) == (Boost(3.0, 2), Gates(Triangles(2.0, 0.5), 0.1), Backoff(0.9), SoftClamp(9))
    assert factors_of(PaceSettings(gate=Gate.WAVE, clamp=Clamp.HARD)) == (Gates(Wave(10.0, 0.1)), HardClamp(20))
    assert factors_of(PaceSettings(gate=Gate.TRIANGLES)) == (Gates(Triangles(3.0, 0.1)),)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Boost(0.0, 1),
        lambda: Boost(2.0, 0),
        lambda: Backoff(0.0),
        lambda: HardClamp(0),
        lambda: SoftClamp(-1),
        lambda: Triangles(0.0),
        lambda: Wave(2.0, -0.1),
        lambda: Gates(Wave(), 2.0),
    ],
)
def test_senseless_factors_are_refused(make: Any) -> None:
    with pytest.raises(SettingsError, match="expected"):
        make()


def trained(*pace: Factor, rule: str = "static", epochs: int = 3, **given: Any) -> Outcome:
    """The tiny network in float64 under plain gradient descent."""
    options = {"optimizer": lambda held: optim.SGD(held, lr=0.1), "growth": GrowthSettings(rule=rule), **given}
    network = Network(first("float64"))
    return fit(network, xor(), load(rule).rule, settings=Fit(epochs, 64), seed=5, pace=pace, **options)


def final(outcome: Outcome) -> Graph:
    return outcome.state.graphs["network"]


def test_a_hard_clamp_leaves_every_old_bit() -> None:
    short, long = final(trained(HardClamp(1), epochs=1)), final(trained(HardClamp(1), epochs=4))
    assert short.same(long)
    assert not short.same(first("float64"))
    grown = final(trained(HardClamp(1), rule="random", epochs=4))
    old = grown.edge_rows(*(getattr(short.wiring, end) for end in ("source", "target")))
    np.testing.assert_array_equal(grown.weight[old], short.weight)
    # Born after epochs 1 to 3, so that each had one epoch to learn in.
    young = grown.wiring.edge_born > 0
    assert (grown.weight[young] != 0).any()


def test_backoff_is_a_learning_rate_that_falls() -> None:
    paced = final(trained(Backoff(0.5)))
    falling = final(trained(schedule=lambda held: optim.lr_scheduler.LambdaLR(held, lambda step: 0.5 ** (step // 5))))
    np.testing.assert_allclose(paced.weight, falling.weight, rtol=1e-9)


def test_factors_of_one_change_no_bit() -> None:
    assert final(trained(Backoff(1.0), rule="gradient")).same(final(trained(rule="gradient")))


def test_a_boost_moves_newborns_as_much_faster() -> None:
    """Steps of one epoch after the only growth, with gradients that a small rate leaves nearly as they were."""
    small = {"optimizer": lambda held: optim.SGD(held, lr=1e-6), "growth": GrowthSettings("gradient", until=0.5)}
    plain, boosted = (final(trained(*pace, rule="gradient", epochs=2, **small)) for pace in ((), (Boost(7.0, 1),)))
    born = plain.wiring.edge_born == 1
    assert born.any()
    np.testing.assert_allclose(boosted.weight[born], 7 * plain.weight[born], rtol=1e-3)
    np.testing.assert_allclose(boosted.weight[~born], plain.weight[~born], rtol=1e-3)


def test_factors_reach_the_places_of_their_parameters() -> None:
    setup = prepare(
        Network(first()),
        xor(),
        load("static").rule,
        sgd,
        None,
        Fit(),
        GrowthSettings("static"),
        5,
        pace=[Triangles(0.5)],
    )
    setup.pacing.refresh([], 0)
    (pace,) = setup.pacing.paces
    plan, wiring = pace.network.plan, pace.network.wiring
    edge, neuron = np.empty(wiring.edges), np.ones(wiring.neurons)
    edge[plan.edge], neuron[plan.row[plan.inputs :]] = pace.edge.numpy(), pace.neuron.numpy()
    # Levels 1 and 3 learn, level 2 stands between the tips.
    assert edge.tolist() == (wiring.level[wiring.target] != 2).astype(float).tolist()
    assert neuron.tolist() == (wiring.level != 2).astype(float).tolist()


def test_nothing_is_hooked_where_nothing_is_asked() -> None:
    network = Network(first())
    setup = prepare(network, xor(), load("static").rule, sgd, None, Fit(), GrowthSettings("static"), 5)
    assert (setup.pacing.paces, Pacing.of((), setup.session.sites).paces) == ((), ())


@pytest.mark.parametrize("rule", ["random", "extrema_clone", "rigl", "extrema_observed"])
def test_a_paced_run_goes_on_exactly(rule: str, tmp_path: Path) -> None:
    made = settings(rule, pace=SETTINGS)
    whole = execute(made, tmp_path / "whole", xor()).run
    run = execute(made, tmp_path / "run", xor()).run
    assert not whole.final().same(execute(settings(rule), tmp_path / "plain", xor()).run.final())
    (run.path / "summary.json").unlink()
    (run.path / "checkpoint.previous.safetensors").replace(run.path / "checkpoint.safetensors")
    assert 0 < Run.open(run.path).load().step < 20
    resume(run.path, task=xor())
    assert run.load().same(whole.load())
    assert run.fingerprint() == whole.fingerprint()


def test_a_run_of_before_is_read(tmp_path: Path) -> None:
    run = execute(settings(), tmp_path / "run", xor()).run
    assert isinstance(run.settings["pace"], dict)
    tree = {name: value for name, value in run.settings.items() if name not in ("pace", "parts", "data")}
    assert from_json(RunSettings, tree) == replace(settings(), growth=replace(settings().growth, budget=42))


def test_in_company_as_alone() -> None:
    pace, fitting = [Boost(3.0, 2), Backoff(0.7), HardClamp(3)], Fit(epochs=4, batch=64)
    names, growth = ["random", "static", "extrema_observed"], GrowthSettings()
    rules = [load(name).rule for name in names]
    networks = [Network(first("float64", seed)) for seed in (1, 2, 3)]
    made = fit_many(networks, xor(), rules, sgd, None, fitting, growth, 4, pace=pace)
    for seed, rule, outcome in zip((1, 2, 3), rules, made, strict=True):
        alone = fit(Network(first("float64", seed)), xor(), rule, sgd, None, fitting, growth, 4, pace=pace)
        np.testing.assert_allclose(final(outcome).weight, final(alone).weight, rtol=1e-7, atol=1e-10)
        assert outcome.row["edge_steps"] == alone.row["edge_steps"]
