"""Figures of signals and structure: the grid of partial correlations, and the strongest pair event by event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.figures.grid import value_grid
from analysis.figures.scatter import Cloud, scatter
from analysis.permutation import freed
from sims.parts.signal_rules import SIGNALS
from sims.parts.signal_tables import Events, Question, group
from sims.parts.structure_changes import METRICS


def strongest(found: pd.DataFrame) -> tuple[str, str] | None:
    """The pair whose partial correlation is farthest from 0; what differs after correction comes first."""
    if found.empty:
        return None
    pool = found[found["differs"]] if found["differs"].any() else found
    row = pool.loc[pool["r"].abs().idxmax()]
    return str(row["signal"]), str(row["outcome"])


def counts(runs: Sequence[Events]) -> str:
    """How many seeds and events there are."""
    sizes = sorted({len(run.table) for run in runs})
    events = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    return f"{len({run.seed for run in runs})} seeds, {events} events a run"


def draw(
    stage: str, runs: Sequence[Events], found: pd.DataFrame, top: tuple[str, str] | None, before: Question
) -> dict[str, Figure]:
    """The grid of partial correlations, and the strongest pair event by event."""
    if found.empty or top is None:
        return {}
    values = np.full((len(SIGNALS), len(METRICS)), np.nan)
    marked = np.zeros(values.shape, bool)
    for _, row in found.iterrows():
        at = SIGNALS.index(row["signal"]), METRICS.index(row["outcome"])
        values[at], marked[at] = row["r"], bool(row["differs"])
    columns = [name.replace(" ", "\n", 1) for name in METRICS]
    grid = value_grid(
        values, list(SIGNALS), columns, "partial rank correlation",
        f"{stage}: {counts(runs)}", 2, marked,
    )  # fmt: skip
    return {
        f"Partial correlations, {stage}, framed where they survive Holm": grid,
        f"Strongest pair, selected among {len(found)}, {stage}": scatter(
            _clouds(runs, top, before), f"{stage}: the strongest of {len(found)} pairs, selected; {counts(runs)}"
        ),
    }


def _clouds(runs: Sequence[Events], top: tuple[str, str], before: Question) -> list[Cloud]:
    """The pair as it was measured, and what the controls leave of its ranks, by rule over all seeds."""
    only = replace(before, signals=top[:1], outcomes=top[1:])
    raw: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    left: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for rule in dict.fromkeys(run.rule for run in runs):
        held = [group(run.table, run.table, only) for run in runs if run.rule == rule]
        raw[rule] = np.concatenate([one.x[:, 0] for one in held]), np.concatenate([one.y[:, 0] for one in held])
        parts = [pair for one in held for pair in freed(one)]
        left[rule] = np.concatenate([x for x, _ in parts]), np.concatenate([y[:, 0] for _, y in parts])
    return [
        Cloud(
            f"{top[0]} before the event", f"size of the change of {top[1]}", raw, _wide([x for x, _ in raw.values()])
        ),
        Cloud(f"{top[0]}: ranks freed of controls", f"change of {top[1]}: ranks freed", left),
    ]


def _wide(values: Sequence[np.ndarray]) -> bool:
    """Whether they are all above 0 and differ by more than a factor of 100."""
    known = np.concatenate(values)
    known = known[np.isfinite(known)]
    return bool(known.size and known.min() > 0 and known.max() > 100 * known.min())
