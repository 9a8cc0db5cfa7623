"""The engine's thresholds travel with a run: they are used, kept, and the same on resume."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphgrow.engine.kernels import dense_loops
from graphgrow.settings import EngineSettings, RunSettings
from graphgrow.store.run import Run
from graphgrow.train.execute import execute, resume, settings_of
from tests.train.runs import settings, xor

DENSE = EngineSettings(dense_above=0.3, dense_from=1)


def cut_off(made: RunSettings, folder: Path) -> Run:
    """A run that lacks its end and the last checkpoint."""
    run = execute(made, folder, xor()).run
    (folder / "summary.json").unlink()
    (folder / "checkpoint.previous.safetensors").replace(folder / "checkpoint.safetensors")
    return run


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The levels computed as dense ones, by their first slot, one entry per call."""
    seen: list[int] = []
    real = dense_loops.forward_one
    monkeypatch.setattr(dense_loops, "forward_one", lambda *given: (seen.append(given[0]), real(*given)))
    return seen


def test_a_run_uses_its_thresholds_and_goes_on_with_them(used: list[int], tmp_path: Path) -> None:
    made = settings("random", engine=DENSE)
    whole = execute(made, tmp_path / "whole", xor()).run
    assert used
    assert settings_of(whole).engine == DENSE
    run = cut_off(made, tmp_path / "run")
    used.clear()
    done = resume(run.path, task=xor())
    assert used
    assert run.fingerprint() == whole.fingerprint()
    assert done.outcome.state.same(whole.load())


def test_without_thresholds_no_level_is_dense(used: list[int], tmp_path: Path) -> None:
    execute(settings("random"), tmp_path / "run", xor())
    assert used == []


def test_runs_from_before_there_were_thresholds_go_on(used: list[int], tmp_path: Path) -> None:
    whole = execute(settings("random"), tmp_path / "whole", xor()).run
    run = cut_off(settings("random"), tmp_path / "run")
    file = run.path / "settings.json"
    tree = json.loads(file.read_text())
    del tree["engine"]
    file.write_text(json.dumps(tree))
    assert settings_of(Run.open(run.path)).engine == EngineSettings()
    done = resume(run.path, task=xor())
    assert done.outcome.state.same(whole.load())
    assert used == []
