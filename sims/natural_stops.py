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
    "Of the runs of `extrema` that grew at all, the share that ended below the budget without an extremum in the last "
    "probe: supported where its exact 95 % interval (Clopper and Pearson 1934) lies above one half, refuted where it "
    "lies at or below. Runs that never had an extremum never grew, and cannot tell. Runs of one seed at several "
    "budgets count as independent, which they are not quite."
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
            "edges": ended["edges"], "budget": case.settings.growth.budget,
            "cause": short.split(": ", 1)[-1] if short else "budget reached",
            "extrema": sum(sum(pair) for pair in counts.values()),
            "grew": any(event.accepted for event in run.events()),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=[*CELL, "activation", "rule", "edges", "budget", "cause", "extrema", "grew"])


def told(stopped: pd.DataFrame) -> pd.DataFrame:
    """`stops` by cell, rule and cause."""
    groups = stopped.groupby([*CELL, "activation", "rule", "budget", "cause"], sort=False)
    edges, extrema = groups["edges"], groups["extrema"]
    made = pd.DataFrame({"runs": groups.size(), "edges": edges.mean().round().astype(int), "fewest": edges.min(),
                         "most": edges.max(), "extrema": extrema.mean().round(1)})  # fmt: skip
    return made.reset_index()


def by_itself(stopped: pd.DataFrame) -> list[Claim]:
    """One claim per network and activation, over its budgets and seeds; undecided where no run grew."""
    made, alone = [], stopped[stopped["rule"] == ALONE]
    for (network, activation), every in alone.groupby(["network", "activation"], sort=False):
        rows = every[every["grew"].astype(bool)]
        text = f"growth at extrema stops by itself in most runs ({network}, {activation})"
        if not len(rows):
            made.append(Claim(text, statistics.Verdict.UNDECIDED, f"none of {len(every)} runs grew"))
            continue
        quiet = int(((rows["edges"] < rows["budget"]) & (rows["extrema"] == 0)).sum())
        found = statistics.share(quiet, len(rows))
        half = replace(found, value=found.value - 0.5, interval=_less(found, 0.5))
        claim = claim_of(text, half)
        still = f"; {len(every) - len(rows)} more never grew" if len(every) > len(rows) else ""
        made.append(Claim(text, claim.verdict, f"{quiet} of {len(rows)} runs, share {found.text(2)}{still}"))
    return made


def _less(found: statistics.Mean, by: float) -> statistics.Interval | None:
    held = found.interval
    return None if held is None else statistics.Interval(held.low - by, held.high - by)
