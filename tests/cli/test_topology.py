"""`graphgrow topology`: graph files and runs, as a table, as JSON and as files; wrong input is one line."""

from __future__ import annotations

import json
from pathlib import Path

import networkx
import pytest

from graphgrow.cli.main import main
from graphgrow.store.run import Run
from graphgrow.train.execute import execute
from tests.train.runs import settings, xor

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return execute(settings("random"), tmp_path_factory.mktemp("stored") / "run", xor()).run


def test_any_graph_file_is_measured(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "karate.gexf"
    networkx.write_gexf(networkx.karate_club_graph(), file)
    assert main(["topology", str(file), "--json", "--nulls", "2"]) == 0
    rows = json.loads(capsys.readouterr().out)
    values = {row["name"]: row["value"] for row in rows}
    assert (values["nodes"], values["edges"]) == (34, 78)
    assert all(set(row) == set(rows[0]) for row in rows)
    assert max(row["null_count"] for row in rows) == 2


def test_a_run_is_measured_at_its_end_or_at_every_event(stored: Run, capsys: Capture) -> None:
    assert main(["topology", str(stored.path), "--metrics", "density", "--json"]) == 0
    last = {row["name"]: row["value"] for row in json.loads(capsys.readouterr().out)}
    assert last["edges"] == stored.final().edges
    assert main(["topology", str(stored.path), "--metrics", "density", "--events", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["event"] for row in rows} == {0, *(event.number for event in stored.events() if event.accepted)}


def test_a_run_has_directions(stored: Run, capsys: Capture) -> None:
    assert main(["topology", str(stored.path), "--undirected"]) == 2
    assert "is a run, whose edges have directions" in capsys.readouterr().err


def test_the_table_is_printed_or_written(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "path.csv"
    file.write_text("a,b\nb,c\n", encoding="utf-8")
    assert main(["topology", str(file), "--metrics", "density"]) == 0
    told = capsys.readouterr().out
    assert "edges    directed         2\n" in told
    assert max(map(len, told.splitlines())) <= 120
    assert main(["topology", str(file), "--metrics", "density", "--out", str(tmp_path / "made")]) == 0
    assert sorted(path.suffix for path in (tmp_path / "made").iterdir()) == [".csv", ".md", ".parquet", ".tex"]
    assert str(tmp_path / "made" / "topology.csv") in capsys.readouterr().out


def test_json_stays_json_beside_files(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "path.csv"
    file.write_text("a,b\nb,c\n", encoding="utf-8")
    assert main(["topology", str(file), "--metrics", "density,paths", "--json", "--out", str(tmp_path / "made")]) == 0
    told = capsys.readouterr()
    assert [row["value"] for row in json.loads(told.out)][:2] == [3, 2]
    assert "topology.csv" in told.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["none.csv"], "expected a graph file or the folder of a run, found none"),
        (["graph.csv", "--metrics", "colour"], "unknown metric colour: expected some of"),
        (["graph.csv", "--events"], "--events: graph.csv is a graph, not a run"),
        (["graph.csv", "--nulls", "-1"], "--nulls: expected 0 or more, got -1"),
        (["bad.csv"], "bad.csv, line 2: weight 'x': expected a finite number"),
        (["."], "settings.json"),
        (["graph.gexf", "--undirected"], "undirected: graph.gexf says itself"),
        (["graph.csv", "--metrics", "density", "--out", "bad.csv"], "bad.csv: cannot be written"),
    ],
)
def test_wrong_input_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, words: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("graph.csv").write_text("a,b\n", encoding="utf-8")
    networkx.write_gexf(networkx.path_graph(3), "graph.gexf")
    Path("bad.csv").write_text("a,b,1\nb,c,x\n", encoding="utf-8")
    assert main(["topology", *words]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
