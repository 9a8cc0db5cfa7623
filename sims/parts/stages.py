"""The networks and tasks on which growth rules are compared, with the optimizer settings chosen for them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from graphgrow.settings import Fit, GrowthSettings, OptimizerSettings, RunSettings, StartSettings, TaskSettings

# Of AdamW, chosen on validation accuracy: see the docstring of growth_rules.
RATES = {"digits": {"relu": 1e-2, "sigmoid": 2e-2}, "mnist": {"relu": 1e-2}}
WEIGHT_DECAY = 0.05


@dataclass(frozen=True)
class Stage:
    """A network on a task, and the share of the budget that growing rules begin with."""

    name: str
    task: str
    sizes: tuple[int, ...]
    start_share: float = 0.25

    @property
    def dense(self) -> int:
        """Edges of the dense network."""
        return sum(first * second for first, second in pairwise(self.sizes))


DIGITS = Stage("digits 64-64-32-10", "digits", (64, 64, 32, 10))
LENET = Stage("LeNet-300-100", "mnist", (784, 300, 100, 10))
SMALL = Stage("digits 64-16-10", "digits:300", (64, 16, 10))
DEEP = Stage("deep 6x128", "mnist", (784, *(128,) * 6, 10), 0.5)


def run_of(stage: Stage, rule: str, budget: int, seed: int, fit: Fit, activation: str = "relu") -> RunSettings:
    """One run; rules with a start of their own read the budget, others begin with a share of it."""
    # Nothing is missing where no edge was to be reached.
    aim = 0 if rule == "static" else budget
    rate = RATES[stage.task.split(":")[0]][activation]
    return RunSettings(
        task=TaskSettings(stage.task),
        start=StartSettings(stage.sizes[1:-1], edges=round(stage.start_share * budget), activation=activation),
        growth=GrowthSettings(rule=rule, budget=aim),
        optimizer=OptimizerSettings(learning_rate=rate, weight_decay=WEIGHT_DECAY),
        fit=fit,
        seed=seed,
        label=rule,
    )
