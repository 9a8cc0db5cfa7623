"""Planned comparisons as one table: paired differences, and verdicts corrected for how many were asked together."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

import pandas as pd

from analysis import statistics
from analysis.report import Claim, Section
from analysis.statistics import Interval, Mean, Verdict
from sims.parts.study import Contrast, differences, judged

LEFT_OUT = "These runs ended with other edges than asked for; no comparison at equal edges holds them."
FAMILY_RULE = (
    "Intervals are per comparison. `holm` is the verdict after the correction of Holm (1979) for all comparisons of "
    "one hypothesis in one cell (network, budget and activation), so that one false verdict in such a family stays as "
    "rare as 5 %. `edge_steps_factor`: edge-steps of the first as a multiple of those of the second, mean over pairs."
)


def at_budget(frame: pd.DataFrame) -> pd.DataFrame:
    """The runs that ended with exactly the edges of their budget: only these are compared at equal edges."""
    return frame[frame["edges"] == frame["budget"]]


def fair(frame: pd.DataFrame) -> pd.DataFrame:
    """The runs that may be compared: those that ended at their budget, and those that had none to meet."""
    return frame[(frame["edges"] == frame["budget"]) | ~(frame["budget"] > 0)]


def off_budget(frame: pd.DataFrame, cell: Sequence[str], on_purpose: Sequence[str] = ()) -> list[Section]:
    """A section that tells of the runs that `fair` leaves out, but for rules that end elsewhere by design; or none."""
    missed = frame.drop(index=fair(frame).index)
    missed = missed[~missed["rule"].isin(on_purpose)]
    shown = missed[[*cell, "activation", "rule", "seed", "edges", "budget", "shortfall"]]
    return [Section("Left out: not at the edges of the budget", LEFT_OUT, table=shown)] if len(missed) else []


def contrast_table(frame: pd.DataFrame, contrasts: Sequence[Contrast], cell: Sequence[str] = ()) -> pd.DataFrame:
    """One row per contrast, cell and activation with at least one pair; empty where there is none.

    Columns: those of the cell, task, metric, activation, better, worse, margin, pairs, gain and bootstrap with bounds,
    effect, wins, losses, edge_steps_factor, verdict, p (two-sided t test against the margin), holm (the verdict in its
    family).
    """
    parts = []
    for contrast in contrasts:
        rows = frame[frame["rule"].isin([contrast.better, contrast.worse])]
        if set(rows["rule"]) != {contrast.better, contrast.worse}:
            continue
        made = differences(rows, [contrast.worse], cell).dropna(subset=["gain"])
        made = made.rename(columns={"rule": "better", "against": "worse"}).assign(margin=contrast.margin)
        made["edge_steps_factor"] = [_factor(rows, row, cell) for _, row in made.iterrows()]
        made["verdict"] = [statistics.verdict(_mean(row).interval, contrast.margin).value for _, row in made.iterrows()]
        parts.append(made)
    if not parts:
        return pd.DataFrame(columns=[*cell, "activation", "better", "worse", "gain", "verdict", "holm"])
    joined = pd.concat(parts, ignore_index=True)
    joined["p"] = [statistics.p_value(_mean(row), float(row["margin"])) for _, row in joined.iterrows()]
    for _, rows in joined.groupby([*cell, "activation"], sort=False):
        joined.loc[rows.index, "holm"] = _corrected(rows)
    front = [*cell, "task", "metric", "activation", "better", "worse", "margin"]
    left = [name for name in joined.columns if name not in (*front, "sign", "unpaired")]
    return joined[[*front, *left]]


def _mean(row: pd.Series[float]) -> Mean:
    """The paired difference of a row."""
    known = not isnan(row["gain_low"])
    return Mean(float(row["gain"]), Interval(row["gain_low"], row["gain_high"]) if known else None, int(row["pairs"]))


def _factor(frame: pd.DataFrame, row: pd.Series[float], cell: Sequence[str]) -> float:
    """How many times the edge-steps of the worse the better took, in the mean over pairs."""
    same = [*cell, "task", "metric", "activation"]
    mine = frame[(frame[same] == row[same]).all(axis=1)].set_index("seed")
    better, worse = (mine.loc[mine["rule"] == row[name], "edge_steps"].astype(float) for name in ("better", "worse"))
    return float((better / worse).mean())


def _corrected(rows: pd.DataFrame) -> list[str]:
    """Verdicts of one family."""
    kept = statistics.holm(rows["p"]) < 1 - statistics.CONFIDENCE
    return [plain if keeps else Verdict.UNDECIDED.value for plain, keeps in zip(rows["verdict"], kept, strict=True)]


def where(row: pd.Series[float], cell: Sequence[str]) -> str:
    """The cell of a row in words."""
    return ", ".join([*(str(row[name]) for name in cell), str(row["activation"])])


def each_claim(found: pd.DataFrame, cell: Sequence[str]) -> list[Claim]:
    """One claim per row of a `contrast_table`, with the verdict in its family where that is another one."""
    made = []
    for _, row in found.iterrows():
        points = f"{abs(100 * row['margin']):g} points"
        words = f"ends less than {points} below" if row["margin"] < 0 else "beats"
        more = f" by more than {points}" if row["margin"] > 0 else ""
        claim = judged(f"{row['better']} {words} {row['worse']}{more} ({where(row, cell)})", row, float(row["margin"]))
        after = f"; {row['holm']} after Holm" if row["holm"] != row["verdict"] else ""
        cost = f", {row['edge_steps_factor']:.3g} times the edge-steps"
        made.append(Claim(claim.text, claim.verdict, claim.evidence + cost + after))
    return made


def open_claims(
    frame: pd.DataFrame, found: pd.DataFrame, contrasts: Sequence[Contrast], cell: Sequence[str]
) -> list[Claim]:
    """UNDECIDED for every contrast whose rules both ran in a cell, but in no pair at equal edges."""
    made = []
    judged_ones = {(*(row[name] for name in (*cell, "activation", "better", "worse")),) for _, row in found.iterrows()}
    for keys, rows in frame.groupby([*cell, "activation"], sort=False):
        held, level = set(rows["rule"]), set(at_budget(rows)["rule"])
        for contrast in contrasts:
            pair = (contrast.better, contrast.worse)
            if set(pair) <= held and (*keys, *pair) not in judged_ones:
                short = " and ".join(name for name in dict.fromkeys(pair) if name not in level) or "each in some seeds"
                text = f"{contrast.better} against {contrast.worse} ({where(rows.iloc[0], cell)})"
                made.append(Claim(text, Verdict.UNDECIDED, f"no pair at equal edges: {short} fell short of the budget"))
    return made


def any_claims(found: pd.DataFrame, cell: Sequence[str], text: str) -> list[Claim]:
    """One claim per cell that at least one of its contrasts holds.

    Supported where one is supported after Holm; refuted where each is refuted by itself; undecided otherwise.
    """
    made = []
    for _, rows in found.groupby([*cell, "activation"], sort=False):
        winners = list(rows.loc[rows["holm"] == Verdict.SUPPORTED.value, "better"])
        refuted = bool((rows["verdict"] == Verdict.REFUTED.value).all())
        decided = Verdict.SUPPORTED if winners else Verdict.REFUTED if refuted else Verdict.UNDECIDED
        counts = ", ".join(f"{(rows['holm'] == kind.value).sum()} {kind.value}" for kind in Verdict)
        named = f": {', '.join(winners)}" if winners else ""
        evidence = f"{len(rows)} rules; after Holm {counts}{named}"
        made.append(Claim(f"{text} ({where(rows.iloc[0], cell)})", decided, evidence))
    return made
