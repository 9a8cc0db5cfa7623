"""The full topology report of one network in a process of its own; prints seconds and the peak of memory as JSON."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from analysis.topology import effort_for, report
from benchmarks.machine import use_threads
from benchmarks.topology import network
from graphgrow.graph.builders import layered
from graphgrow.measure.adjacency import of
from graphgrow.measure.metrics import Subject, every

KIB_A_GIB = 1 << 20


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--metrics", nargs="+", default=None, help="only these")
    given = parser.parse_args(arguments)
    use_threads(1)
    sys.stdout.write(json.dumps(measure(given.quick, given.metrics)) + "\n")
    return 0


def measure(quick: bool, metrics: Sequence[str] | None = None) -> dict[str, Any]:
    """Seconds of everything, of each metric alone, and what was measured; compilers run before on a tiny network."""
    start = time.perf_counter()
    tiny = layered([8, 9, 7], 0.5, np.random.default_rng(0))
    report(tiny, replace(effort_for(of(tiny)), nulls=1), metrics)
    compiling = time.perf_counter() - start
    graph = network(quick)
    start = time.perf_counter()
    frame = report(graph, None, metrics)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_A_GIB
    return {
        "nodes": graph.neurons,
        "edges": graph.edges,
        "seconds": seconds,
        "compiling": compiling,
        "values": len(frame),
        "undefined": int(frame["value"].isna().sum()),
        "nulls": int(frame["null_count"].max()),
        "peak GiB": peak,
        "seconds of metrics": _alone(graph, metrics),
    }


def _alone(graph: Any, metrics: Sequence[str] | None) -> dict[str, float]:
    """Seconds of each metric, each on a fresh Adjacency, without nulls."""
    made = {}
    for name, metric in every().items():
        if metrics is None or name in metrics:
            adjacency = of(graph)
            start = time.perf_counter()
            metric.measure(Subject(adjacency, graph, effort_for(adjacency)))
            made[name] = time.perf_counter() - start
    return made


if __name__ == "__main__":
    sys.exit(main())
