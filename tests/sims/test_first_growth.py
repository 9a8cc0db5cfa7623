"""The first sim end to end, in its smallest version."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from graphgrow.errors import GraphgrowError, RuleError, SettingsError
from graphgrow.store.run import Run
from sims.first_growth import CONTROLS, FirstGrowth, plan
from sims.parts.common import fresh_runs, guarded
from tests.train.runs import listing, module

SMALL = FirstGrowth(task="xor", rules="random,gradient", hidden=(6, 5), start_density=0.4, epochs=1, seeds=2)


def test_a_smoke_run_writes_a_report_with_figures_and_both_controls(tmp_path: Path) -> None:
    rules = "extrema_topped_up,random"
    done = module("sims.first_growth", "--smoke", "--task", "xor", "--rules", rules, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    report = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    names = [path.name for path in (tmp_path / "out").iterdir()]
    pictures = {kind: {Path(name).stem for name in names if name.endswith(kind)} for kind in (".png", ".svg")}
    assert pictures[".png"] == pictures[".svg"] != set()
    assert all(f"{picture}.png" in report for picture in pictures[".png"])
    for rule in (*CONTROLS, *rules.split(",")):
        assert rule in report
        assert rule in done.stdout
    assert str(tmp_path) not in report
    runs = {path.name: Run.open(path) for path in (tmp_path / "out" / "runs").iterdir()}
    assert set(runs) == {f"relu-{rule}-0" for rule in (*CONTROLS, *rules.split(","))}
    assert all(run.finished for run in runs.values())
    start, full = runs["relu-static-0"], runs["relu-static_at_budget-0"]
    assert full.start().edges == full.final().edges == 4 * start.final().edges


def test_an_unknown_rule_is_one_line_and_writes_nothing(tmp_path: Path) -> None:
    done = module("sims.first_growth", "--smoke", "--rules", "nonesuch", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.startswith("error: unknown rule 'nonesuch': expected one of")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_every_rule_and_control_gets_the_same_seeds_and_starts() -> None:
    jobs = plan(SMALL)
    assert [name for name, _ in jobs] == [
        f"{activation}-{rule}-{seed}"
        for activation in ("relu", "sigmoid")
        for seed in (0, 1)
        for rule in (*CONTROLS, "random", "gradient")
    ]
    made = dict(jobs)
    budgets = {settings.growth.budget for name, settings in jobs if "-static-" not in name}
    assert len(budgets) == 1
    assert made["relu-static-0"].growth.budget == 0
    assert made["relu-static_at_budget-1"].start.edges in budgets
    starts = {settings.start for name, settings in jobs if "at_budget" not in name and name.startswith("relu")}
    assert len(starts) == 1
    assert all(settings.label in name for name, settings in jobs if settings.label)


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"rules": ""}, SettingsError, "rules: expected names joined by commas"),
        ({"rules": "random,nope"}, RuleError, "unknown rule 'nope'"),
        ({"seeds": 0}, SettingsError, "seeds: expected 1 or more, got 0"),
        ({"budget": 2}, SettingsError, "budget of 2 edges is below the"),
        ({"activations": "step"}, SettingsError, r"start\.activation: expected"),
        ({"task": "nope"}, SettingsError, "task: expected one of"),
    ],
)
def test_what_cannot_be_compared_is_refused(change: dict[str, object], kind: type[GraphgrowError], words: str) -> None:
    with pytest.raises(kind, match=words):
        plan(replace(SMALL, **change))  # type: ignore[arg-type]


def test_a_folder_of_something_else_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "runs" / "mine").mkdir(parents=True)
    (tmp_path / "runs" / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(SettingsError, match="is no run of a sim: move it away"):
        fresh_runs(tmp_path)
    assert listing(tmp_path) == {"runs/mine/notes.txt": b"keep"}


def test_a_guarded_error_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(config: FirstGrowth) -> None:
        raise SettingsError(f"{config.task}\n  over lines")

    def stop(config: FirstGrowth) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.argv", ["sim", "--task", "broken"])
    assert guarded(fail, FirstGrowth, "a sim") == 2
    assert capsys.readouterr().err == "error: broken over lines\n"
    assert guarded(lambda config: None, FirstGrowth, "a sim") == 0
    assert guarded(stop, FirstGrowth, "a sim") == 130
