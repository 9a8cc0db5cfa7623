"""Growth rules: where should edges grow? All rules on equal terms, at several budgets, on wide and deep networks.

H1: edges at activation extrema are worth more than others. Prediction: extrema_topped_up ends above gradient, random,
SET and RigL at equal edges. Refutation: the whole interval of such a paired difference lies at or below 0.
H2: growing pays. Prediction: some growing rule ends above static_at_budget, which has all edges from the start.
Refutation: the interval of every growing rule lies at or below 0.
H3: growth at extrema stops by itself. Prediction: most runs of `extrema` that grow at all end below their budget and
without an extremum in the last probe.
Refutation: the exact 95 % interval of their share lies at or below one half.
H4: a blend of signals is better than one. Prediction: hybrid ends above extrema_topped_up and above gradient.
H5: growing saves work. Prediction: extrema_topped_up ends above a static network that costs as many edge-steps.
H4 and H5 are refuted as H1 is. Controls: static_at_budget, random, small_dense, and for H5 a static network of equal
edge-steps; runs that miss their budget are in no comparison. Growing rules begin with a share of the budget, published
ones with all edges.
Settings were chosen on validation accuracy with gradient and static_at_budget, one seed, at 1 and 5 % of both networks
on MNIST: AdamW at 0.01 (0.003 was worse; 0.02, on LeNet at 5 %, no better), a start of a quarter of the budget, but of
half of it for the deep network, of which a quarter at 1 % does not learn at all. Learning rates of digits are those of
first_growth.
Digits have relu and sigmoid, MNIST relu only.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from analysis.figures.accuracy import accuracy_over_epochs
from analysis.figures.cost import cost
from analysis.figures.ranking import ranking
from analysis.report import Claim, Section
from graphgrow.errors import SettingsError
from graphgrow.growth import registry
from graphgrow.settings import Fit
from graphgrow.store.run import Run
from sims.parts.common import guarded
from sims.parts.contrasts import FAMILY_RULE, any_claims, at_budget, contrast_table, each_claim, open_claims
from sims.parts.natural_stops import CELL, ITSELF, STOPS, by_itself, stops, told
from sims.parts.stages import DEEP, DIGITS, LENET, Stage, run_of
from sims.parts.study import STATED_RULE, Case, Contrast, asked, equal_edge_steps, publish, shown, summary, table
from sims.parts.tolerant import Attempt, attempt

CONTROL, FLAGSHIP = "static_at_budget", "extrema_topped_up"
NAMED = "extrema,extrema_topped_up,extrema_clone,gradient,random,set,rigl,static_at_budget"
RIVALS = ("gradient", "random", "set", "rigl")


@dataclass(frozen=True)
class GrowthRules:
    """Compare growth rules at several budgets, with paired seeds."""

    mnist_rules: str = NAMED
    """Rules on MNIST, joined by commas, or all; digits always take all."""
    mnist_shares: tuple[float, ...] = (0.01, 0.05)
    """Budgets on MNIST as shares of the dense network."""
    digits_shares: tuple[float, ...] = (0.1, 0.2)
    activations: tuple[str, ...] = ("relu", "sigmoid")
    """Of hidden neurons, on digits."""
    seeds: int | None = None
    """On MNIST; default: 3."""
    epochs: int | None = None
    """On MNIST; default: 10."""
    digits_seeds: int = 5
    digits_epochs: int = 20
    batch: int = 128
    workers: int = 2
    """Runs at a time."""
    out: Path = Path("results/growth_rules")
    """Folder of the report, the figures and the runs."""
    smoke: bool = False
    """A version for tests: few rules, one seed, one epoch of 200 digits."""
    full: bool = False
    """The complete study: all rules at 1, 2, 5 and 10 % on MNIST too; reports to the folder full in `out`."""


def main(config: GrowthRules) -> None:
    """Run everything, judge, write the report."""
    config = sized(config)
    cases = plan(config)
    first = attempt(cases, config.out, config.workers)
    fair = [equal_edge_steps(case, run) for case, run in zip(first.cases, first.runs, strict=True) if _grown(case)]
    done = first.joined(attempt(fair, config.out, config.workers))
    frame = table(done.cases, done.runs)
    stopped = stops(done)
    found = {name: contrast_table(at_budget(frame), each, CELL) for name, each in contrasts().items()}
    sections = [
        *verdicts(frame, found, stopped),
        Section("Final epoch", _MEANS, table=shown(summary(frame, CELL))),
        *(
            Section(f"{name}: paired differences", FAMILY_RULE, table=shown(each))
            for name, each in found.items()
            if len(each)
        ),
        Section("Where growth ended short of its budget", STOPS, table=told(stopped)),
    ]
    sections += done.told()
    publish(config.out, "Growth rules", str(__doc__), sections, draw(done, frame), asked(config, done.cases))


def sized(config: GrowthRules) -> GrowthRules:
    """The default, the smallest or the complete version, each with a folder of its own."""
    if config.smoke and config.full:
        raise SettingsError("smoke and full: expected at most one of the two: leave one out")
    own = config.out != GrowthRules.out
    if config.smoke:
        out = config.out if own else Path("results/smoke/growth_rules")
        return replace(config, seeds=0, digits_shares=(0.2,), activations=("relu",), digits_seeds=2, digits_epochs=2,
                       workers=1, out=out)  # fmt: skip
    config = replace(config, seeds=config.seeds or 3, epochs=config.epochs or 10)
    if config.full:
        config = replace(config, mnist_rules="all", mnist_shares=(0.01, 0.02, 0.05, 0.1), out=config.out / "full")
    return config


def plan(config: GrowthRules) -> list[Case]:
    """Every run but those of equal cost."""
    every = [entry.name for entry in registry.everything()]
    some = (
        every
        if config.mnist_rules == "all"
        else [word.strip() for word in config.mnist_rules.split(",") if word.strip()]
    )
    if CONTROL not in some or config.digits_seeds < 1:
        raise SettingsError(f"expected {CONTROL} among the rules and 1 seed or more, got {', '.join(some)}")
    for name in some:
        registry.load(name)
    if config.smoke:
        every = [name for name in every if name in (*NAMED.split(","), "small_dense", "hybrid")]
    made = []
    for activation in config.activations:
        made += _cases(config, DIGITS, activation, config.digits_shares, every, config.digits_seeds)
    for stage in (LENET, DEEP):
        made += _cases(config, stage, "relu", config.mnist_shares, some, config.seeds or 0)
    return made


def _cases(
    config: GrowthRules, stage: Stage, activation: str, shares: Sequence[float], rules: Sequence[str], seeds: int
) -> list[Case]:
    """One stage with one activation."""
    epochs = config.digits_epochs if stage is DIGITS else config.epochs or 1
    fit = Fit(epochs, config.batch, checkpoint_every=0)
    stage = replace(stage, task="digits:200") if config.smoke else stage
    cells = [(share, {"network": stage.name, "share": f"{100 * share:g} %"}) for share in shares]
    return [
        Case(run_of(stage, rule, round(share * stage.dense), seed, fit, activation), cell)
        for share, cell in cells
        for seed in range(seeds)
        for rule in rules
    ]


def _grown(case: Case) -> bool:
    """Whether a static network is to be trained at the cost of this run."""
    return case.label == FLAGSHIP


def contrasts() -> dict[str, list[Contrast]]:
    """Hypothesis -> its comparisons."""
    growing = [entry.name for entry in registry.everything() if _begins_small(entry)]
    return {
        "H1": [Contrast(FLAGSHIP, rival) for rival in RIVALS],
        "H2": [Contrast(name, CONTROL) for name in growing],
        "H4": [Contrast("hybrid", single) for single in (FLAGSHIP, "gradient")],
        "H5": [Contrast(FLAGSHIP, f"static_equal_steps_as_{FLAGSHIP}")],
    }


def _begins_small(entry: registry.Entry) -> bool:
    """Whether a rule grows, from the start that the settings describe."""
    return getattr(entry.rule, "start", None) is None and bool(getattr(entry.rule, "grows", True))


def verdicts(frame: pd.DataFrame, found: dict[str, pd.DataFrame], stopped: pd.DataFrame) -> list[Section]:
    """One section per hypothesis that could be asked."""
    planned = contrasts()

    def each(name: str) -> list[Claim]:
        return [*each_claim(found[name], CELL), *open_claims(frame, found[name], planned[name], CELL)]

    made = [
        Section("H1: extrema beat other places", _EQUAL, each("H1")),
        Section("H2: growing pays", _ANY, any_claims(found["H2"], CELL, f"some growing rule beats {CONTROL}")),
        Section("H3: growth at extrema stops by itself", ITSELF, by_itself(stopped)),
        Section("H4: a blend beats one signal", _EQUAL, each("H4")),
        Section("H5: better than a static network at equal edge-steps", _EQUAL, each("H5")),
    ]
    return [section for section in made if section.claims]


_EQUAL = f"{STATED_RULE} Only runs that ended at exactly their budget are compared."
_MEANS = (
    "Mean [95 % interval] over seeds, by network and budget. Seconds are those of two runs side by side on a "
    "machine that did other work too: compare edge-steps."
)
_ANY = (
    "Supported where the difference of one growing rule at equal edges is supported after Holm's correction, refuted "
    "where that of each is refuted, undecided otherwise."
)


def draw(done: Attempt, frame: pd.DataFrame) -> dict[str, Figure]:
    """Rankings of every stage, cost and curves of those on MNIST."""
    made: dict[str, Figure] = {}
    for (network, activation), rows in frame.groupby(["network", "activation"], sort=False):
        panels = {str(share): held for share, held in rows.groupby("share", sort=False)}
        made[f"Ranking {network} {activation}"] = ranking(panels, CONTROL, f"{network}, {activation}")
        named = at_budget(rows[rows["rule"].isin([*NAMED.split(","), f"static_equal_steps_as_{FLAGSHIP}"])])
        if len(panels) > 1 and activation == "relu":
            made[f"Cost {network}"] = cost(named, "share", title=f"{network}, {activation}")
        if network == LENET.name:
            made[f"Growth {network} {next(iter(panels))}"] = _curves(done, network, next(iter(panels)))
    return made


def _curves(done: Attempt, network: str, share: str) -> Figure:
    by_label: dict[str, list[Run]] = {}
    for case, run in zip(done.cases, done.runs, strict=True):
        if case.cell == {"network": network, "share": share} and case.label in NAMED.split(","):
            by_label.setdefault(case.label, []).append(run)
    return accuracy_over_epochs(by_label, title=f"{network}, {share}")


if __name__ == "__main__":
    sys.exit(guarded(main, GrowthRules, str(__doc__)))
