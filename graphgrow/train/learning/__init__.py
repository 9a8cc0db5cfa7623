"""Learning rules by name: every file in this folder is one, and says where the gradients of a batch come from.

The optimizer, its schedule, growth, evaluation and checkpoints are the same for all of them.
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
from torch import Tensor, nn

from graphgrow.engine.network import Network
from graphgrow.errors import SettingsError
from graphgrow.measure.signals import Signals
from graphgrow.train.objectives import Task
from graphgrow.train.parallel import Parallel, Share

FOLDER = Path(__file__).parent

Draws = Callable[[], np.random.Generator]


class LearningRule(ABC):
    """How a batch becomes gradients, and how a model that was trained that way is read.

    Attributes
    ----------
    spreads : whether several processes, or a population, can learn by it.
    """

    spreads: ClassVar[bool] = False

    @abstractmethod
    def check(self, model: nn.Module, task: Task) -> None:
        """Refuse what cannot be learned this way, before anything is trained.

        Raises
        ------
        SettingsError
            The model or the task does not fit; the message says what would.
        """

    @abstractmethod
    def teach(
        self, model: nn.Module, task: Task, x: Tensor, y: Tensor, parallel: Parallel, share: Share, draws: Draws
    ) -> tuple[Tensor, Tensor]:
        """Add the gradients of a batch to the parameters' `.grad`; outputs (outputs, batch) and losses (batch,).

        Parameters
        ----------
        x, y : inputs (inputs, batch) and targets of the samples of this process, its `share` of the step.
        draws : the random numbers of this step; the same at every call and after a resume.
        """

    @abstractmethod
    def outputs(self, model: nn.Module, task: Task, x: Tensor) -> Tensor:
        """What the model says of x (inputs, batch): (outputs, batch), as the task judges them."""

    @abstractmethod
    def signals(self, model: nn.Module, site: Network, task: Task, x: Tensor, y: Tensor, draws: Draws) -> Signals:
        """What growth rules see of a network: the activities that edges read, and the deltas that edges learn from."""


def names() -> list[str]:
    """Names of all learning rules, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def load(name: str) -> LearningRule:
    """The learning rule of that name.

    Raises
    ------
    SettingsError
        No file has that name, or it exposes no LearningRule as LEARNING.
    """
    if name not in names():
        raise SettingsError(f"fit.learning: expected one of {', '.join(names())}, got {name!r}: correct the name")
    rule = getattr(importlib.import_module(f"{__name__}.{name}"), "LEARNING", None)
    if not isinstance(rule, LearningRule):
        raise SettingsError(f"{name}.py: expected an object LEARNING of a class of LearningRule: see CONTRIBUTING.md")
    return rule
