"""The sim ablations end to end, in its smallest version."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graphgrow.errors import SettingsError
from graphgrow.graph.builders import layered
from graphgrow.rng import stream
from graphgrow.store.run import Run
from sims.ablations import plan, sized
from sims.parts.ablation_list import ABLATIONS, Ablations
from sims.parts.ablation_tables import judge
from sims.parts.depth import VARIANTS, by_level
from tests.train.runs import module


def test_a_smoke_run_judges_every_part_and_draws(tmp_path: Path) -> None:
    done = module("sims.ablations", "--smoke", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    report = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    pictures = {path.name for path in (tmp_path / "out").glob("*.png")}
    assert pictures == {"ablations_of_routes.png", "ablations_of_clones.png", "gradient_norm_by_level.png"}
    assert all(name in report for name in pictures)
    assert all(f"{each.words} matters ({each.label} against {each.base})" in report for each in ABLATIONS)
    assert all(f"| {label} |" in report for label in VARIANTS)
    assert str(tmp_path) not in report
    assert "Left out: not at the edges" not in report
    deep = [path for path in (tmp_path / "out" / "runs").iterdir() if "_deep-" in path.name]
    assert len(deep) == len(VARIANTS)
    assert len({Run.open(path).final().edges for path in deep}) == 1


def test_ablations_differ_from_their_base_in_one_setting() -> None:
    cases = {case.label: case.settings for case in plan(Ablations(tasks="digits:200", seeds=1, activations="relu"))}
    assert {settings.growth.budget for label, settings in cases.items() if label != "static"} == {1292}
    for each in ABLATIONS:
        mine, base = cases[each.label], cases[each.base]
        parts = ("task", "start", "growth", "optimizer", "fit", "pace", "seed")
        changed = [name for name in parts if getattr(mine, name) != getattr(base, name)]
        assert len(changed) == 1, (each.label, changed)


def test_a_part_matters_by_the_stated_rule() -> None:
    rows = []
    for seed in range(6):
        same = {"data": "made up", "activation": "relu", "seed": seed}
        scores = {"routes": 0.9, "clones": 0.9, **{each.label: 0.9 + 0.0001 * seed for each in ABLATIONS}}
        scores |= {
            "routes_by_lot": 0.95 + 0.001 * seed,
            "routes_by_economy": 0.8 + 0.001 * seed,
            "skips": 0.9 + 0.05 * (seed - 2),
        }
        rows += [{**same, "rule": rule, "test": score} for rule, score in scores.items()]
    found = {claim.text.split("(")[1].split(" ")[0]: claim.verdict.value for claim in judge(pd.DataFrame(rows))}
    assert found["routes_by_lot"] == found["routes_by_economy"] == "supported"
    assert found["skips"] == "undecided"
    assert found["backoff"] == "refuted"
    gone = [row for row in rows if row["rule"] != "backoff"]
    assert "no pair at equal edges" in {claim.evidence for claim in judge(pd.DataFrame(gone))}
    same = pd.DataFrame(rows).assign(test=0.9)
    assert {claim.verdict.value for claim in judge(same)} == {"undecided"}
    assert all(claim.evidence.endswith("identical in every pair") for claim in judge(same))
    assert len(found) == len(ABLATIONS)


def test_norms_are_by_level_over_hidden_neurons() -> None:
    graph = layered((2, 3, 4, 1), 1.0, stream(0, "test"))
    delta = np.repeat(graph.wiring.rank[:, None], 5, axis=1).astype(np.float32)
    assert by_level(graph, delta) == pytest.approx([np.sqrt(3), 2 * np.sqrt(4)])


def test_wrong_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="depth_seeds: expected 1 or more, got 0"):
        Ablations(depth_seeds=0)
    done = module("sims.ablations", "--activations", ",", "--out", tmp_path / "out")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert sized(Ablations(full=True)).out == Ablations.out / "full"
