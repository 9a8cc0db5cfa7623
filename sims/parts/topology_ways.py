"""The way of topology_of_growth: a few measures of two rules at every few events."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.topology import report
from graphgrow.measure.metrics import Effort, every
from sims.parts.tolerant import Attempt
from sims.parts.topology_plan import RANDOM, SKIPS

FLAGSHIP = "extrema_topped_up"
MOST = 5
FILES = ("clustering", "squares", "small_world", "paths", "hierarchy", "receptive_field")
SHOWN = (
    "mean clustering", "square clustering", "small-world index", "mean path of the skeleton",
    "global reaching centrality", "trophic incoherence", "scale separation",
)  # fmt: skip
WAYS = (
    f"{FLAGSHIP} and {RANDOM} growth where edges may skip levels, first seed, event by event: value, and z against "
    "the null of that moment in brackets. Event 0 is the start, which both rules share."
)


def ways(done: Attempt, effort: Effort) -> pd.DataFrame:
    """One row per network, rule and event."""
    rows = []
    for case, run in zip(done.cases, done.runs, strict=True):
        if case.settings.seed or case.cell["wiring"] != SKIPS or case.label not in (FLAGSHIP, RANDOM):
            continue
        last = len(run.events())
        events = np.unique(np.linspace(0, last, min(MOST, last + 1)).round().astype(int)).tolist()
        names = [name for name in FILES if name in every()]
        found = report(run, effort, names, events)
        for event, held in found.groupby("event"):
            known = held.drop_duplicates("name").set_index("name")
            row = {"network": case.cell["network"], "rule": case.label, "event": event}
            rows.append(row | {name: _told(known.loc[name]) for name in SHOWN if name in known.index})
    return pd.DataFrame(rows)


def _told(row: pd.Series[float]) -> str:
    if pd.isna(row["value"]):
        return "-"
    return f"{row['value']:.3g}" + ("" if pd.isna(row["z"]) else f" ({row['z']:+.1f})")
