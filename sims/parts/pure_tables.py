"""What pure_growth reads out of its runs: how growth ended, how extrema went, phases, peaks and sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan, nan
from typing import Any

import numpy as np
import pandas as pd

from analysis.decay import FEWEST, TOLD_APART, Law, decay, phases
from analysis.figures.decay import Course
from analysis.permutation import rank_correlation
from analysis.reading import metric_of
from analysis.report import Claim
from analysis.statistics import mean
from graphgrow.store.run import Run
from sims.parts.study import Case, claim_of

CELL = ["task", "start", "activation"]
SELF, GUARD, OPEN, NEVER = "no extrema", "memory", "still growing", "never grew"


def high_by_epoch(run: Run) -> dict[int, int]:
    """Epoch -> number of HIGH extrema, absolute, over all levels; growth at the end of an epoch comes before."""
    return {int(row["epoch"]): sum(pair[0] for pair in (row["extrema"] or {}).values()) for row in run.rows()}


def course(run: Run) -> Course:
    """HIGH extrema and hidden neurons after every event."""
    high, start = high_by_epoch(run), run.start()
    outside = start.neurons - sum(int(count) for count in _hidden(run))
    events = run.events()
    return Course([high[event.epoch] for event in events], [event.neurons - outside for event in events])


def _hidden(run: Run) -> Sequence[int]:
    held: Any = run.settings["start"]
    return list(held["hidden"])


def ending(run: Run) -> str:
    """Why growth ended: by itself, by the guard, not at all; or that it never began."""
    told: Any = run.summary()["growth_ended"]
    if not run.events():
        return NEVER
    return str(told.get("network", OPEN))


def growth_table(cases: Sequence[Case], runs: Sequence[Run]) -> pd.DataFrame:
    """A row per run: cell, mechanism, seed, end, size, laws, phases, and how far accuracy fell from its best."""
    return pd.DataFrame([_row(case, run) for case, run in zip(cases, runs, strict=True)])


def _row(case: Case, run: Run) -> dict[str, Any]:
    metric = metric_of([run])
    score = metric.direction * np.array([float(row[f"test_{metric.value}"]) for row in run.rows()])
    walk = course(run)
    high = list(high_by_epoch(run).values())
    row: dict[str, Any] = {
        "task": case.cell["task"],
        "start": case.cell["start"],
        "activation": case.settings.start.activation,
        "mechanism": case.label,
        "seed": case.settings.seed,
        "ended": ending(run),
        "events": len(walk.extrema),
        "hidden": int(str(run.summary()["neurons"])) - run.start().neurons + sum(_hidden(run)),
        "edges": int(str(run.summary()["edges"])),
        "edge_steps": int(str(run.summary()["edge_steps"])),
        "HIGH most": max(high),
        "HIGH end": high[-1],
        "test": float(score[-1]),
        "best": float(score.max()),
        "fall": float(score.max() - score[-1]),
    }
    return row | _laws(run, walk)


def _laws(run: Run, walk: Course) -> dict[str, Any]:
    """The law of the extrema, the leads of the power law in number and share, and of three falling phases."""
    if len(walk.extrema) < FEWEST:
        return {"law": "too few events", "power": nan, "power share": nan, "three phases": nan}
    found = decay(walk.extrema)
    share = decay(np.array(walk.extrema) / np.array(walk.neurons))
    before = [event.edges - event.added for event in run.events()]
    rate = np.log([max(event.added, 1) / edges for event, edges in zip(run.events(), before, strict=True)])
    parts = phases(rate)
    # Phases are meant to be slower and slower: others are no support, however clear.
    lead = parts.lead if parts.falling and len(parts.starts) == 3 else min(parts.lead, 0.0)
    return {
        "law": found.name,
        "power": found.lead(Law.POWER),
        "power share": share.lead(Law.POWER),
        "three phases": lead,
    }


def by_mechanism(rows: pd.DataFrame) -> pd.DataFrame:
    """How runs of each mechanism and activation ended, and what became of them."""
    made = []
    grown = rows[rows["mechanism"] != "static"]
    for (mechanism, activation), group in grown.groupby(["mechanism", "activation"], sort=False):
        laws = group["law"].value_counts()
        ends = {name: int((group["ended"] == name).sum()) for name in (SELF, GUARD, OPEN, NEVER)}
        made.append(
            {
                "mechanism": mechanism, "activation": activation, "runs": len(group), **ends,
                "events": round(float(group["events"].mean()), 1),
                "hidden": round(float(group["hidden"].median())), "edges": round(float(group["edges"].median())),
                "law of extrema": ", ".join(f"{name} {count}" for name, count in laws.items()),
            }
        )  # fmt: skip
    return pd.DataFrame(made)


def by_task(rows: pd.DataFrame) -> pd.DataFrame:
    """Size and accuracy by task, start and mechanism, mean over activations and seeds."""
    made = []
    for keys, group in rows.groupby(["task", "start", "mechanism"], sort=False):
        made.append(
            {
                **dict(zip(("task", "start", "mechanism"), keys, strict=True)),
                "runs": len(group),
                "ended by itself": int((group["ended"] == SELF).sum()),
                "at the guard": int((group["ended"] == GUARD).sum()),
                "hidden": round(float(group["hidden"].mean())),
                "edges": round(float(group["edges"].mean())),
                "edge-steps": round(float(group["edge_steps"].mean())),
                "test (%)": round(100 * float(group["test"].mean()), 1),
                "fall from best (points)": round(100 * float(group["fall"].mean()), 2),
            }
        )
    return pd.DataFrame(made)


def over_cells(rows: pd.DataFrame, column: str) -> list[float]:
    """The mean over seeds of each cell, cells without a number left out: conditions are what an interval spans."""
    found = rows.groupby(CELL, sort=False)[column].mean()
    return [float(value) for value in found if not isnan(value)]


def judge(rows: pd.DataFrame) -> list[Claim]:
    """The founding claims for each mechanism, of the runs that grew; those without such a run are left out."""
    made: list[Claim] = []
    grew = rows[(rows["events"] > 0) | (rows["mechanism"] == "static")]
    for mechanism in [name for name in dict.fromkeys(grew["mechanism"]) if name != "static"]:
        mine = grew[grew["mechanism"] == mechanism]
        itself = mine.assign(itself=(mine["ended"] == SELF).astype(float) - 0.5)
        texts = {
            "itself": (itself, "growth stops by itself in more than half of the runs (share less a half)", 0.0),
            "power": (mine, "HIGH extrema decay as a power law (AICc lead over the next law)", TOLD_APART),
            "power share": (mine, "the share of HIGH neurons decays as a power law (AICc lead)", TOLD_APART),
            "three phases": (mine, "growth has three phases, each slower (BIC lead over one and two)", TOLD_APART),
        }
        for column, (held, text, margin) in texts.items():
            values = over_cells(held, column)
            if values:
                made.append(_cells(f"{mechanism}: {text}", values, margin, exact=column == "itself"))
        fell = more_than_static(grew, mechanism)
        if fell:
            made.append(_cells(f"{mechanism}: accuracy falls from its peak by more than static's", fell, 0.0))
    return made


def _cells(text: str, values: Sequence[float], margin: float, exact: bool = False) -> Claim:
    """A claim over cells; `exact` where all cells may count the same, as runs that ended in one way."""
    return claim_of(text, mean(values), margin, each="cell", exact=exact)


def more_than_static(rows: pd.DataFrame, mechanism: str) -> list[float]:
    """By cell: mean over seeds of the fall from the best epoch, less that of the network that never grew."""
    keys = [*CELL, "seed"]
    static = rows[rows["mechanism"] == "static"][[*keys, "fall"]].rename(columns={"fall": "usual"})
    both = rows[rows["mechanism"] == mechanism].merge(static, on=keys)
    return over_cells(both.assign(more=both["fall"] - both["usual"]), "more")


def noise_of_seeds(rows: pd.DataFrame) -> float:
    """Standard deviation of the final score over seeds, pooled over the cells of static networks."""
    spread = rows[rows["mechanism"] == "static"].groupby(CELL)["test"].var(ddof=1).dropna()
    return float(np.sqrt(spread.mean())) if len(spread) else nan


def size_by_complexity(rows: pd.DataFrame, tasks: Sequence[str]) -> tuple[pd.DataFrame, list[Claim]]:
    """Rank correlation of hidden neurons at the end with the order of the tasks, from simple to complex.

    A group is one start, activation and seed with all tasks. Sizes cut off by the guard or by the end of training are
    no equilibria, nor is that of a network that never grew: a group counts where that is so for at most one task.
    """
    table, claims = [], []
    order = {task: at for at, task in enumerate(tasks)}
    for mechanism in [name for name in dict.fromkeys(rows["mechanism"]) if name != "static"]:
        mine = rows[rows["mechanism"] == mechanism]
        found: list[float] = []
        groups = [g for _, g in mine.groupby(["start", "activation", "seed"]) if len(g) == len(tasks) >= 3]
        natural = [group for group in groups if group["ended"].isin([GUARD, OPEN, NEVER]).sum() <= 1]
        for group in natural:
            rho, _ = rank_correlation([order[task] for task in group["task"]], group["hidden"])
            found += [] if isnan(rho) else [rho]
        sizes = mine.groupby("task")["hidden"].median()
        rho, p = rank_correlation(range(len(tasks)), sizes[list(tasks)]) if len(tasks) >= 3 else (nan, 1.0)
        table.append(_sizes(mechanism, groups, natural, rho, p, sizes, tasks))
        if found:
            claim = claim_of(f"{mechanism}: size follows task complexity (rank correlation)", mean(found), decimals=2)
            evidence = claim.evidence.replace("pairs", "groups").replace("one pair", "one group")
            claims.append(Claim(claim.text, claim.verdict, f"{evidence}; exact p of median sizes {p:.3f}"))
    return pd.DataFrame(table), claims


def _sizes(
    mechanism: str,
    groups: Sequence[Any],
    natural: Sequence[Any],
    rho: float,
    p: float,
    sizes: Mapping[str, float],
    tasks: Sequence[str],
) -> dict[str, Any]:
    return {
        "mechanism": mechanism,
        "groups": len(groups),
        "groups that count": len(natural),
        **{f"hidden, {task}": round(float(sizes[task])) for task in tasks},
        "rank correlation": round(rho, 2),
        "exact p": round(p, 3),
    }
