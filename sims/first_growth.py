"""First light: does growing a sparse network while it learns help, and which rule grows best at equal edges?

Hypothesis: capacity added during training at activation extrema raises accuracy.
Prediction: every growing rule ends above the network it started from (static), pair by pair.
Refutation: the 95 % interval of that paired difference lies at or below 0.
Control: static_at_budget, a network that had the final number of edges from the start, drawn the same way.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from analysis.figures.accuracy import accuracy_over_epochs
from analysis.figures.degrees import degree_ccdf
from analysis.figures.extrema import extrema_over_time
from analysis.figures.network import network_by_level
from analysis.report import Claim, Section, write_report
from analysis.statistics import Interval, verdict
from analysis.tables import paired_table, readable, runs_table, summary_table
from graphgrow.arrays import Json
from graphgrow.errors import SettingsError
from graphgrow.growth import registry
from graphgrow.settings import (
    Fit,
    GrowthSettings,
    OptimizerSettings,
    RunSettings,
    StartSettings,
    TaskSettings,
    to_json,
)
from graphgrow.store.run import Run
from graphgrow.train.execute import start_graph, task_of
from sims.parts.common import final_extrema, fresh_runs, guarded, run_all, save_figures

CONTROLS = ("static", "static_at_budget")
# Small levels for small inputs, LeNet-300-100 for images.
SMALL, LENET = (64, 32), (300, 100)
IMAGE = 784
# Of AdamW: sigmoid units need larger steps to leave the linear part of their range, and small tasks have few steps.
LEARNING_RATES = {False: {"relu": 1e-2, "sigmoid": 2e-2}, True: {"relu": 3e-3, "sigmoid": 1e-2}}


@dataclass(frozen=True)
class FirstGrowth:
    """Compare growth rules on one task at one edge budget, with paired seeds."""

    task: str = "digits"
    """Any task graphgrow knows, e.g. digits, mnist, parity:8."""
    rules: str = "extrema,extrema_clone,extrema_topped_up,gradient,random"
    """Rules to compare, joined by commas; static and static_at_budget are always added."""
    budget: int | None = None
    """Edges at the end, head included; default: four times the start, at most the dense network."""
    start_density: float = 0.05
    """Start edges as a share of the dense layered network."""
    hidden: tuple[int, ...] | None = None
    """Sizes of the hidden levels; default: 64 32, or 300 100 for 784 inputs and more."""
    activations: str = "relu,sigmoid"
    """Activations of hidden neurons, joined by commas."""
    epochs: int = 30
    batch: int = 128
    seeds: int = 3
    skips: bool = False
    """Let single edges skip levels."""
    learning_rate: float | None = None
    """Of AdamW; default: 0.01 for relu and 0.02 for sigmoid, on images 0.003 and 0.01."""
    weight_decay: float = 0.05
    out: Path = Path("results/first_growth")
    """Folder of the report, the figures and the runs; runs there with the same settings are kept, others replaced."""
    workers: int = 1
    """Runs at a time, each in a process of its own on one thread; the results are the same."""
    smoke: bool = False
    """A minute-sized version for tests: one seed, relu, three epochs, 200 samples."""


def main(config: FirstGrowth) -> None:
    """Run everything, print the tables, write the report."""
    config = _smoke(config) if config.smoke else config
    jobs = plan(config)
    runs = run_all(jobs, fresh_runs(config.out, jobs), config.workers)
    frame = runs_table(runs)
    summary, claims, differences = summary_table(frame), judge(frame), compare(frame)
    figures = save_figures(draw(runs, config), config.out)
    report = write_report(
        config.out,
        f"First growth: {config.task}",
        [
            Section("Verdicts", _RULE, claims),
            Section(
                "Final epoch",
                "Test score, edges, edge-steps and seconds: mean [95 % interval].",
                table=readable(summary),
            ),
            Section("Paired differences", _PAIRED, table=readable(differences)),
            Section("Figures", figures=figures),
        ],
        _settings(config, jobs),
        text=str(__doc__).split("\n", 2)[2].strip().replace("\n", "  \n"),
    )
    _tell(summary, differences, claims, report, figures)


def plan(config: FirstGrowth) -> list[tuple[str, RunSettings]]:
    """Name and settings of every run, controls included; the same seeds for every rule."""
    rules = [rule for rule in _words(config.rules, "rules") if rule not in CONTROLS]
    for rule in rules:
        registry.load(rule)
    if config.seeds < 1:
        raise SettingsError(f"seeds: expected 1 or more, got {config.seeds}")
    task = task_of(RunSettings(task=TaskSettings(config.task)))
    task.data()  # missing data must show before an earlier execution is removed
    jobs = []
    for activation in _words(config.activations, "activations"):
        base = _base(config, activation, task.inputs >= IMAGE)
        start = start_graph(base, task).edges
        sizes = (task.inputs, *base.start.hidden, task.outputs)
        dense = sum(first * second for first, second in pairwise(sizes))
        budget = min(4 * start, dense) if config.budget is None else config.budget
        if budget < start:
            raise SettingsError(f"budget of {budget} edges is below the {start} edges of the start: raise it")
        start_graph(_variant(base, "static_at_budget", 0, budget), task)  # refuses a budget that does not fit in
        for seed in range(config.seeds):
            jobs += [
                (f"{activation}-{label}-{seed}", _variant(base, label, seed, budget)) for label in (*CONTROLS, *rules)
            ]
    return jobs


def _settings(config: FirstGrowth, jobs: Sequence[tuple[str, RunSettings]]) -> dict[str, Json]:
    """What was asked for, and in full the settings of one run of each activation and label."""
    asked: dict[str, Json] = {
        name: value for name, value in to_json(config).items() if name not in ("out", "workers", "smoke")
    }
    first: dict[str, Json] = {name: to_json(settings) for name, settings in jobs if settings.seed == 0}
    return {"comparison": asked, "runs": first}


def _base(config: FirstGrowth, activation: str, image: bool) -> RunSettings:
    """What all runs of one activation share."""
    rates = LEARNING_RATES[image]
    rate = rates.get(activation, rates["relu"]) if config.learning_rate is None else config.learning_rate
    hidden = config.hidden or (LENET if image else SMALL)
    return RunSettings(
        task=TaskSettings(config.task),
        start=StartSettings(hidden, config.start_density, activation=activation),
        growth=GrowthSettings(skips=config.skips),
        optimizer=OptimizerSettings(learning_rate=rate, weight_decay=config.weight_decay),
        fit=Fit(config.epochs, config.batch, checkpoint_every=0),
    )


def _variant(base: RunSettings, label: str, seed: int, budget: int) -> RunSettings:
    """One rule or control."""
    start, growth = base.start, replace(base.growth, rule=label, budget=budget)
    if label == "static":
        growth = replace(growth, budget=0)
    if label == "static_at_budget":
        start, growth = replace(start, edges=budget), replace(growth, rule="static")
    return replace(base, start=start, growth=growth, seed=seed, label=label)


def _smoke(config: FirstGrowth) -> FirstGrowth:
    task = "digits:200" if config.task == "digits" else config.task
    # Never over a finished comparison.
    out = Path("results/smoke/first_growth") if config.out == FirstGrowth.out else config.out
    return replace(config, task=task, seeds=1, epochs=3, activations="relu", out=out)


def _words(text: str, name: str) -> list[str]:
    """A comma list without repeats."""
    words = list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not words:
        raise SettingsError(f"{name}: expected names joined by commas, got {text!r}")
    return words


_RULE = (
    "A claim is supported where the 95 % t interval of the paired difference lies above 0, refuted at or below 0. "
    "Pairs that are all equal decide nothing: mostly the rule never grew, and both were the same run."
)
_PAIRED = "Gain of each rule over a control on the same seed and activation; % are points of accuracy."


def compare(frame: pd.DataFrame) -> pd.DataFrame:
    """Every rule against both controls, pair by pair."""
    parts = []
    for control in CONTROLS:
        part = paired_table(frame, control)
        part.insert(0, "against", control)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def judge(frame: pd.DataFrame) -> list[Claim]:
    """One claim per growing rule and activation: it ends above the static start."""
    table = paired_table(frame, "static")
    claims = []
    for _, row in table.iterrows():
        if row["rule"] in CONTROLS:
            continue
        interval = Interval(row["gain_low"], row["gain_high"]) if pd.notna(row["gain_low"]) else None
        found = verdict(interval)
        bounds = "no interval from one seed" if interval is None else f"95 % [{interval.low:.4f}, {interval.high:.4f}]"
        if interval is not None and interval.point and row["gain"] == 0:
            bounds += ", identical in every pair"
        text = f"{row['rule']} ({row['activation']}) ends above static at the starting edges"
        claims.append(Claim(text, found, f"gain {row['gain']:.4f}, {bounds}"))
    return claims


def draw(runs: list[Run], config: FirstGrowth) -> dict[str, Figure]:
    """Figures of each activation, from the first seed where one network is drawn."""
    made: dict[str, Figure] = {}
    for activation in _words(config.activations, "activations"):
        mine = [run for run in runs if run.settings["start"]["activation"] == activation]  # type: ignore[index,call-overload]
        by_label: dict[str, list[Run]] = {}
        for run in mine:
            by_label.setdefault(str(run.settings["label"]), []).append(run)
        # A network that grew before a control that did not.
        grew = [label for label in by_label if label not in CONTROLS]
        shown = [label for label in ("extrema_topped_up", "extrema_clone", *grew, *by_label) if label in by_label]
        best, grown = by_label[shown[0]], {label: group[0].final() for label, group in by_label.items()}
        made[f"Accuracy, edges and neurons, {activation}"] = accuracy_over_epochs(
            by_label, title=f"{config.task}, {activation}"
        )
        made[f"Network grown by {shown[0]}, {activation}"] = network_by_level(
            best[0].final(), final_extrema(best[0]), most_edges=2500, title=f"{config.task}, {activation}, {shown[0]}"
        )
        made[f"Extrema by level, {shown[0]}, {activation}"] = extrema_over_time(
            best, title=f"{config.task}, {activation}"
        )
        made[f"Degrees, {activation}"] = degree_ccdf(grown, title=f"{config.task}, {activation}")
    return made


def _tell(
    summary: pd.DataFrame, differences: pd.DataFrame, claims: list[Claim], report: Path, figures: dict[str, Path]
) -> None:
    """What a person reads in the terminal."""
    with pd.option_context("display.width", 200, "display.max_columns", None):
        print(readable(summary).to_string(index=False))
        print()
        print(readable(differences).to_string(index=False))
    print()
    for claim in claims:
        print(f"{claim.verdict.value:>9}: {claim.text} ({claim.evidence})")
    print(f"\nreport: {report}")
    for path in figures.values():
        print(f"figure: {path}")


if __name__ == "__main__":
    sys.exit(guarded(main, FirstGrowth, str(__doc__)))
