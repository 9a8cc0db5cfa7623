"""What a step of an optimizer does to flat vectors, in torch's own operations; the CPU has each as one loop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from graphgrow.arrays import Array


@dataclass(frozen=True)
class Adam:
    """Adam (Kingma and Ba 2015); with `decoupled`, decay acts apart from the gradient (Loshchilov and Hutter 2019)."""

    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    decoupled: bool = True

    states = ("exp_avg", "exp_avg_sq")

    @property
    def numbers(self) -> tuple[float, float, float]:
        """What the loop needs."""
        return (*self.betas, self.epsilon)

    @property
    def flag(self) -> bool:
        """Whether decay is a part of the gradient."""
        return not self.decoupled

    def factors(self, rate: Array, decay: Array, steps: Array) -> tuple[Array, ...]:
        """What `update` needs, float64 (members,) each: in single precision, 1 - 0.999 ** steps has few digits left."""
        size, root = rate / (1.0 - self.betas[0] ** steps), np.sqrt(1.0 - self.betas[1] ** steps)
        return (1.0 - rate * decay if self.decoupled else decay), size, root

    def update(self, values: Tensor, grad: Tensor, held: tuple[Tensor, ...], *factors: Tensor) -> None:
        """One step in place, with one number of each factor per value."""
        (first, second), (shrink, size, root) = held, factors
        if self.decoupled:
            values.mul_(shrink)
        else:
            grad = grad + shrink * values
        first.lerp_(grad, 1.0 - self.betas[0])
        second.mul_(self.betas[1]).addcmul_(grad, grad, value=1.0 - self.betas[1])
        values.sub_(size * first / (second.sqrt() / root + self.epsilon))


@dataclass(frozen=True)
class Descent:
    """Gradient descent with momentum, as torch.optim.SGD."""

    momentum: float = 0.0
    nesterov: bool = False

    states = ("momentum_buffer",)

    @property
    def numbers(self) -> tuple[float, float, float]:
        """What the loop needs."""
        return (self.momentum, 0.0, 0.0)

    @property
    def flag(self) -> bool:
        """Whether the step looks ahead."""
        return self.nesterov

    def factors(self, rate: Array, decay: Array, steps: Array) -> tuple[Array, ...]:
        """What `update` needs, float64 (members,) each."""
        return rate, decay

    def update(self, values: Tensor, grad: Tensor, held: tuple[Tensor, ...], *factors: Tensor) -> None:
        """One step in place, with one number of each factor per value."""
        rate, decay = factors
        grad = grad + decay * values
        buffer = held[0].mul_(self.momentum).add_(grad)
        values.sub_(rate * (grad + self.momentum * buffer if self.nesterov else buffer))


Method = Adam | Descent
