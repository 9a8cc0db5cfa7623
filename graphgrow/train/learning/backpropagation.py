"""The gradient of the task's loss through the whole network (Rumelhart 1986)."""

from __future__ import annotations

from typing import ClassVar, final

from torch import Tensor, nn

from graphgrow.engine.network import Network
from graphgrow.engine.probe import probe
from graphgrow.measure.signals import Signals
from graphgrow.train.evaluate import backpropagate, forward
from graphgrow.train.learning import Draws, LearningRule
from graphgrow.train.objectives import Task
from graphgrow.train.parallel import Parallel, Share


@final
class Backpropagation(LearningRule):
    """Any model and any task; signals are those of the task's loss."""

    spreads: ClassVar[bool] = True

    def check(self, model: nn.Module, task: Task) -> None:
        """Everything fits."""

    def teach(
        self, model: nn.Module, task: Task, x: Tensor, y: Tensor, parallel: Parallel, share: Share, draws: Draws
    ) -> tuple[Tensor, Tensor]:
        """As LearningRule.teach."""
        return backpropagate(model, task, x, y, parallel, share)

    def outputs(self, model: nn.Module, task: Task, x: Tensor) -> Tensor:
        """As LearningRule.outputs."""
        return forward(model, x)

    def signals(self, model: nn.Module, site: Network, task: Task, x: Tensor, y: Tensor, draws: Draws) -> Signals:
        """As LearningRule.signals."""
        return probe(site, x, y, task.losses, lambda columns: forward(model, columns))


LEARNING = Backpropagation()
