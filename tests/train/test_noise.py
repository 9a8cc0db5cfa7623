from __future__ import annotations

import numpy as np
import pytest
import torch

from graphgrow.engine.network import Network
from graphgrow.engine.probe import probe
from graphgrow.graph.builders import erdos_renyi
from graphgrow.graph.wiring import Role
from graphgrow.measure.signals import Signals
from graphgrow.rng import stream
from graphgrow.settings import Fit
from graphgrow.train.noise import PASSES, SAMPLES, SHARE, dropout_passes
from tests.train.runs import train, xor


def network() -> Network:
    return Network(erdos_renyi((2, 40, 30, 2), stream(0, "start"), edges=600))


def look(made: Network, samples: int = 20) -> Signals:
    data = xor().data().train
    x, y = torch.tensor(data.x[:samples]).T.contiguous(), torch.tensor(data.y[:samples])
    return probe(made, x, y, xor().losses)


def test_a_tenth_is_silent_and_weights_are_put_back() -> None:
    made = network()
    before = made.values.detach().clone()
    passes = dropout_passes(made, lambda: look(made), stream(1, "noise"))
    assert passes.shape == (PASSES, 74, 20)
    assert torch.equal(made.values, before)
    plain, wiring = look(made).activation, made.wiring
    first = np.flatnonzero(wiring.rank == 1)
    # Nothing is silent before the first hidden level, so what it would say stays; later levels vary, around the plain.
    np.testing.assert_array_equal(passes[:, first], np.broadcast_to(plain[first], (PASSES, first.size, 20)))
    later = np.flatnonzero((wiring.rank == 2) & (plain.max(axis=1) > 0))
    assert passes[:, later].std(axis=0).max() > 0
    sums = np.array([pass_[wiring.role == Role.OUTPUT].sum() for pass_ in passes])
    assert np.unique(sums).size == PASSES


def test_passes_follow_from_the_stream() -> None:
    made = network()
    one, other, third = (dropout_passes(made, lambda: look(made), stream(seed, "noise")) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, third)


def test_means_stay_where_they_were_where_neurons_stay_active() -> None:
    made = network()
    passes = np.concatenate([dropout_passes(made, lambda: look(made), stream(seed, "many")) for seed in range(40)])
    rows = np.flatnonzero(made.wiring.rank == 2)
    plain = look(made).activation[rows]
    alive = plain.min(axis=1) > 0.2
    assert alive.any()
    np.testing.assert_allclose(passes[:, rows[alive]].mean(axis=0), plain[alive], atol=0.1)


def test_weights_are_put_back_when_a_probe_fails() -> None:
    made = network()
    before = made.values.detach().clone()

    def fails() -> Signals:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        dropout_passes(made, fails, stream(0, "noise"))
    assert torch.equal(made.values, before)


def test_no_more_samples_than_fit() -> None:
    made = network()
    passes = dropout_passes(made, lambda: look(made, 290), stream(0, "noise"))
    assert passes.shape[2] == SAMPLES
    assert 0 < SHARE < 1


def test_a_rule_that_wants_dropout_grows_and_resumes_alike() -> None:
    whole = train("uncertainty", limits=Fit(epochs=3, batch=64)).state
    again = train("uncertainty", limits=Fit(epochs=3, batch=64)).state
    assert whole.same(again)
    assert whole.graphs["network"].edges > 0
    assert whole.tree["events"]
