"""What a kernel is: the loops that run a plan forward and backward."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import IntEnum

from torch import Tensor

from graphgrow.arrays import Array
from graphgrow.engine.plan import Plan


class Loss(IntEnum):
    """The loss of one sample.

    CROSS_ENTROPY: of the outputs as logits against an int64 label (batch,).
    SQUARED_ERROR: mean over outputs, against floats (outputs, batch).
    """

    CROSS_ENTROPY = 0
    SQUARED_ERROR = 1


@dataclass(frozen=True, eq=False)
class Step:
    """What one pass over a batch gave.

    Attributes
    ----------
    means : float (members,), mean loss over the batch.
    outputs : float (members * outputs, batch).
    losses : float (members, batch).
    grad_values, grad_bias : gradients of the sum over members of their mean losses; None where none were asked for.
    """

    means: Tensor
    outputs: Tensor
    losses: Tensor
    grad_values: Tensor | None
    grad_bias: Tensor | None


class Kernel(ABC):
    """Runs a plan; every kernel file holds one as KERNEL.

    Attributes
    ----------
    rank : of all kernels able to run a network, the one with the highest rank does.
    """

    rank: int

    @abstractmethod
    def able(self, values: Tensor) -> bool:
        """Whether it runs parameters like these: their device and dtype."""

    @abstractmethod
    def forward(
        self, plan: Plan, values: Tensor, bias: Tensor, state: Tensor, before: Tensor, first: int, last: int
    ) -> None:
        """Compute levels [first, last) of `state`, float (neurons, batch), in place.

        `before` takes the pre-activations, float (neurons, batch), where it has rows; only GELU needs them.
        """

    @abstractmethod
    def backward(
        self,
        plan: Plan,
        values: Tensor,
        state: Tensor,
        before: Tensor,
        grad: Tensor,
        first: int,
        last: int,
        earlier: bool,
        seeded: Array,
    ) -> tuple[Tensor, Tensor]:
        """Gradients of values and bias; turns `grad` from dL/d(state) into deltas of levels [first, last) in place.

        `seeded`, bool (neurons,), says which rows of `grad` hold something; the others count as 0, whatever they hold.
        With `earlier`, the rows of the levels before are left with their full dL/d(state).
        """

    @abstractmethod
    def step(
        self, plan: Plan, values: Tensor, bias: Tensor, x: Tensor, target: Tensor, loss: Loss, gradients: bool
    ) -> Step:
        """Forward, loss and, where asked for, gradients, of all members of a plan on the same inputs and targets.

        Shapes: x (inputs, batch), target as the loss says. `objective.composed` makes a step of the two above.
        """
