"""Whether signals predict what growth events change: partial rank correlations by run, with seeds as the unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from analysis import statistics
from analysis.permutation import Group, fisher, partial_ranks, shuffled_partial_ranks
from analysis.report import Claim
from analysis.statistics import Interval, Mean, Verdict
from graphgrow.arrays import Array
from sims.parts.study import claim_of

CONTROL = "random"
"""The rule that cannot follow a signal: what correlates there as well is no doing of the signal."""


@dataclass(frozen=True)
class Question:
    """Signals and outcomes that form one family of tests, the smallest correlation that counts, and what is controlled.

    `trend` is the degree of the polynomial of the event number that both sides are freed of, beside the rank of the
    edges added (left out where `edges` is False): what signals and structure owe to the course of training, which need
    not be monotone.
    """

    signals: Sequence[str]
    outcomes: Sequence[str]
    margin: float = 0.1
    trend: int = 3
    shuffles: int = 5000
    edges: bool = True


@dataclass(frozen=True, eq=False)
class Events:
    """The events of one run: its rule, its seed and a table with a row per event."""

    rule: str
    seed: int
    table: pd.DataFrame


def group(mine: pd.DataFrame, theirs: pd.DataFrame, asked: Question, controlled: bool = True) -> Group:
    """Signals of one run beside outcomes of another, or the same, event by event; controls belong to the outcomes."""
    rows = min(len(mine), len(theirs))
    outcome = theirs.iloc[:rows]
    # The last event may have no epoch after it.
    known = outcome[list(asked.outcomes)].notna().all(axis=1).to_numpy()
    controls = np.zeros((rows, 0))
    if controlled:
        time = np.linspace(-1, 1, rows)[:, None] ** np.arange(1, asked.trend + 1)
        controls = np.column_stack([rankdata(outcome["added"]), time]) if asked.edges else time
    return Group(
        mine.iloc[:rows][list(asked.signals)].to_numpy(np.float64)[known],
        outcome[list(asked.outcomes)].to_numpy(np.float64)[known],
        controls[known],
    )


def cells(runs: Sequence[Events], asked: Question) -> pd.DataFrame:
    """One row per signal and outcome, over the runs that are no control.

    Columns: signal, outcome, seeds and runs that have a value; plain, the Spearman correlation without controls; r with
    r_low and r_high, the partial one given edges added and event number (mean Fisher z of the rules of a seed, t
    interval over seeds); p_shuffled and its Holm correction; differs, whether r differs from 0 after Holm both by seeds
    and by shuffles; verdict on "r exceeds the margin" in the family by Holm, and alone, the same without correction;
    borrowed, r with the signals of another seed; control, r where growth is random.
    """
    led, control = ([run for run in runs if (run.rule == CONTROL) == is_it] for is_it in (False, True))
    own = by_seed(led, asked)
    means = _means(own)
    # What no seed has a value for is no test, and must not make the correction harder.
    pairs = [pair for pair in np.ndindex(len(asked.signals), len(asked.outcomes)) if means[pair] is not None]
    held: list[Mean] = [made for pair in pairs if (made := means[pair]) is not None]
    margin = float(fisher(asked.margin))
    judged, apart = statistics.holm_verdicts(held, margin), statistics.holm_verdicts(held)
    _, p = shuffled_partial_ranks([group(run.table, run.table, asked) for run in led], asked.shuffles)
    corrected: Sequence[float] | Array = statistics.holm([p[pair] for pair in pairs]) if pairs else []
    plain, borrowed = _average(by_seed(led, asked, controlled=False)), _average(by_seed(led, asked, borrowed=True))
    random = _average(by_seed(control, asked)) if control else np.full(plain.shape, nan)
    each = np.array([partial_ranks(group(run.table, run.table, asked)) for run in led])
    rows = []
    for pair, mean, verdict, other, rare in zip(pairs, held, judged, apart, corrected, strict=True):
        interval = mean.interval or Interval(nan, nan)
        rows.append(
            {
                "signal": asked.signals[pair[0]], "outcome": asked.outcomes[pair[1]],
                "seeds": mean.count, "runs": int(np.isfinite(each[:, pair[0], pair[1]]).sum()),
                "plain": plain[pair], "r": np.tanh(mean.value),
                "r_low": np.tanh(interval.low), "r_high": np.tanh(interval.high),
                "p_shuffled": p[pair], "holm_shuffled": rare,
                "differs": other is not Verdict.UNDECIDED and rare < 1 - statistics.CONFIDENCE,
                "alone": statistics.verdict(mean.interval, margin).value, "verdict": verdict.value,
                "borrowed": borrowed[pair], "control": random[pair],
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = ["signal", "outcome", "seeds", "runs", "plain", "r", "r_low", "r_high", "p_shuffled", "holm_shuffled",
           "differs", "alone", "verdict", "borrowed", "control"]  # fmt: skip


def by_seed(
    runs: Sequence[Events], asked: Question, borrowed: bool = False, controlled: bool = True
) -> dict[int, Array]:
    """Seed -> float64 (signals, outcomes), mean Fisher z over the rules of the seed; NaN where none has one.

    Parameters
    ----------
    borrowed : with the signals of the next seed of the same rule in place of a run's own: what both owe to the course
        of training, which all seeds share, is in both.
    """
    held: dict[int, list[Array]] = {}
    for run in runs:
        alike = sorted((other for other in runs if other.rule == run.rule), key=lambda other: other.seed)
        other = alike[(alike.index(run) + 1) % len(alike)] if borrowed else run
        if borrowed and other is run:
            continue
        z = fisher(partial_ranks(group(other.table, run.table, asked, controlled)))
        held.setdefault(run.seed, []).append(z)
    return {seed: _nanmean(np.array(values)) for seed, values in sorted(held.items())}


def beyond(runs: Sequence[Events], asked: Question, signal: str, outcome: str) -> list[Claim]:
    """For one cell: its r is farther from 0, on its own side, than with signals of another seed and in random growth.

    Differences of Fisher z, seed by seed, turned so that more than 0 means a stronger tie. The cell may have been
    chosen from the same data, so that verdicts are those after Holm over all cells.
    """
    led, control = ([run for run in runs if (run.rule == CONTROL) == is_it] for is_it in (False, True))
    own, pair = by_seed(led, asked), (asked.signals.index(signal), asked.outcomes.index(outcome))
    r = _average(own)
    made = []
    for others, words in (
        (by_seed(led, asked, borrowed=True), "with the signal of another seed"),
        (by_seed(control, asked), "in random growth"),
    ):
        apart = {seed: np.sign(r) * (own[seed] - others[seed]) for seed in own if seed in others}
        means = {at: mean for at, mean in _means(apart).items() if mean is not None} if apart else {}
        if pair not in means:
            continue
        found = dict(zip(means, statistics.holm_verdicts(list(means.values())), strict=True))[pair]
        text = f"{signal} and the size of the change of {outcome} (r {r[pair]:.2f}) are tied more strongly than {words}"
        alone = claim_of(text, means[pair], decimals=2)
        made.append(Claim(text, found, f"{alone.evidence}; {alone.verdict.value} before Holm over {len(means)} cells"))
    return made


def hypothesis(table: pd.DataFrame, text: str, signals: Sequence[str], asked: Question) -> Claim:
    """Supported where a cell of these signals is after Holm and by shuffles, refuted where each is by itself."""
    mine = table[table["signal"].isin(signals)]
    words = f"{text} (partial rank correlation above {asked.margin:g})"
    if mine.empty:
        return Claim(words, Verdict.UNDECIDED, "no run in which the signal and a metric both varied")
    won = mine[(mine["verdict"] == Verdict.SUPPORTED.value) & mine["differs"]]
    refuted = bool((mine["alone"] == Verdict.REFUTED.value).all())
    found = Verdict.SUPPORTED if len(won) else Verdict.REFUTED if refuted else Verdict.UNDECIDED
    top = mine.loc[mine["r"].idxmax()]
    named = "; ".join(f"{row['signal']} with {row['outcome']}" for _, row in won.iterrows())
    low = int((mine["alone"] == Verdict.REFUTED.value).sum())
    evidence = f"{len(mine)} cells, {len(won)} supported after Holm{': ' * bool(named)}{named}, {low} refuted alone; "
    return Claim(words, found, f"{evidence}largest {bounded(top)}: {top['signal']} with {top['outcome']}")


def bounded(row: pd.Series[float]) -> str:
    """r of a row of `cells` with its interval."""
    ends = "-" if np.isnan(row["r_low"]) else f"{row['r_low']:.2f}, {row['r_high']:.2f}"
    return f"{row['r']:.2f} [{ends}]"


def on_average(runs: Sequence[Events], text: str, signals: Sequence[str], asked: Question) -> Claim:
    """The mean r over all cells of these signals exceeds the margin, seed by seed: a hypothesis in one number."""
    own = by_seed([run for run in runs if run.rule != CONTROL], replace(asked, signals=signals))
    found = [float(np.nanmean(each)) for each in own.values() if np.isfinite(each).any()]
    words = f"{text}, on average over its cells (Fisher z above {float(fisher(asked.margin)):.2g})"
    if not found:
        return Claim(words, Verdict.UNDECIDED, "no run in which the signal and a metric both varied")
    made = claim_of(words, statistics.mean(found), float(fisher(asked.margin)), decimals=3, each="seed")
    return Claim(made.text, made.verdict, made.evidence.replace("difference", "mean z"))


def by_rule(runs: Sequence[Events], asked: Question, table: pd.DataFrame, most: int = 8) -> pd.DataFrame:
    """The partial correlation in each rule, mean over seeds, for the cells that are farthest from 0."""
    shown = table.loc[table["r"].abs().sort_values(ascending=False).index[:most], ["signal", "outcome", "r"]]
    made = shown.rename(columns={"r": "all but random"}).reset_index(drop=True)
    for rule in dict.fromkeys(run.rule for run in runs):
        found = _average(by_seed([run for run in runs if run.rule == rule], asked))
        places = zip(made["signal"], made["outcome"], strict=True)
        made[rule] = [found[asked.signals.index(one), asked.outcomes.index(other)] for one, other in places]
    return made.round(2)


def sizes(table: pd.DataFrame) -> str:
    """How large correlations are, whatever their sign: what the controls take away, and what chance leaves."""
    names = {
        "plain": "without controls",
        "r": "partial",
        "borrowed": "with another seed's signals",
        "control": "random",
    }
    told = [f"{words} {table[name].abs().mean():.2f}" for name, words in names.items() if table[name].notna().any()]
    return f" Mean size |r| over cells: {', '.join(told)}."


def _means(own: dict[int, Array]) -> dict[tuple[int, ...], Mean | None]:
    """Over seeds, for every pair of a signal and an outcome."""
    stack = np.array(list(own.values()))
    made: dict[tuple[int, ...], Mean | None] = {}
    for pair in np.ndindex(*stack.shape[1:]):
        known = stack[(slice(None), *pair)]
        known = known[np.isfinite(known)]
        made[pair] = statistics.mean(known) if known.size else None
    return made


def _average(own: dict[int, Array]) -> Array:
    """float64 (signals, outcomes): correlation, the mean over seeds taken in z."""
    made: Array = np.tanh(_nanmean(np.array(list(own.values()))))
    return made


def _nanmean(values: Array) -> Array:
    """Over the first axis, NaN where there is nothing."""
    known = np.isfinite(values)
    total = np.where(known, values, 0).sum(axis=0)
    made: Array = np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), nan)
    return made
