"""`graphgrow sweep`: what it prints and writes, going on after a kill, and what it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas
import pytest

from graphgrow.cli.main import main
from graphgrow.store.run import Run
from tests.sweep.tiny import cut_off, prints
from tests.train.runs import listing

Capture = pytest.CaptureFixture[str]
TINY = "--task.name xor --start.hidden 6 5 --start.density 0.4 --fit.epochs 2 --fit.batch 64"


def words(space: str, out: Path, more: str = "") -> list[str]:
    return ["sweep", "--space", *space.split(), *TINY.split(), "--out", str(out), *more.split()]


def runs(out: Path) -> list[Run]:
    return [Run.open(path.parent) for path in sorted((out / "runs").rglob("settings.json"))]


def test_a_halving_writes_its_table_and_prints_the_best(tmp_path: Path, capsys: Capture) -> None:
    given = words("growth.rule=static,random optimizer.learning_rate=log:1e-3..0.1 seed=0,1", tmp_path / "out")
    given += ["--draws", "2", "--halving", "--eta", "2"]
    assert main(given) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out.startswith(
        "round 1: 2 candidates with fit.epochs 1\nround 2: 1 candidates with fit.epochs 2\n[1/4]"
    )
    held = json.loads((tmp_path / "out" / "sweep.json").read_text())
    best = held["best"]["values"]
    line = f"best: --growth.rule {best['growth.rule']} --optimizer.learning-rate {best['optimizer.learning_rate']}\n"
    assert line in told.out
    assert re.search(
        r"validation accuracy 0\.\d{4}, mean of 2 seeds; chosen without the test part\n6 runs in", told.out
    )
    assert len(held["candidates"]) == 2
    frame = pandas.read_csv(tmp_path / "out" / "table.csv", keep_default_na=False)
    assert len(frame) == 6
    assert frame.equals(pandas.read_parquet(tmp_path / "out" / "table.parquet"))
    assert (tmp_path / "out" / "table.md").read_text().count("\n") == 8
    last = frame[frame["rung"] == 2]
    assert held["best"]["validation_accuracy"] == pytest.approx(last["validation"].mean())

    before = {name: held for name, held in listing(tmp_path / "out").items() if not name.startswith("table.parquet")}
    for run in runs(tmp_path / "out")[:3]:
        cut_off(run)
    made = prints(runs(tmp_path / "out")[3:])
    assert main(given) == 0
    again = capsys.readouterr().out
    assert again.count("resumed and done") == 3
    assert again.count("kept from an earlier start") == 3
    assert prints(runs(tmp_path / "out")[3:]) == made
    assert re.sub(": [^\n]*", "", again) == re.sub(": [^\n]*", "", told.out)
    assert (tmp_path / "out" / "sweep.json").read_bytes() == before["sweep.json"]


def test_a_grid_may_grow_and_run_as_a_population(tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out"
    assert main(words("start.hidden=6,6x5 seed=3", out, "--growth.rule static --population")) == 0
    assert "best: --start.hidden 6" in capsys.readouterr().out
    assert main(words("start.hidden=6,6x5,4 seed=3", out, "--growth.rule static --population")) == 0
    told = capsys.readouterr().out
    assert told.count("kept from an earlier start") == 2
    assert "hidden=4,seed=3: done" in told
    assert sorted(pandas.read_csv(out / "table.csv")["start.hidden"].astype(str)) == ["4", "6", "6x5"]


def test_thresholds_are_those_the_sweep_began_with(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = words("growth.rule=static", tmp_path / "out")
    assert main(given) == 0
    file = tmp_path / "calibration.json"
    from graphgrow.settings import EngineSettings
    from graphgrow.store.calibration import write_calibration

    write_calibration(file, EngineSettings(dense_above=0.5), {})
    monkeypatch.setenv("GRAPHGROW_CALIBRATION", str(file))
    assert main(given) == 0
    assert "kept from an earlier start" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("space", "more", "message"),
    [
        ("growth.rules=set", "", r"growth\.rules: no such setting; expected one of growth\.ask_every"),
        ("fit.batch=0,8", "", r"fit\.batch: expected 1 or more, got 0"),
        ("growth.rule", "", "space: expected NAME=VALUES"),
        ("fit.batch=8", "--draws 2", "draws: the space has about 1 candidates, 2 were asked: use a grid"),
        ("fit.batch=8,9", "--halving --eta 1", "eta: expected 2 or more, got 1"),
        ("fit.batch=8,9", "--halving --resource growth.budget", r"growth\.budget: expected a full amount .*: set it"),
        ("fit.batch=8,9", "--workers 2", "workers: expected 1 with executor inline, got 2"),
        ("fit.batch=8,9", "--task.validation 0", r"task\.validation: expected more than 0 to judge trials"),
        ("fit.batch=8,9", "--executor boat", "boat"),
    ],
)
def test_what_cannot_be_swept_leaves_no_trace(
    space: str, more: str, message: str, tmp_path: Path, capsys: Capture
) -> None:
    assert main(words(space, tmp_path / "out", more)) == 2
    line = capsys.readouterr().err
    assert line.startswith("graphgrow: error: ")
    assert line.count("\n") == 1
    assert re.search(message, line)
    assert list(tmp_path.iterdir()) == []


def test_folders_that_hold_something_else(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert main(words("fit.batch=8", tmp_path)) == 2
    assert "is not empty and holds no sweep: choose another folder with --out" in capsys.readouterr().err
    assert main(words("fit.batch=8", tmp_path / "notes.txt")) == 2
    assert "choose another folder with --out" in capsys.readouterr().err
    assert listing(tmp_path) == {"notes.txt": b"mine"}


def test_other_settings_in_the_same_folder_are_refused(tmp_path: Path, capsys: Capture) -> None:
    assert main(words("growth.rule=static", tmp_path / "out")) == 0
    capsys.readouterr()
    assert main([*words("growth.rule=static", tmp_path / "out"), "--start.density", "0.5"]) == 2
    line = capsys.readouterr().err
    assert "job rule=static,seed=0" in line
    assert "start.density is 0.4 there, 0.5 here" in line
    assert line.count("\n") == 1
