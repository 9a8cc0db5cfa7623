"""Tables and claims of the sim ablations."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis import statistics
from analysis.report import Claim
from analysis.statistics import Interval, Verdict, magnitude, verdict
from graphgrow.arrays import Array
from graphgrow.store.run import Run
from sims.parts import study
from sims.parts.ablation_list import ABLATIONS, BASES, CONTROLS

MARGIN = 0.002
JUDGED = f"""One claim per ablation, over the pairs of all cells: the part matters where the whole 95 % t interval of
the gain of the change lies beyond {100 * MARGIN:g} points on one side (supported), and does not where the interval
lies within {100 * MARGIN:g} points (refuted). A negative gain: the base is better. Of {len(ABLATIONS)} intervals at
95 % about one misses by chance. Where all pairs are identical, the part had nothing to work on: undecided.
Every pair weighs alike, so that tasks with more seeds weigh more; cells of one seed share their data and are not quite
independent. Runs off their budget are left out."""


def late(runs: Sequence[Run]) -> list[float]:
    """Share of the added edges that came at the last event, run by run; missing where nothing was added."""
    made = []
    for run in runs:
        events = run.events()
        added = [event.added for event in events]
        ends = [event.added for event in events if event.step == events[-1].step]
        made.append(sum(ends) / sum(added) if sum(added) else float("nan"))
    return made


def compared(frame: pd.DataFrame, cell: Sequence[str]) -> pd.DataFrame:
    """Every ablation and control against its base, with what `late` says and whether it matters."""
    parts = []
    for base in BASES:
        mine = [each.label for each in ABLATIONS if each.base == base]
        kept = [base, *mine, *CONTROLS, f"{study.EQUAL_COST}_as_{base}"]
        parts.append(study.differences(frame[frame["rule"].isin(kept)], [base], cell))
    found = pd.concat(parts, ignore_index=True)
    shares = frame.groupby([*cell, "activation", "rule"])["late"].mean()
    keys = list(zip(*(found[name] for name in (*cell, "activation", "rule")), strict=True))
    bounds = zip(found["gain_low"], found["gain_high"], strict=True)
    words = [_matters(Interval(low, high)) for low, high in bounds]
    return found.drop(columns=["verdict", "sign", "unpaired"]).assign(late=[shares[key] for key in keys], matters=words)


def _matters(interval: Interval) -> str:
    return verdict(magnitude(interval), MARGIN).value


def judge(frame: pd.DataFrame) -> list[Claim]:
    """One claim per ablation, over all pairs of all cells."""
    made = []
    keys = ["data", "activation", "seed"]
    scores = frame.set_index([*keys, "rule"])["test"].unstack("rule")
    for each in ABLATIONS:
        text = f"{each.words} matters ({each.label} against {each.base})"
        both = scores.reindex(columns=[each.label, each.base]).dropna()
        if len(both):
            made.append(_claim(text, (both[each.label] - both[each.base]).to_numpy(float)))
        else:
            made.append(Claim(text, Verdict.UNDECIDED, "no pair at equal edges"))
    return made


def _claim(text: str, gains: Array) -> Claim:
    """The part matters, judged by the size of the mean gain; evidence in points."""
    found = statistics.paired(gains)
    interval = found.mean.interval
    effect = "-" if found.effect is None else f"{found.effect:.2f}"
    size, alike = None if interval is None else magnitude(interval), study.alike(found.mean)
    evidence = f"gain {found.mean.text(2, 100)} points, {found.mean.count} pairs, effect {effect}{alike}"
    return Claim(text, verdict(size, MARGIN), evidence)
