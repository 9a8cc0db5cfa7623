"""Tables, claims and figures of the sim epsilon_ball, from its runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis import statistics
from analysis.figures.curves import Curve, Panel, curves
from analysis.figures.style import span
from analysis.report import Claim
from analysis.saturation import ball, factor
from analysis.tables import readable
from graphgrow.graph.graph import Graph
from graphgrow.measure.extrema import expected_share
from graphgrow.store.run import Run
from sims.parts.looking import signals
from sims.parts.study import Case, claim_of

# The sizes that the founding document gives numbers for; claims are about these.
FOUNDING = (0.05, 0.10, 0.20)
START, TRAINED, GROWN = "at the start", "after training", "grown with this ball"
PREDICTED = {
    "unit": "unit Gaussian",
    "by_level": "Gaussian of each level",
    "by_neuron": "Gaussian of each neuron",
}
SHARES = """Share of (hidden neuron, sample) pairs in the ball, beside the prediction of a unit Gaussian and of
Gaussians with the measured mean and variance of each level and of each neuron; extreme: neurons with more than half
of their samples in the ball; gradient: mean a (1 - a) of these, inside: of their samples in the ball, border: eps (1
- eps); bits: log2(100 (1 - 2 eps)), used: entropy of the activations outside the ball in as many levels. Differences
of claims about factors are 1 - |log2(measured / predicted)|, at the worst of 0.05, 0.10 and 0.20: 0 is a factor of
two."""
GROWTH = """Edges that the rule adds by itself, without budget: in all, per ask (one an epoch in the first three
quarters of training) and per event (asks at which something was added); last: epoch of the last event; epsilon: size
of the ball at the last event."""


def size_of(name: str) -> float:
    """0.05 for 05."""
    return int(name) / 100


def shares(cases: Sequence[Case], runs: Sequence[Run], sizes: Sequence[str]) -> pd.DataFrame:
    """One row per data, network, seed and ball."""
    rows: list[dict[str, Any]] = []
    for case, run in zip(cases, runs, strict=True):
        looks: list[tuple[str, Callable[[], Graph], list[str]]] = []
        if case.label == "static":
            looks = [(START, run.start, list(sizes)), (TRAINED, run.final, list(sizes))]
        if case.label.startswith("topped_up_") and case.label[-2:] in sizes:
            looks = [(GROWN, run.final, [case.label[-2:]])]
        for network, read, named in looks:
            graph = read()
            activation = signals(run, graph).activation
            same = {**case.cell, "network": network, "seed": case.settings.seed, "samples": activation.shape[1]}
            rows += [{**same, **asdict(ball(graph.wiring, activation, size_of(name)))} for name in named]
    return pd.DataFrame(rows)


def growth(cases: Sequence[Case], runs: Sequence[Run], sizes: Sequence[str]) -> pd.DataFrame:
    """One row per data, seed and rule that grows by itself."""
    rows = []
    for case, run in zip(cases, runs, strict=True):
        if not case.label.startswith("alone_"):
            continue
        settings, events = case.settings, run.events()
        added = run.final().edges - run.start().edges
        asks = int(settings.growth.until * settings.fit.epochs)
        last = events[-1] if events else None
        known = size_of(case.label[-2:]) if case.label[-2:] in sizes else float("nan")
        rows.append(
            {
                **case.cell,
                "rule": case.label,
                "seed": settings.seed,
                "asks": asks,
                "added": added,
                "per_ask": added / asks if asks else float("nan"),
                "per_event": added / len(events) if events else float("nan"),
                "events": len(events),
                "last": float("nan") if last is None else last.epoch,
                "epsilon": known if last is None else float(str(last.notes.get("epsilon", known))),
            }
        )
    return pd.DataFrame(rows)


def means(frame: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Mean and t interval over seeds of every other column; what never varies stands alone."""
    rows = []
    for held, group in frame.groupby(list(keys), sort=False):
        row: dict[str, Any] = dict(zip(keys, held, strict=True))
        row["seeds"] = len(group)
        for name in [name for name in frame.columns if name not in (*keys, "seed")]:
            values = group[name].dropna()
            if not len(values) or values.nunique() == 1:
                row[name] = f"{values.iloc[0]:.4g}" if len(values) else "-"
                continue
            made = statistics.mean(values)
            low, high = (made.interval.low, made.interval.high) if made.interval else (float("nan"),) * 2
            row[name] = f"{made.value:.4g} [{low:.4g}, {high:.4g}]"
        rows.append(row)
    return readable(pd.DataFrame(rows))


def claims(share: pd.DataFrame, grown: pd.DataFrame) -> list[Claim]:
    """Shares, growth and gradients against what was predicted, in every cell."""
    made: list[Claim] = []
    for data in share["data"].unique():
        mine = share[share["data"] == data]
        for network in (START, TRAINED):
            for name, words in PREDICTED.items():
                text = f"the share is that of the {words} {network}, within a factor of two ({data})"
                made += _within(mine[mine["network"] == network], "share", name, text)
        made += _growth(grown[grown["data"] == data], data)
        for name, words in (("gradient", "all their samples"), ("inside", "their samples in the ball")):
            text = f"the slope of extreme neurons over {words} is eps (1 - eps), within a factor of two ({data})"
            made += _within(mine[mine["network"] == GROWN], name, "border", text)
    return made


def _within(rows: pd.DataFrame, measured: str, predicted: str, text: str) -> list[Claim]:
    """How far the worst of the founding sizes lies below a factor of two, in doublings, seed by seed."""
    values = []
    for _, seed in rows[rows["epsilon"].isin(FOUNDING)].groupby("seed"):
        least = 0.5 / (seed["hidden"] * seed["samples"])
        found = [factor(a, b, c) for a, b, c in zip(seed[measured], seed[predicted], least, strict=True)]
        values.append(1 - float(np.nanmax(found)) if not np.isnan(found).all() else float("nan"))
    kept = np.array(values)[~np.isnan(values)]
    # A share of nothing in every seed is no repetition of one run, but a limit that all of them meet.
    return [claim_of(text, statistics.mean(kept), decimals=2, each="seed", exact=True)] if kept.size else []


def _growth(rows: pd.DataFrame, data: str) -> list[Claim]:
    """More edges per ask with the wide ball than with the narrow one, and as much more as the shares say."""
    wide, narrow = (rows[rows["rule"] == rule].set_index("seed")["per_ask"] for rule in ("alone_20", "alone_05"))
    least = 0.5 / float(rows["asks"].max())
    ratio = expected_share(0.20) / expected_share(0.05)
    off = [1 - factor(max(wide[seed], least) / max(narrow[seed], least), ratio, 0.0)
           for seed in wide.index if max(wide[seed], narrow[seed]) > 0]  # fmt: skip
    more, times = (
        f"0.20 adds more edges per ask than 0.05 ({data})",
        f"it adds {ratio:.0f} times as many, within a factor of two ({data})",
    )
    return [
        claim_of(more, statistics.mean(wide - narrow), decimals=2, exact=True),
        # Of nothing and nothing there is no ratio.
        claim_of(times, statistics.mean(off), decimals=2)
        if off
        else Claim(times, statistics.Verdict.UNDECIDED, "neither added an edge"),
    ]


def figures(share: pd.DataFrame, grown: pd.DataFrame, frame: pd.DataFrame, sizes: Sequence[str]) -> dict[str, Figure]:
    """Shares against predictions over all cells, and what the ball does to growth, cell by cell."""
    seeds = span(share.groupby("data")["seed"].nunique())
    note = f"points: mean of {seeds} seeds with 95 % t interval; lines: predictions, or controls without a ball"
    panels = [_share_panel(share, data, network) for data in share["data"].unique() for network in (START, TRAINED)]
    made = {"Share in the ball, predicted and measured": curves(panels, "Share of activations in the ball", note)}
    for data in share["data"].unique():
        mine = [rows[rows["data"] == data] for rows in (share, grown, frame)]
        made[f"Growth by size of the ball, {data}"] = curves(
            _growth_panels(mine[0], mine[1], mine[2], sizes), f"{data}, sigmoid", note
        )
    return made


def _share_panel(share: pd.DataFrame, data: str, network: str) -> Panel:
    rows = share[(share["data"] == data) & (share["network"] == network)]
    lines = {words: _curve(rows, name, 100, points=False) for name, words in PREDICTED.items()}
    measured = {"measured": _curve(rows, "share", 100, line=False)}
    return Panel(f"{data}, {network}", "epsilon", "share in the ball (%)", {**lines, **measured}, logarithmic=True)


def _growth_panels(share: pd.DataFrame, grown: pd.DataFrame, frame: pd.DataFrame, sizes: Sequence[str]) -> list[Panel]:
    """Edges per ask, extreme neurons, slopes and accuracy over epsilon."""
    rows = share[share["network"] == GROWN]
    alone = grown[grown["rule"] != "alone_adaptive"].assign(epsilon=lambda held: held["rule"].str[-2:].map(size_of))
    slopes = {
        "eps (1 - eps)": _curve(rows, "border", points=False),
        "slope, all samples": _curve(rows, "gradient", line=False),
        "slope, samples in the ball": _curve(rows, "inside", line=False),
    }
    score: dict[str, Curve] = {}
    for start, words in (("alone", "rule alone"), ("topped_up", "topped up")):
        mine = frame[frame["rule"].isin([f"{start}_{size}" for size in sizes])]
        held = mine.assign(epsilon=[size_of(rule[-2:]) for rule in mine["rule"]])
        score[words] = _curve(held, "test", 100, line=False)
        score[f"{words}, adaptive"] = _flat(frame, f"{start}_adaptive", sizes)
    score["edges from the start"] = _flat(frame, "static_at_budget", sizes)
    score["as many random edges"] = _flat(frame, "random", sizes)
    added = {"rule alone": _curve(alone, "per_ask", line=False)}
    extreme = {"topped up": _curve(rows, "extreme", line=False)}
    return [
        Panel("edges added by the rule alone", "epsilon", "edges per ask", added),
        Panel("extreme neurons, topped up, at the end", "epsilon", "neurons (number)", extreme),
        Panel("slope a (1 - a) of extreme neurons", "epsilon", "slope", slopes),
        Panel("accuracy at the last epoch", "epsilon", "test accuracy (%)", score),
    ]


def _curve(rows: pd.DataFrame, name: str, scale: float = 1.0, line: bool = True, points: bool = True) -> Curve:
    """A column over epsilon, one repetition per seed."""
    table = rows.pivot(index="seed", columns="epsilon", values=name).sort_index(axis=1)
    return Curve(table.columns.to_numpy(float), table.to_numpy(float) * scale, line, points)


def _flat(frame: pd.DataFrame, rule: str, sizes: Sequence[str]) -> Curve:
    """The mean score of a rule without a size, as a line across."""
    ends = np.array([size_of(sizes[0]), size_of(sizes[-1])])
    score = 100 * float(frame[frame["rule"] == rule]["test"].mean())
    return Curve(ends, np.full((1, 2), score), points=False)
