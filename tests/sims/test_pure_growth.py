"""The sim of growth without limits, in its smallest version."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from graphgrow.errors import SettingsError
from graphgrow.growth.parts import UNLIMITED, Room
from graphgrow.store.run import Run
from sims.parts.pure_rules import GUARDS, RULES, InTurn
from sims.parts.pure_tables import (
    course,
    ending,
    growth_table,
    judge,
    more_than_static,
    noise_of_seeds,
    size_by_complexity,
)
from sims.pure_growth import PureGrowth, main, plan
from tests.growth.worlds import WORLDS, make, view_of
from tests.train.runs import module

SMALL = PureGrowth(tasks="xor,parity:4", starts="tiny", activations="relu", seeds=1)


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pure") / "out"
    main(replace(PureGrowth(smoke=True), out=out))
    return out


def test_a_smoke_run_writes_verdicts_tables_and_figures(smoke: Path) -> None:
    report = (smoke / "report.md").read_text(encoding="utf-8")
    assert "growth stops by itself in more than half of the runs" in report
    assert "Noise of seeds" in report
    pictures = sorted(path.name for path in smoke.glob("*.png"))
    assert pictures == ["accuracy_over_edges.png", "extrema_and_neurons_by_event.png"]
    assert all(picture in report for picture in pictures)
    assert str(smoke) not in report


def test_runs_are_read_as_they_ended(smoke: Path) -> None:
    config = replace(PureGrowth(), tasks="xor,parity:4,digits:200", starts="tiny", activations="relu", guard="tiny")
    cases = plan(config)
    runs = [Run.open(smoke / "runs" / case.name) for case in cases]
    rows = growth_table(cases, runs)
    assert set(rows[rows["mechanism"] == "static"]["ended"]) == {"never grew"}
    assert set(rows["ended"]) <= {"never grew", "memory", "still growing", "no extrema"}
    at = next(at for at, run in enumerate(runs) if ending(run) == "memory")
    assert runs[at].final().edges >= GUARDS["tiny"].edges
    walk = course(runs[at])
    assert walk.neurons[-1] == rows["hidden"][at] == runs[at].final().neurons - runs[at].start().neurons + 10
    assert len(walk.extrema) == len(runs[at].events()) == rows["events"][at]


def test_all_mechanisms_begin_with_the_network_that_never_grows() -> None:
    cases = plan(SMALL)
    assert [case.label for case in cases] == ["static", "vertical", "horizontal", "both"] * 2
    assert len({case.settings.start for case in cases[:4]}) == 1
    assert {case.settings.growth.budget for case in cases} == {0}


def test_structures_take_turns() -> None:
    view = view_of(make(WORLDS["sigmoid layered"]))
    scores = (view.read().wiring.role == 1).astype("float32")
    made = InTurn()(view, scores, None, Room())
    assert made.groups == InTurn().first(view, scores, None, Room(UNLIMITED)).groups
    assert all(not rule.needs_budget for rule in RULES.values())


def table(**columns: list[object]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    base = {
        "start": "tiny",
        "activation": "relu",
        "seed": 0,
        "mechanism": "vertical",
        "ended": "no extrema",
        "events": 9,
    }
    extra = {"hidden": 5, "test": 0.9, "fall": 0.0, "power": 0.0, "power share": 0.0, "three phases": 0.0}
    return pd.DataFrame({**{name: [value] * count for name, value in (base | extra).items()}, **columns})


def test_verdicts_follow_from_the_rows() -> None:
    tasks = ["a", "b", "c", "d"]
    rows = table(task=tasks, power=[3.0, 4.0, 3.5, 3.9])
    rows["three phases"] = [-1.0, 0.5, 0.0, -2.0]
    found = {claim.text.split(": ")[1].split(" (")[0]: claim.verdict.value for claim in judge(rows)}
    assert found["growth stops by itself in more than half of the runs"] == "supported"
    assert found["HIGH extrema decay as a power law"] == "supported"
    assert found["growth has three phases, each slower"] == "refuted"
    assert judge(rows.assign(events=0)) == []


def test_a_fall_counts_where_static_falls_less() -> None:
    rows = table(task=["a", "a", "b", "b"], mechanism=["static", "vertical"] * 2, fall=[0.01, 0.05, 0.02, 0.02])
    assert more_than_static(rows, "vertical") == pytest.approx([0.04, 0.0])
    both = pd.concat([rows, rows.assign(seed=1, test=0.8)])
    assert noise_of_seeds(both) == pytest.approx(0.1 / 2**0.5)


def test_size_follows_tasks_only_where_growth_was_not_cut_off() -> None:
    tasks = ["a", "b", "c"]
    rows = table(task=tasks, hidden=[5, 9, 20])
    made, claims = size_by_complexity(rows, tasks)
    assert made["groups that count"].tolist() == [1]
    assert "exact p of median sizes 0.167" in claims[0].evidence
    cut = rows.assign(ended=["memory", "memory", "no extrema"])
    made, claims = size_by_complexity(cut, tasks)
    assert made["groups that count"].tolist() == [0]
    assert claims == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mechanisms": "sideways"}, "mechanisms: expected vertical, horizontal, both"),
        ({"starts": ""}, "starts: expected tiny"),
        ({"guard": "none"}, "guard: expected tiny"),
        ({"seeds": 0}, "seeds: expected 1 or more"),
        ({"tasks": "nothing"}, "task: expected one of"),
    ],
)
def test_what_cannot_be_run_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        plan(replace(SMALL, **change))  # type: ignore[arg-type]


def test_wrong_input_is_one_line(tmp_path: Path) -> None:
    done = module("sims.pure_growth", "--activations", "step", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.startswith("error: activations: expected relu")
    assert done.stderr.count("\n") == 1
