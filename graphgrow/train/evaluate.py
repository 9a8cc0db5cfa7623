"""What a model makes of samples: gradients where it trains on them, loss and score where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from graphgrow.engine.network import Network
from graphgrow.train.data import Data, Split
from graphgrow.train.objectives import Classification, Regression, Task
from graphgrow.train.parallel import Alone, Parallel, Share

CHUNK = 2048  # samples at a time; bounds the memory of activations


def forward(model: nn.Module, x: Tensor) -> Tensor:
    """x (inputs, batch) -> (outputs, batch), through a Network or a model from (batch, inputs) to (batch, outputs)."""
    if isinstance(model, Network):
        return model.columns(x)
    made: Tensor = model(x.T).T
    return made


def backpropagate(
    model: nn.Module, task: Task, x: Tensor, y: Tensor, parallel: Parallel | None = None, share: Share | None = None
) -> tuple[Tensor, Tensor]:
    """Add the gradients of the mean loss of a batch to the parameters; outputs (outputs, batch) and losses (batch,).

    A Network on its own computes a task's own loss together with its gradients. With several processes x and y are the
    `share` of this one, and the gradients those of the mean over all of them.
    """
    if parallel is not None and parallel.several and share is not None:
        mean, output, losses = parallel.run(model, lambda held: _objective(held, task, x, y))
        share.weigh(mean).backward()  # type: ignore[no-untyped-call]
        return output, losses
    if isinstance(model, Network) and isinstance(task, Classification | Regression):
        made = model.backpropagate(x, y, task.loss)
        return made.outputs, made.losses
    mean, output, losses = _objective(model, task, x, y)
    mean.backward()  # type: ignore[no-untyped-call]
    return output, losses


def _objective(model: nn.Module, task: Task, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean loss (), outputs (outputs, batch) and losses (batch,); gradients flow from the mean."""
    if isinstance(model, Network) and isinstance(task, Classification | Regression):
        made = model.objective(x, y, task.loss)
        return made.mean, made.outputs, made.losses
    output = forward(model, x)
    losses = task.losses(output, y)
    return losses.mean(), output, losses


@dataclass(frozen=True, eq=False)
class Samples:
    """A split as tensors: x (samples, inputs), y (samples,) or (samples, outputs)."""

    x: Tensor
    y: Tensor

    @staticmethod
    def of(split: Split, dtype: torch.dtype) -> Samples:
        """Inputs, and targets that are real numbers, in the network's dtype."""
        x, y = torch.tensor(split.x, dtype=dtype), torch.tensor(split.y)
        return Samples(x, y.to(dtype) if y.is_floating_point() else y)

    def __len__(self) -> int:
        return int(self.x.shape[0])

    def columns(self, index: Tensor | slice) -> tuple[Tensor, Tensor]:
        """(inputs, batch) inputs and (batch,) or (outputs, batch) targets of some samples."""
        # numpy works on this thread; torch would start its pool for every batch. x stays a transposed view, since the
        # network copies it into its state in any case.
        rows = index if isinstance(index, slice) else index.numpy()
        x, y = torch.from_numpy(self.x.numpy()[rows]), torch.from_numpy(self.y.numpy()[rows])
        return x.T, y if y.ndim == 1 else y.T


@dataclass(frozen=True, eq=False)
class Sets:
    """The splits of a task as tensors."""

    train: Samples
    validation: Samples
    growth: Samples
    test: Samples

    @staticmethod
    def of(data: Data, dtype: torch.dtype) -> Sets:
        """All splits in the network's dtype."""
        return Sets(*(Samples.of(split, dtype) for split in (data.train, data.validation, data.growth, data.test)))


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put a model in evaluation mode for a block; every module gets back the mode it had, frozen ones too."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


def evaluate(
    model: nn.Module,
    task: Task,
    samples: Samples,
    parallel: Parallel | None = None,
    outputs: Callable[[nn.Module, Task, Tensor], Tensor] | None = None,
) -> dict[str, float | None]:
    """Mean `loss` and mean score under the task's metric name; None for both where there are no samples.

    With `parallel` the work is spread over its processes; the result is that of one process, bit for bit. `outputs` is
    how a learning rule reads the model; default: its forward pass.
    """
    if not len(samples):
        return {"loss": None, task.metric: None}

    def sums(start: int) -> tuple[float, float]:
        x, y = samples.columns(slice(start, start + CHUNK))
        output = forward(model, x) if outputs is None else outputs(model, task, x)
        score = task.scores(output, y)[task.metric]
        return float(task.losses(output, y).sum(dtype=torch.float64)), float(score.sum(dtype=torch.float64))

    with evaluating(model), torch.no_grad():
        found = (parallel or Alone()).deal(range(0, len(samples), CHUNK), sums)
    loss, score = (sum(column) for column in zip(*found, strict=True))
    return {"loss": loss / len(samples), task.metric: score / len(samples)}
