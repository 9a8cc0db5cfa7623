"""Topology of growth: which structure does each growth rule grow?

H1: extrema rules make small worlds. Prediction: their clustering (triangles where edges may skip levels, squares in any
case) lies above that of their own block-preserving null, and above that of random growth with equal edges; so does the
small-world index, whose own reference is that null. Refutation: one of both intervals lies at or below 0.
H2: they make hierarchies. Prediction and refutation as in H1, for global reaching centrality, and for less trophic
incoherence. (Flow hierarchy, orderability and feedforwardness are 1 on every acyclic graph, and decide nothing.)
H3: they separate scales. Prediction: the ratio of median receptive fields of consecutive levels lies above that of
random growth, and the probability of the dip test, small where fields have more than one peak, lies below. Refutation:
the interval of the paired difference lies at or below 0.
H4: early edges are long and late ones short. Prediction: within a run the length of an edge at its birth falls with the
number of the event: more than with shuffled birth times, more than between pairs drawn by lot in the same network at
the same moment, and more than under random growth. Refutation: one of these intervals lies at or below 0.
Lengths: the path between both ends, in any direction, just before the edge was born; and the levels it spans.
Controls: random growth with equal edges and an equal start, run anew for rules that end elsewhere; the null, endpoints
swapped inside blocks of levels; static_at_budget, which never grew. Rules that begin with all edges have a start with
skips where skips are allowed, so that they are what the others may become; dense_then_prune of the deep network alone
begins with dense consecutive levels, since with all skips it has 860,000 edges.
Clones share the neighbours of their originals, which makes squares by construction: H1 is too easy for extrema_clone.
Validation data chose nothing here: rates, decay and starts are those of growth_rules. MNIST is 6,000 of its samples.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from analysis.report import Section
from graphgrow.errors import SettingsError
from graphgrow.measure.metrics import Effort
from sims.parts.common import guarded
from sims.parts.joint_claims import JOINT_RULE
from sims.parts.stages import DEEP, DIGITS, SMALL
from sims.parts.study import asked, publish, shown, summary, table
from sims.parts.tolerant import attempt
from sims.parts.topology_births import BIRTHS, birth_claims, births_table, trends
from sims.parts.topology_births import told as births_told
from sims.parts.topology_figures import draw
from sims.parts.topology_plan import (
    AT_EXTREMA,
    CELL,
    LAYERED,
    RANDOM,
    RULES,
    SKIPS,
    Part,
    Partners,
    cases,
    equal_edges,
    partners,
)
from sims.parts.topology_shelf import SHELF, everything, shelf
from sims.parts.topology_tables import ENDS, PAIRS, Question, against_random, ends, measured, pairs, topology_claims
from sims.parts.topology_ways import WAYS, ways

H1 = (Question("mean clustering"), Question("square clustering"), Question("small-world index", "value"))
H2 = (Question("global reaching centrality"), Question("trophic incoherence", sign=-1))
H3 = (
    Question("scale separation", "value", zero=False),
    Question("dip of receptive fields", "value", zero=False, sign=-1),
)
DEEP_PART = replace(DEEP, task="mnist:6000")
EXACT = 1000
"""Nodes up to which all pairs are walked and whole spectra computed: the deep network has more."""


@dataclass(frozen=True)
class TopologyOfGrowth:
    """Grow with each rule, and measure what has grown."""

    digits_share: float = 0.2
    """Budget on digits, as a share of the dense layered network."""
    deep_share: float = 0.02
    """Budget of the deep network on MNIST."""
    seeds: int | None = None
    """On digits; default: 5, in the complete study 10."""
    deep_seeds: int | None = None
    """Default: 5, in the complete study 10."""
    digits_epochs: int = 20
    deep_epochs: int = 12
    nulls: int = 10
    """Randomised networks that each end is compared with."""
    workers: int = 2
    """Runs at a time."""
    out: Path = Path("results/topology_of_growth")
    """Folder of the report, the figures and the runs."""
    smoke: bool = False
    """A version for tests: two seeds of a few rules on 300 digits."""
    full: bool = False
    """The complete study, to the folder full in `out`."""


def main(config: TopologyOfGrowth) -> None:
    """Run everything, measure, judge, write the report."""
    config = sized(config)
    parts = plan(config)
    done = attempt([case for part in parts for case in cases(part)], config.out, config.workers)
    done = done.joined(attempt(equal_edges(done, parts), config.out, config.workers))
    partner, effort = partners(done), Effort(EXACT, EXACT, nulls=config.nulls)
    frame = measured(done, effort)
    births = births_table(done)
    on_shelf = ["random"] if config.smoke else everything()
    found = trends(births, CELL)
    sections = [
        *verdicts(frame, found, partner),
        Section("Runs", _MEANS, table=shown(summary(table(done.cases, done.runs), CELL))),
        *tables(frame, partner, config.nulls),
        Section("When long edges grew", BIRTHS, table=shown(births_told(found, CELL, partner))),
        Section("On the way", WAYS, table=shown(ways(done, effort))),
        Section("Rules that skip levels", SHELF, table=shown(shelf(on_shelf, config.out, config.workers))),
        *done.told(),
    ]
    figures = draw(done, frame, births)
    publish(config.out, "Topology of growth", str(__doc__), sections, figures, asked(config, done.cases))


def sized(config: TopologyOfGrowth) -> TopologyOfGrowth:
    """The default, the smallest or the complete version, each with a folder of its own."""
    if config.smoke and config.full:
        raise SettingsError("smoke and full: expected at most one of the two: leave one out")
    for name in ("digits_share", "deep_share"):
        if not 0 < getattr(config, name) < 1:
            raise SettingsError(f"{name}: expected a share between 0 and 1, got {getattr(config, name)}")
    if config.smoke:
        out = config.out if config.out != TopologyOfGrowth.out else Path("results/smoke/topology_of_growth")
        return replace(config, seeds=2, deep_seeds=0, digits_epochs=3, nulls=2, workers=1, out=out)
    seeds, deep = (10, 10) if config.full else (5, 5)
    return replace(
        config,
        seeds=seeds if config.seeds is None else config.seeds,
        deep_seeds=deep if config.deep_seeds is None else config.deep_seeds,
        out=config.out / "full" if config.full else config.out,
    )


def plan(config: TopologyOfGrowth) -> list[Part]:
    """Digits with and without skips, and the deep network with skips."""
    if config.smoke:
        few = (RANDOM, "extrema", "extrema_topped_up")
        return [Part(SMALL, SKIPS, 0.4, config.seeds or 1, config.digits_epochs, few)]
    near = tuple(rule for rule in RULES if rule != "skip_by_severity")
    made = [
        Part(DIGITS, LAYERED, config.digits_share, config.seeds or 0, config.digits_epochs, near),
        Part(DIGITS, SKIPS, config.digits_share, config.seeds or 0, config.digits_epochs, RULES),
        Part(DEEP_PART, SKIPS, config.deep_share, config.deep_seeds or 0, config.deep_epochs, RULES),
    ]
    if not any(part.seeds > 0 for part in made):
        raise SettingsError("seeds and deep_seeds: expected 1 or more of one of both, got none")
    return [part for part in made if part.seeds > 0]


def verdicts(frame: pd.DataFrame, found: pd.DataFrame, partner: Partners) -> list[Section]:
    """One section per hypothesis."""
    made = []
    for heading, questions, text in (
        ("H1: extrema rules make small worlds", H1, "small world"),
        ("H2: they make hierarchies", H2, "hierarchy"),
        ("H3: they separate scales", H3, "scales apart"),
    ):
        claims = topology_claims(frame, CELL, partner, AT_EXTREMA, questions, text)
        made.append(Section(heading, f"{JOINT_RULE} {_CONSTANT}", claims))
    claims = birth_claims(found, CELL, partner, AT_EXTREMA)
    return [*made, Section("H4: early edges are long and late ones short", JOINT_RULE, claims)]


def tables(frame: pd.DataFrame, partner: Partners, nulls: int) -> list[Section]:
    """All measures at the end, and their paired differences to random growth, one section each per cell."""
    made = []
    compared = against_random(frame, CELL, partner)
    for keys, rows in frame.groupby(list(CELL), sort=False):
        where = ", ".join(map(str, keys))
        theirs = compared[(compared[list(CELL)] == list(keys)).all(axis=1)]
        made.append(Section(f"Structure at the end: {where}", ENDS.format(nulls=nulls), table=ends(rows)))
        made.append(Section(f"Against random growth: {where}", PAIRS, table=pairs(theirs)))
    return made


_CONSTANT = (
    "Nothing is claimed of a measure that has no value on a network, or that its null cannot change, as triangles on "
    "strictly layered ones."
)
_MEANS = "Mean [95 % interval] over seeds. Runs that end short found no more to grow."


if __name__ == "__main__":
    sys.exit(guarded(main, TopologyOfGrowth, str(__doc__)))
