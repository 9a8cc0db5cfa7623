from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.export import export, to_latex, to_markdown

FRAME = pd.DataFrame({"rule": ["a_b", None], "edges": [123456, 7], "test": [0.123456, np.nan], "gain %": [True, False]})


def test_markdown_aligns_numbers_and_shows_gaps() -> None:
    lines = to_markdown(FRAME).splitlines()
    assert lines[1] == "|:---|---:|---:|:---|"
    assert lines[2].startswith("| a_b | 123456 | 0.1235 |")
    assert lines[3].startswith("| - | 7 | - |")


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_no_text_breaks_a_markdown_row(texts: list[str]) -> None:
    lines = to_markdown(pd.DataFrame({"a": texts, "b": range(len(texts))})).split("\n")
    assert len(lines) == 2 + len(texts)
    assert all(line.replace("\\|", "").count("|") == 3 for line in lines)


def test_latex_escapes_what_it_would_read_as_commands() -> None:
    text = to_latex(pd.DataFrame({"a_b": ["50 % & more", "\\x^2 ~ {#$}"]}))
    assert r"a\_b \\" in text
    assert r"50 \% \& more \\" in text
    assert r"\textbackslash{}x\textasciicircum{}2 \textasciitilde{} \{\#\$\} \\" in text
    assert text.startswith(r"\begin{tabular}{l}")


def test_whole_numbers_are_written_whole() -> None:
    cells = to_markdown(pd.DataFrame({"a": [1.5e6, 12345.678, 1e-5, -0.00321, 3.0]})).splitlines()[2:]
    assert [cell.strip("| ") for cell in cells] == ["1500000", "12346", "1e-05", "-0.00321", "3"]


def test_files_hold_the_frame_in_full_precision(tmp_path: Path) -> None:
    frame = pd.DataFrame({"rule": ["a", "b"], "test": [0.1 + 0.2, np.nan], "edges": [5, 6]})
    paths = export(frame, tmp_path / "new", "runs")
    assert [path.name for path in paths] == ["runs.md", "runs.tex", "runs.csv", "runs.parquet"]
    pd.testing.assert_frame_equal(pd.read_parquet(paths[3]), frame)
    assert pd.read_csv(paths[2])["test"].tolist()[0] == 0.1 + 0.2
    assert paths[0].read_text(encoding="utf-8") == to_markdown(frame) + "\n"
    assert {path.name for path in (tmp_path / "new").iterdir()} == {path.name for path in paths}
