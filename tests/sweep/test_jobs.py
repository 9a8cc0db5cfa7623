"""Lists of jobs: the same bits anywhere, kept or resumed on a second start, and errors that name the job."""

from __future__ import annotations

import shutil
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import Any

import numba
import pytest
import torch

from graphgrow.errors import SettingsError, SweepError
from graphgrow.settings import GrowthSettings, OptimizerSettings
from graphgrow.store.run import Run
from graphgrow.sweep.executors import Inline, processes
from graphgrow.sweep.jobs import Job, Result, attempt_jobs, run_jobs
from graphgrow.sweep.telling import Lines
from graphgrow.sweep.work import How, one_thread
from graphgrow.train.execute import execute
from tests.sweep.tiny import cut_off, job_settings, jobs, prints, whole
from tests.train.runs import listing


@pytest.fixture(scope="module")
def inline(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    return run_jobs(jobs(), tmp_path_factory.mktemp("inline"))


@pytest.fixture
def folder(inline: list[Run], tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(inline[0].path.parent, tmp_path / "copy"))


def test_runs_come_in_the_order_of_the_jobs_and_are_those_of_execute(inline: list[Run], tmp_path: Path) -> None:
    assert [run.path.name for run in inline] == [job.name for job in jobs()]
    alone = [execute(job.settings, tmp_path / job.name).run for job in jobs()]
    assert prints(inline) == prints(alone)


def test_processes_make_the_same_bits_and_resume(folder: Path, inline: list[Run]) -> None:
    cut_off(Run.open(folder / "gradient-5"))
    shutil.rmtree(folder / "random-5")
    lines: list[str] = []
    made = run_jobs(jobs(), folder, workers=2, told=Lines(4, lines.append))
    assert prints(made) == prints(inline)
    assert {line[:5] for line in lines} == {f"[{number}/4]" for number in (1, 2, 3, 4)}
    ended = {line[6:].split(":")[0]: line.split(": ")[1] for line in lines}
    assert ended["random-5"].startswith("done")
    assert ended["gradient-5"].startswith("resumed and done")
    assert ended["rigl-5"].startswith("kept from an earlier start")


def test_a_second_start_touches_nothing(folder: Path) -> None:
    before = listing(folder)
    results = attempt_jobs(jobs(), folder)
    assert [result.how for result in results] == [How.KEPT] * 4
    assert listing(folder) == before


def test_what_was_cut_off_goes_on_to_the_same_bits(folder: Path, inline: list[Run]) -> None:
    for name in ("random-5", "rigl-5"):
        cut_off(Run.open(folder / name))
    results = attempt_jobs(jobs(), folder)
    assert [result.how for result in results] == [How.RESUMED, How.KEPT, How.KEPT, How.RESUMED]
    assert prints([result.run for result in results if result.run]) == prints(inline)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 6}, "seed is 5 there, 6 here"),
        ({"growth": GrowthSettings(rule="random", budget=40)}, r"growth\.budget is \d+ there, 40 here"),
        ({"label": "mine"}, "label is none there, mine here"),
    ],
)
def test_other_settings_under_the_same_name_are_refused(change: dict[str, Any], words: str, folder: Path) -> None:
    other = Job("random-5", replace(job_settings(), **change))
    before = listing(folder / "random-5")
    with pytest.raises(SweepError, match=rf"job random-5: .*other settings \({words}\): choose another folder"):
        run_jobs([other, *jobs()[1:]], folder)
    assert listing(folder / "random-5") == before


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "random-5").mkdir()
    (tmp_path / "random-5" / "notes.txt").write_text("mine")
    with pytest.raises(SweepError, match=r"job random-5: .*holds no run"):
        run_jobs(jobs(["random"]), tmp_path)
    assert listing(tmp_path) == {"random-5/notes.txt": b"mine"}


def test_a_job_that_fails_is_named_after_the_others_are_finished(tmp_path: Path) -> None:
    wild = OptimizerSettings(name="SGD", learning_rate=1e30)
    given = [Job("wild", job_settings(optimizer=wild)), Job("nope", job_settings("nope")), *jobs(["random"])]
    lines: list[str] = []
    with pytest.raises(SweepError, match=r"job wild: .*lower the learning rate.*; 1 more failed: nope$"):
        run_jobs(given, tmp_path, told=Lines(3, lines.append))
    assert whole(tmp_path) == ["random-5"]
    assert lines[1].startswith("[2/3] nope: failed: unknown rule")
    results = attempt_jobs(given, tmp_path)
    assert [type(result.error).__name__ for result in results] == ["DivergedError", "RuleError", "NoneType"]


def test_a_fault_of_ours_is_not_dressed_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(*arguments: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("graphgrow.sweep.work.execute", faulty)
    with pytest.raises(ZeroDivisionError, match="ours") as caught:
        run_jobs(jobs(["random"]), tmp_path)
    assert caught.value.__notes__ == ["in job random-5"]


def test_an_interrupt_stops_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def stop(*arguments: object) -> None:
        asked.append(arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr("graphgrow.sweep.work.execute", stop)
    with pytest.raises(KeyboardInterrupt):
        run_jobs(jobs(), tmp_path)
    assert len(asked) == 1


class Lost(Executor):
    """Its only worker dies, or works where nobody sees it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error

    def submit(self, work: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.error is None:
            future.set_result(How.RUN)
        else:
            future.set_exception(self.error)
        return future


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BrokenProcessPool("terminated abruptly"), "its worker was lost .*give fewer workers if memory ran out"),
        (None, "is not there: workers on other machines need a folder that all of them share"),
    ],
)
def test_workers_that_are_lost(error: BaseException | None, words: str, tmp_path: Path) -> None:
    with pytest.raises(SweepError, match=rf"job random-5: .*{words}"):
        run_jobs(jobs(["random"]), tmp_path, Lost(error))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a", "a"], "two jobs are called a: give every job a name of its own"),
        (["a/b"], "job 'a/b': expected the name of a folder"),
        ([""], "job '': expected the name of a folder"),
        (["."], r"job '\.': expected the name of a folder"),
        ([".."], r"job '\.\.': expected the name of a folder"),
    ],
)
def test_names_that_are_no_folders(names: list[str], words: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=words):
        run_jobs([Job(name, job_settings()) for name in names], tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("workers", [0, -1])
def test_workers_that_cannot_be(workers: int, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"workers: expected 1 or more, got {workers}"):
        processes(workers)
    with pytest.raises(SettingsError, match="workers: expected 1 or more"):
        run_jobs(jobs(), tmp_path, workers=workers)


def test_what_a_kill_left_half_made_is_cleared(tmp_path: Path) -> None:
    for name in (".random-5.1f.partial", ".random-55.1f.partial"):
        (tmp_path / name).mkdir()
    run_jobs(jobs(["random"]), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".random-55.1f.partial", "random-5"]


def test_no_jobs_are_no_work(tmp_path: Path) -> None:
    assert run_jobs([], tmp_path, workers=4) == []


def test_threads_are_put_back() -> None:
    before = numba.get_num_threads(), torch.get_num_threads()
    with one_thread():
        assert (numba.get_num_threads(), torch.get_num_threads()) == (1, 1)
    assert (numba.get_num_threads(), torch.get_num_threads()) == before


def test_runs_of_other_code_are_told(folder: Path) -> None:
    file = folder / "random-5" / "manifest.json"
    file.write_text(file.read_text().replace('"numpy": "', '"numpy": "0.'))
    lines: list[str] = []
    (result,) = attempt_jobs(jobs(["random"]), folder)
    Lines(1, lines.append)(result)
    Lines(1, lines.append)(Result(result.job, result.run, How.RUN))
    assert "made by other code or packages" in lines[0]
    assert "other code" not in lines[1]


def test_the_future_of_a_call_holds_its_error() -> None:
    future = Inline().submit(int, "x")
    with pytest.raises(ValueError, match="invalid literal"):
        future.result()
