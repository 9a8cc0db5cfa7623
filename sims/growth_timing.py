"""When to grow: does growth when a signal says so beat growth at fixed intervals, at an equal edge budget?

Hypothesis: signals of training (plateau, restless gradients, criticality, information) tell when growth helps.
Prediction: every signal ends above periodic growth of equal budget, seed by seed, whatever the amount per event.
Refutation: the 95 % interval of that paired difference lies at or below 0.
Controls: periodic growth at every epoch and at every tenth, the distance that signals keep; a network that never grows;
one with the final edges from the start; one that cost as many edge-steps. One move everywhere (steepest absent edges,
from 0), so that only timing and amounts differ. What no signal called for comes at the last ask and is reported.
Alignment: growth at a signal lies nearer to critical information transitions (CIT) than events at random epochs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.figures.grid import value_grid
from analysis.figures.timeline import growth_timeline
from analysis.report import Claim, Section
from graphgrow.errors import SettingsError
from graphgrow.settings import Fit, GrowthSettings, OptimizerSettings, RunSettings, StartSettings, TaskSettings
from graphgrow.store.run import Run
from graphgrow.train.execute import start_graph, task_of
from sims.parts.common import guarded
from sims.parts.study import (
    STATED_RULE,
    Case,
    Contrast,
    asked,
    claims,
    differences,
    equal_edge_steps,
    perform,
    publish,
    shown,
    summary,
    table,
)
from sims.parts.timing_rules import AMOUNTS, PERIODIC, SIGNALS, TRIGGERS, WITNESSED
from sims.parts.timing_tables import (
    KINDS,
    aligned,
    alike,
    averaged,
    economy_table,
    heard_signals,
    signals_as_one,
    timing_table,
    tracks,
    when,
    witnessed,
)

NONE = "none"
CONTROLS = ("static", "static_at_budget")
RATES = {"relu": 1e-2, "sigmoid": 2e-2, "tanh": 1e-2}
DEFAULT_AMOUNTS = "declining,everything,phase"


@dataclass(frozen=True)
class GrowthTiming:
    """Compare triggers and amounts of growth at one edge budget, with paired seeds."""

    task: str = "digits"
    triggers: str = ",".join(TRIGGERS)
    """Triggers, joined by commas; every is always added."""
    amounts: str = DEFAULT_AMOUNTS
    """Amounts per event, joined by commas; declining, whose rules watch for transitions, is always added."""
    hidden: tuple[int, ...] = (64, 32)
    density: float = 0.05
    """Start edges as a share of the dense layered network."""
    factor: float = 4.0
    """Budget as a multiple of the start edges."""
    activation: str = "relu"
    epochs: int = 100
    """The founding windows (20 epochs) and waits (10) are made for about 100."""
    batch: int = 128
    seeds: int = 4
    shuffles: int = 1000
    """Of event times, for the alignment with transitions."""
    workers: int = 2
    """Runs at a time."""
    out: Path = Path("results/growth_timing")
    smoke: bool = False
    """Seconds-sized, for tests."""
    full: bool = False
    """All amounts, ten seeds, both relu and sigmoid being asked for by --activation."""


def main(config: GrowthTiming) -> None:
    """Run everything, judge, write the report."""
    config = _sized(config)
    cases = plan(config)
    runs = perform(cases, config.out, config.workers)
    model = next(at for at, case in enumerate(cases) if (case.label, _amount(case)) == ("every", WITNESSED))
    extra = [
        equal_edge_steps(replace(case, cell={"amount": NONE}), run)
        for case, run in zip(cases, runs, strict=True)
        if (case.label, case.cell) == (cases[model].label, cases[model].cell)
    ]
    cases, runs = [*cases, *extra], [*runs, *perform(extra, config.out, config.workers)]
    report(config, cases, runs)


def plan(config: GrowthTiming) -> list[Case]:
    """Every trigger with every amount, and the controls, on the same seeds."""
    triggers = _chosen(config.triggers, TRIGGERS, "triggers", "every")
    amounts = _chosen(config.amounts, AMOUNTS, "amounts", WITNESSED)
    if config.seeds < 1 or config.factor <= 1:
        raise SettingsError(f"expected 1 seed or more and a factor above 1, got {config.seeds} and {config.factor:g}")
    base = _base(config)
    task = task_of(base)
    task.data()  # missing data must show before an earlier execution is removed
    budget = round(config.factor * start_graph(base, task).edges)
    start_graph(replace(base, start=replace(base.start, edges=budget)), task)  # refuses a budget that does not fit in
    cases = []
    for seed in range(config.seeds):
        cases += [_control(replace(base, seed=seed), label, budget) for label in CONTROLS]
        for amount in amounts:
            for trigger in triggers:
                growth = replace(base.growth, rule=f"{trigger}_{amount}", budget=budget)
                settings = replace(base, growth=growth, seed=seed, label=trigger)
                cases.append(Case(settings, {"amount": amount}))
    return cases


def _control(base: RunSettings, label: str, budget: int) -> Case:
    growth = replace(base.growth, rule="static", budget=0 if label == "static" else budget)
    start = base.start if label == "static" else replace(base.start, edges=budget)
    return Case(replace(base, start=start, growth=growth, label=label), {"amount": NONE})


def _base(config: GrowthTiming) -> RunSettings:
    """What all runs share."""
    if config.activation not in RATES:
        raise SettingsError(f"activation: expected one of {', '.join(RATES)}, got {config.activation!r}")
    # Relative where it can be, so that runs can be resumed from a copy of the project.
    rules = os.path.relpath(Path(__file__).parent / "parts" / "timing_rules.py")
    return RunSettings(
        task=TaskSettings(config.task),
        start=StartSettings(config.hidden, config.density, activation=config.activation),
        growth=GrowthSettings(rules_path=Path(rules).as_posix(), probe_samples=512),
        optimizer=OptimizerSettings(learning_rate=RATES[config.activation], weight_decay=0.05),
        fit=Fit(config.epochs, config.batch, checkpoint_every=0, record_extrema=False),
    )


def _chosen(text: str, known: object, name: str, always: str) -> list[str]:
    """A comma list of known names, without repeats, and the one that is always there."""
    names = list(map(str, known))  # type: ignore[call-overload]
    words = [word.strip() for word in text.split(",") if word.strip()]
    wrong = [word for word in words if word not in names]
    if wrong or not words:
        raise SettingsError(f"{name}: expected some of {', '.join(names)}, joined by commas, got {text!r}")
    return [word for word in names if word in (*words, always)]


def _sized(config: GrowthTiming) -> GrowthTiming:
    """The smoke or the full version."""
    if config.smoke:
        out = Path("results/smoke/growth_timing") if config.out == GrowthTiming.out else config.out
        return replace(
            config, task="digits:200", triggers="every,every_10,saturation,economy", hidden=(12, 8),
            amounts="declining,everything", epochs=24, seeds=2, shuffles=100, workers=1, density=0.2, factor=2.0,
            out=out,
        )  # fmt: skip
    if config.full:
        out = config.out / "full" if config.out == GrowthTiming.out else config.out
        return replace(config, amounts=",".join(AMOUNTS), seeds=10, out=out)
    return config


def _amount(case: Case) -> str:
    return str(case.cell["amount"])


def report(config: GrowthTiming, cases: Sequence[Case], runs: Sequence[Run]) -> Path:
    """Tables, verdicts and figures."""
    frame = table(cases, runs)
    grown = [at for at, case in enumerate(cases) if _amount(case) != NONE]
    labels, amounts = [cases[at].label for at in grown], [_amount(cases[at]) for at in grown]
    mine = [runs[at] for at in grown]
    rows = when(labels, amounts, mine)
    heard = heard_signals(rows)
    means = signals_as_one(averaged(frame, "amount", "rule"), heard)
    watched = witnessed(amounts)
    near, near_claims = aligned([labels[at] for at in watched], [mine[at] for at in watched], config.shuffles)
    periodic = [name for name in PERIODIC if name in set(means["rule"])]
    silent = [name for name in SIGNALS if name in set(labels) and name not in heard]
    economies = [at for at, label in enumerate(labels) if label.startswith("economy")]
    books = economy_table([labels[at] for at in economies], [mine[at] for at in economies])
    sections = [
        Section("Verdicts", _rule(silent), judge(means, heard, periodic)),
        Section("Alignment with information transitions", _aligned(near), near_claims, near),
        Section("By trigger", _BY_TRIGGER, table=shown(summary(means))),
        Section("By amount", _BY_AMOUNT, table=shown(summary(averaged(frame, "rule", "amount")))),
        Section("When and how much", _WHEN, table=timing_table(rows)),
        Section("Differences", "By trigger, mean over amounts.", table=compared(means, periodic)),
        Section("Economy", _ECONOMY + (_UNMOVED if alike(means, "economy", "economy_fixed") else ""), table=books),
    ]  # fmt: skip
    figures = draw(config, frame, [labels[at] for at in watched], [mine[at] for at in watched])
    title = f"When to grow: {config.task}, {config.activation}"
    return publish(config.out, title, str(__doc__), sections, figures, asked(config, cases))


def compared(means: pd.DataFrame, periodic: Sequence[str]) -> pd.DataFrame:
    """Every trigger against periodic growth and the controls."""
    made = differences(means, [*periodic, *CONTROLS])
    # Controls among themselves are no question here.
    return shown(made[~made["rule"].isin(CONTROLS)].drop(columns=["unpaired", "sign"]))


def judge(means: pd.DataFrame, heard: Sequence[str], periodic: Sequence[str]) -> list[Claim]:
    """Every signal that was heard against periodic growth, signals as a whole against all controls, the economy."""
    named = set(means["rule"])
    contrasts = [Contrast("signals", other, text=f"signals, in the mean, beat {other}") for other in periodic]
    contrasts += [Contrast(signal, other) for signal in heard for other in periodic]
    contrasts += [Contrast(better, other) for better in ("signals", "every") for other in CONTROLS]
    contrasts += [Contrast("every", cost) for cost in sorted(named) if "equal_steps" in cost]
    contrasts += [Contrast("economy", "any_of", text="an economy beats the same signals without prices")]
    if not alike(means, "economy", "economy_fixed"):
        contrasts += [Contrast("economy", "economy_fixed", text="exchange rates that adapt beat fixed ones")]
    return claims(means, [one for one in contrasts if {one.better, one.worse} <= named])


def draw(config: GrowthTiming, frame: pd.DataFrame, labels: Sequence[str], runs: Sequence[Run]) -> dict[str, Figure]:
    """Events against transitions, and the gain over growth at every epoch for each trigger and amount."""
    made = {}
    last = int(GrowthSettings().until * config.epochs)
    kind = max(
        range(len(KINDS)), key=lambda at: sum(len(one.marks) for t in tracks(labels, runs, at).values() for one in t)
    )
    made["Growth events and information transitions"] = growth_timeline(
        tracks(labels, runs, kind), last, KINDS[kind], f"{config.task}, amount {WITNESSED}, a row per seed"
    )
    grown = frame[frame["amount"] != NONE]
    found = grown.pivot_table(index="rule", columns="amount", values="test", aggfunc="mean", sort=False)
    gain = 100 * (found - found.loc["every"]).drop(index="every")
    if len(gain):
        made["Gain over growth at every epoch"] = value_grid(
            np.asarray(gain, np.float64), list(gain.index), list(gain.columns), "points of accuracy",
            f"{config.task}: test accuracy minus that of growth at every epoch, mean of {config.seeds} seeds", 2,
        )  # fmt: skip
    return made


def _rule(silent: Sequence[str]) -> str:
    unheard = f" Never heard, so growth at the last ask alone and no test: {', '.join(silent)}." if silent else ""
    return f"{STATED_RULE} Pairs are seeds, each the mean over amounts; accuracy is a share.{unheard}"


def _aligned(near: pd.DataFrame) -> str:
    """What the alignment is, and which kinds of transition were never there."""
    absent = [kind for kind in KINDS if not len(near) or kind not in set(near["transition"])]
    return f"{_ALIGNED}{' and '.join(absent) or 'neither is missing'}."


_BY_TRIGGER = (
    "Final epoch, mean over amounts, 95 % t interval over seeds. Seconds hold the looks for transitions of the watched "
    "amount."
)
_BY_AMOUNT = "The same, mean over triggers."
_WHEN = (
    "Signalled events are those before the last ask of the window; there, what is left of the budget is added whatever "
    "the signal says. Mean over amounts and seeds."
)
_ALIGNED = (
    "Distance of signalled events to the nearest onset of a transition, against as many events at random epochs before "
    "the last ask. Founding CIT: linear CKA below 0.5; relaxed: below 0.9. The interval is over seeds that have both. "
    "Periodic growth is the control: what is early in training is near to all else that is early, and an onset that "
    "comes after growth may be what growth brought about. In no run at any ask: "
)
_UNMOVED = " Rates that adapt changed no growth here: outcomes were too few, so adapting was not put to the test."
_ECONOMY = (
    "Return on investment: credits earned per cost of looks; cost 1, 1, 100 and 50, as the founding document says."
)


if __name__ == "__main__":
    sys.exit(guarded(main, GrowthTiming, str(__doc__)))
