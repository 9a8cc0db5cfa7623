"""The best kernel under the thresholds of a run."""

from __future__ import annotations

from functools import cache

from torch import Tensor

from graphgrow.arrays import Array
from graphgrow.engine.kernels import choose, load, names
from graphgrow.engine.kernels.kernel import Kernel, Loss, Step
from graphgrow.engine.plan import Plan
from graphgrow.settings import EngineSettings


def tuned(engine: EngineSettings) -> Kernel | None:
    """The kernel for these thresholds; None, which is the best there is, where all of them are as built in."""
    return None if engine == EngineSettings() else Tuned(engine)


class Tuned(Kernel):
    """The best kernel there is; where that is the CPU's, with dense levels and threads from these thresholds on.

    Without numba, and on other devices, thresholds change nothing.
    """

    rank = 0

    def __init__(self, engine: EngineSettings) -> None:
        self.engine = engine

    def able(self, values: Tensor) -> bool:
        """Whatever some kernel runs."""
        return values.is_floating_point()

    def best(self, values: Tensor) -> Kernel:
        """The kernel that runs parameters like these."""
        found = choose(None, values)
        return _mixed(self.engine) if "cpu" in names() and found is load("cpu") else found

    def forward(
        self, plan: Plan, values: Tensor, bias: Tensor, state: Tensor, before: Tensor, first: int, last: int
    ) -> None:
        """As Kernel.forward."""
        self.best(values).forward(plan, values, bias, state, before, first, last)

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
        """As Kernel.backward."""
        return self.best(values).backward(plan, values, state, before, grad, first, last, earlier, seeded)

    def step(
        self, plan: Plan, values: Tensor, bias: Tensor, x: Tensor, target: Tensor, loss: Loss, gradients: bool
    ) -> Step:
        """As Kernel.step."""
        return self.best(values).step(plan, values, bias, x, target, loss, gradients)


@cache
def _mixed(engine: EngineSettings) -> Kernel:
    # Imported when first needed: it needs numba.
    from graphgrow.engine.kernels.dense import Mixed

    return Mixed(engine)
