"""Where jobs run: in this process or in several; all through `concurrent.futures.Executor`."""

from __future__ import annotations

import signal
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

from graphgrow.errors import SettingsError

Made = TypeVar("Made")


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
    return ProcessPoolExecutor(workers, get_context("spawn"), _heed_interrupts)


def local(workers: int) -> Executor:
    """This process for one worker, else processes; errors as `processes`."""
    require_workers(workers)
    return Inline() if workers == 1 else processes(workers)


def require_workers(workers: int) -> None:
    """Refuse a number of workers below 1."""
    if workers < 1:
        raise SettingsError(f"workers: expected 1 or more, got {workers}: give as many as there are free cores")


def _heed_interrupts() -> None:
    """Let Ctrl-C end a worker without a word; the process that waits for it says what happened."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
