"""The benchmark of growth events: its stages are positive, its sums are those of the stages, its events grow."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from benchmarks import growth_event, networks
from benchmarks.growth_event import EVENT, STAGES, STEP, WHOLE, Stopwatch
from benchmarks.peers.ours import Ours


def test_every_stage_is_timed_and_told_in_steps(capsys: pytest.CaptureFixture[str]) -> None:
    assert growth_event.main(["--json", "--quick", "--rounds", "1", "--threads", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["cases"]) == 4
    for case in found["cases"]:
        times = {name: spread["median"] for name, spread in case["milliseconds"].items()}
        assert set(times) == {STEP, *STAGES, EVENT, WHOLE}
        assert set(case["ratios"]) == set(times) - {STEP}
        assert all(math.isfinite(value) and value > 0 for value in times.values())
        # With one round the medians are the numbers themselves.
        assert times[EVENT] == pytest.approx(sum(times[name] for name in ("edit", "apply", "compile", "transplant")))
        assert times[WHOLE] == pytest.approx(sum(times[name] for name in STAGES))
        for name, spread in case["ratios"].items():
            assert spread["median"] == pytest.approx(times[name] / times[STEP])
        assert set(case["aims"]) <= {EVENT, WHOLE}


def test_an_event_exchanges_a_hundredth_and_training_goes_on() -> None:
    graph = networks.uniform((40, 30, 30, 10), 0.5)
    ours = Ours(graph, networks.batches(40, 10, 16), torch_optimizer=True)
    growth_event.event(ours, Stopwatch(), 1, 32, 1)
    grown = ours.network.graph()
    born = grown.wiring.edge_born == 1
    assert grown.edges == graph.edges
    assert born.sum() == round(0.01 * graph.edges)
    assert not grown.weight[born].any()
    ours.step()
    assert ours.optimizer.state[ours.network.values]["exp_avg"].numel() == graph.edges


def test_newborn_neurons_break_the_order_of_rows() -> None:
    graph = growth_event.with_newborn(networks.uniform((40, 30, 30, 10), 0.5))
    level = graph.wiring.level
    assert (np.diff(level) < 0).any()
    newborn = level[110:]
    assert newborn.tolist() == [1, 2]
    assert graph.wiring.fan_in[110:].tolist() == [20, 20]
    assert graph.wiring.fan_out[110:].tolist() == [20, 10]
