"""The networks of topology_of_growth, its runs, and the random growth that each of them is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from graphgrow.settings import Fit
from sims.parts.stages import Stage, run_of
from sims.parts.study import Case
from sims.parts.tolerant import Attempt
from sims.parts.topology_rules import STARTS, STEM

CELL = ("network", "wiring")
LAYERED, SKIPS = "layered", "skips"
RANDOM = "random"
AT_EXTREMA = ("extrema", "extrema_topped_up", "extrema_clone", "skip_by_severity")
GROWING = (RANDOM, "gradient", *AT_EXTREMA)
RULES = (*STARTS, *GROWING)
Partners = Mapping[tuple[object, ...], str]
"""(cell, rule, seed) -> label of the random run with as many edges."""
COSTLY, WIDE = "dense_then_prune", 100
"""Inputs from which on the costly rule does not begin with all skips."""


@dataclass(frozen=True)
class Part:
    """One network with one wiring, and what is run of it."""

    stage: Stage
    wiring: str
    share: float
    seeds: int
    epochs: int
    rules: tuple[str, ...]

    def case(self, rule: str, seed: int, budget: int, label: str | None = None) -> Case:
        """One run; rules that begin with all edges begin with skips where these are allowed."""
        skips = self.wiring == SKIPS
        begins = skips and rule in STARTS and not (rule == COSTLY and self.stage.sizes[0] > WIDE)
        fit = Fit(self.epochs, 128, checkpoint_every=0, record_extrema=False)
        made = run_of(self.stage, f"{rule}{STEM}" if begins else rule, budget, seed, fit)
        # All growing rules begin alike, also where they are to end elsewhere.
        start = replace(made.start, edges=round(self.stage.start_share * self.budget))
        growth = replace(made.growth, skips=skips, rules_path="sims.parts.topology_rules" if begins else None)
        return Case(
            replace(made, start=start, growth=growth, label=label or rule),
            {"network": self.stage.name, "wiring": self.wiring},
        )

    @property
    def budget(self) -> int:
        """Edges at the end."""
        return round(self.share * self.stage.dense)


def cases(part: Part) -> list[Case]:
    """Every rule with every seed."""
    return [part.case(rule, seed, part.budget) for seed in range(part.seeds) for rule in part.rules]


def equal_edges(done: Attempt, parts: Sequence[Part]) -> list[Case]:
    """Random growth to the edges of every run that grew and ended elsewhere than at its budget."""
    by_cell = {(part.stage.name, part.wiring): part for part in parts}
    made = []
    for case, run in zip(done.cases, done.runs, strict=True):
        part, edges = by_cell[case.cell["network"], case.cell["wiring"]], run.final().edges  # type: ignore[index]
        if case.label in GROWING[1:] and run.start().edges < edges != part.budget:
            made.append(part.case(RANDOM, case.settings.seed, edges, f"{RANDOM}_as_{case.label}"))
    return made


def partners(done: Attempt) -> Partners:
    """(cell, rule, seed) -> label of the random run that ended with as many edges."""
    ended = {
        (*case.cell.values(), case.label, case.settings.seed): run.final().edges
        for case, run in zip(done.cases, done.runs, strict=True)
    }
    made: dict[tuple[object, ...], str] = {}
    for (*cell, label, seed), edges in ended.items():
        for name in (RANDOM, f"{RANDOM}_as_{label}"):
            if label != name and ended.get((*cell, name, seed)) == edges:
                made[(*cell, label, seed)] = name
    return made
