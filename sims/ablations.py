"""Which parts of growing at extrema matter, and do clones cure vanishing gradients?

Every ablation changes one part of a base, at equal final edges, with paired seeds, at the last epoch. Bases: `routes`
(from high to low extrema, topped up by the steepest edges that touch one) and `clones` (vertical clones of high ones).
Hypothesis: the part matters. Prediction: accuracy changes by more than 0.2 points, pair by pair, over all cells (task
and activation). Refuted where the whole 95 % t interval of the difference lies within 0.2 points either way.
Controls beside the ablations: all edges from the start (static_at_budget), as many random edges (random), as many
steepest edges (gradient), the start as it is (static), and a static network of equal edge-steps.
Deep sigmoid networks (8 hidden levels of 64 on digits). Hypothesis: clones raise the norm of the gradient in the first
level as a share of that in the last hidden one, against a static network of equal edges. Refuted where the paired
difference of the logarithms lies at or below 0. A cure would be a share of at least a half. The same is asked of
splits, of skip routes, and of networks that have skips from the start or by lot.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from analysis.figures.forest import forest
from analysis.figures.style import span
from analysis.report import Section
from graphgrow.settings import RunSettings
from sims.parts import depth, study
from sims.parts.ablation_list import ABLATIONS, BASES, CONTROLS, RULES, Ablations
from sims.parts.ablation_tables import JUDGED, MARGIN, compared, judge, late
from sims.parts.bases import base, is_image, shown, start_edges, words
from sims.parts.common import guarded
from sims.parts.contrasts import fair, off_budget
from sims.parts.study import Case

CELL = ("data",)
DIFFERENCES = """Gain over the base on the same seed, in points of accuracy: mean with t interval, bootstrap, effect
size. late: share of the added edges that came at the last ask, where rules that fell short are filled up with the
steepest edges anywhere; where it is near 1, the parts of the rule had nothing to work on. matters: more than 0.2
points either way, in this cell alone."""


def main(config: Ablations) -> None:
    """Run everything, compare with the bases, write the report."""
    config = sized(config)
    cases, deep = plan(config), depth.plan(config.depth_seeds, config.depth_epochs, config.depth_task)
    runs = study.perform([*cases, *deep], config.out, config.workers)
    ablated, probed = runs[: len(cases)], runs[len(cases) :]
    equal = [study.equal_edge_steps(case, run) for case, run in zip(cases, ablated, strict=True) if case.label in BASES]
    ablated += study.perform(equal, config.out, config.workers)
    cases += equal
    frame = study.table(cases, ablated).assign(late=late(ablated))
    found, norms = compared(fair(frame), CELL), depth.norms(deep, probed)
    sections = [
        Section("Verdicts on parts", JUDGED, judge(fair(frame))),
        Section("Verdicts on vanishing gradients", depth.JUDGED, depth.claims(norms)),
        Section("Paired differences", DIFFERENCES, table=shown(found)),
        Section("Final epoch", "Mean [95 % t interval] over seeds.", table=shown(study.summary(frame, CELL))),
        *depth.sections(norms, study.table(deep, probed)),
        *off_budget(frame, CELL),
    ]
    figures = {**draw(found), **depth.figures(norms)}
    study.publish(config.out, "Ablations", str(__doc__), sections, figures, study.asked(config, cases))


def plan(config: Ablations) -> list[Case]:
    """Bases, ablations and controls of every task and activation, on the same seeds."""
    made = []
    for task in words(config.tasks, "tasks"):
        for activation in words(config.activations, "activations"):
            image = is_image(task)
            shared = base(task, activation, config.image_epochs if image else config.epochs)
            budget = start_edges(shared) * (2 if image else 4)
            seeds = range(config.image_seeds if image else config.seeds)
            variants = {**_ablations(shared, budget), **_controls(shared, budget)}
            made += [
                Case(replace(settings, seed=seed, label=label), {"data": task})
                for label, settings in variants.items()
                for seed in seeds
            ]
    return made


def _ablations(shared: RunSettings, budget: int) -> dict[str, RunSettings]:
    """The bases and what is changed of them."""
    growth = replace(shared.growth, budget=budget, rules_path=RULES)
    made = {name: replace(shared, growth=replace(growth, rule=name)) for name in BASES}
    for each in ABLATIONS:
        made[each.label] = each.change(replace(shared, growth=replace(growth, rule=each.rule)))
    return made


def _controls(shared: RunSettings, budget: int) -> dict[str, RunSettings]:
    """What needs no extrema."""
    return {
        name: replace(shared, growth=replace(shared.growth, rule=name, budget=0 if name == "static" else budget))
        for name in CONTROLS
    }


def draw(found: pd.DataFrame) -> dict[str, Figure]:
    """One forest per base; the static start is left out, whose bar would dwarf all others."""
    made = {}
    note = "gain in test accuracy over the base, points; bars: 95 % t interval of {} paired seeds; band: 0.2 points"
    for name in BASES:
        rows = found[(found["against"] == name) & (found["rule"] != "static")]
        if len(rows):
            panels = rows.assign(panel=rows["data"] + "\n" + rows["activation"])
            made[f"Ablations of {name}"] = forest(
                panels, MARGIN, f"What each change of the base {name} gains", note.format(span(rows["pairs"]))
            )
    return made


def sized(config: Ablations) -> Ablations:
    """The smoke version, or the full one; each in a folder of its own unless one was named."""
    own = config.out == Ablations.out
    if config.smoke:
        out = Path("results/smoke/ablations") if own else config.out
        short = replace(config, tasks="xor", activations="sigmoid", seeds=1, epochs=2, workers=1, out=out)
        return replace(short, depth_seeds=1, depth_epochs=2, depth_task="digits:100")
    if config.full:
        out = config.out / "full" if own else config.out
        long = replace(config, tasks="digits,mnist", seeds=30, image_seeds=10, epochs=60, image_epochs=20, out=out)
        return replace(long, depth_seeds=20, depth_epochs=100)
    return config


if __name__ == "__main__":
    sys.exit(guarded(main, Ablations, str(__doc__)))
