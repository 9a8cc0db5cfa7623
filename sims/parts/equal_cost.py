"""Trainings of equal cost, and what one way spares beside another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from analysis import statistics
from analysis.report import Claim
from graphgrow.store.run import Run
from sims.parts.study import Case, claim_of
from sims.parts.tolerant import Attempt


def edge_steps(run: Run) -> int:
    """What a run cost."""
    return int(str(run.summary()["edge_steps"]))


def stretched(case: Case, run: Run, epochs: int, label: str) -> Case:
    """The same training over other epochs: rate schedule and asks keep their places, so cost grows in proportion."""
    fit, growth = case.settings.fit, case.settings.growth
    per_epoch = int(str(run.rows()[-1]["step"])) // fit.epochs
    every = max(1, round(per_epoch * epochs / fit.epochs))
    settings = replace(case.settings, fit=replace(fit, epochs=epochs), growth=replace(growth, ask_every=every))
    return replace(case, settings=replace(settings, label=label))


def partners(done: Attempt, label: str) -> dict[tuple[object, int], Run]:
    """Cell and seed -> the run of a variant."""
    return {
        (case.cell["share"], case.settings.seed): run
        for case, run in zip(done.cases, done.runs, strict=True)
        if case.label == label
    }


SAVED = (
    "Paired differences pruning - growing at equal epochs, of edge-steps and of seconds, mean over seeds; and by what "
    "factor pruning costs more. Seconds are those of a machine that did other work beside."
)


def savings(frame: pd.DataFrame, growing: Sequence[str], pruning: Sequence[str]) -> pd.DataFrame:
    """One row per budget, growing and pruning rule: what growing spares, with 95 % t intervals over pairs."""
    rows = []
    for share, held in frame.groupby("share", sort=False):
        by_rule = {str(rule): group.set_index("seed") for rule, group in held.groupby("rule")}
        for grows in growing:
            for prunes in pruning:
                row = {"share": share, "growing": grows, "pruning": prunes}
                for name in ("edge_steps", "seconds"):
                    less, more = by_rule[grows][name].astype(float), by_rule[prunes][name].astype(float)
                    found = statistics.mean((more - less).dropna())
                    ends = found.interval or statistics.Interval(float("nan"), float("nan"))
                    row |= {name: found.value, f"{name}_low": ends.low, f"{name}_high": ends.high}
                    row |= {f"factor_{name}": float((more / less).mean()), "pairs": found.count}
                rows.append(row)
    return pd.DataFrame(rows)


def saving_claims(spared: pd.DataFrame) -> list[Claim]:
    """One claim per row of `savings`, on wall time: fewer edge-steps follow from the way of counting them."""
    made = []
    for _, row in spared.iterrows():
        low, high = float(row["seconds_low"]), float(row["seconds_high"])
        interval = None if low != low else statistics.Interval(low, high)
        mean = statistics.Mean(float(row["seconds"]), interval, int(row["pairs"]))
        text = f"{row['growing']} takes less wall time than {row['pruning']} ({row['share']})"
        made.append(claim_of(text, mean, decimals=2))
    return made
