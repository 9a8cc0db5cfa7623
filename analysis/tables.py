"""Stored runs as tidy tables: one row per run, means by rule, and paired differences to a baseline."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis import statistics
from analysis.export import export, to_latex, to_markdown
from analysis.reading import Metric, folder_of, label, metric_of, name_of, number, setting
from graphgrow.errors import DataError, StoreError

if TYPE_CHECKING:
    from graphgrow.store.run import Run

__all__ = ["export", "paired_table", "readable", "runs_table", "summary_table", "to_latex", "to_markdown"]

GROUP = ["task", "metric", "activation", "rule"]
MEASURED = ("test", "edges", "edge_steps", "seconds")
JUDGED = ("test", "gain", "bootstrap")


def runs_table(runs: Iterable[Run]) -> pd.DataFrame:
    """One row per finished run, in the order given.

    Columns: run (folder name), task, activation, rule (the label where the run has one), seed, start_edges, budget,
    edges and neurons at the end, metric, test and validation (of the last epoch; accuracy as a share from 0 to 1),
    edge_steps, seconds (total; missing where no timing was stored), events (accepted ones), shortfall.

    Raises
    ------
    DataError
        No runs.
    StoreError
        A run is not finished, or lacks what a column needs.
    """
    rows = [_row(run) for run in runs]
    if not rows:
        raise DataError("expected at least one run, got none: name the run folders")
    return pd.DataFrame(rows)


def _row(run: Run) -> dict[str, Any]:
    if not run.finished:
        raise StoreError(
            f"{name_of(run)}: expected a finished run, got one that stopped midway: resume it or leave it out"
        )
    summary, metric, last = run.summary(), metric_of([run]), run.rows()[-1]
    budget, shortfall = setting(run, "growth", "budget"), summary.get("shortfall")
    return {
        "run": folder_of(run),
        "task": str(setting(run, "task", "name")),
        "activation": str(setting(run, "start", "activation")),
        "rule": label(run),
        "seed": int(str(setting(run, "seed"))),
        "start_edges": sum(run.start(site).edges for site in run.sites()),
        "budget": float("nan") if budget is None else float(str(budget)),
        "edges": int(number(summary, "edges", run)),
        "neurons": int(number(summary, "neurons", run)),
        "metric": metric.value,
        "test": number(last, f"test_{metric.value}", run),
        "validation": number(last, f"validation_{metric.value}", run),
        "edge_steps": int(number(summary, "edge_steps", run)),
        "seconds": _seconds(run),
        "events": sum(event.accepted for event in run.events()),
        "shortfall": "" if shortfall is None else str(shortfall),
    }


def _seconds(run: Run) -> float:
    """Total over all processes: clocks start anew at a resume, and one that was killed left no total."""
    each: list[float] = [float("nan")]
    for row in run.timings():
        if row.get("phase") == "resumed":
            each.append(float("nan"))
        elif row.get("phase") == "total":
            each[-1] = number(row, "seconds", run)
        elif "phase" not in row:
            each[-1] = sum(number(row, phase, run) for phase in ("train", "growth", "evaluate", "store"))
    known = [seconds for seconds in each if seconds == seconds]
    return sum(known) if known else float("nan")


def summary_table(frame: pd.DataFrame, confidence: float = statistics.CONFIDENCE) -> pd.DataFrame:
    """Mean and t interval over seeds per task, activation and rule, of test, edges, edge_steps and seconds.

    Columns: task, metric, activation, rule, seeds, then `<x>`, `<x>_low` and `<x>_high`; one seed has no bounds.
    `readable` folds the three into one.

    Raises
    ------
    DataError
        Two runs of one rule share their seed: they are no independent repetitions, so give variants different labels.
    """
    _refuse_twice(frame)
    rows = []
    for keys, group in frame.groupby(GROUP, sort=False):
        row: dict[str, Any] = {**dict(zip(GROUP, keys, strict=True)), "seeds": len(group)}
        for name in MEASURED:
            values = group[name].dropna()
            made = statistics.mean(values, confidence) if len(values) else None
            row |= _bounds(name, made.interval if made else None, made.value if made else None)
        rows.append(row)
    return pd.DataFrame(rows)


def paired_table(
    frame: pd.DataFrame, baseline: str, margin: float = 0.0, confidence: float = statistics.CONFIDENCE, seed: int = 0
) -> pd.DataFrame:
    """Every rule against a baseline, pair by pair: same task, activation and seed.

    `gain` is the paired difference of the final test metric, turned so that more is better: rule - baseline for
    accuracy, baseline - rule for error.

    Columns: task, metric, activation, rule, pairs, unpaired (seeds without a partner), gain with `_low` and `_high` (t
    interval), bootstrap_low and bootstrap_high, effect, sign, wins, losses, verdict on "gains more than `margin`".

    Raises
    ------
    DataError
        No run of the baseline, or two runs of one rule with one seed.
    """
    _refuse_twice(frame)
    if baseline not in set(frame["rule"]):
        known = ", ".join(sorted(set(frame["rule"])))
        raise DataError(f"expected the baseline to be one of {known}, got {baseline!r}: name one of these")
    same = ["task", "metric", "activation"]
    rows = []
    for keys, group in frame[frame["rule"] != baseline].groupby(GROUP, sort=False):
        row = dict(zip(GROUP, keys, strict=True))
        mine = group.set_index("seed")["test"].dropna()
        fits = (frame["rule"] == baseline) & (frame[same] == [row[name] for name in same]).all(axis=1)
        theirs = frame[fits].set_index("seed")["test"].dropna()
        shared = mine.index.intersection(theirs.index)
        gains = (mine[shared] - theirs[shared]) * Metric(row["metric"]).direction
        row |= {"pairs": len(shared), "unpaired": len(mine.index.symmetric_difference(theirs.index))}
        rows.append(row | _compared(gains, margin, confidence, seed))
    return pd.DataFrame(rows)


def readable(frame: pd.DataFrame, digits: int = 4) -> pd.DataFrame:
    """The frame for people: `<x>`, `<x>_low` and `<x>_high` as one text `x [low, high]`, accuracy in percent.

    Examples
    --------
    >>> readable(pd.DataFrame({"rule": ["a"], "edges": [1200.0], "edges_low": [1190.0], "edges_high": [1210.0]}))
      rule              edges
    0    a  1200 [1190, 1210]
    """
    made: dict[str, list[Any]] = {}
    for name in map(str, frame.columns):
        stem = name.removesuffix("_low").removesuffix("_high")
        if f"{stem}_low" in frame.columns:
            made[stem] = [_interval_text(row, stem, digits) for _, row in frame.iterrows()]
        else:
            made[name] = frame[name].tolist()
    return pd.DataFrame(made)


def _interval_text(row: pd.Series[Any], name: str, digits: int) -> str:
    """The mean, where the frame has it, and the interval; "-" for what is missing."""
    percent = name in JUDGED and row.get("metric") == Metric.ACCURACY.value
    value, low, high = (_shown(row.get(key), percent, digits) for key in (name, f"{name}_low", f"{name}_high"))
    if name in row.index and value == "-":
        return "-"
    interval = "[-]" if low == "-" else f"[{low}, {high}]"
    return " ".join([value] * (name in row.index) + [interval] + ["%"] * percent)


def _shown(value: Any, percent: bool, digits: int) -> str:
    """One number; percent with two decimals, large numbers whole."""
    if value is None or pd.isna(value):
        return "-"
    if percent:
        return f"{100 * value:.2f}"
    return f"{value:.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g}"


def _compared(gains: pd.Series[Any], margin: float, confidence: float, seed: int) -> dict[str, Any]:
    """The columns of one comparison; missing where there is no pair."""
    if not len(gains):
        empty = {**_bounds("gain", None, None), **_bounds("bootstrap", None)}
        return {
            **empty,
            "effect": None,
            "sign": 0,
            "wins": 0,
            "losses": 0,
            "verdict": statistics.Verdict.UNDECIDED.value,
        }
    made = statistics.paired(gains, confidence, seed)
    return {
        **_bounds("gain", made.mean.interval, made.mean.value),
        **_bounds("bootstrap", made.bootstrap),
        "effect": float("nan") if made.effect is None else made.effect,
        "sign": made.sign,
        "wins": made.positive,
        "losses": made.negative,
        "verdict": statistics.verdict(made.mean.interval, margin).value,
    }


def _bounds(name: str, interval: statistics.Interval | None, *value: float | None) -> dict[str, float]:
    """The columns of a mean and its interval; NaN for what does not exist."""
    ends = (None, None) if interval is None else (interval.low, interval.high)
    names = [name] * len(value) + [f"{name}_low", f"{name}_high"]
    return {key: float("nan") if end is None else end for key, end in zip(names, (*value, *ends), strict=True)}


def _refuse_twice(frame: pd.DataFrame) -> None:
    """Repeated seeds would count one experiment twice."""
    twice = frame[frame.duplicated([*GROUP, "seed"])]
    if len(twice):
        first = twice.iloc[0]
        raise DataError(
            f"expected one run per rule and seed, got two of {first['rule']!r} with seed {first['seed']} on "
            f"{first['task']}: leave one out, or give the variants different labels"
        )
