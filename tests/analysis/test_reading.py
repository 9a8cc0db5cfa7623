from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.reading import Metric, label, metric_of, number, series, setting
from graphgrow.errors import DataError, StoreError
from tests.analysis.fakes import fake_run


def test_the_label_wins_over_the_rule() -> None:
    run = fake_run("random")
    assert label(run) == "random"
    assert label(replace(run, settings={**run.settings, "label": "random_at_budget"})) == "random_at_budget"


def test_a_missing_setting_is_named() -> None:
    with pytest.raises(StoreError, match=r"run grown-0: expected the setting growth\.budge"):
        setting(fake_run(), "growth", "budge")


def test_numbers_may_be_null_but_not_missing_or_text() -> None:
    run = fake_run()
    assert np.isnan(number({"seconds": None}, "seconds", run))
    with pytest.raises(StoreError, match="expected the key 'seconds'"):
        number({"phase": "total"}, "seconds", run)
    with pytest.raises(StoreError, match="expected a number"):
        number({"seconds": "3"}, "seconds", run)


def test_series_take_the_epochs_that_all_runs_have() -> None:
    epochs, values = series([fake_run(epochs=20), fake_run(seed=1, epochs=12)], "edges")
    assert epochs.tolist() == list(range(13))
    assert values.shape == (2, 13)
    assert values[0, -1] - values[0, 0] == 12


def test_mixed_metrics_and_no_runs_are_refused() -> None:
    assert metric_of([fake_run()]) is Metric.ACCURACY
    with pytest.raises(DataError, match="accuracy and error"):
        metric_of([fake_run(), fake_run(metric="error")])
    with pytest.raises(DataError, match="no runs"):
        metric_of([])
    with pytest.raises(DataError, match="at least one run"):
        series([], "edges")


def test_a_run_without_history_is_refused() -> None:
    with pytest.raises(StoreError, match="got none: resume"):
        metric_of([replace(fake_run(), history=[])])
    with pytest.raises(StoreError, match="test_accuracy or test_error"):
        metric_of([replace(fake_run(), history=[{"epoch": 0}])])
