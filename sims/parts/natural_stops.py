"""Where growth ends by itself: edges reached, the cause, and what was still extreme then."""

from __future__ import annotations

import pandas as pd

from analysis import statistics
from analysis.report import Claim
from sims.parts.tolerant import Attempt

CELL = ("network", "share")
ALONE = "extrema"

ITSELF = (
    "Of the runs of `extrema` that grew at all, the share that ended below the budget without an extremum in the last "
    "probe: supported where its exact 95 % interval (Clopper and Pearson 1934) lies above one half, refuted where it "
    "lies at or below. That a run must have grown was added after the first execution, in which sigmoid networks "
    "hardly grew at all and 3 of 10 would have counted as stopped: growth that never began neither stops nor fails to. "
    "Runs of one seed at several budgets count as independent, which they are not quite."
)
STOPS = (
    "Runs that did not end at their budget: edges reached, why no more grew, neurons that were extreme at the end "
    "(mean over runs). `static`, `dense` and `small_dense` do not grow on purpose."
)


def stops(done: Attempt) -> pd.DataFrame:
    """One row per run that ended off its budget, and per run of `extrema`: edges, cause, extrema at the end, growth."""
    rows = []
    for case, run in zip(done.cases, done.runs, strict=True):
        ended, last = run.summary(), run.rows()[-1]
        short = str(ended.get("shortfall") or "")
        if not short and case.label != ALONE:
            continue
        counts = last.get("extrema") or {}
        rows.append({
            **case.cell, "activation": case.settings.start.activation, "rule": case.label,
            "edges": ended["edges"], "start": run.start().edges, "budget": case.settings.growth.budget,
            "cause": short.split(": ", 1)[-1] if short else "budget reached",
            "extrema": sum(sum(pair) for pair in counts.values()),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=[*CELL, "activation", "rule", "start", "edges", "budget", "cause", "extrema"])


def told(stopped: pd.DataFrame) -> pd.DataFrame:
    """`stops` by cell, rule and cause."""
    groups = stopped.groupby([*CELL, "activation", "rule", "start", "budget", "cause"], sort=False)
    edges, extrema = groups["edges"], groups["extrema"]
    made = pd.DataFrame({"runs": groups.size(), "edges": edges.mean().round().astype(int), "fewest": edges.min(),
                         "most": edges.max(), "extrema": extrema.mean().round(1)})  # fmt: skip
    return made.reset_index()


def by_itself(stopped: pd.DataFrame) -> list[Claim]:
    """One claim per network and activation, over its budgets and seeds; undecided where no run grew."""
    made, alone = [], stopped[stopped["rule"] == ALONE]
    for (network, activation), every in alone.groupby(["network", "activation"], sort=False):
        rows = every[every["edges"] > every["start"]]
        text = f"growth at extrema stops by itself in most runs ({network}, {activation})"
        if not len(rows):
            made.append(Claim(text, statistics.Verdict.UNDECIDED, f"none of {len(every)} runs grew"))
            continue
        quiet = int(((rows["edges"] < rows["budget"]) & (rows["extrema"] == 0)).sum())
        found = statistics.share(quiet, len(rows))
        still = f"; {len(every) - len(rows)} more never grew" if len(every) > len(rows) else ""
        evidence = f"{quiet} of {len(rows)} runs that grew, share {found.text(2)}{still}"
        made.append(Claim(text, statistics.verdict(found.interval, 0.5), evidence))
    return made
