"""How does the size of the ball in which a sigmoid counts as extreme change what a growing network does?

Hypotheses, from the founding document, and what would refute each (in each cell, over seeds):
1. Share. The share of activations in the ball is that of unit Gaussian pre-activations, 2 (1 - Phi(logit(1 - eps))), at
the start and after training. Refuted where it is off by more than a factor of two at the worst of 0.05, 0.10 and 0.20.
The same is asked of Gaussians with the measured mean and variance of each level, and of each neuron.
2. Growth. The rule alone adds more edges per ask with 0.20 than with 0.05, as much more as the predicted shares say,
within a factor of two. Refuted where it does not add more, or where the factor is missed.
3. Gradient. The mean slope a (1 - a) of extreme neurons is eps (1 - eps), within a factor of two at the worst of the
three.
4. Balance. At equal edges 0.10 ends above 0.05 and above 0.20 by more than 0.2 points.
5. Adapting. A ball that follows growth and gradients ends above the fixed 0.10 by more than 0.2 points, topped up to
equal edges and alone at its own stop; and the wide ball ends above the narrow one where each stops by itself.
6. Worth. The rule with 0.10 ends above a network that had the edges from the start, and above as many random edges.
Controls: static, static_at_budget, as many random edges; all with paired seeds, at the last epoch. Runs that miss the
budget are left out of comparisons at equal edges, and told of.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.report import Section
from graphgrow.errors import SettingsError
from sims.parts import ball_tables, study
from sims.parts.ball_rules import SIZES
from sims.parts.bases import base, is_image, shown, start_edges, words
from sims.parts.common import guarded
from sims.parts.contrasts import fair, off_budget
from sims.parts.study import Case, Contrast

RULES = "sims.parts.ball_rules"
MARGIN = 0.002
CELL = ("data",)
CONTRASTS = (
    Contrast("topped_up_10", "topped_up_05", MARGIN, "0.10 beats 0.05 at equal edges"),
    Contrast("topped_up_10", "topped_up_20", MARGIN, "0.10 beats 0.20 at equal edges"),
    Contrast("topped_up_adaptive", "topped_up_10", MARGIN, "the adaptive ball beats 0.10 at equal edges"),
    Contrast("alone_adaptive", "alone_10", MARGIN, "the adaptive ball beats 0.10, each at its own stop"),
    Contrast("alone_20", "alone_05", MARGIN, "0.20 beats 0.05, each at its own stop"),
    Contrast("topped_up_10", "static_at_budget", MARGIN, "0.10 topped up beats all edges from the start"),
    Contrast("topped_up_10", "random", MARGIN, "0.10 topped up beats as many random edges"),
)


@dataclass(frozen=True)
class EpsilonBall:
    """Compare balls of six sizes and one that adapts, on sigmoid networks."""

    tasks: str = "digits,mnist:12000"
    """Tasks, joined by commas."""
    seeds: int = 12
    image_seeds: int = 4
    """Seeds on images, whose runs take longer."""
    epochs: int = 30
    image_epochs: int = 12
    workers: int = 2
    """Runs at a time."""
    out: Path = Path("results/epsilon_ball")
    """Folder of the report, the figures and the runs."""
    smoke: bool = False
    """A version for tests: one small task, one seed, few epochs."""
    full: bool = False
    """The complete study: all of MNIST, more seeds and epochs."""

    def __post_init__(self) -> None:
        for name in ("seeds", "image_seeds", "epochs", "image_epochs", "workers"):
            if getattr(self, name) < 1:
                raise SettingsError(f"{name}: expected 1 or more, got {getattr(self, name)}")


def main(config: EpsilonBall) -> None:
    """Run everything, measure the balls, write the report."""
    config = sized(config)
    cases = plan(config)
    runs = study.perform(cases, config.out, config.workers)
    frame = study.table(cases, runs)
    shares, growth = ball_tables.shares(cases, runs, SIZES), ball_tables.growth(cases, runs, SIZES)
    claims = [*ball_tables.claims(shares, growth), *study.claims(fair(frame), CONTRASTS, CELL)]
    sections = [
        Section("Verdicts", f"{study.STATED_RULE} {MANY.format(len(claims))}", claims),
        Section(
            "Shares in the ball", ball_tables.SHARES, table=ball_tables.means(shares, ["data", "network", "epsilon"])
        ),
        Section("Growth by the rule alone", ball_tables.GROWTH, table=ball_tables.means(growth, ["data", "rule"])),
        Section("Final epoch", "Mean [95 % t interval] over seeds.", table=shown(study.summary(frame, CELL))),
        Section("Paired differences", PAIRED, table=shown(study.differences(fair(frame), BASELINES, CELL))),
        *off_budget(frame, CELL),
    ]
    drawn = ball_tables.figures(shares, growth, frame, SIZES)
    study.publish(config.out, "The epsilon ball", str(__doc__), sections, drawn, study.asked(config, cases))


BASELINES = ("static_at_budget", "topped_up_10")
MANY = "Each of the {} intervals holds with 95 % by itself: about one in twenty misses by chance."
PAIRED = "Gain in points of accuracy over a baseline on the same seed, with t interval, bootstrap and effect size."


def plan(config: EpsilonBall) -> list[Case]:
    """Every ball alone and topped up, and the controls, on the same seeds."""
    return [case for task in words(config.tasks, "tasks") for case in _cell(config, task)]


def _cell(config: EpsilonBall, task: str) -> list[Case]:
    """The runs of one task: the budget is four times the start, twice on images."""
    image = is_image(task)
    shared = base(task, "sigmoid", config.image_epochs if image else config.epochs)
    budget = start_edges(shared) * (2 if image else 4)
    growths = {
        **{f"alone_{size}": replace(shared.growth, budget=0, rules_path=RULES) for size in (*SIZES, "adaptive")},
        **{
            f"topped_up_{size}": replace(shared.growth, budget=budget, rules_path=RULES)
            for size in (*SIZES, "adaptive")
        },
        "random": replace(shared.growth, budget=budget),
        "static": replace(shared.growth, budget=0),
        "static_at_budget": replace(shared.growth, budget=budget),
    }
    return [
        Case(replace(shared, growth=replace(growth, rule=rule), seed=seed, label=rule), {"data": task})
        for rule, growth in growths.items()
        for seed in range(config.image_seeds if image else config.seeds)
    ]


def sized(config: EpsilonBall) -> EpsilonBall:
    """The smoke version, or the full one; each in a folder of its own unless one was named."""
    own = config.out == EpsilonBall.out
    if config.smoke:
        out = Path("results/smoke/epsilon_ball") if own else config.out
        return replace(config, tasks="digits:200", seeds=1, epochs=3, workers=1, out=out)
    if config.full:
        out = config.out / "full" if own else config.out
        return replace(config, tasks="digits,mnist", seeds=30, image_seeds=10, epochs=60, image_epochs=20, out=out)
    return config


if __name__ == "__main__":
    sys.exit(guarded(main, EpsilonBall, str(__doc__)))
