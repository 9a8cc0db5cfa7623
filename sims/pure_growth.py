"""What becomes of a network that grows at every activation extremum, with no budget and no cap?

Hypothesis: growth relieves saturated neurons, so that extrema become rare and growth stops by itself at a size that
suits the task.
Prediction: HIGH extrema decay as a power law of events, growth ends for want of them, it has three phases (explosive,
steady, rare), accuracy does not fall after its peak, and size follows the complexity of the task.
Refutation: fewer than half of the runs end by "no extrema" after they grew; another law, or none, is the better one by
AICc; fewer than three phases by BIC; accuracy falls by more than that of a network that never grew; sizes are in
another order. Each by the 95 % interval over conditions.
Controls: the same start that never grows, for the same epochs. A memory guard ends growth from outside; it is no
equilibrium, and sizes at it count as cut off.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from matplotlib.figure import Figure

from analysis.figures.decay import Course, growth_decay
from analysis.figures.edges import accuracy_over_edges
from analysis.report import Section
from graphgrow.errors import SettingsError
from graphgrow.settings import (
    Fit,
    GrowthSettings,
    OptimizerSettings,
    RunSettings,
    Schedule,
    StartSettings,
    TaskSettings,
)
from graphgrow.store.run import Run
from graphgrow.train.execute import task_of
from sims.parts.common import guarded
from sims.parts.pure_rules import GUARDS, MECHANISMS
from sims.parts.pure_tables import (
    by_mechanism,
    by_task,
    course,
    growth_table,
    judge,
    noise_of_seeds,
    size_by_complexity,
)
from sims.parts.study import Case, asked, perform, publish

STARTS = {"tiny": (5, 5), "medium": (25, 25), "large": (250, 250)}
RATES = {"relu": 5e-3, "sigmoid": 2e-2, "tanh": 1e-2}
DENSITY, EDGES_EACH = 0.01, 3
"""Start edges: the founding 1 %, but 3 for every hidden and output neuron, so that signals pass."""


@dataclass(frozen=True)
class PureGrowth:
    """Let networks grow at every extremum, and see whether and how they end."""

    tasks: str = "xor,parity:10,digits,mnist:1000"
    """From simple to complex, joined by commas."""
    starts: str = "tiny,medium,large"
    activations: str = "sigmoid,tanh,relu"
    mechanisms: str = "vertical,horizontal,both"
    guard: str = "usual"
    """Where growth is ended from outside: usual at 5,000 edges, founding at 100,000; see sims/parts/pure_rules.py."""
    crossed: bool = False
    """All starts on all tasks; else starts other than medium on digits (or the first task) alone."""
    epochs: int = 80
    batch: int = 128
    seeds: int = 2
    workers: int = 2
    """Runs at a time."""
    out: Path = Path("results/pure_growth")
    smoke: bool = False
    """Seconds-sized, for tests."""
    full: bool = False
    """Everything crossed, all of MNIST, the founding guard and patience, five seeds, 300 epochs."""


def main(config: PureGrowth) -> None:
    """Run everything, judge, write the report."""
    config = _sized(config)
    cases = plan(config)
    report(config, cases, perform(cases, config.out, config.workers))


def plan(config: PureGrowth) -> list[Case]:
    """Every mechanism in every cell, and the network that never grows."""
    tasks = _words(config.tasks, None, "tasks")
    starts = _words(config.starts, STARTS, "starts")
    activations = _words(config.activations, RATES, "activations")
    mechanisms = _words(config.mechanisms, MECHANISMS, "mechanisms")
    _words(config.guard, GUARDS, "guard")
    if config.seeds < 1:
        raise SettingsError(f"seeds: expected 1 or more, got {config.seeds}")
    main_task = "digits" if "digits" in tasks else tasks[0]
    cases = []
    for task in tasks:
        task_of(RunSettings(task=TaskSettings(task))).data()  # missing data must show before anything is removed
        for start in starts:
            if not (config.crossed or start == "medium" or task == main_task or len(starts) == 1):
                continue
            for activation in activations:
                for seed in range(config.seeds):
                    base = _base(config, task, start, activation, seed)
                    cell = {"task": task, "start": start}
                    cases += [Case(_variant(config, base, label), cell) for label in ("static", *mechanisms)]
    return cases


def _base(config: PureGrowth, task: str, start: str, activation: str, seed: int) -> RunSettings:
    held = task_of(RunSettings(task=TaskSettings(task)))
    sizes = (held.inputs, *STARTS[start], held.outputs)
    dense = sum(first * second for first, second in pairwise(sizes))
    edges = min(dense, max(round(DENSITY * dense), EDGES_EACH * sum(sizes[1:])))
    return RunSettings(
        task=TaskSettings(task),
        start=StartSettings(STARTS[start], edges=edges, activation=activation),
        # A constant rate: with one that falls, everything would settle, extrema included.
        optimizer=OptimizerSettings(learning_rate=RATES[activation], schedule=Schedule.CONSTANT),
        fit=Fit(config.epochs, config.batch, checkpoint_every=0),
        seed=seed,
    )


def _variant(config: PureGrowth, base: RunSettings, label: str) -> RunSettings:
    """A mechanism, or no growth."""
    path = Path(os.path.relpath(Path(__file__).parent / "parts" / "pure_rules.py")).as_posix()
    rule = "static" if label == "static" else f"{label}_{config.guard}"
    growth = GrowthSettings(rule, budget=0, until=1.0, probe_samples=512, rules_path=path)
    return replace(base, growth=growth, label=label)


def _words(text: str, known: object, name: str) -> list[str]:
    """A comma list without repeats, of known names where there are such."""
    words = list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    names = None if known is None else list(map(str, known))  # type: ignore[call-overload]
    if not words or (names is not None and set(words) - set(names)):
        raise SettingsError(f"{name}: expected {', '.join(names or ['names'])}, joined by commas, got {text!r}")
    return words


def _sized(config: PureGrowth) -> PureGrowth:
    """The smoke or the full version."""
    if config.smoke:
        out = Path("results/smoke/pure_growth") if config.out == PureGrowth.out else config.out
        tasks = "xor,parity:4,digits:200" if config.tasks == PureGrowth.tasks else config.tasks
        return replace(
            config, tasks=tasks, starts="tiny", activations="relu", guard="tiny", epochs=14, workers=1, out=out
        )  # fmt: skip
    if config.full:
        out = config.out / "full" if config.out == PureGrowth.out else config.out
        tasks = "xor,parity:10,digits,mnist"
        return replace(config, tasks=tasks, crossed=True, guard="founding", epochs=300, seeds=5, out=out)
    return config


def report(config: PureGrowth, cases: Sequence[Case], runs: Sequence[Run]) -> Path:
    """Tables, verdicts and figures."""
    rows = growth_table(cases, runs)
    tasks = [task for task in _words(config.tasks, None, "tasks") if task in set(rows["task"])]
    sizes, size_claims = size_by_complexity(rows, tasks)
    guard = GUARDS[config.guard]
    noise = f"Noise of seeds, static networks: {100 * noise_of_seeds(rows):.2f} points (standard deviation)."
    sections = [
        Section("Verdicts", _rule(guard.edges, guard.patience), [*judge(rows), *size_claims]),
        Section("How growth ended", _ENDED, table=by_mechanism(rows)),
        Section("Size and accuracy", noise, table=by_task(rows)),
        Section("Size against complexity", _SIZES, table=sizes),
    ]
    title = "Growth without limits"
    return publish(config.out, title, str(__doc__), sections, draw(cases, runs), asked(config, cases))


def draw(cases: Sequence[Case], runs: Sequence[Run]) -> dict[str, Figure]:
    """Extrema and neurons by event for the first seed, accuracy over edges for all, of one task and start."""
    cells = {(str(case.cell["task"]), str(case.cell["start"])) for case in cases}
    task, start = next(cell for cell in (("digits", "medium"), *sorted(cells)) if cell in cells)
    mine = [(case, run) for case, run in zip(cases, runs, strict=True) if case.cell == {"task": task, "start": start}]
    courses: dict[str, dict[str, Course]] = {}
    by_label: dict[str, list[Run]] = {}
    for case, run in mine:
        by_label.setdefault(case.label, []).append(run)
        if case.settings.seed == 0 and run.events():
            courses.setdefault(case.label, {})[case.settings.start.activation] = course(run)
    made = {}
    if courses:
        made["Extrema and neurons by event"] = growth_decay(courses, f"{task}, {start} start, one seed")
    activations = len({case.settings.start.activation for case, _ in mine})
    words = f"{task}, {start} start" + (", all activations" if activations > 1 else "")
    made["Accuracy over edges"] = accuracy_over_edges(by_label, words)
    return made


def _rule(edges: int, patience: int) -> str:
    return (
        "A claim is supported where the whole 95 % t interval lies above its margin (0; 2 for AICc and BIC), refuted "
        "where it lies at or below it, and undecided otherwise. Intervals span conditions (task, start, activation), "
        "each the mean over its seeds; runs that never grew are left out. By itself means: it grew, and then had no "
        f"HIGH extremum for {patience} epochs. The guard stands at {edges} edges; one event may go beyond it."
    )


_ENDED = (
    "Runs by what ended growth; medians of size. Laws are of HIGH extrema after every event, for runs with 6 events or "
    "more; not distinguishable: AICc differs by less than 2. A rising series is best described by the constant."
)
_SIZES = (
    "Median of hidden neurons at the end. Tasks stand from simple to complex, as asked for. A group is one start, "
    "activation and seed; it counts where growth chose the size, by ending for want of extrema, in all tasks but one."
)


if __name__ == "__main__":
    sys.exit(guarded(main, PureGrowth, str(__doc__)))
