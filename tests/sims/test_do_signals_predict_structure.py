"""The sim about signals and structure, in its smallest version, and its statistics on events that are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graphgrow.errors import GraphgrowError
from graphgrow.growth import registry
from graphgrow.store.run import Run
from graphgrow.train.execute import execute
from sims.do_signals_predict_structure import DoSignalsPredictStructure, main, plan, question
from sims.parts.signal_figures import strongest
from sims.parts.signal_rules import SHELF, SIGNALS, ByLot
from sims.parts.signal_tables import CONTROL, Events, Question, beyond, by_seed, cells, hypothesis, on_average
from sims.parts.structure_changes import FOLLOWING, METRICS, changes, structure
from tests.train.runs import module

SMALL = replace(DoSignalsPredictStructure(), smoke=True, seeds=2, image_seeds=0, epochs=14, rules="gradient")
BARE = """from dataclasses import replace
from graphgrow.growth.triggers import Every
from sims.parts.signal_rules import SHELF

RULES = {"bare": replace(SHELF["gradient"], trigger=Every(1))}
"""
ASKED = Question(("signal", "noise"), ("change",), shuffles=200)


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("signals") / "out"
    main(replace(SMALL, out=out))
    return out


def test_a_smoke_run_writes_verdicts_tables_and_figures(smoke: Path) -> None:
    report = (smoke / "report.md").read_text(encoding="utf-8")
    for words in ("1: extrema predict", "2: criticality predicts", "3: changes of structure", "control that must hold"):
        assert words in report
    assert "The strongest pair, selected" in report
    pictures = sorted(path.name for path in smoke.glob("*.png"))
    assert [name.split("_digits")[0] for name in pictures][:1] == ["partial_correlations"]
    assert len(pictures) == 2
    assert all(picture in report for picture in pictures)
    assert str(smoke) not in report


def test_every_event_has_its_signals_and_its_change_of_structure(smoke: Path) -> None:
    run = Run.open(next(path for path in sorted((smoke / "runs").iterdir()) if "gradient" in path.name))
    found, events = changes(run), run.events()
    assert found["event"].tolist() == [event.number for event in events]
    assert len(events) == 10
    before, after = structure(run.graph(2).wiring), structure(run.graph(3).wiring)
    assert found["efficiency"][2] == abs(after["efficiency"] - before["efficiency"])
    assert found[list(METRICS)].notna().all(axis=None)
    told = events[3].notes["signals"]
    assert isinstance(told, dict)
    assert {name: found[name][3] for name in ("extrema share", "information")}.items() <= told.items()
    assert found["gradient shift"].notna().tolist() == [False] * 5 + [True] * 5
    scores = {row["epoch"]: row["test_accuracy"] for row in run.rows()}
    assert found[FOLLOWING][4] == scores[6] - scores[5]


def test_recording_changes_nothing_but_the_notes(tmp_path: Path) -> None:
    case = next(case for case in plan(SMALL) if case.label == "gradient")
    settings = replace(case.settings, fit=replace(case.settings.fit, epochs=4))
    file = tmp_path / "bare.py"
    file.write_text(BARE, encoding="utf-8")
    bare = replace(settings.growth, rule="bare", rules_path=str(file))
    runs = [
        execute(settings, tmp_path / "recorded").run,
        execute(replace(settings, growth=bare), tmp_path / "plain").run,
    ]
    first, second = (run.final() for run in runs)
    assert first.wiring.same(second.wiring)
    assert (first.weight == second.weight).all()


def test_amounts_by_lot_meet_the_budget_and_do_not_follow_time(smoke: Path) -> None:
    runs = [Run.open(path) for path in sorted((smoke / "runs").iterdir())]
    assert len({run.final().edges for run in runs}) == 1
    sizes = [event.added for event in runs[0].events()]
    assert len(set(sizes)) > 3
    with pytest.raises(GraphgrowError, match="spread"):
        ByLot(1.0)


def events(rule: str, seed: int, link: float, count: int = 24) -> Events:
    """Signals and changes that share a course of time, and beyond it are linked as strongly as said."""
    rng = np.random.default_rng([seed, len(rule)])
    time, signal = np.arange(count), rng.standard_normal(count)
    course = 10 * (time - 8.0) ** 2 / count**2
    change = course + link * signal + rng.standard_normal(count)
    rows = {"event": time, "added": rng.integers(10, 40, count), "signal": course + signal, "change": change}
    return Events(rule, seed, pd.DataFrame({**rows, "noise": course + rng.standard_normal(count)}))


def study(link: float) -> list[Events]:
    return [events(rule, seed, link * (rule != CONTROL)) for rule in ("a", "bb", CONTROL) for seed in range(8)]


def test_a_link_is_found_and_a_shared_course_of_time_is_none() -> None:
    runs = study(2.0)
    found = cells(runs, ASKED).set_index("signal")
    assert (found["plain"] > 0.3).all()
    assert found["verdict"].tolist() == ["supported", "undecided"]
    assert found["differs"].tolist() == [True, False]
    assert abs(found["borrowed"]["signal"]) < 0.25 > abs(found["control"]["signal"])
    assert strongest(found.reset_index()) == ("signal", "change")
    table = found.reset_index()
    assert hypothesis(table, "it", ["signal"], ASKED).verdict.value == "supported"
    assert on_average(runs, "it", ["signal"], ASKED).verdict.value == "supported"
    claims = beyond(runs, ASKED, "signal", "change")
    assert [claim.verdict.value for claim in claims] == ["supported", "supported"]
    assert all("before Holm over 2 cells" in claim.evidence for claim in claims)


def test_a_link_against_the_prediction_refutes_it() -> None:
    runs = study(-2.0)
    found = cells(runs, ASKED)
    assert hypothesis(found, "it", ["signal"], ASKED).verdict.value == "refuted"
    assert on_average(runs, "it", ["signal"], ASKED).verdict.value == "refuted"
    assert hypothesis(found, "it", ["nothing"], ASKED).verdict.value == "undecided"


def test_borrowed_signals_are_those_of_another_seed() -> None:
    runs = [events("a", seed, 3.0) for seed in range(2)]
    own, borrowed = by_seed(runs, ASKED), by_seed(runs, ASKED, borrowed=True)
    assert list(own) == list(borrowed) == [0, 1]
    assert own[0][0, 0] > 1 > borrowed[0][0, 0]
    assert by_seed(runs[:1], ASKED, borrowed=True) == {}


def test_rules_share_seeds_and_budgets() -> None:
    cases = plan(replace(SMALL, smoke=False, rules="gradient,rigl"))
    assert [case.label for case in cases[:3]] == ["gradient", "rigl", "random"]
    assert {case.settings.seed for case in cases} == {5, 6}
    assert len({case.settings.growth.budget for case in cases}) == 1
    assert {f"recorded_{name}" for name in SHELF} <= set(registry.names(registry.place("sims.parts.signal_rules")))
    assert question(SMALL).signals == SIGNALS


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rules": "nonesuch"}, "rules: expected some of extrema_topped_up"),
        ({"rules": "random"}, "rules: expected some of"),
        ({"seeds": 0}, "1 seed or more"),
        ({"margin": 1.0}, "margin: expected a correlation"),
    ],
)
def test_what_cannot_be_asked_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(GraphgrowError, match=words):
        plan(replace(SMALL, **change))  # type: ignore[arg-type]


def test_wrong_input_is_one_line(tmp_path: Path) -> None:
    done = module("sims.do_signals_predict_structure", "--rules", "nonesuch", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.startswith("error: rules: expected some of")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
