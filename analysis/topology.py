"""The topology report: every metric of a graph, a file or a run in one tidy table, each value beside its null."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import statistics
from analysis.graph_files import read
from analysis.reading import folder_of, label, setting
from analysis.stored import StoredNetwork
from graphgrow.errors import DataError, GraphError, SettingsError
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Wiring
from graphgrow.measure.adjacency import Adjacency, of
from graphgrow.measure.convert import from_networkx
from graphgrow.measure.measured import Measured
from graphgrow.measure.metrics import Effort, Metric, Subject, every
from graphgrow.measure.nulls import block_preserving
from graphgrow.rng import stream
from graphgrow.store.run import Run

LARGE = 100_000
"""Edges from which on a report takes less effort unless it is told how much."""
EXTREME = 1e75
"""Largest weight whose fourth power is still a number, as sums of squared products need it."""
WHERE = ("site", "event", "epoch", "step")
COLUMNS = ("metric", "name", "projection", "value", "error", "reachable", "null_mean", "null_deviation", "z",
           "null_count", "definition", "parameters", "note")  # fmt: skip


def report(
    what: object,
    effort: Effort | None = None,
    metrics: Sequence[str] | None = None,
    events: Sequence[int] | None = None,
    site: str | None = None,
) -> pd.DataFrame:
    """Every metric of a graph, or of a run at every event, as one tidy table: a row per value.

    Columns: metric (file in measure/metrics), name, projection, value (missing where undefined; note says why), error
    (standard error where sampled), reachable (share of ordered pairs), null_mean, null_deviation, z and null_count
    (networks with endpoints swapped inside their blocks), definition, parameters (JSON), note; of a run also site,
    event (0 is the start), epoch, step. The wiring at an event is exact; weights are those that events recorded, those
    of the last event excepted, which are the final ones.

    Parameters
    ----------
    what : Graph, Wiring, Adjacency, Run, networkx graph, or the path of a run or a graph file.
    effort : exactness, nulls and seed; by default `effort_for` the graph's size.
    metrics : names of metrics; default: all.
    events : of a run, the numbers of its events; default: all.
    site : of a run with several networks, which.

    Raises
    ------
    SettingsError
        A metric that does not exist, or events or a site of what is no run.
    DataError, GraphError, StoreError
        The file, graph or run cannot be read; the message says how to mend it.
    """
    chosen = _chosen([metrics] if isinstance(metrics, str) else metrics)
    if effort is not None and not isinstance(effort, Effort):
        raise SettingsError(f"effort: expected an Effort, got {type(effort).__name__}: pass Effort(nulls=100)")
    if isinstance(what, str | Path):
        what = Run.open(Path(what)) if Path(what).is_dir() else read(what)
    if isinstance(what, Run):
        return _of_run(what, effort, chosen, events, site)
    if events is not None or site is not None:
        raise SettingsError("events and site: expected a run, got a graph, which has neither: leave them out")
    graph = what if isinstance(what, Graph) else None
    return pd.DataFrame(_rows(_adjacency(what), graph, effort, chosen), columns=list(COLUMNS))


def effort_for(graph: Graph | Adjacency) -> Effort:
    """How much work a report of this graph is by default: from 100,000 edges on less is sampled, with fewer nulls."""
    plain = Effort()
    return plain if graph.edges < LARGE else replace(plain, samples=128, nulls=3)


def compare(runs: Iterable[Run], baseline: str, effort: Effort | None = None, metrics: Sequence[str] | None = None,
            seed: int = 0) -> pd.DataFrame:  # fmt: skip
    """The final topologies of several runs, rule against baseline, seed by seed.

    Columns: task, rule, name, definition, pairs, mean and baseline_mean, difference with _low and _high (t interval)
    and bootstrap bounds, effect (mean over standard deviation of the differences), sign, and verdict on "larger than
    the baseline's". Values that are undefined in a run leave its pair out.

    Raises
    ------
    DataError
        No run, none of the baseline, or two runs of one rule and task with one seed.
    """
    known = list(runs)
    if not known or not all(isinstance(run, Run) for run in known):
        odd = next((type(run).__name__ for run in known if not isinstance(run, Run)), "none")
        raise DataError(f"runs: expected runs of several rules, got {odd}: open them with Run.open(folder)")
    return compare_reports(
        pd.concat([_final(run, effort, metrics) for run in known], ignore_index=True), baseline, seed
    )


def compare_reports(frame: pd.DataFrame, baseline: str, seed: int = 0, column: str = "value") -> pd.DataFrame:
    """The same from reports that are there: rows of `report` with columns task, rule and seed; one per rule and seed.

    Parameters
    ----------
    column : what is compared: value, or z, the distance from a network's own null.

    Raises
    ------
    DataError
        As `compare`.
    """
    if baseline not in set(frame["rule"]):
        known = ", ".join(sorted(set(frame["rule"])))
        raise DataError(f"expected the baseline to be one of {known}, got {baseline!r}: name one of these")
    keys = ["task", "name", "definition", "seed"]
    if (twice := frame.duplicated(["rule", *keys])).any():
        first = frame[twice].iloc[0]
        raise DataError(
            f"expected one run per rule and seed, got two of {first['rule']!r} with seed {first['seed']}: leave one out"
        )
    indexed = frame.set_index(keys)[["rule", column]]
    theirs = indexed.loc[indexed["rule"] == baseline, column]
    known, rows = theirs.dropna(), []
    for (task, rule, name, definition), group in indexed[indexed["rule"] != baseline].groupby(
        ["task", "rule", "name", "definition"], sort=False
    ):
        mine = group[column].dropna()
        both = mine.index.intersection(known.index)
        row = {"task": task, "rule": rule, "name": name, "definition": definition, "pairs": len(both)}
        rows.append(row | _paired(mine[both].to_numpy(), known[both].to_numpy(), seed))
    return pd.DataFrame(rows)


def _paired(mine: np.ndarray, theirs: np.ndarray, seed: int) -> dict[str, Any]:
    """The columns of one comparison; missing where there is no pair."""
    names = ("difference_low", "difference_high", "bootstrap_low", "bootstrap_high", "effect")
    made: dict[str, Any] = dict.fromkeys(("mean", "baseline_mean", "difference", *names), float("nan"))
    undecided = statistics.Verdict.UNDECIDED.value
    if not mine.size:
        return made | {"sign": 0, "verdict": undecided}
    found = statistics.paired(mine - theirs, seed=seed)
    made |= {"mean": mine.mean(), "baseline_mean": theirs.mean(), "difference": found.mean.value}
    ends = [found.mean.interval, found.bootstrap]
    bounds = [bound for each in ends for bound in ((np.nan, np.nan) if each is None else (each.low, each.high))]
    made |= dict(zip(names, [*bounds, np.nan if found.effect is None else found.effect], strict=True))
    return made | {"sign": found.sign, "verdict": statistics.verdict(found.mean.interval).value}


def _final(run: Run, effort: Effort | None, metrics: Sequence[str] | None) -> pd.DataFrame:
    """The report at the end of a run, with its task, rule and seed."""
    frame = report(run.final(), effort, metrics)
    return frame.assign(task=str(setting(run, "task", "name")), rule=label(run), seed=int(str(setting(run, "seed"))))


def to_json(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A report as plain objects: missing numbers are null, parameters are objects, whatever the version of pandas."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [
        {str(key): json.loads(value) if key == "parameters" else value for key, value in row.items()} for row in rows
    ]


def _chosen(names: Sequence[str] | None) -> dict[str, Metric]:
    known = every()
    if lacking := [name for name in names or () if name not in known]:
        raise SettingsError(f"unknown metric {', '.join(lacking)}: expected some of {', '.join(known)}")
    return known if names is None else {name: known[name] for name in names}


def _adjacency(what: object) -> Adjacency:
    if isinstance(what, Graph | Wiring):
        return of(what)
    if isinstance(what, Adjacency):
        return what
    if hasattr(what, "is_multigraph") and hasattr(what, "nodes"):
        return from_networkx(what)
    raise GraphError(
        f"topology: expected a Graph, Adjacency, Run, networkx graph or a path, got {type(what).__name__}: convert it"
    )


def _of_run(
    run: Run, effort: Effort | None, metrics: Mapping[str, Metric], events: Sequence[int] | None, site: str | None
) -> pd.DataFrame:
    """One block of rows an event, the start being event 0."""
    name = _site(run, site)
    stored = StoredNetwork(run, name)
    steps = {event.number: event.step for event in run.events()}
    stages = {stage.event: stage for stage in stored.stages}
    wanted = list(stages) if events is None else list(events)
    if lacking := sorted(set(wanted) - set(stages)):
        raise DataError(f"run {folder_of(run)}: no event {lacking[0]} of {name}: choose among {list(stages)}")
    rows = []
    for number in wanted:
        graph = stages[number].graph
        if number == max(stages) and stored.final.wiring.same(graph.wiring):
            graph = stored.final
        at = {"site": name, "event": number, "epoch": stages[number].epoch, "step": steps.get(number, 0)}
        rows += [at | row for row in _rows(of(graph), graph, effort, metrics)]
    return pd.DataFrame(rows, columns=[*WHERE, *COLUMNS])


def _site(run: Run, site: str | None) -> str:
    names = run.sites()
    if site is None and len(names) == 1:
        return names[0]
    if site not in names:
        raise DataError(f"run {folder_of(run)} holds the networks {', '.join(names)}, not {site}: name one of them")
    return site


def _rows(
    adjacency: Adjacency, graph: Graph | None, effort: Effort | None, metrics: Mapping[str, Metric]
) -> list[dict[str, Any]]:
    """All values of one graph."""
    _refuse_extreme(adjacency)
    work = effort_for(adjacency) if effort is None else effort
    subject = Subject(adjacency, graph, work)
    found = {name: list(metric.measure(subject)) for name, metric in metrics.items()}
    compared = [name for name, metric in metrics.items() if metric.randomised(subject)]
    for name, drawn in _drawn(adjacency, {name: metrics[name] for name in compared}, work).items():
        found[name] = [
            value.against(np.array([row[at] for row in drawn if row[at] is not None], np.float64))
            for at, value in enumerate(found[name])
        ]
    return [_row(name, value) for name, values in found.items() for value in values]


def _refuse_extreme(graph: Adjacency) -> None:
    """Weights whose products leave float64 would give infinities and zeros for values."""
    largest = 0.0 if graph.weight is None else float(np.abs(graph.weight).max(initial=0.0))
    if largest and not 1 / EXTREME < largest < EXTREME:
        raise GraphError(f"weights: the largest is {largest:g}, too far from 1 for products of it: scale all")


def _drawn(adjacency: Adjacency, metrics: Mapping[str, Metric], effort: Effort) -> dict[str, list[list[float | None]]]:
    """Metric -> one list of values for each randomised network."""
    made: dict[str, list[list[float | None]]] = {name: [] for name in metrics}
    for number in range(effort.nulls if metrics and adjacency.edges > 1 else 0):
        null = block_preserving(adjacency, stream(effort.seed, "topology null", number))
        for name, metric in metrics.items():
            made[name].append([found.value for found in metric.measure(Subject(null, None, effort))])
    return made


def _row(metric: str, found: Measured) -> dict[str, Any]:
    row = {**asdict(found), "metric": metric, "projection": found.projection.value}
    row["parameters"] = json.dumps(dict(found.parameters), sort_keys=True)
    return row
