"""Which rules of the shelf grow edges that skip levels: not read from their code, but seen in runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis.edge_births import edge_births
from graphgrow.growth import registry
from graphgrow.settings import Fit, GrowthSettings, OptimizerSettings, RunSettings, StartSettings, TaskSettings
from sims.parts.study import Case
from sims.parts.tolerant import attempt

SHELF = (
    "Every rule of the shelf on a network of digits with levels 64-16-12-8-10, one seed: edges that events made, the "
    "share of them that span more than one level, and the longest span, without and with `growth.skips`. Without it "
    "only copies of neurons, and levels that are opened, bring skips. Rules that rewire keep the number of edges of "
    "every pair of levels, so that from a layered start they never skip; routes from HIGH to LOW take the nearest "
    "later level that has a partner, so that they skip only where nearer ones have none. What grew nothing in so "
    "short a run is told with 0 births."
)


def shelf(rules: Sequence[str], out: Path, workers: int) -> pd.DataFrame:
    """One row per rule: births, share that skips and longest span, without and with skips."""
    cases = [Case(_settings(rule, skips), {"skips": "on" if skips else "off"}) for rule in rules for skips in (0, 1)]
    done = attempt(cases, out, workers)
    rows: dict[str, dict[str, str | float]] = {rule: {"rule": rule} for rule in rules}
    for case, run in zip(done.cases, done.runs, strict=True):
        born, word = edge_births(run), case.cell["skips"]
        rows[case.settings.growth.rule] |= {
            f"births, {word}": len(born),
            f"skipping, {word}": float((born["span"] > 1).mean()) if len(born) else float("nan"),
            f"longest, {word}": float(born["span"].max()) if len(born) else float("nan"),
        }
    return pd.DataFrame(list(rows.values()))


def everything() -> list[str]:
    """All rules of the shelf that grow."""
    return [entry.name for entry in registry.everything() if getattr(entry.rule, "grows", True)]


def _settings(rule: str, skips: int) -> RunSettings:
    return RunSettings(
        TaskSettings("digits:300", growth=0.1),
        StartSettings((16, 12, 8), 0.15),
        GrowthSettings(rule, 600, skips=bool(skips)),
        OptimizerSettings(learning_rate=0.01),
        Fit(5, 64, checkpoint_every=0, record_extrema=False),
        label=rule,
    )
