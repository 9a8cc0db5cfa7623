"""The hypothesis testbed: do principles of growth, connectivity and learning add up, on tasks that take seconds?

Hypothesis: principles combine additively; what a growth rule gains does not depend on the learning rule.
Prediction: every growth rule's interaction with the learning rule is smaller than the margin, 5 points of accuracy.
Refutation: the interval of one of them (paired by seed, all at once at 95 %) lies outside the margin.
Control: the first level of each axis (static, dense, backpropagation); all combinations share seeds, data and batches.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.factorial import additive, cells, interactions, main_effects
from analysis.figures.combinations import combinations_map
from analysis.report import Claim, Section, write_report
from analysis.statistics import CONFIDENCE, Interval, Verdict
from analysis.tables import readable, runs_table
from graphgrow.errors import SettingsError
from graphgrow.growth import registry
from graphgrow.settings import (
    Fit,
    GrowthSettings,
    OptimizerSettings,
    RunSettings,
    Schedule,
    StartSettings,
    TaskSettings,
    to_json,
)
from graphgrow.store.run import Run
from graphgrow.train.execute import start_graph, task_of
from graphgrow.train.learning import load
from graphgrow.train.ledger import TIME
from graphgrow.train.objectives import Task
from sims.parts.common import fresh_runs, guarded, run_all, save_figures
from sims.parts.lockstep import run_together

AXES = ("growth", "connectivity", "learning")
CONNECTIVITIES = ("dense", "sparse", "skips", "clones")
CLONES = "sims.parts.testbed_rules"


@dataclass(frozen=True)
class HypothesisTestbed:
    """Every growth rule with every connectivity and every learning rule, with paired seeds."""

    task: str = "mnist:100"
    """Any classification task with more inputs than classes."""
    hidden: tuple[int, ...] = (8,)
    """Sizes of the hidden levels."""
    growth: str = "static,random,extrema_topped_up,gradient,set"
    """Growth rules, joined by commas; effects are against the first."""
    connectivity: str = "dense,sparse,skips,clones"
    """Of dense (start), sparse, skips (sparse, growth may skip levels) and clones (sparse, the first growth clones)."""
    learning: str = "backpropagation,forward_forward"
    """Learning rules, joined by commas."""
    density: float = 0.05
    """Start edges of the sparse connectivities, as a share of the dense layered network; growth ends at four times."""
    epochs: int = 20
    batch: int = 10
    learning_rate: float = 3e-3
    """Of AdamW, the same for every combination."""
    seeds: int = 5
    time_limit: float = 60.0
    """Seconds per run; one that takes longer stops at the end of its epoch and is counted as timed out."""
    margin: float = 0.05
    """Share of accuracy up to which an interaction counts as none."""
    population: bool = True
    """Train the runs of one seed that learn by backpropagation as one population."""
    out: Path = Path("results/testbed")
    """Folder of the report, the figure and the runs; an earlier execution there is replaced."""
    smoke: bool = False
    """A version of seconds for tests: 16 runs of two epochs."""


def main(config: HypothesisTestbed) -> None:
    """Run everything, print the tables, write the report."""
    if config.smoke:
        out = Path("results/smoke/testbed") if config.out == HypothesisTestbed.out else config.out
        config = replace(config, growth="static,gradient", connectivity="sparse,clones", epochs=2, seeds=2, out=out)
        config = replace(config, task="digits:200" if config.task == HypothesisTestbed.task else config.task)
    jobs = plan(config)
    runs, seconds = _execute(config, jobs, fresh_runs(config.out))
    claims, paths = tell(config, runs)
    for claim in claims:
        print(f"{claim.verdict.value:>9}: {claim.text} ({claim.evidence})")
    for word, spent in seconds.items():
        print(f"{word}: {spent:.0f} s")
    print("report:", *paths, sep="\n")


def tell(config: HypothesisTestbed, runs: Sequence[Run]) -> tuple[list[Claim], list[Path]]:
    """Judge the runs, and write the report and its figure; their files."""
    frame = frame_of(runs)
    means, claims = cells(frame, AXES), judge(frame, config.margin)
    effects, joint = main_effects(frame, AXES), interactions(frame, AXES)
    figure = combinations_map(means, AXES, title=f"{config.task}: {_TITLE.format(config.seeds)}")
    figures = save_figures({"Test accuracy of every combination": figure}, config.out)
    shown = [readable(table.assign(metric="accuracy")).drop(columns="metric") for table in (means, effects, joint)]
    report = write_report(
        config.out,
        f"The testbed: {config.task}",
        [
            Section("Verdicts", _RULE.format(margin=100 * config.margin), claims),
            Section("Combinations", f"{_ended(frame)} {_floor(means, config.task)}", table=shown[0], figures=figures),
            Section("Main effects", _MAIN, table=shown[1]),
            Section("Interactions", _JOINT, table=shown[2]),
            Section("Edges", _EDGES, table=_edges(frame)),
        ],
        {name: value for name, value in to_json(config).items() if name not in ("out", "smoke")},
        text=str(__doc__).split("\n", 2)[2].strip().replace("\n", "  \n"),
    )
    return claims, [report, *figures.values()]


_TITLE = "test accuracy, mean of {} seeds over its 95 % interval"
_RULE = (
    "An interaction is supported to be none where its interval lies within {margin:g} points, refuted where it lies "
    "outside. Intervals are Student's, widened so that all of them hold at once with 95 % (Bonferroni)."
)
_MAIN = "Gain over the first level of the axis, averaged over the other axes; interval and bootstrap over paired seeds."
_JOINT = "What two levels together gain beyond the sum of their own gains, averaged over the third axis; 0 is additive."
_EDGES = (
    "Means over seeds. `dense` has the same number of edges added as the others, all of them skips; `set` begins "
    "at its final number of edges, except after clones."
)


def plan(config: HypothesisTestbed) -> list[tuple[str, RunSettings]]:
    """Name and settings of every run; names are combination and seed.

    Raises
    ------
    SettingsError, RuleError
        A name is unknown, the task does not fit a learning rule, or there is no seed.
    """
    if config.seeds < 1:
        raise SettingsError(f"seeds: expected 1 or more, got {config.seeds}")
    axes = [_words(getattr(config, axis), axis) for axis in AXES]
    unknown = [word for word in axes[1] if word not in CONNECTIVITIES]
    if unknown:
        raise SettingsError(f"connectivity: expected some of {', '.join(CONNECTIVITIES)}, got {unknown[0]!r}")
    for name in axes[2]:
        load(name)
    task = task_of(RunSettings(task=TaskSettings(config.task)))
    task.data()  # missing data must show before an earlier execution is removed
    return [
        (f"{'-'.join(names)}-{seed}", _settings(config, task, names, seed))
        for seed in range(config.seeds)
        for names in product(*axes)
    ]


def _settings(config: HypothesisTestbed, task: Task, names: Sequence[str], seed: int) -> RunSettings:
    """One combination."""
    growth, connectivity, learning = names
    cloned = connectivity == "clones"
    rule = registry.load(f"clones_{growth}" if cloned else growth, registry.place(CLONES) if cloned else None)
    made = RunSettings(
        task=TaskSettings(config.task),
        start=StartSettings(config.hidden, config.density),
        optimizer=OptimizerSettings(learning_rate=config.learning_rate, schedule=Schedule.CONSTANT),
        fit=Fit(
            config.epochs,
            config.batch,
            checkpoint_every=0,
            record_extrema=False,
            learning=learning,
            time_limit=config.time_limit,
        ),
        seed=seed,
        label="-".join(names),
    )
    sparse, sizes = start_graph(made, task).edges, (task.inputs, *config.hidden, task.outputs)
    dense = sum(early * late for early, late in pairwise(sizes))
    budget = min(4 * sparse, dense)
    if connectivity == "dense":
        made = replace(made, start=replace(made.start, density=1.0))
        # A rule that begins at the budget draws it from consecutive levels, which are full.
        budget = dense if getattr(rule.rule, "start", None) is not None else dense + budget - sparse
    grows = getattr(rule.rule, "grows", True)
    held = GrowthSettings(
        rule=rule.name,
        budget=budget if grows else 0,
        skips=connectivity in ("dense", "skips"),
        rules_path=CLONES if cloned else None,
    )
    return replace(made, growth=held)


def _words(text: str, name: str) -> list[str]:
    """A comma list without repeats."""
    words = list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not words:
        raise SettingsError(f"{name}: expected names joined by commas, got {text!r}")
    return words


def _execute(
    config: HypothesisTestbed, jobs: Sequence[tuple[str, RunSettings]], folder: Path
) -> tuple[list[Run], dict[str, float]]:
    """All runs in the order of the jobs, and the seconds each way of running them took."""
    together = [job for job in jobs if config.population and load(job[1].fit.learning).spreads]
    alone = [job for job in jobs if job not in together]
    done: dict[str, Run] = {}
    seconds = {}
    for word, some, call in (("populations", together, run_together), ("runs alone", alone, run_all)):
        start = time.perf_counter()
        if some:
            made = call(some, folder)
            done |= {name: run for (name, _), run in zip(some, made, strict=True)}
            seconds[f"{len(some)} {word}"] = time.perf_counter() - start
    return [done[name] for name, _ in jobs], seconds


def frame_of(runs: Sequence[Run]) -> pd.DataFrame:
    """One row per run with its level on every axis, and whether it ran out of time."""
    frame = runs_table(runs)
    levels = pd.DataFrame([str(label).split("-") for label in frame["rule"]], columns=list(AXES))
    late = [str(run.summary()["stop"]).startswith(TIME) for run in runs]
    return pd.concat([frame, levels], axis=1).assign(late=late)


def judge(frame: pd.DataFrame, margin: float) -> list[Claim]:
    """One claim per growth rule and learning rule beside the first ones: their interaction is smaller than the margin.

    The hypothesis as a whole is refuted where one of them is, and supported where all are.
    """
    pairs = (frame["growth"].nunique() - 1) * (frame["learning"].nunique() - 1)
    if not pairs:
        return []
    table = interactions(frame, AXES, confidence=1 - (1 - CONFIDENCE) / pairs)
    table = table[table["axes"] == "growth x learning"]
    claims = []
    for _, row in table.iterrows():
        interval = None if pd.isna(row["gain_low"]) else Interval(row["gain_low"], row["gain_high"])
        bounds = "no interval from one seed" if interval is None else f"[{interval.low:.4f}, {interval.high:.4f}]"
        text = f"{row['levels']} adds up, against {row['against']}"
        bounds += ", identical in every pair" if interval is not None and interval.point and row["gain"] == 0 else ""
        claims.append(Claim(text, additive(interval, margin), f"interaction {row['gain']:.4f}, {bounds}"))
    found = [claim.verdict for claim in claims]
    whole = Verdict.REFUTED if Verdict.REFUTED in found else Verdict.UNDECIDED
    whole = Verdict.SUPPORTED if set(found) == {Verdict.SUPPORTED} else whole
    counts = ", ".join(f"{found.count(verdict)} {verdict.value}" for verdict in Verdict)
    return [Claim("growth and learning rule combine additively", whole, counts), *claims]


def _ended(frame: pd.DataFrame) -> str:
    """What the means are, and how many runs were cut off."""
    late = int(frame["late"].sum())
    return (
        f"Test accuracy after the last epoch: mean [95 % interval] over seeds. {late} of {len(frame)} runs met their "
        f"time limit and were stopped{'; they count as they stood then' if late else ''}. Where a limit "
        "strikes depends on the machine, so only runs that met none repeat bit for bit."
    )


def _floor(means: pd.DataFrame, task: str) -> str:
    """How many combinations of each learning rule cannot be told from guessing: there growth had nothing to add to."""
    chance = 1 / task_of(RunSettings(task=TaskSettings(task))).outputs
    low = means.assign(low=means["test_low"] <= chance).groupby("learning", sort=False)["low"]
    counts = ", ".join(f"{int(part.sum())} of {len(part)} with {name}" for name, part in low)
    return f"Guessing gives {100 * chance:.1f} %, which lies in or above the interval of {counts}."


def _edges(frame: pd.DataFrame) -> pd.DataFrame:
    """Sizes by combination; learning rules share them unless growth ran out of candidates."""
    table: Any = frame.groupby(list(AXES), sort=False)[["start_edges", "edges", "neurons", "edge_steps"]].mean()
    made: pd.DataFrame = table.round().astype(int).reset_index()
    return made


if __name__ == "__main__":
    sys.exit(guarded(main, HypothesisTestbed, str(__doc__)))
