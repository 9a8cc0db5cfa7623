"""Data parallel training: every process holds the model, computes a share of each step, grows as the leader says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TypeVar, final

import torch
from torch import Tensor, nn
from torch.distributed import ProcessGroup
from torch.futures import Future
from torch.nn.parallel import DistributedDataParallel

from graphgrow.engine.network import Network
from graphgrow.errors import ParallelError, SettingsError
from graphgrow.train.parallel.forms import Form
from graphgrow.train.parallel.protocol import Share, Sums, Under, stretch
from graphgrow.train.parallel.wire import LEADER, Wire, added_up

Made = TypeVar("Made")
Piece = TypeVar("Piece")


@dataclass(frozen=True, eq=False)
class _Wrapped:
    """A model under DistributedDataParallel, with the parameters it was wrapped for."""

    model: nn.Module
    parameters: tuple[tuple[nn.Parameter, bool], ...]
    module: DistributedDataParallel

    def holds(self, model: nn.Module) -> bool:
        """Whether the model still has these very parameters, trained or frozen as they were."""
        if self.model is not model:
            return False
        found = _parameters(model)
        return len(found) == len(self.parameters) and all(
            one[0] is other[0] and one[1] == other[1] for one, other in zip(found, self.parameters, strict=True)
        )


@final
class DataParallel:
    """Trains one model in all processes of a group, gradients added up by DistributedDataParallel.

    The order of an epoch is the same everywhere; each step is cut into stretches by rank, and the sum of gradients is
    that of the mean loss over the whole step, however unequal the stretches. Process 0 leads: it alone probes, asks
    rules, writes and reports. Growth replaces Parameters, so the model is wrapped again whenever it no longer has those
    it was wrapped for. Bits depend on the number of processes, not on their speed.

    Parameters
    ----------
    group : processes to train with; default all, after `torch.distributed.init_process_group`.
    unused_parameters : the model has parameters that some steps do not use; DDP then looks for them in every step.

    Raises
    ------
    SettingsError
        No process group was made.
    """

    several = True

    def __init__(self, group: ProcessGroup | None = None, unused_parameters: bool = False) -> None:
        distributed = torch.distributed
        if not distributed.is_available() or not distributed.is_initialized():
            raise SettingsError(
                "DataParallel needs a group of processes: call torch.distributed.init_process_group('gloo') first and "
                "start the processes with torchrun"
            )
        self._wire = Wire.of(group)
        self._unused = unused_parameters
        self._held: _Wrapped | None = None

    @property
    def leads(self) -> bool:
        """Whether this is process 0."""
        return self._wire.rank == LEADER

    @property
    def rank(self) -> int:
        """This process's number."""
        return self._wire.rank

    @property
    def ranks(self) -> int:
        """How many processes there are."""
        return self._wire.ranks

    @contextmanager
    def together(self) -> Iterator[None]:
        """A block that every process runs on its own; when it fails in one of them, all raise.

        Raises
        ------
        GraphgrowError
            The block failed in another process: of its class, else `ParallelError`. An own error goes on as it is.
        """
        try:
            yield
        except Exception as error:
            # The others may be gone; what happened here matters more than that they could not be told.
            with suppress(RuntimeError):
                self._wire.failure(error)
            raise
        failed = self._wire.failure(None)
        if failed is not None:
            raise failed.error()

    def require_same(self, describe: Callable[[], Mapping[str, str]]) -> None:
        """Refuse processes that do not hold the same; see `Parallel.require_same`."""
        with self.together():
            own = describe()
            flat = torch.frombuffer(bytearray.fromhex("".join(own.values())), dtype=torch.uint8)
        rows = self._wire.rows(flat).view(self.ranks, len(own), -1)
        differs = (rows != rows[LEADER]).any(2)
        for rank, found in enumerate(differs):
            if found.any():
                names = [name for name, other in zip(own, found.tolist(), strict=True) if other]
                raise ParallelError(
                    f"process {rank} does not hold the {' and '.join(names)} of process {LEADER}: start all processes "
                    "with the same code, seed, settings, data, model and state"
                )

    def share(self, batch: Tensor) -> Share:
        """This process's stretch of the step."""
        return stretch(batch, self.rank, self.ranks)

    def wrap(self, model: nn.Module) -> nn.Module:
        """The model under DDP, anew where its Parameters changed; a call `wrapped(function)` runs `function(model)`."""
        if self._held is None or not self._held.holds(model):
            self.unwrap()
            module = DistributedDataParallel(
                Under(model),
                process_group=self._wire.group,
                find_unused_parameters=self._unused,
                gradient_as_bucket_view=True,
            )
            # A lambda, since torch compares a hook's annotations, which are text here, with its types.
            module.register_comm_hook(self._wire, lambda wire, bucket: _add_up(wire, bucket.buffer()))
            self._held = _Wrapped(model, _parameters(model), module)
        return self._held.module

    def unwrap(self) -> None:
        """Let go of the wrapper, whose buckets are as large as all gradients, and of the Parameters it knows."""
        self._held = None

    def run(self, model: nn.Module, call: Callable[[nn.Module], Made]) -> Made:
        """The forward pass under DDP; each process draws its own random numbers in it."""
        wrapped = self.wrap(model)
        with self._own_draws(model):
            made: Made = wrapped(call)
        return made

    def settle(self, share: Share, own: Sums) -> Sums:
        """The sums over all processes, in the order of ranks."""
        counted = [own.loss, own.score, own.mean * share.weight] if share.count else [0.0, 0.0, 0.0]
        rows = self._wire.rows(torch.tensor(counted, dtype=torch.float64)).tolist()
        return Sums(*(sum(column) for column in zip(*rows, strict=True)))

    def align(self, model: nn.Module) -> None:
        """Give every process the leader's buffers; while training, DDP does so before each forward pass."""
        for buffer in model.buffers():
            torch.distributed.broadcast(buffer, group=self._wire.group, group_src=LEADER)

    def agree(self, make: Callable[[], Made], form: Form[Made]) -> Made:
        """What `make` gives in process 0, sent to all; process 0 too goes on with what it sent."""
        error, parcel = None, None
        if self.leads:
            try:
                with _draws_apart():
                    parcel = form.pack(make())
            except Exception as raised:
                error = raised
        parcel = self._wire.parcel(parcel, error)
        with self.together():
            return form.unpack(parcel)

    def deal(
        self, pieces: Sequence[Piece], compute: Callable[[Piece], tuple[float, float]]
    ) -> list[tuple[float, float]]:
        """Every n-th piece is computed here; the results are those of one process, in the same order."""
        size = -(-len(pieces) // self.ranks)
        own = torch.zeros(size, 2, dtype=torch.float64)
        with self.together(), _draws_apart():
            for at, piece in enumerate(pieces[self.rank :: self.ranks]):
                own[at] = torch.tensor(compute(piece), dtype=torch.float64)
        rows = self._wire.rows(own.flatten()).view(self.ranks, size, 2).tolist()
        made = [(loss, score) for turn in zip(*rows, strict=True) for loss, score in turn]
        return made[: len(pieces)]

    def _own_draws(self, model: nn.Module) -> AbstractContextManager[None]:
        """Draws that differ between processes, while torch's generator goes on alike in all, so that one State fits."""
        return nullcontext() if isinstance(model, Network) else _draws_apart(self.rank)


def _parameters(model: nn.Module) -> tuple[tuple[nn.Parameter, bool], ...]:
    return tuple((parameter, parameter.requires_grad) for parameter in model.parameters())


@contextmanager
def _draws_apart(rank: int | None = None) -> Iterator[None]:
    """A block whose draws leave torch's generators as they were; with a rank, of a stream of its own."""
    devices = [torch.cuda.current_device()] if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
    start = None if rank is None else int(torch.randint(2**62, ()))
    with torch.random.fork_rng(devices=devices):
        if start is not None:
            torch.manual_seed(start + (rank or 0))
        yield


def _add_up(wire: Wire, flat: Tensor) -> Future[Tensor]:
    """DDP's hook: a bucket added up in the order of ranks, not divided, since shares are weighed already."""
    made: Future[Tensor] = Future(devices=[flat.device] if flat.is_cuda else [])
    made.set_result(added_up(wire, flat))
    return made
