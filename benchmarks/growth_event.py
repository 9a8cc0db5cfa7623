"""What a growth event costs, stage by stage, in milliseconds and in training steps of the network that grows.

An event reads the graph, makes an edit that exchanges a hundredth of the edges, applies it, compiles the new graph and
transplants parameters and optimizer; a probe and the scoring of absent edges tell what to add. Events follow each other
with training in between, as in a run.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor

from benchmarks import networks
from benchmarks.command import Options, run
from benchmarks.peers.ours import Ours
from benchmarks.report import Case
from benchmarks.timing import Spread
from graphgrow import Edit, Graph, Role, Wiring, apply, rng
from graphgrow.arrays import Array
from graphgrow.engine import compile, probe, transplant
from graphgrow.engine.plan import Plan
from graphgrow.graph.pairs import between
from graphgrow.measure.signals import Score

Result = TypeVar("Result")
MILLION, LENET, WIDE = (784, 2000, 2000, 2000, 10), networks.LENET, (784, 1568, 1568, 1568, 10)
QUICK = {MILLION: (32, 24, 24, 24, 10), LENET: (32, 20, 16, 10), WIDE: (32, 20, 20, 20, 10)}
BATCH, QUICK_BATCH = 128, 16
SAMPLES, QUICK_SAMPLES = 1024, 32  # of the probe
STEPS, QUICK_STEPS = 30, 2  # of training before each event; their median is what the event is told in
EXCHANGED = 0.01  # of the edges
SCORED = 1 / 3  # of the edges: how many of the best absent pairs are asked for
NEWBORN = 0.01  # of the hidden neurons, where rows are not in level order
EDGES_OF_NEWBORN = 20  # in-edges, and as many out-edges

STEP, EVENT, WHOLE = "training step", "edit, apply, compile, transplant", "whole event"
STAGES = ("read", "edit", "apply", "compile", "transplant", "probe", "scoring")


@dataclass(eq=False)
class Stopwatch:
    """Seconds of each stage, one number per event."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def time(self, stage: str, work: Callable[[], Result]) -> Result:
        """Do the work and note what it took."""
        start = time.perf_counter()
        made = work()
        self.note(stage, time.perf_counter() - start)
        return made

    def note(self, stage: str, seconds: float) -> None:
        """One number more."""
        self.seconds.setdefault(stage, []).append(seconds)


def cases(options: Options) -> Iterator[Case]:
    """All that were asked for."""
    for sizes, density, newborn, aims in (
        (MILLION, 0.1043, False, {EVENT: "at most 100 ms"}),
        (MILLION, 0.1043, True, {EVENT: "at most 100 ms"}),
        (LENET, 0.05, False, {WHOLE: "at most 40"}),
        (WIDE, 0.01, False, {WHOLE: "at most 150"}),
    ):
        name = f"{networks.named(sizes)} at {density:.0%}" + (", with newborn neurons" if newborn else "")
        if options.wants(name):
            yield _case(name, sizes, density, newborn, aims, options)


def _case(
    name: str, sizes: tuple[int, ...], density: float, newborn: bool, aims: Mapping[str, str], options: Options
) -> Case:
    """Events in a row, the first of them not counted: it finds caches and memory cold."""
    made = QUICK[sizes] if options.quick else sizes
    samples, steps = (QUICK_SAMPLES, QUICK_STEPS) if options.quick else (SAMPLES, STEPS)
    graph = networks.uniform(made, density)
    batches = networks.batches(made[0], made[-1], QUICK_BATCH if options.quick else BATCH)
    ours = Ours(with_newborn(graph) if newborn else graph, batches, torch_optimizer=True)
    event(ours, Stopwatch(), 0, samples, steps)
    watch = Stopwatch()
    for number in range(1, options.rounds + 1):
        event(ours, watch, number, samples, steps)
    times, ratios = _sums(watch.seconds)
    facts = {
        "edges": ours.network.plan.edges,
        "batch": len(batches.rows[0]),
        "samples": samples,
        "exchanged": EXCHANGED,
    }
    return Case(name, facts, times, f"a {STEP}", ratios, aims)


def _sums(seconds: Mapping[str, Sequence[float]]) -> tuple[dict[str, Spread], dict[str, Spread]]:
    """Milliseconds of each stage and of their sums; the same in training steps, event by event."""
    held = {name: np.array(numbers) for name, numbers in seconds.items()}
    held[EVENT] = sum((held[name] for name in STAGES[1:5]), np.zeros(1))
    held[WHOLE] = sum((held[name] for name in STAGES), np.zeros(1))
    names = (*STAGES, EVENT, WHOLE)
    times = {name: Spread.of((held[name] * 1e3).tolist()) for name in (STEP, *names)}
    return times, {name: Spread.of((held[name] / held[STEP]).tolist()) for name in names}


def event(ours: Ours, watch: Stopwatch, number: int, samples: int, steps: int) -> None:
    """Some training, then one event with all its stages."""
    network = ours.network
    trained = Stopwatch()
    for _ in range(steps):
        trained.time(STEP, ours.step)
    watch.note(STEP, float(np.median(trained.seconds[STEP])))
    graph = watch.time("read", network.graph)
    x, y = ours.batches.x[:samples].T, ours.batches.y[:samples]
    signals = watch.time("probe", lambda: probe(network, x, y, losses))
    everyone = np.ones(graph.neurons, bool)
    pairs, asked = between(graph.wiring, everyone, everyone, 1), max(1, round(SCORED * graph.edges))
    best = watch.time("scoring", lambda: signals.scorer.best_absent(pairs, asked, Score.GRADIENT))
    arguments = exchange(graph, best[0], best[1], number)
    edit = watch.time("edit", lambda: Edit(graph.neurons, 1, **arguments))
    grown, remap = watch.time("apply", lambda: apply(graph, edit, number))
    compiling = Stopwatch()

    def timed(wiring: Wiring) -> Plan:
        return compiling.time("compile", lambda: compile(wiring))

    # Timed where transplant calls it, so that the rest of a transplant can be told from it.
    with patch("graphgrow.engine.network.compile", timed):
        start = time.perf_counter()
        transplant(network, ours.optimizer, grown, remap)
        taken = time.perf_counter() - start
    watch.note("compile", sum(compiling.seconds["compile"]))
    watch.note("transplant", taken - sum(compiling.seconds["compile"]))


def losses(output: Tensor, target: Tensor) -> Tensor:
    """Cross entropy of each sample, (outputs, samples) and labels (samples,) -> (samples,)."""
    return torch.nn.functional.cross_entropy(output.T, target, reduction="none")


def exchange(graph: Graph, source: Array, target: Array, number: int) -> dict[str, Any]:
    """Arguments of an Edit that removes a share of the edges at random and adds as many of the pairs given."""
    count = min(max(1, round(EXCHANGED * graph.edges)), source.size)
    removed = rng.stream(networks.SEED, "benchmarks", "growth event", number).choice(graph.edges, count, replace=False)
    added = {"source": source[:count], "target": target[:count], "weight": np.zeros(count)}
    return {**added, "removed_edges": removed}


def with_newborn(graph: Graph) -> Graph:
    """The graph with new neurons on every hidden level; their rows come last, so rows are in level order no longer."""
    wiring, draws = graph.wiring, rng.stream(networks.SEED, "benchmarks", "newborn")
    hidden = np.unique(wiring.level[wiring.role == Role.HIDDEN])
    count = max(1, round(NEWBORN * int((wiring.role == Role.HIDDEN).sum()) / hidden.size))
    level = np.repeat(hidden, count)
    others: list[Array] = []
    for other in np.concatenate([level - 1, level + 1]).tolist():
        rows = np.flatnonzero(wiring.level == other)
        others.append(draws.choice(rows, min(EDGES_OF_NEWBORN, rows.size), replace=False))
    born = np.tile(graph.neurons + np.arange(level.size), 2)
    own = [np.full(rows.size, row) for rows, row in zip(others, born.tolist(), strict=True)]
    source = np.concatenate([*others[: level.size], *own[level.size :]])
    target = np.concatenate([*own[: level.size], *others[level.size :]])
    edit = Edit(
        graph.neurons,
        1,
        new_level=level,
        new_activation=np.full(level.size, wiring.activation[wiring.role == Role.HIDDEN][0]),
        source=source,
        target=target,
        weight=draws.normal(0.0, 0.1, source.size),
    )
    return apply(graph, edit, 0)[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    return run("growth_event", __doc__ or "", cases, arguments)


if __name__ == "__main__":
    sys.exit(main())
