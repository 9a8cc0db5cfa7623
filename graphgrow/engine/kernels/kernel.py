"""What a kernel is: the loops that run a plan forward and backward."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor

from graphgrow.engine.plan import Plan


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
    ) -> tuple[Tensor, Tensor]:
        """Gradients of values and bias; turns `grad` from dL/d(state) into deltas of levels [first, last) in place.

        With `earlier`, the rows of the levels before are left with their full dL/d(state).
        """
