"""Measuring this machine, and runs that keep the thresholds they began with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from graphgrow.cli.main import main
from graphgrow.engine import crossovers
from graphgrow.engine.crossovers import Comparison, Effort, Measured
from graphgrow.engine.kernels.dense import dense_levels
from graphgrow.engine.plan import compile
from graphgrow.settings import EngineSettings
from graphgrow.store.calibration import VARIABLE, read_calibration, write_calibration
from graphgrow.store.run import Run
from graphgrow.train.execute import settings_of
from tests.train.runs import child, listing

Capture = pytest.CaptureFixture[str]
DENSE = EngineSettings(0.3, 1, 1 << 40, 1 << 40)
TINY = "run --task.name xor --start.hidden 6 5 --start.density 0.5 --fit.epochs 2 --fit.batch 64 --growth.rule random"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's calibration is."""
    made = tmp_path / "config" / "calibration.json"
    monkeypatch.setenv(VARIABLE, str(made))
    return made


def told(monkeypatch: pytest.MonkeyPatch, measured: Measured) -> None:
    monkeypatch.setattr(crossovers, "measure", lambda: measured)
    monkeypatch.setattr("os.getloadavg", lambda: (0.0, 0.0, 0.0))


def compared(*rows: tuple[float, float, float]) -> tuple[Comparison, ...]:
    return tuple(Comparison(*row) for row in rows)


def begun(folder: Path, *words: str) -> EngineSettings:
    """The thresholds of a new run."""
    assert main([*TINY.split(), *words, "--out", str(folder)]) == 0
    return settings_of(Run.open(folder)).engine


def test_a_measurement_is_stored_and_told(file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = compared((100, 0.001, 0.002), (200, 0.002, 0.001))
    told(monkeypatch, Measured(threads, threads, {64: compared((0.5, 0.001, 0.002), (0.75, 0.004, 0.0025))}))
    assert main(["calibrate"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "a level of 64 x 64, forward and backward, medians in ms"
    assert lines[1].split() == ["density", "sparse", "dense"]
    assert lines[3].split() == ["0.75", "4.000", "2.500"]
    assert "levels of 4096 or more possible edges are computed as dense ones from density 0.75" in lines
    assert "products of 200 and steps of 200 edges x batch or more are shared out to threads" in lines
    assert lines[-1] == f"stored in {file}; runs begun from now on keep these thresholds"
    assert read_calibration() == EngineSettings(0.75, 4096, 200, 200)


def test_json_says_what_is_stored(file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, Measured((), (), {64: compared((0.5, 0.001, 0.002))}))
    assert main(["calibrate", "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert {name: tree[name] for name in ("engine", "measured")} == json.loads(file.read_text())
    assert tree["file"] == str(file)
    assert tree["engine"]["dense_above"] is None
    assert tree["measured"]["dense"] == [{"width": 64, "rows": [{"at": 0.5, "plain": 0.001, "other": 0.002}]}]


def test_where_nothing_else_is_faster(file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, Measured((), (), {64: compared((0.5, 0.001, 0.002))}))
    assert main(["calibrate"]) == 0
    out = capsys.readouterr().out
    assert "no level is computed as a dense one: sparse was faster" in out
    assert "one thread only, so nothing is shared out" in out
    assert read_calibration() == EngineSettings()


@pytest.mark.parametrize(("load", "warns"), [(0.2, False), (0.5, True), (3.0, True)])
def test_a_machine_that_is_busy_is_named(
    load: float, warns: bool, file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, Measured((), (), {}))
    monkeypatch.setattr("os.getloadavg", lambda: (load, 0.0, 0.0))
    assert main(["calibrate"]) == 0
    assert ("measure again when the machine is idle" in capsys.readouterr().out) == warns
    assert file.exists()


def test_a_real_measurement_serves_a_run(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny, real = Effort(widths=(4,), densities=(0.5,), edges=(16,), batch=3, rounds=1), crossovers.measure
    monkeypatch.setattr(crossovers, "measure", lambda: real(tiny))
    assert main(["calibrate", "--json"]) == 0
    found = read_calibration()
    assert begun(tmp_path / "run") == found


def test_a_new_run_takes_the_thresholds_of_the_machine_and_keeps_them(
    file: Path, tmp_path: Path, capsys: Capture
) -> None:
    write_calibration(file, DENSE, {})
    assert begun(tmp_path / "run") == DENSE
    run = Run.open(tmp_path / "run")
    assert dense_levels(compile(run.final().wiring), DENSE)
    assert main(["show", str(run.path)]) == 0
    assert "  engine.dense_above = 0.3\n" in capsys.readouterr().out
    file.unlink()
    (run.path / "summary.json").unlink()
    (run.path / "checkpoint.previous.safetensors").replace(run.path / "checkpoint.safetensors")
    whole = run.fingerprint()
    # A resume looks at the run alone: this file would stop it.
    file.write_text("damaged")
    assert main(["resume", str(run.path)]) == 0
    assert settings_of(Run.open(run.path)).engine == DENSE
    assert Run.open(run.path).fingerprint() == whole


def test_without_a_file_nothing_changes(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv(VARIABLE)
    assert begun(tmp_path / "first") == EngineSettings()
    write_calibration(file, DENSE, {})
    monkeypatch.setenv(VARIABLE, "")
    assert begun(tmp_path / "second") == EngineSettings()


def test_the_command_line_goes_before_the_file(file: Path, tmp_path: Path) -> None:
    write_calibration(file, DENSE, {})
    assert begun(tmp_path / "run", "--engine.dense-above", "0.875") == EngineSettings(dense_above=0.875)


@pytest.mark.parametrize("content", [b"", b"{", b'{"engine": {"dense_above": 7}}'])
def test_a_damaged_file_stops_a_new_run_with_the_cure(
    content: bytes, file: Path, tmp_path: Path, capsys: Capture
) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    before = listing(tmp_path)
    assert main([*TINY.split(), "--out", str(tmp_path / "run")]) == 2
    line = capsys.readouterr().err
    assert line.startswith(f"graphgrow: error: calibration {file}: damaged (")
    assert line.endswith(
        f"measure anew with graphgrow calibrate, remove the file, or set {VARIABLE} to nothing to do without\n"
    )
    assert listing(tmp_path) == before


def test_a_damaged_file_is_replaced(file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    file.parent.mkdir()
    file.write_text("damaged")
    told(monkeypatch, Measured((), (), {}))
    assert main(["calibrate"]) == 0
    assert read_calibration() == EngineSettings()


def test_a_calibration_needs_a_place_to_go(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv(VARIABLE, "")
    assert main(["calibrate"]) == 2
    assert "GRAPHGROW_CALIBRATION is set to nothing: unset it, or name the file to write" in capsys.readouterr().err


def test_without_numba_there_is_nothing_to_measure(file: Path) -> None:
    code = """
import sys
sys.modules["numba"] = None
from graphgrow.cli.main import main
sys.exit(main(["calibrate"]))
"""
    done = child(code)
    assert done.returncode == 2
    assert "no kernel 'cpu' here" in done.stderr
    assert not file.exists()


def test_help_does_not_wait_for_torch() -> None:
    code = """
import sys
from graphgrow.cli.main import main
main(["calibrate", "--help"])
print("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert "$GRAPHGROW_CALIBRATION" in done.stdout
    assert done.stdout.splitlines()[-1] == "False"
