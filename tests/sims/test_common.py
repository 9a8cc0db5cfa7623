"""What sims share: runs that are kept, resumed or replaced when a sim starts again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from graphgrow.errors import SettingsError
from graphgrow.settings import RunSettings
from graphgrow.store.run import Run
from sims.parts.common import fresh_runs, run_all
from tests.sweep.tiny import cut_off, job_settings, prints, whole
from tests.train.runs import listing


def labelled(*labels: str, seed: int = 5) -> list[tuple[str, RunSettings]]:
    return [(f"relu-{label}-{seed}", job_settings(label, label=label, seed=seed)) for label in labels]


def test_a_sim_that_was_interrupted_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = labelled("random", "gradient", "rigl")
    first = prints(run_all(given, fresh_runs(tmp_path, given)))
    folder = tmp_path / "runs"
    assert "[3/3] relu-rigl-5: done" in capsys.readouterr().out
    cut_off(Run.open(folder / "relu-gradient-5"))
    (folder / ".relu-rigl-5.abc.partial").mkdir()
    given[2] = (given[2][0], replace(given[2][1], optimizer=replace(given[2][1].optimizer, learning_rate=0.5)))
    again = run_all(given, fresh_runs(tmp_path, given))
    told = capsys.readouterr().out
    assert "relu-random-5: kept from an earlier start" in told
    assert "relu-gradient-5: resumed and done" in told
    assert "relu-rigl-5: done" in told
    assert prints(again)[:2] == first[:2]
    assert prints(again)[2] != first[2]
    assert sorted(path.name for path in folder.iterdir()) == whole(folder) == sorted(name for name, _ in given)


def test_runs_of_no_job_are_removed(tmp_path: Path) -> None:
    given = labelled("static", "random")
    run_all(given, fresh_runs(tmp_path, given))
    kept = listing(tmp_path / "runs" / "relu-random-5")
    fresh_runs(tmp_path, given[1:])
    assert whole(tmp_path / "runs") == ["relu-random-5"]
    assert listing(tmp_path / "runs" / "relu-random-5") == kept
    assert list(fresh_runs(tmp_path).iterdir()) == []


def test_nothing_is_removed_beside_something_else(tmp_path: Path) -> None:
    given = labelled("static")
    run_all(given, fresh_runs(tmp_path, given))
    (tmp_path / "runs" / "mine").mkdir()
    before = listing(tmp_path)
    with pytest.raises(SettingsError, match="mine is no run of a sim: move it away"):
        fresh_runs(tmp_path)
    assert listing(tmp_path) == before
