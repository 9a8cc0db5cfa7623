"""H4 of topology_of_growth: whether edges that grow early are longer than those that grow late."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis import statistics
from analysis.edge_births import edge_births, trend
from analysis.report import Claim
from analysis.statistics import Mean
from sims.parts.joint_claims import Joint, family_claims
from sims.parts.tolerant import Attempt
from sims.parts.topology_plan import RANDOM, Partners

LENGTHS = {"detour": "path before birth", "span": "levels spanned"}
BIRTHS = (
    "Spearman's correlation of the length of an edge with the number of the event that made it, over all edges of a "
    "run, in the mean over runs: negative where early edges are longer. `shuffled`: the same with birth times shuffled "
    "among the edges; `steeper`: runs that fall more steeply than 95 % of 500 shuffles. `by lot`: the correlation of "
    "pairs drawn by lot between the same levels of the same network, whose paths shorten as well because the network "
    "gets denser. `random`: of random growth with equal edges. `apart`: share of edges whose ends no path joined, "
    "counted as the longest. Edges of new neurons had no path before; spans vary only where edges may skip levels."
)


def births_table(done: Attempt) -> pd.DataFrame:
    """All births of all runs, with the columns of the cell, rule and seed."""
    parts = [
        edge_births(run, seed=case.settings.seed).assign(**case.cell, rule=case.label, seed=case.settings.seed)
        for case, run in zip(done.cases, done.runs, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def trends(births: pd.DataFrame, cell: Sequence[str]) -> pd.DataFrame:
    """One row per run and kind of length: rho, shuffled, p, by_lot, births, apart; rho is missing where none varies."""
    rows = []
    for keys, held in births.groupby([*cell, "rule", "seed"], sort=False):
        for length in LENGTHS:
            found = trend(held["event"], held[length], seed=int(keys[-1]))
            finite = held[length][np.isfinite(held[length])]
            lot = trend(held["event"], held["matched"], draws=1).rho if length == "detour" else np.nan
            rows.append({
                **dict(zip([*cell, "rule", "seed"], keys, strict=True)), "length": length, "rho": found.rho,
                "shuffled": found.shuffled, "p": found.p, "by_lot": lot, "births": found.edges,
                "apart": float(np.isinf(held[length]).mean()), "mean": float(finite.mean()),
            })  # fmt: skip
    return pd.DataFrame(rows)


def told(found: pd.DataFrame, cell: Sequence[str], partner: Partners) -> pd.DataFrame:
    """`trends` in the mean over seeds, rules that have any; `partner` says whose random growth is compared."""
    rows = []
    for keys, held in found.groupby([*cell, "rule", "length"], sort=False):
        known = held.dropna(subset=["rho"])
        if not len(known) or str(held.iloc[0]["rule"]).startswith(f"{RANDOM}_as"):
            continue
        rows.append({
            **dict(zip([*cell, "rule", "length"], keys, strict=True)), "runs": len(known),
            "births": round(known["births"].mean()), "mean length": known["mean"].mean(), "rho": _text(known["rho"]),
            "shuffled": known["shuffled"].mean(), "steeper": f"{(known['p'] <= 0.05).sum()} of {len(known)}",
            "by lot": known["by_lot"].mean(), "random": _theirs(known, found, cell, partner).mean(),
            "apart": known["apart"].mean(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def birth_claims(found: pd.DataFrame, cell: Sequence[str], partner: Partners, rules: Sequence[str]) -> list[Claim]:
    """One claim per cell, rule and length that varies: falls, falls faster than by lot, and than random growth."""
    made = []
    for _, rows in found[found["rule"].isin(rules)].groupby(list(cell), sort=False):
        family = []
        for (rule, length), held in rows.groupby(["rule", "length"], sort=False):
            where = ", ".join(str(held.iloc[0][name]) for name in cell)
            known = held.dropna(subset=["rho"])
            parts = {"falls more than shuffled by": _mean(known["shuffled"] - known["rho"])}
            if length == "detour":
                parts["than pairs by lot by"] = _mean(known["by_lot"] - known["rho"])
            parts["than random growth by"] = _mean(_theirs(known, found, cell, partner) - known["rho"])
            if len(known):
                family.append(Joint(f"{LENGTHS[str(length)]} falls from event to event under {rule} ({where})", parts))
        made += family_claims(family)
    return made


def _theirs(rows: pd.DataFrame, found: pd.DataFrame, cell: Sequence[str], partner: Partners) -> pd.Series[float]:
    """rho of the random growth that each of the rows is compared with; missing where there is none."""
    keys = [*cell, "rule", "seed", "length"]
    known = found.set_index(keys)["rho"]
    made = []
    for _, row in rows.iterrows():
        at = tuple(row[name] for name in (*cell, "rule", "seed"))
        wanted = (*(row[name] for name in cell), partner.get(at, ""), row["seed"], row["length"])
        made.append(float(known.get(wanted, np.nan)))
    return pd.Series(made, index=rows.index, dtype=float)


def _mean(values: pd.Series[float]) -> Mean | None:
    known = values.dropna()
    return statistics.mean(known) if len(known) else None


def _text(values: pd.Series[float]) -> str:
    return statistics.mean(values).text()
