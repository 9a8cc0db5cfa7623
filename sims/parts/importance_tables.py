"""How far scores agree with importance: a row per run, score and measure; tables and claims with seeds as the unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from analysis import ranks, statistics
from analysis.figures.rank_forest import COLUMNS
from analysis.report import Claim
from analysis.statistics import Mean, Verdict
from sims.parts.centralities import EXTREMES, HIGH, INWARD, KATZ, LOW, MATCHED, SEVERITY, SIZE, SPREAD, SUMS, scores
from sims.parts.importance import ACTIVITY, TO_MEAN, Measured
from sims.parts.study import Case

CELL = ["network", "activation"]
ALMOST = 0.9
"""From where on a correlation is called almost perfect."""
SHOWN = ["Katz in, paths, 0.1", "Katz in, |w|, 0.1", "Katz in x out, |w|, 0.1", "strength in x out", HIGH, LOW, SIZE]


def rows(case: Case, found: Measured, draws: int) -> pd.DataFrame:
    """One row per score and measure of importance of one network.

    Columns: those of `CELL`, rule, seed, score, answer, the fields of `ranks.Agreement`, partial (correlation at equal
    rank of the control that a Katz variant goes beyond, against ablation to the mean alone), reliability.
    """
    names, values = ranks.stacked(scores(found))
    answers, worth = ranks.stacked(found.importance)
    made = ranks.agreement(values, worth, found.level, draws, case.settings.seed)
    frame = pd.DataFrame([(score, answer) for score in names for answer in answers], columns=["score", "answer"])
    for name in ("within", "whole", "depth", "low", "high", "p"):
        frame[name] = getattr(made, name).ravel()
    frame["partial"] = np.nan
    for score, control in MATCHED.items():
        given = values[names.index(control)]
        left = ranks.partial(values[names.index(score)], found.importance[TO_MEAN], given, found.level)
        frame.loc[(frame["score"] == score) & (frame["answer"] == TO_MEAN), "partial"] = left
    shared = {**case.cell, "activation": case.settings.start.activation, "rule": case.label, "seed": case.settings.seed}
    frame = frame.assign(**shared, reliability=found.reliability)
    return frame[[*shared, *(name for name in frame if name not in shared)]]


def per_seed(frame: pd.DataFrame, column: str, answer: str = TO_MEAN) -> pd.DataFrame:
    """seed x score: a column in the mean over rules, for the rows of one cell and one measure of importance."""
    kept = frame[frame["answer"] == answer]
    return kept.pivot_table(index="seed", columns="score", values=column, aggfunc="mean", dropna=False)


def cells(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each cell in words, with its rows."""
    for keys, kept in frame.groupby(CELL, sort=False):
        yield ", ".join(keys), kept


def over_seeds(values: pd.Series[float]) -> Mean | None:
    """Mean over the seeds that have a value; None where none has."""
    held = values.dropna()
    return statistics.mean(held.to_numpy()) if len(held) else None


def correlation_table(kept: pd.DataFrame) -> pd.DataFrame:
    """Every score of one cell against ablation to the mean: within levels, over all neurons, and by chance."""
    within, whole, depth = (per_seed(kept, name) for name in ("within", "whole", "depth"))
    ablated = kept[kept["answer"] == TO_MEAN]
    made = []
    for score in _ordered(kept):
        mine, found = ablated[ablated["score"] == score], over_seeds(within[score])
        if found is None:
            continue
        held = statistics.paired(within[score].dropna().to_numpy()).bootstrap
        made.append(
            {
                "score": score,
                "within levels [t]": found.text(),
                "bootstrap": "-" if held is None else f"[{held.low:.2f}, {held.high:.2f}]",
                "whole network": f"{whole[score].mean():.2f}",
                "by depth alone": f"{depth[score].mean():.2f}",
                "chance 95 %": f"[{mine['low'].mean():.2f}, {mine['high'].mean():.2f}]",
                "networks p < 0.05": f"{int((mine['p'] < 0.05).sum())} of {int(mine['p'].notna().sum())}",
            }
        )
    return pd.DataFrame(made)


def forest_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The same as numbers, all cells, for `analysis.figures.rank_forest`."""
    made = []
    for where, kept in cells(frame):
        within, whole = per_seed(kept, "within"), per_seed(kept, "whole")
        low, high = per_seed(kept, "low"), per_seed(kept, "high")
        for score in _ordered(kept):
            found = over_seeds(within[score])
            if found is None:
                continue
            ends = (np.nan, np.nan) if found.interval is None else (found.interval.low, found.interval.high)
            chance = (low[score].mean(), high[score].mean())
            made.append((where, score, found.value, *ends, whole[score].mean(), *chance, found.count))
    return pd.DataFrame(made, columns=list(COLUMNS))


def answer_table(frame: pd.DataFrame) -> pd.DataFrame:
    """score x measure of importance: correlation within levels in the mean over cells, rules and seeds."""
    made = frame.pivot_table(index="score", columns="answer", values="within", aggfunc="mean", sort=False)
    # Nothing is told by a score that is the answer itself.
    made.loc[SIZE, ACTIVITY] = np.nan
    return made.loc[_ordered(frame), list(dict.fromkeys(frame["answer"]))]


def rule_table(frame: pd.DataFrame) -> pd.DataFrame:
    """A few scores against ablation to the mean, within levels, by rule, and how far the ablations repeat."""
    ablated = frame[frame["answer"] == TO_MEAN]
    keys = [*CELL, "rule"]
    made = ablated.pivot_table(index=keys, columns="score", values="within", aggfunc="mean", sort=False)[SHOWN]
    halves = ablated.groupby(keys, sort=False)["reliability"].mean()
    made.insert(0, "ablation repeats", halves)
    return made.round(2).reset_index()


def matched_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Every Katz variant less the sum over direct edges that it goes beyond, seed by seed."""
    made = []
    for _, kept in cells(frame):
        within, left = per_seed(kept, "within"), per_seed(kept, "partial")
        means = {score: over_seeds(within[score] - within[control]) for score, control in MATCHED.items()}
        known = {score: mean for score, mean in means.items() if mean is not None}
        decided = statistics.holm_verdicts(list(known.values()))
        for (score, mean), after in zip(known.items(), decided, strict=True):
            held = over_seeds(left[score])
            made.append(
                {
                    **{name: kept[name].iloc[0] for name in CELL},
                    "score": score,
                    "less": MATCHED[score],
                    "difference [t]": mean.text(3),
                    "verdict": statistics.verdict(mean.interval).value,
                    "holm": after.value,
                    "at equal rank of the control": "-" if held is None else held.text(2),
                }
            )
    return pd.DataFrame(made)


def claims(frame: pd.DataFrame) -> list[Claim]:
    """The four hypotheses in every cell."""
    made = []
    for where, kept in cells(frame):
        made += [*_almost_perfect(where, kept), *_beyond_edges(where, kept)]
        made += [*_extremes(where, kept), _depth(where, kept)]
    return sorted(made, key=lambda claim: claim.text[:3])


def any_of(text: str, means: Mapping[str, Mean | None], margin: float) -> Claim:
    """A claim that at least one lies above the margin: supported by one after Holm, refuted where all are refuted."""
    known = {name: mean for name, mean in means.items() if mean is not None}
    if not known:
        return Claim(text, Verdict.UNDECIDED, "nothing varies")
    plain = [statistics.verdict(mean.interval, margin) for mean in known.values()]
    after = statistics.holm_verdicts(list(known.values()), margin)
    decided = Verdict.UNDECIDED
    if Verdict.SUPPORTED in after:
        decided = Verdict.SUPPORTED
    elif all(each is Verdict.REFUTED for each in plain):
        decided = Verdict.REFUTED
    best = max(known, key=lambda name: known[name].value)
    seeds = known[best].count
    return Claim(text, decided, f"best of {len(known)}: {best}, {known[best].text()}, 95 % t interval, {seeds} seeds")


def _almost_perfect(where: str, kept: pd.DataFrame) -> list[Claim]:
    within, source = per_seed(kept, "within"), per_seed(kept, "within", ACTIVITY)
    repeats = kept.groupby("seed")["reliability"].mean()
    # Of all samples by Spearman and Brown 1910 from its halves; a perfect score reaches its root (Spearman 1904).
    ceiling = np.sqrt(2 * repeats / (1 + repeats)).where(repeats > 0)
    corrected = within.div(ceiling, axis=0)
    words = f"some Katz variant correlates within levels by more than {ALMOST} with"
    asked = (("ablation", within), ("ablation, corrected for noise,", corrected), ("mean |a|", source))
    return [
        any_of(f"H1: {words} {name} ({where})", {score: over_seeds(values[score]) for score in KATZ}, ALMOST)
        for name, values in asked
    ]


def _beyond_edges(where: str, kept: pd.DataFrame) -> list[Claim]:
    within = per_seed(kept, "within")
    pairs = pd.DataFrame({score: within[score] - within[control] for score, control in MATCHED.items()})
    text = "H2: Katz correlates more with ablation than"
    return [
        _claim(f"{text} sums over direct edges, each variant against its own ({where})", pairs.mean(axis=1)),
        _claim(f"{text} they do, the best against the best ({where})", _best(within[KATZ]) - _best(within[SUMS])),
        _claim(f"{text} the activation does, the best against the best ({where})",
               _best(within[KATZ]) - _best(within[[SIZE, SPREAD]])),
    ]  # fmt: skip


def _best(within: pd.DataFrame) -> pd.Series[float]:
    """By seed, the value of the score that is best in the mean over the other seeds; NaN where there are no others."""
    made = {}
    for seed in within.index:
        others = within.drop(index=seed).mean()
        made[seed] = within.loc[seed, others.idxmax()] if others.notna().any() else np.nan
    return pd.Series(made, dtype=float)


def _extremes(where: str, kept: pd.DataFrame) -> list[Claim]:
    within = per_seed(kept, "within")
    return [
        _claim(f"H3: {score} of neurons correlates positively with ablation ({where})", within[score])
        for score in (SEVERITY, HIGH, LOW)
    ]


def _depth(where: str, kept: pd.DataFrame) -> Claim:
    more = (per_seed(kept, "whole") - per_seed(kept, "within"))[INWARD].mean(axis=1)
    return _claim(f"H4: inward Katz correlates more over the whole network than within levels ({where})", more)


def _claim(text: str, values: pd.Series[float]) -> Claim:
    found = over_seeds(values)
    if found is None:
        return Claim(text, Verdict.UNDECIDED, "no seed in which both vary, or no second seed to choose by")
    told = f"{found.text(3)}, 95 % t interval, {found.count} seeds" if found.interval else f"{found.text(3)}, one seed"
    return Claim(text, statistics.verdict(found.interval), told)


def _ordered(frame: pd.DataFrame) -> list[str]:
    known: Sequence[str] = [*KATZ, *SUMS, *EXTREMES]
    held = set(frame["score"])
    return [score for score in known if score in held]
