from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis.report import Claim, Section, write_report
from analysis.statistics import Verdict
from graphgrow.errors import DataError, StoreError


def test_a_report_has_text_verdicts_tables_figures_and_settings(tmp_path: Path) -> None:
    figure = tmp_path / "figures" / "a b.png"
    figure.parent.mkdir()
    figure.write_bytes(b"png")
    section = Section(
        "Result",
        "Growing helps.",
        [Claim("grown beats static", Verdict.SUPPORTED, "+2.0 [1.0, 3.0] %"), Claim("and random", Verdict.UNDECIDED)],
        pd.DataFrame({"rule": ["grown"], "edges": [5]}),
        {"Accuracy": figure},
    )
    path = write_report(tmp_path / "report", "Does it grow?", [section, Section("End")], {"seed": 1, "a": None}, "Why.")
    text = path.read_text(encoding="utf-8")
    assert path.name == "report.md"
    assert text.startswith("# Does it grow?\n\nWhy.\n\n## Result\n\nGrowing helps.\n\n")
    assert "- **SUPPORTED**: grown beats static (+2.0 [1.0, 3.0] %)\n- **UNDECIDED**: and random\n" in text
    assert "\n\n| rule | edges |\n|:---|---:|\n| grown | 5 |\n\n" in text
    assert "![Accuracy](<../figures/a b.png>)\n\n*Accuracy*" in text
    assert text.endswith('## Settings\n\n```json\n{\n  "a": null,\n  "seed": 1\n}\n```\n')
    assert str(tmp_path) not in text


def test_writing_again_replaces_the_report_and_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_report(tmp_path, "One", [Section("A", "b")]).read_bytes()
    write_report(tmp_path, "Two", [])
    assert write_report(tmp_path, "One", [Section("A", "b")]).read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]


def test_a_missing_figure_or_title_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'gone\.png' of the report, got no such file"):
        write_report(tmp_path / "new", "One", [Section("A", figures={"x": tmp_path / "gone.png"})])
    with pytest.raises(DataError, match="title"):
        write_report(tmp_path / "new", " ", [])
    with pytest.raises(StoreError, match="rate"):
        write_report(tmp_path / "new", "One", [], {"rate": float("nan")})
    assert list(tmp_path.iterdir()) == []
