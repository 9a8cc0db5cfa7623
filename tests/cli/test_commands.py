"""What every command prints and writes when all goes well."""

from __future__ import annotations

import json
from pathlib import Path

import igraph
import networkx
import numpy as np
import pandas
import pytest
import scipy.sparse

from graphgrow import __version__
from graphgrow.cli.main import main
from graphgrow.growth import registry
from graphgrow.store.run import Run
from graphgrow.train.execute import execute, settings_of
from tests.train.runs import listing, settings, xor

TINY = (
    "--task.name",
    "xor",
    "--start.hidden",
    "6",
    "5",
    "--start.density",
    "0.4",
    "--fit.epochs",
    "2",
    "--fit.batch",
    "64",
)

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return execute(settings("random"), tmp_path_factory.mktemp("stored") / "run", xor()).run


def test_run_then_show_then_export(tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "run"
    assert main(["run", *TINY, "--growth.rule", "random", "--out", str(folder)]) == 0
    told = capsys.readouterr()
    run = Run.open(folder)
    assert told.err == ""
    assert f"{run.final().edges} edges, {run.final().neurons} neurons, 1 events" in told.out
    assert told.out.endswith(f"stored in {folder}; look with: graphgrow show {folder}\n")
    assert main(["show", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"{folder}: finished\n")
    assert "  growth.rule = random\n" in shown
    assert "  start.hidden = [6, 5]\n" in shown
    assert "event    1  epoch    1" in shown
    assert main(["export", str(folder), str(tmp_path / "made.csv")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'made.csv'}: 15 neurons, {run.final().edges} edges\n"


def test_every_setting_can_be_given(tmp_path: Path) -> None:
    words = "--growth.rule gradient --growth.budget 40 --growth.until 0.5 --growth.skips --growth.fresh target_mean"
    words += " --optimizer.name SGD --optimizer.momentum 0.5 --optimizer.schedule cosine --start.distribution uniform"
    words += " --start.edges 20 --fit.patience 9 --fit.no-record-extrema --seed 7 --label mine --quiet"
    assert main(["run", *TINY, *words.split(), "--out", str(tmp_path / "run")]) == 0
    run = Run.open(tmp_path / "run")
    made = settings_of(run)
    assert (made.growth.rule, made.growth.budget, made.growth.skips, made.growth.until) == ("gradient", 40, True, 0.5)
    assert (made.optimizer.schedule.value, made.start.distribution.value) == ("cosine", "uniform")
    assert (made.seed, made.label, made.fit.patience, made.fit.record_extrema) == (7, "mine", 9, False)
    assert (run.start().edges, run.final().edges) == (20, 40)


def test_the_folder_of_a_run_is_named_after_what_it_is(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert (
        main(
            ["run", *TINY, "--task.name", "parity:4", "--growth.rule", "static", "--growth.budget", "99", "--seed", "2"]
        )
        == 0
    )
    assert Run.open(tmp_path / "results" / "runs" / "parity-4-static-2").finished
    assert "trigger never fired" in capsys.readouterr().out


def test_rules(capsys: Capture, tmp_path: Path) -> None:
    assert main(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == registry.names()
    assert all(len(line.split()) > 3 for line in lines)
    assert main(["rules", "extrema"]) == 0
    shown = capsys.readouterr().out
    assert json.loads(shown[shown.index("{") :])["trigger"] == {"kind": "Every", "asks": 1}
    assert main(["rules", "--json"]) == 0
    assert [entry["name"] for entry in json.loads(capsys.readouterr().out)] == registry.names()
    rule = registry.FOLDER / "random.py"
    (tmp_path / "mine.py").write_text(rule.read_text())
    assert main(["rules", "mine", "--rules-path", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("mine  Uniformly random")


def test_show_as_json(stored: Run, capsys: Capture) -> None:
    assert main(["show", str(stored.path), "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["settings"] == stored.settings
    assert tree["last"] == stored.rows()[-1]
    assert tree["events"] == [event.to_json() for event in stored.events()]
    assert tree["finished"] is True


def test_show_of_a_run_that_was_cut_off(tmp_path: Path, capsys: Capture) -> None:
    run = execute(settings(), tmp_path / "run", xor()).run
    (run.path / "summary.json").unlink()
    assert main(["show", str(run.path)]) == 0
    assert f"not finished: continue with graphgrow resume {run.path}" in capsys.readouterr().out


@pytest.mark.parametrize("event", [None, 0, 1, 3])
def test_exports_hold_the_network(event: int | None, stored: Run, tmp_path: Path) -> None:
    graph = stored.final() if event is None else stored.graph(event)
    wiring = graph.wiring
    which = [] if event is None else ["--event", str(event)]
    files = {kind: tmp_path / f"network.{kind}" for kind in ("csv", "gexf", "graphml", "npz")}
    before = listing(stored.path)
    for file in files.values():
        assert main(["export", str(stored.path), str(file), *which]) == 0
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".csv", ".gexf", ".graphml", ".npz"]
    assert listing(stored.path) == before
    frame = pandas.read_csv(files["csv"])
    assert frame["source"].tolist() == wiring.id[wiring.source].tolist()
    assert frame["target"].tolist() == wiring.id[wiring.target].tolist()
    assert np.array_equal(frame["weight"].to_numpy(np.float32), graph.weight)
    matrix = scipy.sparse.load_npz(files["npz"]).toarray()
    assert np.array_equal(matrix[wiring.target, wiring.source], graph.weight)
    assert np.count_nonzero(matrix) == np.count_nonzero(graph.weight)
    drawn = networkx.read_graphml(files["graphml"])
    assert (drawn.number_of_nodes(), drawn.number_of_edges()) == (graph.neurons, graph.edges)
    grown = networkx.read_gexf(files["gexf"], node_type=int)
    assert set(wiring.id.tolist()) <= set(grown)
    read = igraph.Graph.Read_GraphML(str(files["graphml"]))
    assert (read.vcount(), read.ecount()) == (graph.neurons, graph.edges)


def test_an_export_replaces_an_older_one(stored: Run, tmp_path: Path) -> None:
    file = tmp_path / "network.csv"
    file.write_text("old")
    assert main(["export", str(stored.path), str(file)]) == 0
    assert file.read_text().startswith("source,")


def test_a_run_that_was_cut_off_is_resumed(tmp_path: Path, capsys: Capture) -> None:
    run = execute(settings(), tmp_path / "run", xor()).run
    fingerprint = run.fingerprint()
    (run.path / "summary.json").unlink()
    (run.path / "checkpoint.previous.safetensors").replace(run.path / "checkpoint.safetensors")
    assert main(["resume", str(run.path)]) == 0
    assert run.finished
    assert run.fingerprint() == fingerprint
    assert "stored in" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", ["--help", "run --help", "resume --help", "rules --help", "show --help", "export --help", "figures --help"]
)
def test_help(words: str, capsys: Capture) -> None:
    assert main(words.split()) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert "usage: graphgrow" in told.out
    assert "default: 20" in told.out or words != "run --help"


def test_no_command_is_a_wish_for_help(capsys: Capture) -> None:
    assert main([]) == 0
    assert "usage: graphgrow" in capsys.readouterr().out


@pytest.mark.parametrize("word", ["--version", "-V"])
def test_version(word: str, capsys: Capture) -> None:
    assert main([word]) == 0
    assert capsys.readouterr().out == f"graphgrow {__version__}\n"
