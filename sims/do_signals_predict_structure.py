"""Do growth signals predict structure: does what a signal says at a growth event tell how much the event will change?

Hypotheses: (1) where extrema are many or severe, an event changes the structure more; (2) so it does where the network
is critical; (3) events that change the structure more are followed by larger gains of accuracy.
Prediction: partial Spearman correlations above 0.1 over the events of a run, given edges added and the course of time.
Refutation: the 95 % intervals over seeds lie at or below 0.1 for every signal and metric of the hypothesis.
Controls: events shuffled within runs; the signals of another seed, which share the course of training and nothing else;
random growth, which sees no signal. Amounts are drawn by lot, so that neither time nor size stands for the other.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from analysis.report import Section
from graphgrow.errors import SettingsError
from graphgrow.settings import Fit
from graphgrow.store.run import Run
from graphgrow.train.execute import start_graph, task_of
from sims.parts.common import guarded
from sims.parts.signal_figures import counts, draw, strongest
from sims.parts.signal_rules import SHELF, SIGNALS
from sims.parts.signal_tables import (
    CONTROL,
    Events,
    Question,
    beyond,
    bounded,
    by_rule,
    cells,
    hypothesis,
    on_average,
    sizes,
)
from sims.parts.stages import DIGITS, LENET, SMALL, Stage, run_of
from sims.parts.structure_changes import FOLLOWING, METRICS, changes
from sims.parts.study import Case, asked, perform, publish, shown, summary, table

EXTREMA, CRITICAL = ("extrema share", "severity"), ("criticality",)
FIRST_SEED = 5


@dataclass(frozen=True)
class DoSignalsPredictStructure:
    """Grow at every epoch, and relate what signals said before each event to what the event changed."""

    rules: str = "extrema_topped_up,gradient,rigl"
    """Growth rules, joined by commas: extrema_topped_up, gradient, rigl, set; random growth is always added."""
    seeds: int = 16
    """On digits, from seed 5 on."""
    image_seeds: int = 5
    """On MNIST, the first of them; 0: digits alone."""
    epochs: int = 32
    """On digits; three quarters of them have an event."""
    image_epochs: int = 22
    images: int = 6000
    """Training samples of MNIST, validation included."""
    budget_share: float = 0.2
    """Edges at the end as a share of the dense layered network, on digits; a fifth of that on MNIST."""
    skips: bool = True
    """Let edges skip levels: in strictly layered networks most metrics can hardly change."""
    margin: float = 0.1
    """Smallest correlation that counts."""
    shuffles: int = 5000
    """Of the events within runs."""
    workers: int = 1
    """Runs at a time."""
    out: Path = Path("results/do_signals_predict_structure")
    smoke: bool = False
    """Seconds-sized, for tests."""
    full: bool = False
    """Forty and ten seeds, all of MNIST, all rules."""


def main(config: DoSignalsPredictStructure) -> None:
    """Run everything, relate, judge, write the report."""
    config = _sized(config)
    cases = plan(config)
    runs = perform(cases, config.out, config.workers)
    frame = table(cases, runs)
    sections = [
        Section("What is measured", _MEASURED),
        Section("Final epoch", _FINAL, table=shown(summary(frame, ["network"]))),
    ]
    figures: dict[str, Figure] = {}
    for stage in dict.fromkeys(str(case.cell["network"]) for case in cases):
        held = [(case, run) for case, run in zip(cases, runs, strict=True) if case.cell["network"] == stage]
        parts, drawn = judged(stage, _events(held), config)
        sections += parts
        figures |= drawn
    sections = [*(part for part in sections if part.claims), *(part for part in sections if not part.claims)]
    publish(config.out, "Do growth signals predict structure", str(__doc__), sections, figures, asked(config, cases))


def plan(config: DoSignalsPredictStructure) -> list[Case]:
    """Every rule on the same seeds, on digits and on MNIST."""
    rules = list(dict.fromkeys([*(word.strip() for word in config.rules.split(",") if word.strip()), CONTROL]))
    wrong = [rule for rule in rules if rule not in SHELF]
    if wrong or len(rules) < 2:
        raise SettingsError(f"rules: expected some of {', '.join(SHELF)}, joined by commas, got {config.rules!r}")
    if config.seeds < 1 or config.image_seeds < 0:
        raise SettingsError(f"expected 1 seed or more, got {config.seeds} and {config.image_seeds} on images")
    question(config)
    small, image = (SMALL if config.smoke else DIGITS), replace(LENET, task=f"mnist:{config.images}")
    share = config.budget_share
    parts = [(small, config.seeds, config.epochs, share), (image, config.image_seeds, config.image_epochs, share / 5)]
    return [
        _case(stage, rule, seed, epochs, round(part * stage.dense), config)
        for stage, seeds, epochs, part in parts
        for seed in range(FIRST_SEED, FIRST_SEED + seeds)
        for rule in rules
    ]


def _case(stage: Stage, rule: str, seed: int, epochs: int, budget: int, config: DoSignalsPredictStructure) -> Case:
    """One run; all probe as many samples, and record nothing at ends of epochs, since events record more."""
    made = run_of(stage, rule, budget, seed, Fit(epochs, checkpoint_every=0, record_extrema=False))
    growth = replace(
        made.growth,
        rule=f"recorded_{rule}",
        rules_path="sims.parts.signal_rules",
        skips=config.skips,
        probe_samples=512,
    )
    if seed == FIRST_SEED:
        task = task_of(made)
        task.data()  # missing data must show before an earlier execution is removed
        start_graph(replace(made, start=replace(made.start, edges=budget)), task)  # refuses what does not fit in
    return Case(replace(made, growth=growth), {"network": stage.name})


def question(config: DoSignalsPredictStructure) -> Question:
    """All signals with all metrics: one family of tests.

    Raises
    ------
    SettingsError
        The margin is no correlation.
    """
    if not 0 <= config.margin < 1:
        raise SettingsError(f"margin: expected a correlation from 0 to less than 1, got {config.margin:g}")
    return Question(SIGNALS, METRICS, config.margin, shuffles=config.shuffles)


def _events(held: Sequence[tuple[Case, Run]]) -> list[Events]:
    return [Events(case.label, case.settings.seed, changes(run)) for case, run in held]


def judged(
    stage: str, runs: Sequence[Events], config: DoSignalsPredictStructure
) -> tuple[list[Section], dict[str, Figure]]:
    """Verdicts, tables and figures of one network."""
    before = question(config)
    after = replace(before, signals=METRICS, outcomes=(FOLLOWING,))
    found, gained = cells(runs, before), cells(runs, after)
    size = replace(before, signals=("added",), edges=False)
    claims = []
    for text, signals, asked_for, held in (
        ("1: extrema predict how much an event changes", EXTREMA, before, found),
        ("2: criticality predicts how much an event changes", CRITICAL, before, found),
        ("3: changes of structure predict the gain of accuracy in the next epoch", METRICS, after, gained),
        ("any signal predicts how much an event changes (not foretold)", SIGNALS, before, found),
    ):
        claims += [hypothesis(held, text, signals, asked_for), on_average(runs, text, signals, asked_for)]
    claims.append(on_average(runs, "control that must hold: edges added predict it, given time", ("added",), size))
    top = strongest(found)
    selected = beyond(runs, before, *top) if top else []
    sections = [
        Section(f"Verdicts: {stage}", f"{_RULE} {counts(runs)}", claims),
        Section(f"The strongest pair, selected: {stage}", _SELECTED, selected),
        Section(f"Signals and metrics: {stage}", _CELLS + sizes(found), table=readable_cells(found)),
        Section(f"By rule: {stage}", _BY_RULE, table=by_rule(runs, before, found)),
        Section(f"Accuracy after an event: {stage}", _AFTER + sizes(gained), table=readable_cells(gained)),
    ]
    return sections, draw(stage, runs, found, top, before)


def readable_cells(found: pd.DataFrame) -> pd.DataFrame:
    """The table for people, r with its interval in one column."""
    made = found.drop(columns=["r_low", "r_high", "alone"])
    made["r"] = [bounded(row) for _, row in found.iterrows()]
    made["differs"] = ["yes" if each else "no" for each in found["differs"]]
    decimals = dict.fromkeys(("plain", "borrowed", "control"), 2) | dict.fromkeys(("p_shuffled", "holm_shuffled"), 3)
    return made.round(decimals)


def _sized(config: DoSignalsPredictStructure) -> DoSignalsPredictStructure:
    """The smoke or the full version."""
    if config.smoke:
        default = config.out == DoSignalsPredictStructure.out
        out = Path("results/smoke/do_signals_predict_structure") if default else config.out
        return replace(config, seeds=2, image_seeds=0, epochs=14, rules="gradient", shuffles=100, out=out)
    if config.full:
        out = config.out / "full" if config.out == DoSignalsPredictStructure.out else config.out
        return replace(config, seeds=40, image_seeds=10, images=60_000, rules=",".join(SHELF), out=out)
    return config


_RULE = (
    "Each cell is a signal and a metric: r is the partial Spearman correlation over the events of a run, given edges "
    "added and a cubic of the event number, mean Fisher z of the rules of a seed, with a t interval over seeds. A "
    "hypothesis is supported where one of its cells lies above the margin after the correction of Holm (1979) over all "
    "cells of the network and differs from shuffled events after Holm; refuted where every interval by itself lies at "
    "or below it; undecided otherwise. On average over its cells it is judged by one number a seed: more power, and "
    "no choice of cells, but ties of either sign cancel; this mean, and the number of seeds, were settled after a look "
    "at the cells of the first 8 seeds on digits. Random growth takes no part in r. Edges added stand for a signal "
    "that must predict: were they not to, the method would see nothing."
)
_SELECTED = (
    "The cell farthest from 0 is chosen from these very data, so that its r is too large. Its controls are differences "
    "of Fisher z on the same seeds, turned so that more is a stronger tie, and judged after Holm over all cells, from "
    "which it was chosen."
)
_CELLS = (
    "plain: Spearman without controls; p_shuffled: events shuffled within runs, two-sided; differs: from 0 after Holm "
    "by seeds and by shuffles; verdict: r above the margin, after Holm; borrowed: r with the signals of another seed; "
    "control: r in random growth. Pairs are left out where no run has variation in both."
)
_BY_RULE = "r in each rule, mean over seeds, of the cells farthest from 0 (selected)."
_AFTER = (
    "The size of a change as the signal, and as the outcome the test score one epoch after an event less that right "
    "after it; the same columns."
)
_FINAL = "Final epoch, mean and 95 % t interval over seeds. Seconds hold the recording of signals."
_MEASURED = (
    "Rows of a run's history are made after growth. So signals are recorded by the rule's trigger from the probe that "
    "the rule itself sees, before the event, and stored in the notes of the event. Extrema (share of hidden neurons; "
    "mean severity) are absolute ones; criticality is that of the trigger of this name; information: bits a linear "
    "probe of the last hidden level reads out about the answers; likeness: mean linear CKA of consecutive hidden "
    "levels; gradient norm: mean over the epoch; gradient shift: change of its variance from three epochs to the next "
    "three; performance gap: held-out less training loss. Metrics are of the wiring alone, and a change is its size, "
    "|after - before|. Not available: signals that need dropout passes or snapshots over training (uncertainty, DMD "
    "modes)."
)


if __name__ == "__main__":
    sys.exit(guarded(main, DoSignalsPredictStructure, str(__doc__)))
