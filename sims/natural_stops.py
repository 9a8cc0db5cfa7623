"""Where growth ends by itself: edges reached, the cause, and what was still extreme then."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from analysis import statistics
from analysis.report import Claim
from sims.study import claim_of
from sims.tolerant import Attempt

CELL = ("network", "share")
ALONE = "extrema"

ITSELF = (
    "The share of runs of `extrema` that ended below the budget without an extremum in the last probe: supported where "
    "its exact 95 % interval (Clopper and Pearson 1934) lies above one half, refuted where it lies at or below."
)
STOPS = (
    "Runs that did not end at their budget: edges reached, why no more grew, neurons that were extreme at the end "
    "(mean over runs). `static`, `dense` and `small_dense` do not grow on purpose."
)


def stops(done: Attempt) -> pd.DataFrame:
    """One row per run that ended off its budget, and per run of `extrema`: edges, cause, extrema at the end."""
    rows = []
    for case, run in zip(done.cases, done.runs, strict=True):
        ended, last = run.summary(), run.rows()[-1]
        short = str(ended.get("shortfall") or "")
        if not short and case.label != ALONE:
            continue
        counts = last.get("extrema") or {}
        rows.append({
            **case.cell, "activation": case.settings.start.activation, "rule": case.label,
            "edges": ended["edges"], "budget": case.settings.growth.budget,
            "cause": short.split(": ", 1)[-1] if short else "budget reached",
            "extrema": sum(sum(pair) for pair in counts.values()),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=[*CELL, "activation", "rule", "edges", "budget", "cause", "extrema"])


def told(stopped: pd.DataFrame) -> pd.DataFrame:
    """`stops` by cell, rule and cause."""
    groups = stopped.groupby([*CELL, "activation", "rule", "budget", "cause"], sort=False)
    edges, extrema = groups["edges"], groups["extrema"]
    made = pd.DataFrame({"runs": groups.size(), "edges": edges.mean().round().astype(int), "fewest": edges.min(),
                         "most": edges.max(), "extrema": extrema.mean().round(1)})  # fmt: skip
    return made.reset_index()


def by_itself(stopped: pd.DataFrame) -> list[Claim]:
    """One claim per network and activation, over its budgets and seeds."""
    made = []
    for (network, activation), rows in stopped[stopped["rule"] == ALONE].groupby(["network", "activation"], sort=False):
        quiet = int(((rows["edges"] < rows["budget"]) & (rows["extrema"] == 0)).sum())
        found = statistics.share(quiet, len(rows))
        half = replace(found, value=found.value - 0.5, interval=_less(found, 0.5))
        text = f"growth at extrema stops by itself in most runs ({network}, {activation})"
        claim = claim_of(text, half)
        made.append(Claim(text, claim.verdict, f"{quiet} of {len(rows)} runs, share {found.text(2)}"))
    return made


def _less(found: statistics.Mean, by: float) -> statistics.Interval | None:
    held = found.interval
    return None if held is None else statistics.Interval(held.low - by, held.high - by)
