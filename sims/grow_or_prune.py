"""Grow or prune: is growing from little as good as training much and pruning it, and cheaper?

H1: growing reaches the accuracy of pruning. Prediction: at equal final edges and equal epochs a growing rule ends at
most half a point below dense_then_prune and prune_by_scale. Refutation: the whole interval lies at or below that.
H2: it does so in less wall time. Refutation: interval of what is saved at or below 0. That it takes fewer edge-steps
needs no test: at equal epochs it never has more edges than pruning ends with. How many fewer is told in a table.
H3: at equal final edges and equal edge-steps growing is better than pruning. Refutation: interval at or below 0.
H4: growing beats what never was large: static_at_budget, small_dense, RigL and a static network of equal edge-steps.
H5: the grown network is at most two points (moderate success), or half a point (success), below the dense one.
H4 is refuted as H3 is, H5 as H1 is. Controls are those of H4 and the dense network. small_dense has as many edges as
whole neurons allow, up to 1 % fewer.
Growing rules begin with one small network whatever the budget. Equal edge-steps are reached from both sides, in whole
epochs: `_short` prunes in as many as cost what extrema_topped_up cost, 1 at least; `_longer` grows in as many as cost
what dense_then_prune_short did, and `_longest` in as many as the whole dense_then_prune. Number of asks and shape of
the learning-rate schedule stay. Settings as in growth_rules, chosen there on validation accuracy; the start was not
tuned. `longest` was 30 epochs in a first execution and is 40, since at 1 % nothing of equal cost fitted in.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from analysis.figures.cost import Cost, cost
from analysis.figures.ranking import ranking
from analysis.report import Section
from graphgrow.errors import SettingsError
from graphgrow.settings import Fit
from sims.parts.common import guarded
from sims.parts.contrasts import FAMILY_RULE, at_budget, contrast_table, each_claim, off_budget, open_claims
from sims.parts.equal_cost import SAVED, edge_steps, partners, saving_claims, savings, stretched
from sims.parts.stages import LENET, SMALL, Stage, run_of
from sims.parts.study import STATED_RULE, Case, Contrast, asked, equal_edge_steps, publish, shown, summary, table
from sims.parts.tolerant import Attempt, attempt

CELL = ("share",)
FLAGSHIP, DENSE, WHOLE = "extrema_topped_up", "dense", "dense_then_prune"
GROWING, PRUNING = (FLAGSHIP, "gradient"), (WHOLE, "prune_by_scale")
VARIANTS = (*GROWING, "random", *PRUNING, "rigl", "static_at_budget", "small_dense")
AT_LEAST, WITHIN = -0.005, -0.02
EQUAL_STATIC = f"static_equal_steps_as_{FLAGSHIP}"


@dataclass(frozen=True)
class GrowOrPrune:
    """Grow to a budget, or prune down to it, with paired seeds."""

    shares: tuple[float, ...] = (0.01, 0.02, 0.05, 0.1)
    """Budgets as shares of the dense network."""
    start: float = 0.0025
    """Edges that growing rules begin with, as a share of the dense network."""
    seeds: int | None = None
    """Default: 3, in the complete study 5."""
    epochs: int | None = None
    """Of all but those of equal edge-steps; default: 6, in the complete study 10."""
    longest: int | None = None
    """Most epochs of `_longer` and `_longest`; budgets that ask for more have none. Default: 40, complete: 400."""
    batch: int = 128
    workers: int = 2
    """Runs at a time."""
    out: Path = Path("results/grow_or_prune")
    """Folder of the report, the figures and the runs."""
    smoke: bool = False
    """A version for tests: one budget, two seeds, two epochs of a narrow network on 300 digits."""
    full: bool = False
    """The complete study, to the folder full in `out`."""


def main(config: GrowOrPrune) -> None:
    """Run everything, judge, write the report."""
    config = sized(config)
    done = attempt(plan(config), config.out, config.workers)
    done = done.joined(attempt(cheaper(done), config.out, config.workers))
    done = done.joined(attempt(dearer(done, config.longest or 1), config.out, config.workers))
    frame = with_ceiling(table(done.cases, done.runs))
    found = {name: contrast_table(comparable(frame), each, CELL) for name, each in contrasts().items()}
    spared = savings(frame, GROWING, PRUNING)
    sections = [
        *verdicts(frame, found),
        Section("H2: in less time", f"{STATED_RULE} {SAVED}", saving_claims(spared)),
        Section("Final epoch", _MEANS, table=shown(summary(frame, CELL))),
        Section("What growing spares", SAVED, table=shown(spared)),
        *(Section(f"{name}: paired differences", FAMILY_RULE, table=shown(held)) for name, held in found.items()),
        *off_budget(frame, CELL, (DENSE, "small_dense")),
        *done.told(),
    ]
    publish(config.out, "Grow or prune", str(__doc__), sections, draw(frame), asked(config, done.cases))


def verdicts(frame: pd.DataFrame, found: Mapping[str, pd.DataFrame]) -> list[Section]:
    """One section per hypothesis on accuracy; what has no pair at equal edges stays open."""
    made = []
    for name, kinds in contrasts().items():
        told = [*each_claim(found[name], CELL), *open_claims(frame, found[name], kinds, CELL)]
        made += [Section(_HEADINGS[name], _RULE, told)] if told else []
    return made


def sized(config: GrowOrPrune) -> GrowOrPrune:
    """The default, the smallest or the complete version, each with a folder of its own."""
    if config.smoke and config.full:
        raise SettingsError("smoke and full: expected at most one of the two: leave one out")
    own = config.out != GrowOrPrune.out
    if config.smoke:
        out = config.out if own else Path("results/smoke/grow_or_prune")
        return replace(config, shares=(0.3,), start=0.1, seeds=2, epochs=2, longest=20, workers=1, out=out)
    seeds, epochs, longest = (5, 10, 400) if config.full else (3, 6, 40)
    return replace(
        config,
        seeds=config.seeds or seeds,
        epochs=config.epochs or epochs,
        longest=config.longest or longest,
        out=config.out / "full" if config.full else config.out,
    )


def plan(config: GrowOrPrune) -> list[Case]:
    """What has as many epochs as the others; the dense network once per seed."""
    if not config.shares or min(config.shares) <= config.start or max(config.shares) > 1:
        raise SettingsError(f"shares: expected shares above the start of {config.start:g}, got {config.shares}")
    stage = SMALL if config.smoke else LENET
    made = []
    for seed in range(config.seeds or 1):
        for at, share in enumerate(config.shares):
            rules = (*VARIANTS, DENSE) if at == 0 else VARIANTS
            made += [_case(config, stage, rule, share, seed) for rule in rules]
    return made


def _case(config: GrowOrPrune, stage: Stage, rule: str, share: float, seed: int) -> Case:
    fit = Fit(config.epochs or 1, config.batch, checkpoint_every=0, record_extrema=False)
    made = run_of(stage, rule, round(share * stage.dense), seed, fit)
    start = replace(made.start, edges=round(config.start * stage.dense))
    return Case(replace(made, start=start), {"share": f"{100 * share:g} %"})


def cheaper(done: Attempt) -> list[Case]:
    """Pruning, and a static network, at the cost of growing."""
    made, costs = [], {key: edge_steps(run) for key, run in partners(done, FLAGSHIP).items()}
    for case, run in zip(done.cases, done.runs, strict=True):
        if case.label in PRUNING:
            fair = case.settings.fit.epochs * costs[case.cell["share"], case.settings.seed] / edge_steps(run)
            made.append(stretched(case, run, max(1, round(fair)), f"{case.label}_short"))
        elif case.label == FLAGSHIP:
            made.append(equal_edge_steps(case, run))
    return made


def dearer(done: Attempt, longest: int) -> list[Case]:
    """Growing at the cost of pruning, short and whole, where that takes no more than `longest` epochs."""
    made = []
    for word, of in (("longer", f"{WHOLE}_short"), ("longest", WHOLE)):
        costs = {key: edge_steps(run) for key, run in partners(done, of).items()}
        for case, run in zip(done.cases, done.runs, strict=True):
            if case.label in GROWING:
                cost_of = costs[case.cell["share"], case.settings.seed]
                epochs = max(1, round(case.settings.fit.epochs * cost_of / edge_steps(run)))
                if epochs <= longest:
                    made.append(stretched(case, run, epochs, f"{case.label}_{word}"))
    return made


def with_ceiling(frame: pd.DataFrame) -> pd.DataFrame:
    """The dense network in every cell."""
    dense, rest = frame[frame["rule"] == DENSE], frame[frame["rule"] != DENSE]
    shares = list(dict.fromkeys(rest["share"]))
    return pd.concat([rest, *(dense.assign(share=share) for share in shares)], ignore_index=True)


def comparable(frame: pd.DataFrame) -> pd.DataFrame:
    """The runs that ended at their budget, and the dense ones."""
    return pd.concat([at_budget(frame), frame[frame["rule"].isin([DENSE, "small_dense"])]]).drop_duplicates()


def contrasts() -> dict[str, list[Contrast]]:
    """Hypothesis -> its comparisons; all but with small_dense and dense have exactly equal edges."""
    others = ("static_at_budget", "small_dense", "rigl")
    return {
        "H1": [Contrast(grows, prunes, AT_LEAST) for grows in GROWING for prunes in PRUNING],
        "H3": [
            *(Contrast(f"{grows}_longer", f"{prunes}_short") for grows in GROWING for prunes in PRUNING),
            *(Contrast(f"{grows}_longest", WHOLE) for grows in GROWING),
        ],
        "H4": [*(Contrast(grows, other) for grows in GROWING for other in others), Contrast(FLAGSHIP, EQUAL_STATIC)],
        "H5": [Contrast(grows, DENSE, margin) for grows in GROWING for margin in (WITHIN, AT_LEAST)],
    }


_HEADINGS = {
    "H1": "H1: growing reaches pruning at equal epochs",
    "H3": "H3: growing beats pruning at equal edge-steps",
    "H4": "H4: growing beats what never was large",
    "H5": "H5: growing comes near the dense network",
}


_RULE = f"{STATED_RULE} Trainings that would take more than `longest` epochs are left out."
_MEANS = (
    "Mean [95 % interval] over seeds, by budget. Trainings of equal edge-steps ran after the others, while the machine "
    "did other work: compare their seconds with each other, not with those of equal epochs."
)


def draw(frame: pd.DataFrame) -> dict[str, Figure]:
    """Accuracy against cost at equal epochs and at equal edge-steps, and the ranking."""
    panels = {str(share): rows for share, rows in frame.groupby("share", sort=False)}
    even = frame[frame["rule"].isin(VARIANTS)]
    ceiling = frame[(frame["rule"] == DENSE) & (frame["share"] == next(iter(panels)))].assign(share="dense")
    fair = [name for name in dict.fromkeys(frame["rule"]) if name not in (*VARIANTS, DENSE)]
    which = (Cost.EDGE_STEPS, Cost.SECONDS)
    return {
        "Cost at equal epochs": cost(
            pd.concat([even, ceiling]), "share", which, f"{LENET.name}, equal epochs", join_budgets=True
        ),
        "Cost at equal edge-steps": cost(
            at_budget(frame[frame["rule"].isin(fair)]), "share", which, f"{LENET.name}, equal edge-steps", True
        ),
        "Ranking": ranking(panels, "static_at_budget", LENET.name),
    }


if __name__ == "__main__":
    sys.exit(guarded(main, GrowOrPrune, str(__doc__)))
