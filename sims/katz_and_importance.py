"""Do Katz centrality and activation extremes tell which neurons of a trained network matter?

The founding document says that Katz centrality has an "almost perfect correlation" with hierarchical importance, and
that activation extremes mark important neurons. In its source (Fletcher and Wennekers 2018) the former is a correlation
with firing rates in spiking networks; here it is measured.
Importance of a hidden neuron: the rise of the loss on samples that were not trained on when its output is set to its
mean (this one decides) and to 0; empirical Fisher information, mean (a delta)^2 of training samples; and what it alone
tells of the label, mutual information in 8 bins of equal counts, an estimate. Mean |a| stands for firing rates.
Katz: x = alpha A x + 1 from the inputs (in), to the outputs (out), and both multiplied; edges count 1 (paths), |w|, or
w (then |x|); alpha 0.1 and 1. Correlations are Spearman's within levels, weighted by neurons, since Katz grows with
depth by construction; a seed is the unit, in the mean over rules. Predictions, and what would refute them, by the 95 %
t interval over seeds:
H1. Almost perfect: some variant correlates by more than 0.9 with ablation. Refuted where each of the 18 lies below;
supported by one only after Holm. Asked again corrected for noise, by what the ablations on two halves of the samples
share, and of mean |a|.
H2. Katz says more than degree and strength: its correlation less that of the sum over the same direct edges is above 0.
Refuted where the difference lies at or below 0. In the first hidden level inward Katz gives the order of that sum, in
the last one outward Katz does, so all difference comes from other levels. The best of each kind is chosen on the other
seeds. The same is asked against the mean and the spread of the activation.
H3. Severity of extrema by the founding protocol correlates positively with ablation, on either side and on each.
Refuted where the correlation lies at or below 0.
H4. Over the whole network inward Katz correlates more than within levels, by depth. Refuted where it does not.
Controls: degree, strength and their products; mean and spread of the activation; importance shuffled within levels,
which gives what chance makes of each correlation and what depth alone makes of the one over the whole network.
Networks of several growth rules, at equal edges, on the same seeds; those that missed their budget are left out.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from analysis.figures.grid import value_grid
from analysis.figures.rank_forest import rank_forest
from analysis.figures.scores import scores_against
from analysis.report import Section
from graphgrow.errors import DataError, SettingsError
from graphgrow.growth import registry
from graphgrow.settings import Fit, RunSettings, TaskSettings
from graphgrow.store.run import Run
from graphgrow.train.execute import task_of
from graphgrow.train.objectives import Task
from sims.parts import importance_tables as tables
from sims.parts.bases import words
from sims.parts.centralities import scores
from sims.parts.common import guarded
from sims.parts.contrasts import fair, off_budget
from sims.parts.importance import TO_MEAN, Measured, measured
from sims.parts.stages import DEEP, DIGITS, LENET, Stage, run_of
from sims.parts.study import Case, asked, perform, publish, shown, summary, table

SHARES = {DIGITS.name: 0.2, LENET.name: 0.03, DEEP.name: 0.05}
"""Edges at the end, as shares of the dense network."""
PICTURED = ("Katz in, |w|, 0.1", "Katz in x out, |w|, 0.1", "severity", "mean |a|")


@dataclass(frozen=True)
class KatzAndImportance:
    """Compare what might tell which neurons matter, in networks of several growth rules."""

    rules: str = "static_at_budget,extrema_topped_up,gradient,set"
    """Growth rules, joined by commas."""
    digits: str = "digits"
    mnist: str = "mnist:20000"
    """Tasks of the small network, and of LeNet-300-100 and the deep one."""
    activations: tuple[str, ...] = ("relu", "sigmoid")
    """Of hidden neurons, on digits; on MNIST relu."""
    seeds: int = 5
    deep_seeds: int = 4
    """On the deep network, whose ablations take longer; 0 leaves it out."""
    mnist_seeds: int = 5
    epochs: int = 20
    mnist_epochs: int = 8
    samples: int = 3000
    """At most so many samples for ablation, from validation and then from test data."""
    draws: int = 500
    """Shuffles of importance within levels."""
    workers: int = 2
    """Runs at a time; ablations follow in this process."""
    out: Path = Path("results/katz_and_importance")
    """Folder of the report, the figures and the runs."""
    smoke: bool = False
    """A version for tests: two rules, 300 digits, two seeds, relu."""
    full: bool = False
    """The complete study: all of MNIST, ten seeds, 10,000 samples; reports to the folder full in `out`."""

    def __post_init__(self) -> None:
        for name in ("seeds", "epochs", "mnist_epochs", "samples", "draws", "workers"):
            if getattr(self, name) < 1:
                raise SettingsError(f"{name}: expected 1 or more, got {getattr(self, name)}")


def main(config: KatzAndImportance) -> None:
    """Train, ablate, compare, write the report."""
    config = sized(config)
    cases = plan(config)
    runs = perform(cases, config.out, config.workers)
    final = table(cases, runs)
    # At equal edges: what missed its budget is told of, and not compared.
    kept = sorted(fair(final).index)
    if not kept:
        raise DataError("no network met its budget of edges: choose rules that reach it, or other tasks")
    held, ended = [cases[at] for at in kept], [runs[at] for at in kept]
    frame = look(config, held, ended)
    publish(
        config.out,
        "Katz centrality, extremes and importance",
        str(__doc__),
        [*sections(frame), Section("Networks", _NETWORKS, table=shown(summary(final, ("network",)))),
         *off_budget(final, ("network",))],
        draw(config, held, ended, frame),
        asked(config, cases),
    )  # fmt: skip


def plan(config: KatzAndImportance) -> list[Case]:
    """Every rule in every network, on the same seeds."""
    rules = words(config.rules, "rules")
    for rule in rules:
        registry.load(rule)
    stages: list[tuple[Stage, Sequence[str], int, int]] = [
        (replace(DIGITS, task=config.digits), config.activations, config.seeds, config.epochs),
        (replace(LENET, task=config.mnist), ("relu",), config.mnist_seeds, config.mnist_epochs),
        (replace(DEEP, task=config.mnist), ("relu",), config.deep_seeds, config.mnist_epochs),
    ]
    made = []
    for stage, activations, seeds, epochs in stages:
        fit = Fit(epochs, checkpoint_every=0, record_extrema=False)
        budget = round(SHARES[stage.name] * stage.dense)
        for activation in activations:
            for seed in range(seeds):
                runs = (run_of(stage, rule, budget, seed, fit, activation) for rule in rules)
                made += [Case(run, {"network": stage.name}) for run in runs]
    for settings in {case.settings.task for case in made}:
        _task(settings).data()  # missing data must show before anything is removed
    return made


def look(config: KatzAndImportance, cases: Sequence[Case], runs: Sequence[Run]) -> pd.DataFrame:
    """Correlations of scores with importance in the final network of every run."""
    # One after the other: what the probe saw of all networks together would fill a gigabyte.
    return pd.concat(
        [
            tables.rows(case, _measured(config, case, run), config.draws)
            for case, run in zip(cases, runs, strict=True)
        ]
    )  # fmt: skip


def _measured(config: KatzAndImportance, case: Case, run: Run) -> Measured:
    return measured(run.final(), _task(case.settings.task), config.samples)


@cache
def _task(settings: TaskSettings) -> Task:
    """The same data for every run that asks for them."""
    return task_of(RunSettings(task=settings))


def sections(frame: pd.DataFrame) -> list[Section]:
    """Verdicts and tables."""
    return [
        Section("Verdicts", _RULE, tables.claims(frame)),
        Section("By rule", _BY_RULE, table=tables.rule_table(frame)),
        *(
            Section(f"Correlations with ablation to the mean: {where}", _CORRELATIONS if not at else "",
                    table=tables.correlation_table(kept))
            for at, (where, kept) in enumerate(tables.cells(frame))
        ),
        Section("Katz against sums over direct edges", _MATCHED, table=tables.matched_table(frame)),
    ]  # fmt: skip


def draw(
    config: KatzAndImportance, cases: Sequence[Case], runs: Sequence[Run], frame: pd.DataFrame
) -> Mapping[str, Figure]:
    """All correlations with intervals, all measures of importance, and one network neuron by neuron."""
    made = {"Correlations with ablation": rank_forest(tables.forest_frame(frame), tables.ALMOST, _FOREST)}
    grid = tables.answer_table(frame)
    made["Scores and measures of importance"] = value_grid(
        grid.to_numpy(float), list(grid.index), list(grid.columns), "Spearman correlation within levels",
        "Mean over networks, rules and seeds", decimals=2,
    )  # fmt: skip
    wanted = (LENET.name, "extrema_topped_up")
    # The first run of those that have most of what is wanted.
    at = max(range(len(cases)), key=lambda n: (cases[n].cell["network"] == wanted[0], cases[n].label == wanted[1], -n))
    each = _measured(config, cases[at], runs[at])
    values = {name: row for name, row in scores(each).items() if name in PICTURED}
    title = f"{cases[at].cell['network']}, {cases[at].label}, seed {cases[at].settings.seed}"
    made["One network"] = scores_against(values, each.importance[TO_MEAN], each.level, "rise of loss (nats)", title)
    return made


def sized(config: KatzAndImportance) -> KatzAndImportance:
    """The smoke version, or the full one; each in a folder of its own unless one was named."""
    own = config.out == KatzAndImportance.out
    if config.smoke:
        out = Path("results/smoke/katz_and_importance") if own else config.out
        rules = "static_at_budget,set" if config.rules == KatzAndImportance.rules else config.rules
        digits = "digits:300" if config.digits == "digits" else config.digits
        return replace(
            config, rules=rules, digits=digits, activations=("relu",), seeds=2, mnist_seeds=0,
            deep_seeds=0, epochs=2, draws=50, workers=1, out=out,
        )  # fmt: skip
    if config.full:
        out = config.out / "full" if own else config.out
        return replace(
            config, mnist="mnist", seeds=10, mnist_seeds=10, deep_seeds=10, samples=10_000, draws=2000, out=out
        )
    return config


_RULE = (
    "A claim is supported where the whole 95 % t interval over seeds lies above its margin (0.9 for H1, else 0), "
    "refuted where it lies at or below it, and undecided otherwise. Claims that some variant does it: supported by one "
    "after the correction of Holm (1979) for all of them, refuted where each is refuted by itself."
)
_BY_RULE = (
    "Spearman correlations with ablation to the mean, within levels, mean over seeds. Ablation repeats: correlation of "
    "the ablations on two halves of the samples; a score can hardly correlate by more than the root of 2r/(1 + r)."
)
_CORRELATIONS = (
    "Mean over seeds of the mean over rules, with t interval and bootstrap over seeds. By depth alone: the correlation "
    "over the whole network that is left when importance is shuffled within levels. Chance: what the one within levels "
    "reaches in the middle 95 % of shuffles, mean over networks; networks in which p, two-sided, is below 0.05."
)
_MATCHED = (
    "Correlation of a variant less that of its control, within levels, seed by seed; Holm over the variants of a "
    "network. Last column: correlation left at equal rank of the control, where the two give different orders."
)
_NETWORKS = "Final epoch, mean [95 % t interval] over seeds."
_FOREST = "Spearman correlation with the rise of loss when a neuron is set to its mean"


if __name__ == "__main__":
    sys.exit(guarded(main, KatzAndImportance, str(__doc__)))
