"""Networks of a million to a hundred million edges: time per edge, and the memory that training and growing one takes.

Each size runs in a fresh process, so that its peak is its own. A hundred million edges are run only when asked for with
`--edges 1e6 1e8`: they take minutes and several GiB. Time per edge is compared with the first size given.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from benchmarks import networks, scale_worker
from benchmarks.command import Options, run
from benchmarks.report import Case
from benchmarks.timing import Spread
from graphgrow.errors import GraphgrowError

EDGES = (1_000_000, 10_000_000)
ROUNDS = 5  # the largest size takes about a second a step
QUICK_WIDTH, QUICK_SHRINK = 64, 1000
ROOT = Path(__file__).resolve().parents[1]


class WorkerError(GraphgrowError):
    """The process of one size failed."""


def cases(options: Options) -> Iterator[Case]:
    """One case per size, in the order given."""
    first: float | None = None
    width = QUICK_WIDTH if options.quick else networks.WIDTH
    for edges in options.edges:
        count = edges // QUICK_SHRINK if options.quick else edges
        name = f"784-{width}^{networks.HIDDEN_LEVELS}-10 with {count:,} edges"
        if options.wants(name):
            found = _measured(count, width, min(options.rounds, ROUNDS))
            per_edge = [seconds * 1e9 / found["edges"] for seconds in found["seconds"]]
            first = first or Spread.of(per_edge).median
            yield _case(name, count, found, per_edge, first)


def _case(name: str, edges: int, found: dict[str, Any], per_edge: list[float], first: float) -> Case:
    """Times of a step and of the event; nanoseconds an edge over those of the first size."""
    peaks = found["peaks"]
    facts = {
        "edges": edges,
        "batch": scale_worker.BATCH,
        "ns an edge": Spread.of(per_edge).median,
        **{f"peak GiB, {stage}": value for stage, value in peaks.items()},
        "peak GiB": max(peaks.values()),
        "peak bytes an edge": max(peaks.values()) * scale_worker.GIB / edges,
    }
    times = {"step": Spread.of(found["seconds"]).scaled(1e3), "growth event": Spread.of([found["event"] * 1e3])}
    ratio = Spread.of([value / first for value in per_edge])
    return Case(name, facts, times, "the first size, per edge", {"step": ratio}, {"step": "at most 2"})


def _measured(edges: int, width: int, rounds: int) -> dict[str, Any]:
    """What the worker printed.

    Raises
    ------
    WorkerError
        It failed, or the system ended it for want of memory; ask for fewer edges.
    """
    words = [str(edges), "--width", str(width), "--rounds", str(rounds), "--threads", str(torch.get_num_threads())]
    command = [sys.executable, "-m", "benchmarks.scale_worker", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [f"ended by signal {-done.returncode}"]
        raise WorkerError(f"{edges} edges: the process failed with {last[0]}: mend that, or ask for fewer edges")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    return run("scale", __doc__ or "", cases, arguments, sizes=EDGES)


if __name__ == "__main__":
    sys.exit(main())
