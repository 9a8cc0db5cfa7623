from __future__ import annotations

from dataclasses import replace

from analysis.growth import coverage_table, edges_by_event, event_table, level_table
from tests.analysis.fakes import fake_run


def test_the_event_table_has_one_row_per_event() -> None:
    made = event_table(fake_run(events=(3, 6)))
    assert made["event"].tolist() == [1, 2]
    assert made["epoch"].tolist() == [3, 6]
    assert made["added"].tolist() == [4, 4]
    assert (made["edges"].diff().dropna() == 4).all()
    assert set(made["reason"]) == {"every epoch"}


def test_a_run_that_never_grew_gives_no_rows_but_all_columns() -> None:
    run = fake_run(events=())
    made = event_table(run)
    assert (len(made), list(made.columns)[:2]) == (0, ["event", "epoch"])
    assert edges_by_event(run)["event"].tolist() == [0]


def test_edges_by_event_counts_the_survivors() -> None:
    run = fake_run(events=(3, 6))
    made = edges_by_event(run)
    assert made["event"].tolist() == [0, 1, 2]
    assert made["surviving"].sum() == run.final().edges
    assert made["share"].tolist() == [1, 1, 1]


def test_rolled_back_trials_are_left_out_and_empty_events_have_no_share() -> None:
    run = fake_run(events=(3, 6))
    trial = replace(run.grown[0], number=3, accepted=False)
    empty = replace(run.grown[0], number=4, added=0)
    made = edges_by_event(replace(run, grown=[*run.grown, trial, empty]))
    assert made["event"].tolist() == [0, 1, 2, 4]
    assert made["surviving"].tolist()[-1] == 0
    assert made["share"].isna().tolist() == [False, False, False, True]


OBSERVED = {
    "active": 0.75,
    "visited": 0.4,
    "removed": 3,
    "regrown": 1,
    "edges": {"start": 9, "coarse": 4, "medium": 2, "fine": 1},
    "neurons": {"start": 12, "coarse": 0, "medium": 0, "fine": 0},
    "severity": {"1": 0.5, "10": 0.25},
    "dead": {"1": 2, "10": 0},
    "gradient_ratio": {"10": 1.5},
    "effective_rank": {"1": 3.5, "10": 2.0},
}


def test_levels_and_coverage_by_epoch() -> None:
    run = fake_run(epochs=2)
    run = replace(run, history=[{**row, "sites": {"network": OBSERVED}} for row in run.history])
    levels = level_table(run)
    assert levels["level"].tolist() == [1, 10] * 3
    assert levels["severity"].tolist() == [0.5, 0.25] * 3
    assert levels["gradient_ratio"].isna().tolist() == [True, False] * 3
    coverage = coverage_table(run)
    assert coverage["epoch"].tolist() == [0, 1, 2]
    assert coverage.loc[0, ["visited", "regrown", "edges_medium"]].tolist() == [0.4, 1, 2]


def test_runs_of_older_versions_observed_nothing() -> None:
    run = fake_run()
    assert "sites" not in run.history[0]
    assert len(level_table(run)) == len(coverage_table(run)) == 0
    assert "effective_rank" in level_table(run).columns
    unprobed = {name: OBSERVED[name] for name in ("active", "visited", "removed", "regrown", "edges", "neurons")}
    quiet = replace(run, history=[{**row, "sites": {"network": unprobed}} for row in run.history])
    assert len(level_table(quiet)) == 0
    assert len(coverage_table(quiet)) == len(run.history)
