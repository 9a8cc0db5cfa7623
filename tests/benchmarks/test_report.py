"""Findings as JSON and as tables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import machine, report
from benchmarks.report import Case
from benchmarks.timing import Spread, Timings
from graphgrow.arrays import Json
from graphgrow.errors import DataError, SettingsError

TIMINGS = Timings({"graphgrow": (0.001, 0.002, 0.003), "dense": (0.01, 0.02, 0.03)})
CASE = Case.of("a step", TIMINGS, "graphgrow", {"edges": 27_940}, {"dense": "at least 5", "absent": "at least 9"})
MACHINE: dict[str, Json] = {
    "processor": "a processor",
    "cores": 2,
    "threads": {"torch": 2, "numba": 2},
    "load": 0.1,
    "python": "3.11",
    "versions": {"torch": "2"},
}


def test_a_case_compares_every_other_side_with_ours() -> None:
    assert CASE.times["graphgrow"] == Spread(2.0, 1.5, 2.5, 3)
    assert CASE.ratios == {"dense": Spread(10.0, 10.0, 10.0, 3)}
    assert CASE.aims == {"dense": "at least 5"}


def test_a_finding_survives_json_and_becomes_a_table(tmp_path: Path) -> None:
    finding = report.plain("engine", MACHINE, ["connex"], [CASE])
    path = tmp_path / "engine.json"
    path.write_text(json.dumps(finding), encoding="utf-8")
    text = report.markdown(report.read(path))
    assert text == report.markdown(finding)
    assert "| graphgrow | 2 | 1.5 to 2.5 |  |  |  |" in text
    assert "| dense | 20 | 15 to 25 | 10 | 10 to 10 | at least 5 |" in text
    assert "**a step** (edges 27,940)" in text
    assert "Not installed: connex." in text


def test_the_command_prints_all_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = []
    for name in ("engine", "population"):
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(json.dumps(report.plain(name, MACHINE, [], [CASE])), encoding="utf-8")
    assert report.main([str(path) for path in paths]) == 0
    printed = capsys.readouterr().out
    assert printed.index("### engine") < printed.index("### population")


def test_tables_are_put_between_the_marks_and_replace_what_was_there(tmp_path: Path) -> None:
    found, document = tmp_path / "engine.json", tmp_path / "README.md"
    found.write_text(json.dumps(report.plain("engine", MACHINE, [], [CASE])), encoding="utf-8")
    document.write_text(f"Before.\n\n{report.BEGIN}\nold\n{report.END}\n\nAfter.\n", encoding="utf-8")
    for _ in range(2):
        assert report.main([str(found), "--into", str(document)]) == 0
    text = document.read_text(encoding="utf-8")
    assert text.startswith("Before.\n")
    assert text.endswith(f"{report.END}\n\nAfter.\n")
    assert "old" not in text
    assert text.count("### engine") == 1
    assert "| a step | dense over graphgrow | 10 | 10 to 10 | at least 5 |" in text


@pytest.mark.parametrize(
    "text",
    [None, "no marks", f"{report.END} {report.BEGIN}", report.BEGIN * 2 + report.END],
    ids=["missing", "none", "turned", "twice"],
)
def test_a_document_without_its_marks_is_left_as_it_is(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "README.md"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"README\.md: expected"):
        report.placed(path, "tables")


def test_the_readme_has_the_place_for_tables() -> None:
    assert report.placed(Path(report.__file__).parent / "README.md", "tables")


@pytest.mark.parametrize("text", [None, "{", "[]", '{"cases": []}'], ids=["missing", "broken", "list", "other"])
def test_another_file_is_refused(tmp_path: Path, text: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "other.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"other\.json: expected .* --json"):
        report.read(path)
    assert report.main([str(path)]) == 2
    assert capsys.readouterr().err.startswith("error: other.json")


def test_a_case_of_facts_alone_has_no_table() -> None:
    text = report.markdown(report.plain("scale", MACHINE, [], [Case("memory", {"GiB": 1.5})]))
    assert "**memory** (GiB 1.5)" in text
    assert "|" not in text


def test_the_machine_is_described() -> None:
    described = machine.describe()
    assert described["processor"]
    assert described["cores"] == machine.cores() >= 1
    versions = described["versions"]
    assert isinstance(versions, dict)
    assert {"graphgrow", "numpy", "torch", "numba"} <= versions.keys()
    assert machine.installed("a-package-that-nobody-made") is None


def test_more_threads_than_there_are_is_refused() -> None:
    with pytest.raises(SettingsError, match="NUMBA_NUM_THREADS"):
        machine.use_threads(100_000)
