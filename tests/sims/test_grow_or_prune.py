"""Growing against pruning: a smoke run, and the costs that are made equal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from graphgrow.errors import SettingsError
from sims.grow_or_prune import (
    CELL,
    FLAGSHIP,
    GROWING,
    PRUNING,
    VARIANTS,
    WHOLE,
    GrowOrPrune,
    cheaper,
    comparable,
    contrasts,
    dearer,
    plan,
    sized,
    verdicts,
    with_ceiling,
)
from sims.parts.contrasts import contrast_table
from sims.parts.equal_cost import edge_steps, saving_claims, savings
from sims.parts.tolerant import Attempt, attempt
from tests.train.runs import module


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Attempt:
    config = replace(sized(GrowOrPrune(smoke=True)), seeds=1, epochs=6)
    cases = [case for case in plan(config) if case.label in (FLAGSHIP, "gradient", WHOLE)]
    return attempt(cases, tmp_path_factory.mktemp("runs"), 1)


def test_a_smoke_run_writes_verdicts_tables_and_figures(tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = module("sims.grow_or_prune", "--smoke", "--out", out)
    assert ran.returncode == 0, ran.stderr
    report = (out / "report.md").read_text(encoding="utf-8")
    for name in ("H1", "H2", "H3", "H4", "H5"):
        assert f"\n## {name}: " in report
    pictures = {path.name for path in out.glob("*.png")}
    assert pictures == {"cost_at_equal_epochs.png", "cost_at_equal_edge_steps.png", "ranking.png"}
    assert all(name in report for name in pictures)
    # Pruning and growing of the same cost end at the same edges, or they would be left out.
    assert "gradient_longer beats dense_then_prune_short" in report
    assert "gradient_longest beats dense_then_prune (30 %, relu)" in report
    assert "What could not run" not in report
    assert str(tmp_path) not in report


def test_pruning_is_cut_to_the_cost_of_growing(done: Attempt) -> None:
    grown = {case.label: run for case, run in zip(done.cases, done.runs, strict=True)}
    short = {case.label: case.settings for case in cheaper(done)}
    fair = 6 * edge_steps(grown[FLAGSHIP]) / edge_steps(grown[WHOLE])
    held = short[f"{WHOLE}_short"]
    assert held.fit.epochs == max(1, round(fair))
    assert held.growth.budget == grown[WHOLE].final().edges
    # As many asks: one an epoch in six epochs, or in proportion.
    steps = int(str(grown[WHOLE].rows()[-1]["step"])) / 6
    assert held.growth.ask_every == max(1, round(steps * held.fit.epochs / 6))
    assert f"static_equal_steps_as_{FLAGSHIP}" in short


def test_growing_longer_costs_what_pruning_did(done: Attempt, tmp_path: Path) -> None:
    both = done.joined(attempt(cheaper(done), tmp_path, 1))
    found = {case.label: case for case in dearer(both, 1000)}
    assert set(found) == {f"{rule}_{word}" for rule in (FLAGSHIP, "gradient") for word in ("longer", "longest")}
    long = attempt([found["gradient_longest"]], tmp_path, 1)
    wanted = next(edge_steps(run) for case, run in zip(done.cases, done.runs, strict=True) if case.label == WHOLE)
    assert edge_steps(long.runs[0]) == pytest.approx(wanted, rel=0.1)
    assert dearer(both, 1) == []


def test_the_dense_network_runs_once_per_seed_and_stands_in_every_cell() -> None:
    cases = plan(sized(GrowOrPrune(seeds=2)))
    assert sum(case.label == "dense" for case in cases) == 2
    assert len(cases) == 2 * (4 * len(VARIANTS) + 1)
    frame = pd.DataFrame({"share": ["1 %", "2 %", "1 %"], "rule": ["rigl", "rigl", "dense"], "test": [0.1, 0.2, 0.9]})
    held = with_ceiling(frame)
    assert list(held.loc[held["rule"] == "dense", "share"]) == ["1 %", "2 %"]


def test_what_missed_its_budget_is_told_of_as_undecided() -> None:
    same = {"share": "1 %", "task": "made up", "metric": "accuracy", "activation": "relu", "budget": 100.0}
    ends = ((FLAGSHIP, 90), ("gradient", 100), (WHOLE, 100), ("prune_by_scale", 100))
    rows = [
        {**same, "rule": rule, "edges": edges, "seed": seed, "test": 0.9 + 0.01 * seed, "edge_steps": 10}
        for rule, edges in ends
        for seed in (0, 1)
    ]
    frame = pd.DataFrame(rows)
    found = {name: contrast_table(comparable(frame), kinds, CELL) for name, kinds in contrasts().items()}
    told = {claim.text: claim.evidence for section in verdicts(frame, found) for claim in section.claims}
    open_ones = [evidence for text, evidence in told.items() if text.startswith(FLAGSHIP)]
    assert open_ones == [f"no pair at equal edges: {FLAGSHIP} fell short of the budget"] * 2
    assert "identical in every pair" in told["gradient ends less than 0.5 points below dense_then_prune (1 %, relu)"]


def test_savings_are_pairs_by_seed() -> None:
    rows = [
        {"share": "1 %", "rule": rule, "seed": seed, "edge_steps": cost * (seed + 1), "seconds": float(cost)}
        for rule, cost in ((FLAGSHIP, 10), ("gradient", 5), (WHOLE, 50), ("prune_by_scale", 50))
        for seed in (0, 1)
    ]
    found = savings(pd.DataFrame(rows[::-1]), GROWING, PRUNING)
    first = found[(found["growing"] == FLAGSHIP) & (found["pruning"] == WHOLE)].iloc[0]
    assert first["edge_steps"] == pytest.approx((40 + 80) / 2)
    assert first["factor_edge_steps"] == pytest.approx(5)
    assert (first["seconds"], first["pairs"]) == (40, 2)
    # Fewer edge-steps follow from how they are counted, so that nothing is claimed of them.
    assert all("less wall time" in claim.text for claim in saving_claims(found))


@pytest.mark.parametrize("shares", [(), (0.002,), (0.5, 1.5)])
def test_budgets_that_make_no_sense_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(SettingsError, match="shares: expected shares above the start"):
        plan(sized(GrowOrPrune(shares=shares)))


def test_sizes_of_the_complete_study_can_be_set() -> None:
    full = sized(GrowOrPrune(full=True, epochs=7))
    assert (full.seeds, full.epochs, full.out) == (5, 7, GrowOrPrune().out / "full")


def test_wrong_input_is_one_line(tmp_path: Path) -> None:
    ran = module("sims.grow_or_prune", "--start", "0.5", "--out", tmp_path / "out")
    assert ran.returncode == 2
    assert ran.stderr.startswith("error: shares: ")
    assert ran.stderr.count("\n") == 1
