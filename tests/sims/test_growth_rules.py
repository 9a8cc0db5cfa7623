"""The comparison of all growth rules: a smoke run, what is planned, and what its verdicts rest on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analysis.statistics import Verdict
from graphgrow.errors import GraphgrowError, RuleError, SettingsError
from graphgrow.growth import registry
from sims.growth_rules import DIGITS, LENET, GrowthRules, contrasts, plan, sized
from sims.parts.natural_stops import by_itself
from sims.parts.stages import Stage
from sims.parts.tolerant import attempt
from tests.train.runs import module


def test_a_smoke_run_writes_verdicts_tables_and_figures(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = module("sims.growth_rules", "--smoke", "--out", out)
    assert done.returncode == 0, done.stderr
    report = (out / "report.md").read_text(encoding="utf-8")
    for name in ("H1", "H2", "H3", "H4", "H5"):
        assert f"\n## {name}: " in report
    claims = [line for line in report.splitlines() if line.startswith("- **")]
    rows = [line for line in report.splitlines() if line.startswith("| digits")]
    for claim in claims:
        if " beats " in claim and "some growing" not in claim:
            better, worse = claim.split("**: ")[1].split(" (")[0].split(" beats ")
            assert any(f"| {better} | {worse} |" in row for row in rows)
    assert len(claims) >= 9
    pictures = list(out.glob("*.png"))
    assert pictures
    assert all(picture.name in report for picture in pictures)
    assert str(tmp_path) not in report


def test_digits_take_every_rule_there_is_and_every_run_its_budget() -> None:
    cases = plan(sized(GrowthRules()))
    rules = {case.label for case in cases if case.cell["network"] == DIGITS.name}
    assert rules == set(registry.names())
    one = next(
        case for case in cases if case.cell == {"network": LENET.name, "share": "5 %"} and case.label == "gradient"
    )
    assert one.settings.growth.budget == 13_310
    assert one.settings.start.edges == round(13_310 / 4)
    keys = [
        (tuple(case.cell.items()), case.settings.start.activation, case.label, case.settings.seed) for case in cases
    ]
    assert len(set(keys)) == len(keys) == len({case.name for case in cases})


def test_the_complete_study_has_a_folder_and_sizes_of_its_own() -> None:
    full = sized(GrowthRules(full=True, seeds=2))
    assert full.out == GrowthRules().out / "full"
    assert (full.seeds, full.epochs) == (2, 10)
    shares = {case.cell["share"] for case in plan(full) if case.cell["network"] == LENET.name}
    assert shares == {"1 %", "2 %", "5 %", "10 %"}


def test_hypotheses_name_rules_that_exist() -> None:
    names = {rule for each in contrasts().values() for contrast in each for rule in (contrast.better, contrast.worse)}
    assert {name for name in names if not name.startswith("static_equal_steps")} <= set(registry.names())
    growing = {contrast.better for contrast in contrasts()["H2"]}
    assert {"extrema", "gradient", "random"} <= growing
    assert not growing & {"rigl", "set", "dense", "dense_then_prune", "static", "static_at_budget"}


def test_a_rule_that_cannot_run_is_told_of_and_the_others_go_on(tmp_path: Path) -> None:
    config = sized(GrowthRules(smoke=True, out=tmp_path / "out"))
    tiny = replace(config, digits_shares=(0.05,), digits_seeds=1)
    cases = [case for case in plan(tiny) if case.label in ("small_dense", "static_at_budget")]
    short = [replace(case, settings=replace(case.settings, growth=replace(case.settings.growth, budget=50)))
             if case.label == "small_dense" else case for case in cases]  # fmt: skip
    done = attempt(short, tmp_path, 1)
    assert [case.label for case in done.cases] == ["static_at_budget"]
    (row,) = done.refused
    assert row["rule"] == "small_dense"
    (told,) = done.told()
    assert told.table is not None
    assert list(told.table["rule"]) == ["small_dense"]
    assert "raise the budget" in str(row["reason"])


@pytest.mark.parametrize(("quiet", "expected"), [(8, Verdict.SUPPORTED), (0, Verdict.REFUTED), (4, Verdict.UNDECIDED)])
def test_growth_stops_by_itself_where_most_runs_end_without_extrema(quiet: int, expected: Verdict) -> None:
    rows = pd.DataFrame({"network": "n", "activation": "relu", "rule": "extrema", "start": 5, "edges": 10, "budget": 20,
                         "extrema": [0] * quiet + [3] * (8 - quiet)})  # fmt: skip
    # What never had an extremum never grew, and ends without one whatever growth does.
    still = rows.head(1).assign(extrema=0, start=10)
    (claim,) = by_itself(pd.concat([rows, still]))
    assert claim.verdict is expected
    assert claim.evidence.startswith(f"{quiet} of 8 runs")
    assert claim.evidence.endswith("1 more never grew")
    (none,) = by_itself(still)
    assert (none.verdict, none.evidence) == (Verdict.UNDECIDED, "none of 1 runs grew")


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"mnist_rules": "static_at_budget,nope"}, RuleError, "unknown rule 'nope'"),
        ({"mnist_rules": "gradient"}, SettingsError, "expected static_at_budget among the rules"),
        ({"smoke": True, "full": True}, SettingsError, "at most one of the two"),
    ],
)
def test_what_cannot_be_compared_is_refused(change: dict[str, object], kind: type[GraphgrowError], words: str) -> None:
    with pytest.raises(kind, match=words):
        plan(sized(replace(GrowthRules(), **change)))  # type: ignore[arg-type]


def test_wrong_input_is_one_line(tmp_path: Path) -> None:
    done = module("sims.growth_rules", "--smoke", "--full", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.startswith("error: smoke and full: ")
    assert done.stderr.count("\n") == 1


def test_a_stage_counts_its_dense_edges() -> None:
    assert Stage("n", "digits", (64, 5, 10)).dense == 370
    assert LENET.dense == 266_200
