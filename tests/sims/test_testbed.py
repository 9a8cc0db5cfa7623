"""The testbed end to end, in its smallest version."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from graphgrow.errors import GraphgrowError, RuleError, SettingsError
from graphgrow.store.run import Run
from sims.testbed import AXES, HypothesisTestbed, main, plan

SMALL = HypothesisTestbed(task="digits:200", smoke=True)


def test_a_smoke_run_writes_a_report_with_every_combination(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(replace(SMALL, out=tmp_path))
    report = (tmp_path / "report.md").read_text(encoding="utf-8")
    for words in ("growth and learning rule combine additively", "0 of 16 runs met", "test_accuracy_of_every_comb"):
        assert words in report
    assert str(tmp_path) not in report
    assert "8 populations" in capsys.readouterr().out
    runs = {path.name: Run.open(path) for path in (tmp_path / "runs").iterdir()}
    assert len(runs) == 16
    for name, run in runs.items():
        cloned, grew = "-clones-" in name, name.startswith("gradient")
        assert run.finished
        # A local loss may leave all of so few neurons without a gradient, and nothing to clone.
        if "backpropagation" in name:
            assert (run.final().neurons > run.start().neurons) == cloned
            assert (run.final().edges > run.start().edges) == (cloned or grew)
        assert run.settings["fit"]["learning"] in name  # type: ignore[index,call-overload,operator]


def test_combinations_of_a_seed_share_all_but_their_axes() -> None:
    jobs = plan(HypothesisTestbed(task="digits:200", seeds=2))
    assert len(jobs) == len({name for name, _ in jobs}) == 2 * 5 * 4 * 2
    assert len({(made.task, made.optimizer, made.fit.epochs, made.fit.batch) for _, made in jobs}) == 1
    starts = {name.split("-")[1]: made.start.density for name, made in jobs}
    assert starts == {"dense": 1.0, "sparse": 0.05, "skips": 0.05, "clones": 0.05}
    assert all(
        name == f"{made.label}-{made.seed}" and len(str(made.label).split("-")) == len(AXES) for name, made in jobs
    )


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"growth": ""}, SettingsError, "growth: expected names joined by commas"),
        ({"growth": "nope"}, RuleError, "unknown rule 'nope'"),
        ({"growth": "rigl", "connectivity": "clones"}, RuleError, "unknown rule 'clones_rigl'"),
        ({"connectivity": "woven"}, SettingsError, "connectivity: expected some of dense, sparse"),
        ({"learning": "hebb"}, SettingsError, "expected one of backpropagation, forward_forward"),
        ({"seeds": 0}, SettingsError, "seeds: expected 1 or more, got 0"),
    ],
)
def test_what_cannot_be_compared_is_refused(change: dict[str, object], kind: type[GraphgrowError], words: str) -> None:
    with pytest.raises(kind, match=words):
        plan(replace(SMALL, **change))  # type: ignore[arg-type]
