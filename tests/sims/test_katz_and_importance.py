"""The sim katz_and_importance end to end, in its smallest version, and the numbers that it is made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from analysis.statistics import Verdict
from graphgrow.engine.network import Network
from graphgrow.errors import SettingsError
from graphgrow.graph.builders import layered
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation, Role
from graphgrow.rng import stream
from graphgrow.settings import RunSettings, TaskSettings
from graphgrow.store.run import Run
from graphgrow.train.evaluate import Samples
from graphgrow.train.execute import task_of
from graphgrow.train.objectives import Task
from sims.katz_and_importance import KatzAndImportance, plan, sized
from sims.parts import importance_tables as tables
from sims.parts.centralities import EXTREMES, HIGH, INWARD, KATZ, LOW, MATCHED, SEVERITY, SIZE, SUMS, scores
from sims.parts.importance import (
    ACTIVITY,
    FISHER,
    LABEL,
    TO_MEAN,
    TO_ZERO,
    Measured,
    label_information,
    loss_rises,
    measured,
)
from tests.train.runs import module


@pytest.fixture(scope="module")
def task() -> Task:
    return task_of(RunSettings(task=TaskSettings("digits:200")))


@pytest.fixture(scope="module")
def graph() -> Graph:
    return layered((64, 12, 10, 8, 10), 0.3, stream(0, "test"), Activation.SIGMOID)


@pytest.fixture(scope="module")
def found(graph: Graph, task: Task) -> Measured:
    return measured(graph, task, 60)


def test_a_smoke_run_judges_and_draws(tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = module("sims.katz_and_importance", "--smoke", "--out", out)
    assert done.returncode == 0, done.stderr
    report = (out / "report.md").read_text(encoding="utf-8")
    pictures = {path.name for path in out.glob("*.png")}
    assert len(pictures) == 3
    assert all(name in report for name in pictures)
    assert str(tmp_path) not in report
    assert [report.count(f"H{number}: ") for number in (1, 2, 3, 4)] == [3, 3, 3, 1]
    assert all(name in report for name in (*SUMS, *EXTREMES))
    assert "Left out: not at the edges" not in report
    runs = [Run.open(path) for path in (out / "runs").iterdir()]
    assert {run.final().edges for run in runs} == {1293}
    assert len(runs) == 4


def test_a_rise_is_that_of_a_network_without_the_neuron(graph: Graph, task: Task) -> None:
    x, y = Samples.of(task.data().test, torch.float32).columns(slice(0, 20))
    wiring, rows = graph.wiring, graph.wiring.rows(Role.HIDDEN)[[0, 15, 29]]
    found = loss_rises(Network(graph), task, x, y, rows, np.array([0.25, 0.5, 0.0]))
    before = task.losses(Network(graph).columns(x), y)
    for row, said, rise in zip(rows, (0.25, 0.5, 0.0), found, strict=True):
        # What the neuron would say goes into the biases of those that hear it.
        mine = wiring.source == row
        bias = graph.bias.copy()
        np.add.at(bias, wiring.target[mine], said * graph.weight[mine])
        cut = graph.with_weights(np.where(mine, 0, graph.weight).astype(np.float32), bias)
        after = task.losses(Network(cut).columns(x), y)
        assert rise == pytest.approx((after - before).detach().numpy(), abs=1e-5)
        assert np.abs(rise).max() > 1e-4


def test_what_is_measured_leaves_the_network_alone_and_names_its_measures(found: Measured, graph: Graph) -> None:
    assert list(found.importance) == [TO_MEAN, TO_ZERO, FISHER, LABEL, ACTIVITY]
    assert all(row.shape == (30,) and np.isfinite(row).all() for row in found.importance.values())
    assert found.samples == 60
    assert found.graph is graph
    assert set(found.level) == {1, 2, 3}


def test_label_information_of_copies_constants_and_noise() -> None:
    rng = stream(1, "test")
    label = np.tile(np.arange(4), 250)
    copy, noise = label.astype(float), rng.standard_normal(1000)
    half = np.maximum(0, label - 1.5)
    found = label_information(np.stack([copy, np.ones(1000), noise, half]), label, bins=8)
    assert found[0] == pytest.approx(2, abs=0.01)
    assert found[1] == 0
    assert abs(found[2]) < 0.02
    # 0, 0, 0.5 and 1.5: two classes fall together.
    assert found[3] == pytest.approx(1.5, abs=0.01)


def test_scores_cover_every_variant_and_katz_is_degree_where_the_docstring_says_so(found: Measured) -> None:
    made = scores(found)
    assert list(made) == [*KATZ, *SUMS, *EXTREMES]
    assert set(MATCHED.values()) == set(SUMS)
    assert set(INWARD) < set(KATZ)
    first, last = (found.level == level for level in (1, 3))
    for way, place in (("in", first), ("out", last)):
        for value, sums in (("paths", "degree"), ("|w|", "strength")):
            katz = made[f"Katz {way}, {value}, 0.1"][place]
            if way == "in":
                katz = (katz - 1) / 0.1
                assert katz == pytest.approx(made[f"{sums} in"][place])
            else:
                assert (katz - 1) / 0.1 == pytest.approx(made[f"{sums} out"][place])
    assert (made[HIGH] + made[LOW] == made[SEVERITY]).all()
    assert (made[SIZE] == found.importance[ACTIVITY]).all()


def frame(**values: float) -> pd.DataFrame:
    """Rows of three seeds and one rule whose correlations are as named, 0.1 elsewhere, up to a little noise."""
    made = []
    for seed, noise in enumerate((-0.01, 0.0, 0.01)):
        for score in (*KATZ, *SUMS, *EXTREMES):
            for answer in (TO_MEAN, ACTIVITY):
                within = values.get(score, 0.1) + noise * (1 + (score in KATZ))
                made.append(("net", "relu", "a", seed, score, answer, within, within - 0.2, 0.0, -0.1, 0.1, 0.01, 0.0))
    names = ["network", "activation", "rule", "seed", "score", "answer", "within", "whole", "depth", "low", "high", "p",
             "partial"]  # fmt: skip
    return pd.DataFrame(made, columns=names).assign(reliability=0.9)


def verdicts(rows: pd.DataFrame) -> dict[str, Verdict]:
    return {claim.text.removesuffix(" (net, relu)"): claim.verdict for claim in tables.claims(rows)}


def test_weak_scores_refute_and_nothing_is_made_of_equal_ones() -> None:
    made = verdicts(frame(**{SEVERITY: -0.3, SIZE: 0.7}))
    words = "H1: some Katz variant correlates within levels by more than 0.9 with"
    assert made[f"{words} ablation"] is made[f"{words} mean |a|"] is Verdict.REFUTED
    assert made[f"H3: {SEVERITY} of neurons correlates positively with ablation"] is Verdict.REFUTED
    assert made[f"H3: {HIGH} of neurons correlates positively with ablation"] is Verdict.SUPPORTED
    assert (
        made["H2: Katz correlates more with ablation than the activation does, the best against the best"]
        is Verdict.REFUTED
    )
    least = "H2: Katz correlates more with ablation than sums over direct edges, each variant against its own"
    assert made[least] is Verdict.UNDECIDED
    assert made["H4: inward Katz correlates more over the whole network than within levels"] is Verdict.UNDECIDED


def test_one_perfect_variant_is_enough() -> None:
    made = verdicts(frame(**{KATZ[3]: 0.97}))
    assert made["H1: some Katz variant correlates within levels by more than 0.9 with ablation"] is Verdict.SUPPORTED
    assert made["H2: Katz correlates more with ablation than they do, the best against the best"] is Verdict.SUPPORTED


def test_tables_tell_what_the_claims_rest_on() -> None:
    rows = frame(**{KATZ[0]: 0.5, SUMS[0]: 0.2})
    table = tables.correlation_table(rows).set_index("score")
    assert table.loc[KATZ[0], "within levels [t]"] == "0.50 [0.45, 0.55]"
    assert table.loc[KATZ[0], "networks p < 0.05"] == "3 of 3"
    matched = tables.matched_table(rows).set_index("score")
    assert matched.loc[KATZ[0], "less"] == SUMS[0]
    assert matched.loc[KATZ[0], "difference [t]"].startswith("0.300")
    assert matched.loc[KATZ[0], "verdict"] == "supported"
    forest = tables.forest_frame(rows)
    assert len(forest) == len(KATZ) + len(SUMS) + len(EXTREMES)
    assert tables.answer_table(rows).loc[KATZ[0], TO_MEAN] == pytest.approx(0.5)
    assert np.isnan(tables.answer_table(rows).loc[SIZE, ACTIVITY])


def test_a_score_that_never_varies_decides_nothing() -> None:
    rows = frame()
    rows.loc[rows["score"] == HIGH, ["within", "whole"]] = np.nan
    assert verdicts(rows)[f"H3: {HIGH} of neurons correlates positively with ablation"] is Verdict.UNDECIDED
    assert HIGH not in set(tables.correlation_table(rows)["score"])


def test_all_rules_of_a_seed_share_start_and_budget() -> None:
    cases = plan(KatzAndImportance(mnist="digits:200", seeds=1, mnist_seeds=0, deep_seeds=0))
    assert len(cases) == 8
    assert {case.settings.growth.budget for case in cases} == {1293}


def test_folders_of_versions_differ() -> None:
    outs = [
        sized(each).out for each in (KatzAndImportance(), KatzAndImportance(smoke=True), KatzAndImportance(full=True))
    ]
    assert len(set(outs)) == 3


def test_wrong_input_is_one_line(tmp_path: Path) -> None:
    done = module("sims.katz_and_importance", "--smoke", "--rules", "nope", "--out", tmp_path / "out")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not (tmp_path / "out").exists()
    with pytest.raises(SettingsError, match="samples: expected 1 or more"):
        KatzAndImportance(samples=0)
