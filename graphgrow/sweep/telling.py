"""A line for every job that came to its end."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from threading import Lock

from graphgrow.arrays import Json
from graphgrow.store.files import read_json
from graphgrow.store.manifest import manifest
from graphgrow.store.run import MANIFEST, Run
from graphgrow.sweep.jobs import Result
from graphgrow.sweep.work import How

MADE_BY = ("git", "versions")  # what of a manifest decides bits, beside the settings


class Lines:
    """Numbers results as they come, as in "[3/8] name: kept", and hands each line to `write`."""

    def __init__(self, jobs: int, write: Callable[[str], None]) -> None:
        self._jobs, self._write = jobs, write
        self._done, self._lock = 0, Lock()

    def __call__(self, result: Result) -> None:
        """Tell of one result; may be called from any thread."""
        with self._lock:
            self._done += 1
            self._write(f"[{self._done}/{self._jobs}] {result.job.name}: {_ending(result)}")


def _ending(result: Result) -> str:
    """How a job ended, with what a reader has to know about it."""
    if result.run is None:
        return f"failed: {' '.join(str(result.error).split())}"
    words = {How.RUN: "done", How.RESUMED: "resumed and done", How.KEPT: "kept from an earlier start"}
    made = [words[result.how or How.RUN]]
    if result.how is How.KEPT and by_other_code(result.run):
        made.append("made by other code or packages; remove its folder to run it anew")
    shortfall = result.run.summary().get("shortfall")
    return "; ".join([*made, str(shortfall)] if shortfall else made)


def by_other_code(run: Run) -> bool:
    """Whether another commit or other versions of packages made the run; changes without a commit are not seen."""
    held = read_json(run.path / MANIFEST)
    return any(held.get(name) != _present()[name] for name in MADE_BY)


@cache
def _present() -> dict[str, Json]:
    return manifest(0)
