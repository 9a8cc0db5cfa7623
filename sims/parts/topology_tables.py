"""What topology_of_growth makes of its reports: tables by rule, and the parts of its claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis import statistics
from analysis.report import Claim
from analysis.statistics import Mean
from analysis.topology import compare_reports, report
from graphgrow.measure.metrics import Effort
from sims.parts.joint_claims import Joint, family_claims
from sims.parts.tolerant import Attempt
from sims.parts.topology_plan import RANDOM, Partners

KEYS = ["name", "definition"]
ENDS = (
    "Mean over seeds, and in brackets the mean z: how many standard deviations above the mean of {nulls} networks "
    "with endpoints swapped inside their blocks of levels. No bracket: by construction the null does not vary, or the "
    "measure has references of its own. z is large where the null hardly varies: read the values beside it. `as X` is "
    "random growth with as many edges as X ended with."
)
PAIRS = (
    "Mean paired difference to random growth with equal edges on the same seed, [95 % bootstrap interval of 10,000 "
    "draws], which is too narrow for so few pairs: claims use t intervals. Measures that differ nowhere are left out."
)


@dataclass(frozen=True)
class Question:
    """Which measure is asked for what.

    Attributes
    ----------
    measure : its name in the report.
    column : z, or value where the measure has no null or one of its own.
    zero : whether 0 is what chance gives, so that it must be passed too, and not only random growth.
    sign : -1 where less of the measure is more of what is claimed.
    """

    measure: str
    column: str = "z"
    zero: bool = True
    sign: int = 1

    @property
    def words(self) -> str:
        """Of the number that must lie above 0."""
        return f"{'-' if self.sign < 0 else ''}{'z' if self.column == 'z' else 'value'}"


def measured(done: Attempt, effort: Effort) -> pd.DataFrame:
    """The report at the end of every run, with the columns of its cell, and task, rule, seed and edges."""
    parts = []
    for case, run in zip(done.cases, done.runs, strict=True):
        graph = run.final()
        names = {**case.cell, "task": case.settings.task.name, "rule": case.label, "seed": case.settings.seed}
        parts.append(report(graph, effort).assign(**names, edges=graph.edges))
    return pd.concat(parts, ignore_index=True)


def against_random(frame: pd.DataFrame, cell: Sequence[str], partner: Partners, column: str = "value") -> pd.DataFrame:
    """`analysis.topology.compare_reports` of every rule with its random growth of equal edges, cell by cell."""
    made = []
    for keys, rows in frame.groupby(list(cell), sort=False):
        for rule in dict.fromkeys(rows["rule"]):
            theirs = _partners(rows, cell, partner, str(rule))
            if rule == RANDOM or not len(theirs):
                continue
            both = pd.concat([rows[rows["rule"] == rule], theirs.assign(rule=RANDOM)], ignore_index=True)
            found = compare_reports(both, RANDOM, column=column)
            for at, (name, value) in enumerate(zip(cell, keys, strict=True)):
                found.insert(at, name, value)
            made.append(found)
    return pd.concat(made, ignore_index=True)


def _partners(rows: pd.DataFrame, cell: Sequence[str], partner: Partners, rule: str) -> pd.DataFrame:
    """The reports of the random runs that a rule is compared with, seed by seed."""
    parts = [
        held[held["rule"] == partner.get((*(held.iloc[0][name] for name in cell), rule, seed), "")]
        for seed, held in rows.groupby("seed", sort=False)
    ]
    return pd.concat(parts)


def ends(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per measure of one cell, one column per rule: the mean and its mean z."""
    rules = list(dict.fromkeys(rows["rule"]))
    made = []
    for (name, _), held in rows.groupby(KEYS, sort=False):
        row: dict[str, Any] = {"measure": name}
        for rule in rules:
            mine = held[held["rule"] == rule]
            row[_short(rule)] = _value(mine["value"].astype(float), mine["z"].astype(float))
        made.append(row)
    return pd.DataFrame(made)


def pairs(found: pd.DataFrame) -> pd.DataFrame:
    """One row per measure of one cell that differs anywhere, one column per rule: paired difference and bootstrap."""
    made: list[dict[str, Any]] = []
    for (name, _), held in found.groupby(KEYS, sort=False):
        row: dict[str, Any] = {"measure": name}
        if not (held["difference"].abs() > 1e-12).any():
            continue
        for _, each in held.iterrows():
            if each["pairs"]:
                ends_of = (
                    "" if pd.isna(each["bootstrap_low"]) else _range(each["bootstrap_low"], each["bootstrap_high"])
                )
                row[_short(each["rule"])] = f"{_number(each['difference'])}{ends_of}"
        if len(row) > 1:
            made.append(row)
    return pd.DataFrame(made)


def topology_claims(
    frame: pd.DataFrame,
    cell: Sequence[str],
    partner: Partners,
    rules: Sequence[str],
    questions: Sequence[Question],
    text: str,
) -> list[Claim]:
    """One claim per cell, rule and question: above the null, and above random growth with equal edges."""
    made = []
    frame = frame[frame["name"].isin([each.measure for each in questions])]
    compared = {column: against_random(frame, cell, partner, column) for column in {each.column for each in questions}}
    for keys, rows in frame.groupby(list(cell), sort=False):
        where, family = ", ".join(map(str, keys)), []
        for question in questions:
            held = rows[rows["name"] == question.measure]
            if held[question.column].nunique() < 2:
                continue
            both = compared[question.column]
            here = (both[list(cell)] == list(keys)).all(axis=1) & (both["name"] == question.measure)
            for rule in [name for name in rules if name in set(held["rule"])]:
                mine = held[held["rule"] == rule][question.column].astype(float).dropna()
                parts = {question.words: _mean(question.sign * mine)} if question.zero else {}
                parts[f"{question.words} less that of random growth"] = _difference(
                    both[here & (both["rule"] == rule)], question.sign
                )
                family.append(Joint(f"{text}: {question.measure} under {rule} ({where})", parts))
        made += family_claims(family)
    return made


def _difference(rows: pd.DataFrame, sign: int) -> Mean | None:
    """The paired difference of one row of `compare_reports`."""
    if not len(rows) or not rows.iloc[0]["pairs"]:
        return None
    row = rows.iloc[0]
    known = pd.notna(row["difference_low"])
    low, high = sorted((sign * row["difference_low"], sign * row["difference_high"]))
    interval = statistics.Interval(float(low), float(high)) if known else None
    return Mean(float(sign * row["difference"]), interval, int(row["pairs"]))


def _mean(values: pd.Series[float]) -> Mean | None:
    return statistics.mean(values) if len(values) else None


def _short(rule: str) -> str:
    return rule.replace("random_as_", "as ")


def _value(values: pd.Series[float], z: pd.Series[float]) -> str:
    if not values.notna().any():
        return "-"
    told = f" ({z.mean():+.1f})" if z.notna().any() else ""
    return f"{_number(float(values.mean()))}{told}"


def _range(low: float, high: float) -> str:
    return f" [{_number(low)}, {_number(high)}]"


def _number(value: float) -> str:
    """Three digits, no more than the noise deserves; what is 0 but for rounding is 0."""
    if abs(value) < 1e-12:
        return "0"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}" if np.isfinite(value) else "-"
