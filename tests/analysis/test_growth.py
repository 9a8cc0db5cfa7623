from __future__ import annotations

from dataclasses import replace

from analysis.growth import edges_by_event, event_table
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
