"""The sim about when to grow, in its smallest version."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graphgrow.errors import GraphgrowError, SettingsError
from graphgrow.growth import registry
from graphgrow.growth.rule import describe
from graphgrow.store.run import Run
from sims.growth_timing import GrowthTiming, judge, main, plan
from sims.parts.timing_rules import AMOUNTS, RULES, SIGNALS, TRIGGERS
from sims.parts.timing_tables import averaged, signal_epochs, signals_as_one, transitions, when
from tests.train.runs import module

SMALL = GrowthTiming(
    task="xor", triggers="every,saturation", amounts="declining", hidden=(6, 5), density=0.5, factor=1.5
)


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("timing") / "out"
    main(replace(SMALL, smoke=True, out=out))
    return out


def test_a_smoke_run_writes_verdicts_tables_and_figures(smoke: Path) -> None:
    report = (smoke / "report.md").read_text(encoding="utf-8")
    assert "signals, in the mean, beat every_10" in report
    assert all(heading in report for heading in ("## Economy", "## When and how much", "## Alignment"))
    pictures = sorted(path.name for path in smoke.glob("*.png"))
    assert pictures == ["gain_over_growth_at_every_epoch.png", "growth_events_and_information_transitions.png"]
    assert all(picture in report for picture in pictures)
    assert str(smoke) not in report
    assert "/sims/parts/timing_rules.py" not in report


def test_all_growing_runs_end_with_equal_edges_and_the_rest_comes_at_the_last_ask(smoke: Path) -> None:
    runs = {path.name: Run.open(path) for path in (smoke / "runs").iterdir()}
    grown = {name: run for name, run in runs.items() if not name.startswith("none")}
    assert len({run.final().edges for run in grown.values()}) == 1
    assert all(run.events()[-1].epoch <= 18 for run in grown.values())
    silent = grown["declining-relu-economy-0"]
    assert signal_epochs(silent) == []
    rows = when(["economy"], ["declining"], [silent])
    assert rows["last_ask_share"].tolist() == [1.0]
    assert all(1 <= epoch <= 18 for epoch in transitions(silent, 1))
    steps = [runs[f"{name}-0"].summary()["edge_steps"] for name in ("none-relu-static_equal_steps_as_every",)]
    assert float(str(steps[0])) == pytest.approx(
        float(str(grown["declining-relu-every-0"].summary()["edge_steps"])), 0.05
    )


def test_every_trigger_meets_every_amount_in_one_file_of_rules() -> None:
    assert len(RULES) == len(TRIGGERS) * len(AMOUNTS)
    file = Path(__file__).parents[2] / "sims" / "parts" / "timing_rules.py"
    entry = registry.load("natural_phase", file)
    assert registry.name_of(entry.rule) == "natural_phase"
    assert describe(entry.rule) == describe(RULES["natural_phase"])


def test_cases_share_seeds_budget_and_starts() -> None:
    cases = plan(SMALL)
    assert {case.settings.growth.budget for case in cases if case.label != "static"} == {39}
    assert [case.label for case in cases[:5]] == ["static", "static_at_budget", "every", "saturation", "static"]
    assert {case.settings.seed for case in cases} == {0, 1, 2, 3}


def test_claims_come_from_the_table() -> None:
    rows = [
        {"task": "t", "metric": "accuracy", "activation": "relu", "rule": rule, "seed": seed, "amount": amount}
        | dict.fromkeys(("validation", "edges", "neurons", "edge_steps", "seconds", "events"), 1.0)
        | {"test": level + 0.001 * seed + 0.0001 * (seed % 2) * (rule != "every")}
        for rule, level in (("every", 0.8), ("cit", 0.9), ("plateau", 0.7))
        for seed in range(4)
        for amount in ("a", "b")
    ]
    means = signals_as_one(averaged(pd.DataFrame(rows), "amount", "rule"), ["cit"])
    found = {claim.text: claim.verdict.value for claim in judge(means, ["cit", "plateau"], ["every"])}
    assert found["cit beats every (relu)"] == "supported"
    assert found["plateau beats every (relu)"] == "refuted"
    assert found["signals, in the mean, beat every (relu)"] == "supported"
    assert np.isclose(means[means["rule"] == "signals"]["test"].mean(), 0.90155)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"triggers": "never"}, "triggers: expected some of every"),
        ({"amounts": ""}, "amounts: expected some of declining"),
        ({"seeds": 0}, "1 seed or more"),
        ({"activation": "step"}, "activation: expected one of relu"),
        ({"factor": 1.0}, "a factor above 1"),
    ],
)
def test_what_cannot_be_compared_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(GraphgrowError, match=words):
        plan(replace(SMALL, **change))  # type: ignore[arg-type]


def test_wrong_input_is_one_line(tmp_path: Path) -> None:
    done = module("sims.growth_timing", "--triggers", "nonesuch", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.startswith("error: triggers: expected some of every")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_signals_are_no_periodic_triggers() -> None:
    assert not {"every", "every_10"} & set(SIGNALS)
    with pytest.raises(SettingsError):
        plan(replace(SMALL, triggers="every,sometimes"))
