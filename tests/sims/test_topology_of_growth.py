"""Which structure growth makes: a smoke run, equal edges, lengths at birth, and claims of several parts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analysis.statistics import Interval, Mean, Verdict
from graphgrow.errors import SettingsError
from sims.parts.joint_claims import Joint, family_claims
from sims.parts.tolerant import Attempt, attempt
from sims.parts.topology_births import birth_claims, births_table, told, trends
from sims.parts.topology_plan import CELL, RULES, Part, cases, equal_edges, partners
from sims.parts.topology_rules import STARTS, STEM
from sims.parts.topology_tables import topology_claims
from sims.topology_of_growth import H1, TopologyOfGrowth, plan, sized
from tests.train.runs import module


@pytest.fixture(scope="module")
def part() -> Part:
    (held,) = plan(sized(TopologyOfGrowth(smoke=True)))
    return replace(held, seeds=2, rules=("random", "extrema_topped_up"))


@pytest.fixture(scope="module")
def done(part: Part, tmp_path_factory: pytest.TempPathFactory) -> Attempt:
    out = tmp_path_factory.mktemp("runs")
    first = attempt(cases(part), out, 1)
    return first.joined(attempt(equal_edges(first, [part]), out, 1))


def test_a_smoke_run_writes_verdicts_tables_and_figures(tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = module("sims.topology_of_growth", "--smoke", "--out", out)
    assert ran.returncode == 0, ran.stderr
    report = (out / "report.md").read_text(encoding="utf-8")
    for name in ("H1", "H2", "H3", "H4"):
        assert f"\n## {name}: " in report
    pictures = {path.name for path in out.glob("*.png")}
    assert any(name.startswith("edge_lengths") for name in pictures)
    assert {"small_world_plane.png", "hierarchy_plane.png"} <= pictures
    assert all(name in report for name in pictures)
    assert "square clustering under extrema_topped_up" in report
    assert "path before birth falls from event to event under extrema_topped_up" in report
    assert "What could not run" not in report
    assert str(tmp_path) not in report


def test_every_run_is_compared_with_random_growth_of_equal_edges_and_start(done: Attempt) -> None:
    by_name = {(case.label, case.settings.seed): run for case, run in zip(done.cases, done.runs, strict=True)}
    found = partners(done)
    compared = {key[-2:]: name for key, name in found.items() if key[-2] == "extrema_topped_up"}
    assert len(compared) == 2
    for (label, seed), name in compared.items():
        mine, theirs = by_name[str(label), int(str(seed))], by_name[name, int(str(seed))]
        assert mine.final().edges == theirs.final().edges
        assert mine.start().wiring.same(theirs.start().wiring)


def test_what_never_grew_has_no_partner(done: Attempt, part: Part, tmp_path: Path) -> None:
    still = attempt([part.case("extrema", 0, part.budget)], tmp_path, 1)
    assert still.runs[0].final().edges == still.runs[0].start().edges
    assert equal_edges(still, [part]) == []
    assert ("extrema", 0) not in {key[-2:] for key in partners(done.joined(still))}


def test_births_are_told_by_rule_and_judged_against_all_controls(done: Attempt) -> None:
    births = births_table(done)
    grown = {(case.label, case.settings.seed): run.final().edges - run.start().edges
             for case, run in zip(done.cases, done.runs, strict=True)}  # fmt: skip
    assert births.groupby(["rule", "seed"]).size().to_dict() == grown
    found = trends(births, CELL)
    table = told(found, CELL, partners(done))
    assert {"random", "extrema_topped_up"} <= set(table["rule"])
    paths = [each for each in birth_claims(found, CELL, partners(done), ["extrema_topped_up"]) if "path" in each.text]
    assert len(paths) == 1
    assert all(word in paths[0].evidence for word in ("shuffled", "by lot", "random growth"))


def test_a_claim_needs_all_its_parts() -> None:
    sure, open_one, against = (
        Mean(sum(ends) / 2, Interval(*ends), 5) for ends in ((0.9, 1.1), (-1.0, 2.0), (-1.1, -0.9))
    )
    found = family_claims([
        Joint("all", {"z": sure, "more": sure}),
        Joint("one open", {"z": sure, "more": open_one}),
        Joint("one against", {"z": sure, "more": against}),
        Joint("one unknown", {"z": sure, "more": None}),
    ])  # fmt: skip
    assert [claim.verdict for claim in found] == [
        Verdict.SUPPORTED, Verdict.UNDECIDED, Verdict.REFUTED, Verdict.UNDECIDED
    ]  # fmt: skip
    assert "more: none" in found[-1].evidence


def test_structure_is_claimed_only_where_null_and_random_growth_are_passed() -> None:
    rows = [
        {"network": "n", "wiring": "skips", "task": "t", "rule": rule, "seed": seed, "edges": 9, "definition": "d",
         "name": "square clustering", "value": 0.0, "z": z + 0.1 * seed}
        for rule, z in (("random", 1.0), ("extrema", 5.0), ("extrema_clone", 0.5))
        for seed in range(3)
    ]  # fmt: skip
    rows = [{**row, "z": row["z"] + (0.01 * row["seed"] ** 2 if row["rule"] != "random" else 0)} for row in rows]
    partner = {("n", "skips", rule, seed): "random" for rule in ("extrema", "extrema_clone") for seed in range(3)}
    found = topology_claims(pd.DataFrame(rows), CELL, partner, ("extrema", "extrema_clone"), H1, "small world")
    assert [claim.verdict for claim in found] == [Verdict.SUPPORTED, Verdict.REFUTED]
    assert "less that of random growth -0.48" in found[1].evidence


def test_rules_with_all_edges_begin_with_skips_where_these_are_allowed() -> None:
    layered, skips, deep = plan(sized(TopologyOfGrowth()))
    assert "skip_by_severity" not in layered.rules
    assert set(skips.rules) == set(RULES)
    rules = {case.label: case.settings.growth.rule for case in cases(skips)}
    assert all(rules[name] == f"{name}{STEM}" for name in STARTS)
    assert {case.label: case.settings.growth.rule for case in cases(deep)}["dense_then_prune"] == "dense_then_prune"
    assert all(not case.settings.growth.skips for case in cases(layered))


def test_sizes_of_the_study() -> None:
    assert [part.seeds for part in plan(sized(TopologyOfGrowth(full=True, deep_seeds=3)))] == [10, 10, 3]
    assert len(plan(sized(TopologyOfGrowth(deep_seeds=0)))) == 2
    with pytest.raises(SettingsError, match="seeds and deep_seeds"):
        plan(sized(TopologyOfGrowth(seeds=0, deep_seeds=0)))


def test_wrong_input_is_one_line(tmp_path: Path) -> None:
    ran = module("sims.topology_of_growth", "--deep-share", "1.5", "--out", tmp_path / "out")
    assert ran.returncode == 2
    assert ran.stderr.startswith("error: deep_share: ")
    assert ran.stderr.count("\n") == 1
