"""The sim epsilon_ball end to end, in its smallest version."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis.statistics import Verdict
from graphgrow.errors import SettingsError
from graphgrow.store.run import Run
from sims.epsilon_ball import EpsilonBall, plan, sized
from sims.parts import ball_tables
from tests.train.runs import module


def test_a_smoke_run_judges_draws_and_meets_its_budgets(tmp_path: Path) -> None:
    done = module("sims.epsilon_ball", "--smoke", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    report = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    pictures = {path.name for path in (tmp_path / "out").glob("*.png")}
    assert len(pictures) == 2
    assert all(name in report for name in pictures)
    for words in (
        "unit Gaussian",
        "Gaussian of each neuron",
        "edges per ask",
        "eps (1 - eps)",
        "at equal edges",
        "own stop",
    ):
        assert words in report
    assert report.count("UNDECIDED") == 17
    assert str(tmp_path) not in report
    assert "Left out: not at the edges" not in report
    runs = [Run.open(path) for path in (tmp_path / "out" / "runs").iterdir()]
    assert len(runs) == 17
    full = [run for run in runs if run.path.name.split("-")[-2].startswith(("topped_up", "random", "static_at"))]
    assert {run.final().edges for run in full} == {1292}


def test_all_rules_of_a_seed_begin_alike() -> None:
    cases = plan(EpsilonBall(tasks="digits:200", seeds=2))
    starts = {case.settings.start for case in cases}
    assert len(starts) == 1
    assert {case.settings.seed for case in cases} == {0, 1}
    assert len({case.name for case in cases}) == len(cases) == 34


def test_folders_of_versions_differ() -> None:
    outs = [sized(config).out for config in (EpsilonBall(), EpsilonBall(smoke=True), EpsilonBall(full=True))]
    assert len(set(outs)) == 3
    assert sized(EpsilonBall(full=True, out=Path("mine"))).out == Path("mine")


def test_wrong_input_is_one_line(tmp_path: Path) -> None:
    done = module("sims.epsilon_ball", "--tasks", "nope", "--out", tmp_path / "out")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not (tmp_path / "out").exists()
    with pytest.raises(SettingsError, match="seeds: expected 1 or more"):
        EpsilonBall(seeds=0)


def test_growth_of_nothing_has_no_ratio() -> None:
    same = {"asks": 10, "data": "made up"}
    rows = [
        {**same, "rule": rule, "seed": seed, "per_ask": 0.0} for rule in ("alone_20", "alone_05") for seed in (0, 1)
    ]
    more, times = ball_tables._growth(pd.DataFrame(rows), "made up")
    assert (more.verdict, times.verdict) == (Verdict.REFUTED, Verdict.UNDECIDED)
    assert "identical in every pair" in more.evidence
    grew = pd.DataFrame(rows).assign(per_ask=[20.0, 24.0, 1.0, 0.0])
    more, times = ball_tables._growth(grew, "made up")
    assert "2 pairs" in times.evidence
