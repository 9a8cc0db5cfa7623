"""Messages between the processes of a group: status, numbers and parcels, all as tensors and never pickled."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.distributed import ProcessGroup

from graphgrow import errors
from graphgrow.arrays import Array, Json
from graphgrow.errors import GraphgrowError, ParallelError
from graphgrow.store.state import to_text
from graphgrow.train.parallel.forms import Parcel

distributed = torch.distributed
LEADER = 0


@dataclass(frozen=True)
class Failure:
    """What went wrong in which process: the name of the error's class and its text."""

    rank: int
    kind: str
    text: str

    @staticmethod
    def of(rank: int, error: Exception) -> Failure:
        """An error raised in this process."""
        return Failure(rank, type(error).__name__, str(error))

    def error(self) -> GraphgrowError:
        """The error to raise in the other processes: of the same class when it is one of ours."""
        kind = getattr(errors, self.kind, None)
        if isinstance(kind, type) and issubclass(kind, GraphgrowError):
            return kind(f"process {self.rank}: {self.text}")
        return ParallelError(f"process {self.rank} failed with {self.kind} ({self.text}): see what it wrote itself")


@dataclass(frozen=True, eq=False)
class Wire:
    """A group of processes.

    Attributes
    ----------
    group : None for the default group.
    rank, ranks : this process and their number, within the group.
    device : where the group's backend wants its tensors.
    """

    group: ProcessGroup | None
    rank: int
    ranks: int
    device: torch.device

    @staticmethod
    def of(group: ProcessGroup | None) -> Wire:
        """The wire of an initialised group."""
        config = str(distributed.get_backend_config(group))
        # nccl alone moves nothing that lies in the computer's own memory.
        device = torch.device("cpu") if "cpu:" in config else torch.device("cuda", torch.cuda.current_device())
        return Wire(group, distributed.get_rank(group), distributed.get_world_size(group), device)

    def rows(self, own: Tensor) -> Tensor:
        """(entries,), of the same size and dtype everywhere -> (ranks, entries) on the CPU, in the order of ranks."""
        given = own.to(self.device)
        made = [torch.empty_like(given) for _ in range(self.ranks)]
        distributed.all_gather(made, given, group=self.group)
        return torch.stack(made).cpu()

    def failure(self, error: Exception | None) -> Failure | None:
        """The first failure in the order of ranks, None when all is well everywhere; `error` is this process's own."""
        own = None if error is None else Failure.of(self.rank, error)
        text = b"" if own is None else json.dumps([own.rank, own.kind, own.text]).encode()
        lengths = self.rows(torch.tensor([len(text)]))[:, 0].tolist()
        first = next((rank for rank, length in enumerate(lengths) if length), None)
        if first is None:
            return None
        return Failure(*json.loads(self._bytes(text, lengths[first], first)))

    def parcel(self, own: Parcel | None, error: Exception | None) -> Parcel:
        """The leader's parcel in every process; `own` and `error` count in the leader alone, and one of them is None.

        Raises
        ------
        GraphgrowError
            The leader passed an error; it raises that error itself.
        """
        text = b""
        arrays: Mapping[str, Array] = {}
        if self.rank == LEADER:
            text, arrays, error = _header(own, error)
        length = torch.tensor([len(text)], device=self.device)
        distributed.broadcast(length, group=self.group, group_src=LEADER)
        header: Any = json.loads(self._bytes(text, int(length), LEADER))
        if header["failure"] is not None:
            raise error or Failure(LEADER, *header["failure"]).error()
        made = {
            name: np.frombuffer(self._bytes(arrays.get(name, b""), size, LEADER), np.dtype(dtype))
            for name, dtype, size in header["arrays"]
        }
        return Parcel(header["tree"], made)

    def _bytes(self, own: bytes | Array, length: int, rank: int) -> bytearray:
        """Bytes of one process, of a length that all know, in every process."""
        made = bytearray(own if self.rank == rank else length)
        if length:
            held = torch.frombuffer(made, dtype=torch.uint8)
            moved = held.to(self.device)
            distributed.broadcast(moved, group=self.group, group_src=rank)
            held.copy_(moved)
        return made


def _header(parcel: Parcel | None, error: Exception | None) -> tuple[bytes, Mapping[str, Array], Exception | None]:
    """What goes before the arrays: the tree and their sizes in bytes, or what failed, this packing included."""
    try:
        if parcel is None:
            raise error or ParallelError("nothing to send: the leader must give a parcel or an error")
        arrays = {name: np.ascontiguousarray(array) for name, array in parcel.arrays.items()}
        sizes: list[Json] = [[name, array.dtype.str, array.nbytes] for name, array in arrays.items()]
        return to_text({"failure": None, "tree": parcel.tree, "arrays": sizes}).encode(), arrays, None
    except Exception as raised:
        failure = Failure.of(LEADER, raised)
        return to_text({"failure": [failure.kind, failure.text]}).encode(), {}, raised


def added_up(wire: Wire, flat: Tensor) -> Tensor:
    """`flat` (entries,) added up over all processes, in place, every entry in the order of ranks.

    torch's reductions over three or more processes add an entry in an order that depends on where it lies in the
    message, and DDP lays its messages out anew after the first step: a resumed training would not get the bits of one
    that was never cut. Here each process adds one stretch and sends the sum to all: the traffic of a ring.
    """
    if wire.ranks <= 2:
        # Two numbers have one sum, in whatever order.
        distributed.all_reduce(flat, group=wire.group)
        return flat
    size = -(-flat.numel() // wire.ranks)
    sizes = [max(0, min(size, flat.numel() - rank * size)) for rank in range(wire.ranks)]
    own = sizes[wire.rank]
    came = flat.new_empty(wire.ranks * own)
    distributed.all_to_all_single(came, flat, [own] * wire.ranks, sizes, group=wire.group)
    total = flat.new_zeros(size)
    parts: Sequence[Tensor] = came.view(wire.ranks, own).unbind()
    total[:own] = parts[0]
    for part in parts[1:]:
        total[:own] += part
    whole = flat.new_empty(wire.ranks * size)
    distributed.all_gather(list(whole.view(wire.ranks, size).unbind()), total, group=wire.group)
    return flat.copy_(whole[: flat.numel()])
