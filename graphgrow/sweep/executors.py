"""Where jobs run: in this process, in several, or on a Dask cluster; each as a `concurrent.futures.Executor`."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from enum import Enum
from importlib import import_module
from multiprocessing import get_context
from types import TracebackType
from typing import Any, TypeVar

from graphgrow.errors import SettingsError

Made = TypeVar("Made")
PATIENCE = 10.0  # seconds in which a scheduler has to answer


class Inline(Executor):
    """Runs a job in this process, when it is submitted."""

    def submit(self, work: Callable[..., Made], /, *arguments: Any, **named: Any) -> Future[Made]:
        """The finished future of a call; an interrupt is not kept in it, but raised."""
        future: Future[Made] = Future()
        try:
            future.set_result(work(*arguments, **named))
        except Exception as error:
            future.set_exception(error)
        return future


def processes(workers: int) -> Executor:
    """Fresh processes of this machine; each works on one thread, so give as many workers as there are free cores.

    Raises
    ------
    SettingsError
        There is not one worker.
    """
    require_workers(workers)
    # Spawned, since a forked copy of a process that has used threads can hang.
    return _Processes(workers, get_context("spawn"), _leave_interrupts)


def local(workers: int) -> Executor:
    """This process for one worker, else processes; errors as `processes`."""
    require_workers(workers)
    return Inline() if workers == 1 else processes(workers)


@contextmanager
def dask(workers: int = 1, address: str | None = None) -> Iterator[Executor]:
    """The workers of a Dask scheduler at an address, else a cluster on this machine that ends with the block.

    Workers need the same packages, the data, and the folder of the runs under the same path. Dask moves functions as
    pickles: connect to schedulers that you trust.

    Raises
    ------
    SettingsError
        The package is missing, no scheduler answers, or there is not one worker.
    """
    require_workers(workers)
    try:
        distributed: Any = import_module("distributed")
    except ModuleNotFoundError:
        raise SettingsError("executor dask: expected the package distributed: pip install 'graphgrow[dask]'") from None
    try:
        made = None if address else _local_cluster(distributed, workers)
        client = distributed.Client(made or address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        where = address or "this machine"
        raise SettingsError(f"no Dask scheduler at {where} ({error}): start it with dask scheduler") from None
    try:
        if made is not None:
            client.run(_leave_interrupts)
        yield client.get_executor(pure=False)
    finally:
        client.close()
        if made is not None:
            made.close()


def _local_cluster(distributed: Any, workers: int) -> Any:
    """Processes of one thread each, without a web page."""
    return distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)


class Where(Enum):
    """Where the jobs of a sweep run."""

    INLINE = "inline"
    PROCESSES = "processes"
    DASK = "dask"


def executor(where: Where, workers: int = 1, address: str | None = None) -> AbstractContextManager[Executor]:
    """The executor by its name, to be used in a `with` block.

    Raises
    ------
    SettingsError
        An address without Dask, more than one worker in this process, or as `dask` and `processes`.
    """
    if address is not None and where is not Where.DASK:
        raise SettingsError(f"address: expected none with executor {where.value}: choose the executor dask")
    if where is Where.DASK:
        return dask(workers, address)
    require_workers(workers)
    if where is Where.INLINE and workers > 1:
        raise SettingsError(f"workers: expected 1 with executor inline, got {workers}: choose processes or dask")
    return Inline() if where is Where.INLINE else processes(workers)


def lost_worker(error: Exception) -> bool:
    """Whether the worker was lost, and not the job at fault."""
    return isinstance(error, BrokenExecutor | CancelledError) or type(error).__module__.startswith("distributed.")


def require_workers(workers: int) -> None:
    """Refuse a number of workers below 1."""
    if workers < 1:
        raise SettingsError(f"workers: expected 1 or more, got {workers}: give as many as there are free cores")


class _Processes(ProcessPoolExecutor):
    """A pool that ends at once where its block is left by an exception; runs lose nothing by that."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        if kind is not None:
            workers = list(self._processes.values())
            # First, so that the pool has nothing left to hand to workers that end.
            self.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                worker.terminate()
        return super().__exit__(kind, error, trace)


def _leave_interrupts() -> None:
    """Leave Ctrl-C, which all processes of a terminal get, to the one that waits for the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
