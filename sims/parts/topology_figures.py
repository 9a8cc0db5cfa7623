"""Figures of topology_of_growth."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from analysis import statistics
from analysis.figures import hierarchy, small_world
from analysis.figures.edge_lengths import edge_lengths
from analysis.figures.forest import forest
from analysis.stored import networks
from sims.parts.tolerant import Attempt
from sims.parts.topology_plan import CELL, RANDOM, SKIPS
from sims.parts.topology_ways import FLAGSHIP

DRAWN = ("mean clustering", "square clustering", "global reaching centrality")
OFF_SCALE = "extrema_clone"
"""Copies share the neighbours of their originals: so many squares by construction that no other z could be read."""
LENGTHS_OF = (RANDOM, "gradient", "extrema", "extrema_topped_up", "skip_by_severity")


_NOTE = f"z against the null (endpoints swapped inside blocks); mean and 95 % interval over seeds; without {OFF_SCALE}"


def draw(done: Attempt, frame: pd.DataFrame, births: pd.DataFrame) -> dict[str, Figure]:
    """z by rule, and lengths at birth, one figure each per cell."""
    made: dict[str, Figure] = {}
    for keys, rows in frame.groupby(list(CELL), sort=False):
        where = ", ".join(map(str, keys))
        if len(points := _points(rows)):
            made[f"Structure against the null, {where}"] = forest(points, title=where, note=_NOTE, scale=1.0)
        born = births[(births[list(CELL)] == list(keys)).all(axis=1) & births["rule"].isin(LENGTHS_OF)]
        if SKIPS in keys and len(born):
            made[f"Edge lengths, {where}"] = edge_lengths(born, where)
    return made | _planes(done)


def _planes(done: Attempt) -> dict[str, Figure]:
    """The way of one network, the last that has skips, across both planes, where it has one."""
    runs = [
        run
        for case, run in zip(done.cases, done.runs, strict=True)
        if case.label == FLAGSHIP and case.cell["wiring"] == SKIPS and case.settings.seed == 0
    ]
    made = {}
    for name, plane in (("Small-world plane", small_world), ("Hierarchy plane", hierarchy)):
        drawn = plane.of_network(networks(runs[-1])[0]) if runs else None
        if isinstance(drawn, Figure):
            made[name] = drawn
    return made


def _points(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean z over seeds by rule and measure, where the null varies for most seeds."""
    points = []
    hidden = rows["rule"].str.startswith(f"{RANDOM}_as") | (rows["rule"] == OFF_SCALE)
    held = rows[rows["name"].isin(DRAWN) & rows["z"].notna() & ~hidden]
    for (name, rule), each in held.groupby(["name", "rule"], sort=False):
        if 2 * len(each) <= rows["seed"].nunique():
            continue
        found = statistics.mean(each["z"].astype(float))
        low, high = _ends(found)
        points.append({"panel": name, "rule": rule, "gain": found.value, "gain_low": low, "gain_high": high})
    return pd.DataFrame(points)


def _ends(found: statistics.Mean) -> Sequence[float]:
    nan = float("nan")
    return (nan, nan) if found.interval is None else (found.interval.low, found.interval.high)
