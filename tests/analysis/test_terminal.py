"""A report in a terminal: no line beyond 120 characters, a note told once, an event a heading."""

from __future__ import annotations

import pandas as pd

from analysis.terminal import to_text
from analysis.topology import report
from graphgrow.measure.adjacency import from_edges


def frame() -> pd.DataFrame:
    return report(from_edges(5, [0, 1, 2, 2], [1, 2, 3, 4]), metrics=["density", "katz", "receptive_field", "squares"])


def test_lines_are_short_and_line_up() -> None:
    lines = to_text(frame()).splitlines()
    assert max(map(len, lines)) <= 120
    values = lines[0].index("value") + len("value")
    assert [line[:values].split()[-1] for line in lines[1:4]] == ["5", "4", "0.4444"]


def test_a_note_is_told_once() -> None:
    made = frame().assign(note="a word " * 40)
    told = to_text(made)
    assert told.count("[1] a word") == 1
    assert max(map(len, told.splitlines())) <= 120


def test_an_event_is_a_heading_and_empty_columns_are_left_out() -> None:
    one = frame()
    both = pd.concat([one.assign(site="model", event=number, epoch=number, step=9) for number in (0, 1)])
    told = to_text(both).splitlines()
    assert "site model, event 0, epoch 0, step 9" in told
    assert "site model, event 1, epoch 1, step 9" in told
    assert not any("error" in line for line in told)
