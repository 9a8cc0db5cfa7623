"""Planned comparisons: what is compared, and how a family of them is judged."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from analysis.statistics import Verdict, mean
from graphgrow.settings import GrowthSettings, RunSettings, to_json
from sims.parts.contrasts import any_claims, at_budget, contrast_table, each_claim, fair, off_budget, open_claims
from sims.parts.study import Case, Contrast, asked, claim_of

CELL = ("share",)


def frame(scores: dict[str, list[float]], share: str = "1 %", edges: int = 100) -> pd.DataFrame:
    same = {
        "share": share,
        "task": "digits",
        "metric": "accuracy",
        "activation": "relu",
        "edges": edges,
        "budget": 100.0,
    }
    cost = {"edge_steps": 1000, "seconds": 1.0}
    rows = [
        {**same, **cost, "rule": rule, "seed": seed, "test": test}
        for rule, tests in scores.items()
        for seed, test in enumerate(tests)
    ]
    return pd.DataFrame(rows)


WORSE = [0.80, 0.81, 0.82]


def test_a_row_is_the_paired_difference_with_its_verdict() -> None:
    found = contrast_table(frame({"a": [0.90, 0.912, 0.92], "b": WORSE}), [Contrast("a", "b")], CELL)
    (row,) = found.to_dict("records")
    assert (row["share"], row["better"], row["worse"], row["pairs"]) == ("1 %", "a", "b", 3)
    assert row["gain"] == pytest.approx(0.1006667)
    assert (row["wins"], row["losses"]) == (3, 0)
    assert row["verdict"] == row["holm"] == "supported"
    assert row["p"] < 0.01
    assert row["edge_steps_factor"] == 1


def test_a_margin_moves_the_verdict_and_the_words() -> None:
    rows = frame({"a": [0.79, 0.802, 0.809], "b": WORSE})
    kinds = (Contrast("a", "b", -0.05), Contrast("a", "b", -0.0097), Contrast("a", "b", 0.05))
    made = [each_claim(contrast_table(rows, [kind], CELL), CELL)[0] for kind in kinds]
    assert [claim.verdict for claim in made] == [Verdict.SUPPORTED, Verdict.UNDECIDED, Verdict.REFUTED]
    assert made[0].text == "a ends less than 5 points below b (1 %, relu)"
    assert made[2].text == "a beats b by more than 5 points (1 %, relu)"


def test_cells_and_contrasts_without_both_sides_are_left_out() -> None:
    rows = pd.concat([frame({"a": WORSE, "b": WORSE}), frame({"a": WORSE}, "2 %")])
    found = contrast_table(rows, [Contrast("a", "b"), Contrast("a", "gone")], CELL)
    assert list(found["share"]) == ["1 %"]
    assert not len(contrast_table(rows, [Contrast("gone", "b")], CELL))
    assert each_claim(contrast_table(rows, [Contrast("gone", "b")], CELL), CELL) == []
    assert any_claims(contrast_table(rows, [Contrast("gone", "b")], CELL), CELL, "none") == []


def test_a_family_is_one_cell_and_takes_weak_verdicts_away() -> None:
    weak = [0.81, 0.83, 0.85]
    one = contrast_table(frame({"a": weak, "b": WORSE}), [Contrast("a", "b")], CELL)
    names = [f"a{at}" for at in range(6)]
    several = frame(dict.fromkeys(names, weak) | {"b": WORSE})
    many = contrast_table(several, [Contrast(name, "b") for name in names], CELL)
    assert set(one["verdict"]) == {"undecided"}
    strong = [0.82, 0.832, 0.84]
    apart = pd.concat([frame({"a": strong, "b": WORSE}), frame({"a": strong, "b": WORSE}, "2 %")])
    assert list(contrast_table(apart, [Contrast("a", "b")], CELL)["holm"]) == ["supported"] * 2
    assert set(many["holm"]) == {"undecided"}
    border = [0.815, 0.83, 0.835]
    family = frame(dict.fromkeys(names, border) | {"b": WORSE})
    judged = contrast_table(family, [Contrast(name, "b") for name in names], CELL)
    assert set(judged["verdict"]) == {"supported"}
    assert set(judged["holm"]) == {"undecided"}
    (claim,) = each_claim(judged.iloc[:1], CELL)
    assert claim.verdict is Verdict.SUPPORTED
    assert claim.evidence.endswith("undecided after Holm")


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ({"a": [0.90, 0.91, 0.921], "c": [0.70, 0.71, 0.721]}, Verdict.SUPPORTED),
        ({"a": [0.70, 0.71, 0.721], "c": [0.75, 0.76, 0.772]}, Verdict.REFUTED),
        ({"a": [0.70, 0.71, 0.72], "c": [0.75, 0.81, 0.90]}, Verdict.UNDECIDED),
    ],
)
def test_one_of_several_is_enough(scores: dict[str, list[float]], expected: Verdict) -> None:
    table = contrast_table(frame(scores | {"b": WORSE}), [Contrast("a", "b"), Contrast("c", "b")], CELL)
    (claim,) = any_claims(table, CELL, "some rule is better")
    assert claim.verdict is expected
    assert claim.evidence.startswith("2 rules; after Holm")


def test_runs_off_their_budget_are_not_at_equal_edges() -> None:
    rows = pd.concat([frame({"a": WORSE}), frame({"b": WORSE}, edges=99)], ignore_index=True)
    assert set(at_budget(rows)["rule"]) == {"a"}
    (told,) = off_budget(rows.assign(shortfall=""), CELL)
    assert told.table is not None
    assert set(told.table["rule"]) == {"b"}
    free = pd.concat([rows, frame({"alone": WORSE}, edges=7).assign(budget=0.0)], ignore_index=True)
    assert set(fair(free)["rule"]) == {"a", "alone"}
    assert off_budget(rows.assign(shortfall=""), CELL, ["b"]) == []


def test_a_variant_that_is_the_same_run_decides_nothing() -> None:
    found = contrast_table(frame({"a": WORSE, "b": WORSE}), [Contrast("a", "b"), Contrast("a", "b", -0.01)], CELL)
    assert set(found["verdict"]) == set(found["holm"]) == {"undecided"}
    assert all("3 pairs, identical in every pair" in claim.evidence for claim in each_claim(found, CELL))
    exact = claim_of("counts", mean([0.0, 0.0]), each="seed", exact=True)
    assert (exact.verdict, exact.evidence.split(", ")[-1]) == (Verdict.REFUTED, "identical in every seed")


def test_what_has_no_pair_at_equal_edges_stays_open_and_says_why() -> None:
    short = pd.concat([frame({"a": WORSE}, edges=90), frame({"b": WORSE})])
    both = pd.concat([short, frame({"a": WORSE, "b": WORSE}, "2 %")])
    kinds = [Contrast("a", "b"), Contrast("a", "gone")]
    (claim,) = open_claims(both, contrast_table(at_budget(both), kinds, CELL), kinds, CELL)
    assert claim.verdict is Verdict.UNDECIDED
    assert claim.text == "a against b (1 %, relu)"
    assert claim.evidence == "no pair at equal edges: a fell short of the budget"


def test_a_report_tells_settings_once_and_then_what_differs() -> None:
    cells = {"share": "5 %"}
    first = RunSettings(growth=GrowthSettings(rule="gradient"))
    other = replace(first, growth=replace(first.growth, rule="random", budget=300))
    told = asked(first, [Case(first, cells), Case(other, cells)])["runs of the first cell"]
    assert isinstance(told, dict)
    assert told["relu gradient"] == to_json(first)
    assert told["relu random"] == {"growth": {"rule": "random", "budget": 300}}
