from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.tables import paired_table, readable, runs_table, summary_table
from graphgrow.errors import DataError, StoreError
from tests.analysis.fakes import FakeRun, fake_run


def family(metric: str = "accuracy") -> list[FakeRun]:
    """Two rules on three seeds; `grown` ends 0.01, 0.02 and 0.03 above `static`."""
    grown = [fake_run("grown", seed, final=0.91 + 0.02 * seed, metric=metric) for seed in range(3)]
    static = [fake_run("static", seed, final=0.90 + 0.01 * seed, metric=metric, events=()) for seed in range(3)]
    return grown + static


def test_one_row_per_run_with_what_the_run_says() -> None:
    frame = runs_table([fake_run("grown", 2, final=0.93)])
    row = frame.iloc[0]
    assert len(frame) == 1
    assert (row["rule"], row["activation"], row["seed"], row["task"]) == ("grown", "relu", 2, "digits")
    assert row["edges"] - row["start_edges"] == 12
    assert (row["budget"], row["events"], row["seconds"], row["edge_steps"]) == (50, 3, 2.5, 1002)
    assert row["test"] == row["validation"] == 0.93


def test_the_last_epoch_counts_not_the_best() -> None:
    run = fake_run(final=0.8)
    run.history[5]["test_accuracy"] = 0.99
    assert runs_table([run])["test"].tolist() == [0.8]


def test_seconds_and_budget_may_be_missing() -> None:
    run = fake_run()
    settings = {**run.settings, "growth": {"rule": "grown", "budget": None}}
    frame = runs_table([replace(run, seconds=[{"phase": "resumed"}], settings=settings)])
    assert np.isnan(frame["seconds"][0])
    assert np.isnan(frame["budget"][0])
    assert readable(summary_table(frame))["seconds"].tolist() == ["-"]


def test_unfinished_runs_and_no_runs_are_refused() -> None:
    with pytest.raises(StoreError, match="run grown-0: expected a finished run"):
        runs_table([replace(fake_run(), finished=False)])
    with pytest.raises(DataError, match="at least one run"):
        runs_table([])
    with pytest.raises(StoreError, match="expected the key 'edges'"):
        runs_table([replace(fake_run(), end={"neurons": 3})])


def test_the_summary_has_mean_and_t_interval_by_rule() -> None:
    made = summary_table(runs_table(family())).set_index("rule")
    assert made.loc["static", "test"] == pytest.approx(0.91)
    half = 4.302653 * 0.01 / np.sqrt(3)
    assert made.loc["static", "test_high"] - 0.91 == pytest.approx(half, rel=1e-6)
    assert made["seeds"].tolist() == [3, 3]


def test_activations_are_not_mixed() -> None:
    runs = [fake_run(activation="relu"), fake_run(activation="tanh", final=0.5)]
    made = summary_table(runs_table(runs)).set_index("activation")
    assert made.loc["relu", "test"] == 0.95
    assert made.loc["tanh", "test"] == 0.5
    assert np.isnan(made.loc["tanh", "test_low"])


def test_a_repeated_seed_is_no_second_experiment() -> None:
    frame = runs_table([fake_run(), fake_run()])
    with pytest.raises(DataError, match="two of 'grown' with seed 0"):
        summary_table(frame)
    with pytest.raises(DataError, match="two of 'grown' with seed 0"):
        paired_table(frame, "grown")


def test_pairs_share_their_seed_whatever_the_order() -> None:
    frame = runs_table(family()).sample(frac=1, random_state=3)
    (row,) = paired_table(frame, "static").to_dict("records")
    assert row["gain"] == pytest.approx(0.02)
    assert row["gain_low"] == pytest.approx(0.02 - 4.302653 * 0.01 / np.sqrt(3), rel=1e-5)
    assert row["effect"] == pytest.approx(2.0)
    assert (row["pairs"], row["unpaired"], row["wins"], row["losses"], row["sign"]) == (3, 0, 3, 0, 1)
    assert row["verdict"] == "undecided"


def test_less_error_is_a_gain() -> None:
    (row,) = paired_table(runs_table(family("error")), "static").to_dict("records")
    assert row["gain"] == pytest.approx(-0.02)
    assert (row["wins"], row["losses"]) == (0, 3)


def test_a_clear_gain_is_supported_up_to_its_margin() -> None:
    runs = [fake_run("grown", s, final=0.95 + 0.0001 * s) for s in range(4)]
    runs += [fake_run("static", s, final=0.9) for s in range(4)]
    frame = runs_table(runs)
    assert paired_table(frame, "static")["verdict"].tolist() == ["supported"]
    assert paired_table(frame, "static", margin=0.06)["verdict"].tolist() == ["refuted"]


def test_seeds_without_a_partner_are_counted_and_left_out() -> None:
    frame = runs_table(family())
    (row,) = paired_table(frame[frame["run"] != "static-2"], "static").to_dict("records")
    assert (row["pairs"], row["unpaired"]) == (2, 1)
    assert row["gain"] == pytest.approx(0.015)


def test_a_rule_without_any_partner_stays_in_the_table() -> None:
    frame = runs_table([fake_run("grown", 1), fake_run("static", 0)])
    made = paired_table(frame, "static")
    assert made["pairs"].tolist() == [0]
    assert made["verdict"].tolist() == ["undecided"]
    assert readable(made)["gain"].tolist() == ["-"]


def test_an_unknown_baseline_is_named_with_those_known() -> None:
    with pytest.raises(DataError, match="one of grown, static, got 'statik'"):
        paired_table(runs_table(family()), "statik")


def test_readable_folds_intervals_and_writes_accuracy_in_percent() -> None:
    made = readable(summary_table(runs_table([fake_run("grown", s, final=0.9 + s / 50) for s in range(2)])))
    assert made["test"].tolist() == ["91.00 [78.29, 103.71] %"]
    assert not [name for name in made.columns if name.endswith(("_low", "_high"))]
    one = readable(summary_table(runs_table([fake_run(final=0.9)])))
    assert one["test"].tolist() == ["90.00 [-] %"]
    compared = readable(paired_table(runs_table(family()), "static"))
    assert compared["gain"].tolist() == ["2.00 [-0.48, 4.48] %"]
    assert compared["bootstrap"][0].startswith("[1.00, 3.00]")


def test_an_error_is_no_percentage() -> None:
    frame = pd.DataFrame({"metric": ["error"], "test": [0.125], "test_low": [0.1], "test_high": [0.15]})
    assert readable(frame)["test"].tolist() == ["0.125 [0.1, 0.15]"]
