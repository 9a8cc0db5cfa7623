"""How the training loop sees the processes that train one model together; and the way it runs in one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol, TypeVar, final

import torch
from torch import Tensor, nn

from graphgrow.errors import SettingsError
from graphgrow.train.parallel.forms import Form

Made = TypeVar("Made")
Piece = TypeVar("Piece")


@dataclass(frozen=True, eq=False)
class Share:
    """The samples of one step that this process computes.

    Attributes
    ----------
    rows : int64 (own,), rows of the training split; never empty, since a process must take part in every step.
    count : how many of them count: all, or none where there are more processes than samples.
    whole : samples of the step over all processes.
    """

    rows: Tensor
    count: int
    whole: int

    @property
    def weight(self) -> float:
        """The part of the step's mean that the mean over own samples makes up."""
        return self.count / self.whole

    def weigh(self, mean: Tensor) -> Tensor:
        """The mean over own samples as its part of the mean over the whole step; the parts add up to it."""
        return mean if self.count == self.whole else mean * self.weight


def stretch(batch: Tensor, rank: int, ranks: int) -> Share:
    """One process's stretch of the rows of a step; the first ones take a row more where they do not divide evenly."""
    size, more = divmod(len(batch), ranks)
    start, count = rank * size + min(rank, more), size + (rank < more)
    # Without a row of its own a process repeats one, which then weighs nothing.
    return Share(batch[start : start + count] if count else batch[:1], count, len(batch))


@dataclass(frozen=True)
class Sums:
    """Of one step: loss and score added up over samples, and the mean loss."""

    loss: float
    score: float
    mean: float


class Parallel(Protocol):
    """How processes train one model: each holds all of it and computes its share of every step.

    Every process calls the same methods in the same order, none of them inside a `together` block.
    """

    @property
    def leads(self) -> bool:
        """Whether this process asks rules, writes the run and reports."""

    @property
    def several(self) -> bool:
        """Whether processes take part that must all change alike."""

    def together(self) -> AbstractContextManager[None]:
        """A block that every process runs on its own; when it fails in one of them, all raise."""

    def require_same(self, describe: Callable[[], Mapping[str, str]]) -> None:
        """Refuse processes that do not hold the same; `describe` gives a SHA-256 in hexadecimal by what it is of.

        Raises
        ------
        ParallelError
            They differ; the message says in what.
        """

    def share(self, batch: Tensor) -> Share:
        """This process's samples of a step with the rows `batch`, int64 (samples,)."""

    def wrap(self, model: nn.Module) -> nn.Module:
        """A module whose backward pass adds gradients up over all processes; called with a function of the model."""

    def unwrap(self) -> None:
        """Let go of what `wrap` made, so that Parameters about to be replaced are freed with their buffers."""

    def run(self, model: nn.Module, call: Callable[[nn.Module], Made]) -> Made:
        """`call(model)`: the forward pass of a training step, whose gradients are added up over all processes."""

    def settle(self, share: Share, own: Sums) -> Sums:
        """The sums of a step over all processes, added in the order of ranks; `own` are those of the share's rows."""

    def align(self, model: nn.Module) -> None:
        """Give every process the leader's buffers, such as running means of a host's layers."""

    def agree(self, make: Callable[[], Made], form: Form[Made]) -> Made:
        """What `make` gives in the leading process, where alone it runs; when it fails there, all processes raise."""

    def deal(
        self, pieces: Sequence[Piece], compute: Callable[[Piece], tuple[float, float]]
    ) -> list[tuple[float, float]]:
        """`compute` of every piece, in the order of pieces, the work spread over processes."""


@final
class Alone:
    """One process: everything is computed here, nothing is sent."""

    leads = True
    several = False

    def together(self) -> AbstractContextManager[None]:
        """The block as it is."""
        return nullcontext()

    def require_same(self, describe: Callable[[], Mapping[str, str]]) -> None:
        """Nobody to compare with."""

    def share(self, batch: Tensor) -> Share:
        """All samples."""
        return Share(batch, len(batch), len(batch))

    def wrap(self, model: nn.Module) -> nn.Module:
        """The model, under the same way of calling it."""
        return Under(model)

    def unwrap(self) -> None:
        """Nothing is held."""

    def run(self, model: nn.Module, call: Callable[[nn.Module], Made]) -> Made:
        """The call."""
        return call(model)

    def settle(self, share: Share, own: Sums) -> Sums:
        """The own sums."""
        return own

    def align(self, model: nn.Module) -> None:
        """Nobody to align with."""

    def agree(self, make: Callable[[], Made], form: Form[Made]) -> Made:
        """What `make` gives, as it is."""
        return make()

    def deal(
        self, pieces: Sequence[Piece], compute: Callable[[Piece], tuple[float, float]]
    ) -> list[tuple[float, float]]:
        """All pieces."""
        return [compute(piece) for piece in pieces]


class Under(nn.Module):
    """Holds a model so that any function of it can be run as a forward pass."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, call: Callable[[nn.Module], Made]) -> Made:
        """`call(model)`."""
        return call(self.model)


def resolved(parallel: Parallel | None) -> Parallel:
    """The given way, by default alone.

    Raises
    ------
    SettingsError
        Several processes form a group, and none or `Alone` was given: each would train and grow a model of its own.
    """
    distributed = torch.distributed
    alone = parallel is None or isinstance(parallel, Alone)
    if alone and distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1:
        raise SettingsError(
            f"a group of {distributed.get_world_size()} processes, but fit was not told how they share the work: "
            "pass parallel=DataParallel(), or start one process"
        )
    return Alone() if parallel is None else parallel
