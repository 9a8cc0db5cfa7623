"""Gradients by level in deep sigmoid networks, grown in several ways: a part of the sim ablations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis import statistics
from analysis.figures.curves import Curve, Panel, curves
from analysis.report import Claim, Section
from graphgrow.arrays import Array
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role
from graphgrow.settings import (
    Fit,
    GrowthSettings,
    OptimizerSettings,
    RunSettings,
    StartSettings,
    TaskSettings,
)
from graphgrow.store.run import Run
from sims.parts import study
from sims.parts.ablation_list import RULES
from sims.parts.bases import start_edges
from sims.parts.looking import signals
from sims.parts.study import Case, claim_of

HIDDEN, START, TIMES = (64,) * 8, 0.08, 3
BASELINE = "static_at_budget"
# Label: rule, folder of the rule, whether single edges may skip levels.
VARIANTS: dict[str, tuple[str, str | None, bool]] = {
    BASELINE: (BASELINE, None, False),
    "splits": ("clones_horizontal", RULES, False),
    "clones": ("clones", RULES, False),
    "clones_changing": ("clones_changing", RULES, False),
    "routes": ("routes", RULES, False),
    "skip_routes": ("routes", RULES, True),
    "random": ("random", None, False),
    "random_skips": ("random", None, True),
    "skips_from_start": ("static_skips", RULES, False),
}
ASKED = {
    "clones": "vertical clones",
    "clones_changing": "vertical clones with copied out-weights",
    "splits": "horizontal splits",
    "skip_routes": "routes that may skip levels",
    "random_skips": "random edges that may skip levels",
    "skips_from_start": "skips from the start",
}
JUDGED = """Of the trained networks: log10 of the norm of the deltas in the first hidden level over that in the last
one, mean over samples. "Raise": the paired difference to static_at_budget lies above 0. "Cure": the share is at least
a half, its log10 plus 0.30 lies above 0."""
TABLE = """Norm of the deltas of a sample in the first hidden level as a share of that in the last one, before and
after training, and test accuracy: mean [95 % t interval] over seeds."""


def plan(seeds: int, epochs: int, task: str) -> list[Case]:
    """All variants at equal edges on the same seeds."""
    shared = RunSettings(
        TaskSettings(task),
        StartSettings(HIDDEN, START, activation="sigmoid"),
        optimizer=OptimizerSettings(learning_rate=1e-2),
        fit=Fit(epochs, checkpoint_every=0, record_extrema=False),
    )
    budget = TIMES * start_edges(shared)
    made = []
    for label, (rule, folder, skips) in VARIANTS.items():
        growth = GrowthSettings(rule, budget, skips=skips, rules_path=folder)
        settings = replace(shared, growth=growth, label=label)
        made += [Case(replace(settings, seed=seed), {"data": f"{task} deep"}) for seed in range(seeds)]
    return made


def norms(cases: Sequence[Case], runs: Sequence[Run]) -> pd.DataFrame:
    """One row per run and network (start, trained): norm by level, and their ratio, with neurons and edges."""
    rows: list[dict[str, Any]] = []
    for case, run in zip(cases, runs, strict=True):
        for network, graph in (("start", run.start()), ("trained", run.final())):
            found = by_level(graph, signals(run, graph).delta)
            same = {"rule": case.label, "seed": case.settings.seed, "network": network}
            rows.append({**same, "norms": found, "share": found[0] / found[-1], "log": np.log10(found[0] / found[-1])})
    return pd.DataFrame(rows)


def by_level(graph: Graph, delta: Array) -> Array:
    """float64 (hidden levels,): mean over samples of the norm of the level's deltas; float (neurons, samples)."""
    wiring = graph.wiring
    ranks = np.unique(wiring.rank[wiring.role == Role.HIDDEN])
    inside = [(wiring.rank == rank) & (wiring.role == Role.HIDDEN) for rank in ranks]
    made = [float(np.linalg.norm(delta[rows].astype(np.float64), axis=0).mean()) for rows in inside]
    return np.array(made)


def claims(found: pd.DataFrame) -> list[Claim]:
    """Whether each way of growing raises the share of the first level, and whether that is a cure."""
    trained = found[found["network"] == "trained"].pivot(index="seed", columns="rule", values="log")
    made = []
    for label, words in ASKED.items():
        gain = statistics.mean(trained[label] - trained[BASELINE])
        made.append(claim_of(f"{words} raise the first level's share of the gradient", gain, decimals=2))
    for label, words in {BASELINE: "training alone, without growth", **ASKED}.items():
        text = f"{words}: a cure, at least half of the last level's gradient reaches the first"
        made.append(claim_of(text, statistics.mean(trained[label] + np.log10(2)), decimals=2))
    return made


def sections(found: pd.DataFrame, frame: pd.DataFrame) -> list[Section]:
    """Shares and accuracy of every variant, and paired differences of accuracy."""
    rows = []
    for label in VARIANTS:
        mine, scores = found[found["rule"] == label], frame[frame["rule"] == label]
        row = {"rule": label, "seeds": len(scores)}
        for network in ("start", "trained"):
            logs = statistics.mean(mine[mine["network"] == network]["log"])
            row[f"log10 share, {network}"] = logs.text(2)
        rows.append({**row, "test accuracy (%)": statistics.mean(scores["test"]).text(2, 100),
                     "edges": scores["edges"].mean(), "neurons": scores["neurons"].mean(),
                     "edge-steps": scores["edge_steps"].mean(), "seconds": scores["seconds"].mean()})  # fmt: skip
    gains = study.shown(study.differences(frame, [BASELINE, "random"]))
    return [
        Section("Deep sigmoid networks", TABLE, table=pd.DataFrame(rows)),
        Section("Deep sigmoid networks, paired differences of accuracy", table=gains),
    ]


def figures(found: pd.DataFrame) -> dict[str, Figure]:
    """Norms over levels as a share of the last hidden level, before and after training."""
    panels = []
    for network in ("start", "trained"):
        held = {}
        for label in VARIANTS:
            rows = found[(found["rule"] == label) & (found["network"] == network)]["norms"]
            # A clone may open a level: then levels are those that all seeds have, counted from the last.
            count = min(norm.size for norm in rows)
            values = np.array([norm[-count:] / norm[-1] for norm in rows])
            held[label] = Curve(np.arange(1, count + 1, dtype=float), values)
        panels.append(Panel(network, "hidden level", "gradient norm / last level's", held, logarithmic=True))
    seeds = f"mean of {found['seed'].nunique()} seeds with 95 % t interval"
    note = f"{seeds}; at the start all but the networks with skips are alike"
    return {"Gradient norm by level": curves(panels, "Deep sigmoid networks on digits", note)}
