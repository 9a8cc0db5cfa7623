"""Whatever a user gets wrong: exit code 2, one line that says how to mend it, and nothing written."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from graphgrow.cli.main import main
from graphgrow.store.run import Run
from graphgrow.train.execute import execute
from tests.train.runs import command, listing, settings, xor

Capture = pytest.CaptureFixture[str]
# By its name in the table, since the package has a function of the same name.
RUNNING = sys.modules["graphgrow.train.execute"]


@pytest.fixture
def stored(tmp_path: Path) -> Run:
    return execute(settings(), tmp_path / "stored", xor()).run


def refused(words: list[str], capsys: Capture) -> str:
    """The one line on standard error of a command that ends with code 2."""
    assert main(words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    return _line(told.err)


def _line(text: str) -> str:
    assert text.startswith("graphgrow: error: ")
    assert text.endswith("\n")
    assert text.count("\n") == 1
    assert "Traceback" not in text
    # What was expected, or what to do, and not only what went wrong.
    assert re.search(r": \w|expected|Available|--help|should be", text.removeprefix("graphgrow: error: "))
    return text


RUN = [
    ("--growth.rule nonesuch", "unknown rule 'nonesuch': expected one of .*extrema, "),
    ("--growth.rules-path nowhere", "rules path nowhere is no folder: pass a folder"),
    ("--task.name nonesuch", "expected one of cifar10, digits, fashion_mnist, .*, got 'nonesuch'"),
    ("--task.name parity:1", "expected 2 to 62, got 1"),
    ("--task.name npz:nowhere.npz", r"nowhere\.npz"),
    ("--task.validation 1.5", r"task\.validation: expected a share from 0 to 1, got 1\.5"),
    ("--fit.batch 0", r"fit\.batch: expected 1 or more, got 0"),
    ("--fit.epochs abc", r"--fit\.epochs.*abc"),
    ("--start.density 2", r"start\.density: expected more than 0 and at most 1, got 2"),
    ("--start.density nan", r"start\.density: expected more than 0"),
    ("--start.hidden 0", r"start\.hidden: expected sizes of 1 or more"),
    ("--start.edges 100000", "100000"),
    ("--start.activation step", r"start\.activation: expected identity or relu"),
    ("--growth.budget 1", r"budget of 1 edges is below the \d+ edges of the start: raise the budget"),
    ("--growth.neurons 3", r"at most 3 neurons, but the start has \d+: raise"),
    ("--optimizer.name LBFGS", r"optimizer\.name: expected one of SGD, Adam"),
    ("--optimizer.learning-rate inf", r"optimizer\.learning_rate: expected more than 0, got inf"),
    ("--optimizer.schedule warp", "warp"),
    ("--optimizer.momentum 0.9", r"optimizer\.momentum: expected 0 with AdamW, got 0\.9"),
    ("--seed -1", "seed: expected 0 or more, got -1"),
    ("--warp 9", "--warp"),
]


@pytest.mark.parametrize(("words", "message"), RUN)
def test_a_run_that_cannot_be_leaves_no_trace(words: str, message: str, tmp_path: Path, capsys: Capture) -> None:
    given = [
        "run",
        "--task.name",
        "xor",
        "--start.density",
        "0.5",
        "--out",
        str(tmp_path / "new" / "run"),
        *words.split(),
    ]
    assert re.search(message, refused(given, capsys))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_empty(stored: Run, capsys: Capture) -> None:
    before = listing(stored.path.parent)
    line = refused(["run", "--task.name", "xor", "--out", str(stored.path)], capsys)
    assert "is not empty: choose another folder with --out, or continue it with graphgrow resume" in line
    assert listing(stored.path.parent) == before


def test_a_folder_that_cannot_be_made(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "file").write_text("mine")
    line = refused(["run", "--task.name", "xor", "--out", str(tmp_path / "file" / "run")], capsys)
    assert "cannot be written" in line
    assert listing(tmp_path) == {"file": b"mine"}


def test_training_that_diverges_can_be_looked_at(tmp_path: Path, capsys: Capture) -> None:
    words = "run --task.name xor --optimizer.name SGD --optimizer.learning-rate 1e30"
    line = refused([*words.split(), "--out", str(tmp_path / "run")], capsys)
    assert "lower the learning rate" in line
    assert main(["show", str(tmp_path / "run")]) == 0


@pytest.mark.parametrize("words", ["resume", "show", "export x.csv"])
def test_a_run_that_is_missing(words: str, tmp_path: Path, capsys: Capture) -> None:
    name, *rest = words.split()
    line = refused([name, str(tmp_path / "none"), *[str(tmp_path / word) for word in rest]], capsys)
    assert "holds no run (no settings.json): pass the folder that graphgrow run wrote" in line
    assert list(tmp_path.iterdir()) == []


def test_a_finished_run_is_not_resumed(stored: Run, capsys: Capture) -> None:
    before = listing(stored.path)
    assert "is finished: see it with graphgrow show" in refused(["resume", str(stored.path)], capsys)
    assert listing(stored.path) == before


@pytest.mark.parametrize("name", ["checkpoint.safetensors", "start.safetensors", "settings.json", "history.jsonl"])
def test_a_damaged_file_is_named_on_resume(name: str, stored: Run, capsys: Capture) -> None:
    (stored.path / "summary.json").unlink()
    file = stored.path / name
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    before = listing(stored.path)
    line = refused(["resume", str(stored.path)], capsys)
    assert name in line
    assert "restore" in line
    assert listing(stored.path) == before


@pytest.mark.parametrize("name", ["events/00002.safetensors", "history.jsonl", "settings.json"])
def test_a_damaged_file_is_named_on_show(name: str, stored: Run, capsys: Capture) -> None:
    file = stored.path / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x80
    file.write_bytes(content)
    assert name in refused(["show", str(stored.path)], capsys)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("network.png", "network.png: expected a file ending in .graphml, .gexf, .csv, .npz: choose one of these"),
        ("network", "network: expected a file ending in"),
        ("none/network.csv", "none is no folder: make it first"),
        ("network.csv --event 4", "has events 0 to 3, not 4: choose one of these"),
        ("network.csv --event -1", "has events 0 to 3, not -1: choose one of these"),
        ("network.csv --event one", "--event"),
    ],
)
def test_an_export_that_cannot_be(words: str, message: str, stored: Run, tmp_path: Path, capsys: Capture) -> None:
    name, *rest = words.split()
    before = listing(tmp_path)
    assert message in refused(["export", str(stored.path), str(tmp_path / name), *rest], capsys)
    assert listing(tmp_path) == before


def test_an_export_onto_a_folder(stored: Run, tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "network.csv"
    folder.mkdir()
    before = listing(tmp_path)
    assert "network.csv: cannot be written" in refused(["export", str(stored.path), str(folder)], capsys)
    assert listing(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["network.csv", "stored"]


@pytest.mark.parametrize(
    "words",
    ["frobnicate", "resume", "show", "export", "rules none", "rules --rules-path nowhere", "show a b c", "--warp"],
)
def test_words_that_make_no_command(words: str, capsys: Capture) -> None:
    refused(words.split(), capsys)


def test_damaged_data_are_named(tmp_path: Path, capsys: Capture) -> None:
    np.savez(tmp_path / "data.npz", x=np.full((9, 2), np.nan), y=np.arange(9) % 2)
    line = refused(["run", "--task.name", f"npz:{tmp_path / 'data.npz'}", "--out", str(tmp_path / "run")], capsys)
    assert "nan" in line.lower()
    assert [path.name for path in tmp_path.iterdir()] == ["data.npz"]


def test_an_interrupt_tells_how_to_go_on(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(RUNNING, "train", interrupted)
    assert main(["run", "--task.name", "xor", "--out", str(tmp_path / "run")]) == 130
    assert capsys.readouterr().err == (
        "graphgrow: error: interrupted; a run that was under way goes on with: graphgrow resume FOLDER; "
        "a sweep with the same command\n"
    )
    monkeypatch.undo()
    assert main(["resume", str(tmp_path / "run")]) == 0


def test_a_fault_of_ours_is_not_dressed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*arguments: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(RUNNING, "train", faulty)
    with pytest.raises(ZeroDivisionError, match="ours"):
        main(["run", "--task.name", "xor", "--out", str(tmp_path / "run")])


@pytest.mark.parametrize("words", ["run --fit.batch 0", "show nowhere", "--warp 9"])
def test_exit_codes_in_a_process_of_its_own(words: str) -> None:
    done = command(*words.split())
    assert (done.returncode, done.stdout) == (2, "")
    _line(done.stderr)
