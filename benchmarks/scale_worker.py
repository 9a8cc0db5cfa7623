"""One size of `benchmarks.scale` in a process of its own: builds, trains, grows once, prints what it took as JSON."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import networks
from benchmarks.machine import use_threads
from benchmarks.peers.ours import Ours
from benchmarks.timing import alternate
from graphgrow import Edit, Graph, Wiring, apply, rng
from graphgrow.arrays import Array
from graphgrow.engine import transplant

BATCH = 32
SHARE = 0.01  # of the edges, removed and added in the event
SAMPLES = 2048
GIB = 1 << 30


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("edges", type=int)
    parser.add_argument("--width", type=int, default=networks.WIDTH, help="neurons of each hidden level")
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    given = parser.parse_args(arguments)
    use_threads(given.threads)
    sys.stdout.write(json.dumps(measure(given.edges, given.width, given.rounds)) + "\n")
    return 0


def measure(edges: int, width: int, rounds: int) -> dict[str, Any]:
    """Seconds of steps and of an event, and the peak of memory (GiB) of each stage.

    Only the stage at hand is held: the built graph is gone before training, and the grown one after the event.
    """
    peaks: dict[str, float] = {}
    start_peak()
    ours = _built(edges, width)
    peaks["build"] = peak()
    start_peak()
    seconds = alternate({"step": ours.step}, rounds, warmup=2).seconds["step"]
    peaks["train"] = peak()
    start_peak()
    start = time.perf_counter()
    grow(ours)
    event = time.perf_counter() - start
    ours.step()
    peaks["growth"] = peak()
    return {"edges": ours.network.plan.edges, "seconds": seconds, "event": event, "peaks": peaks}


def _built(edges: int, width: int) -> Ours:
    graph = networks.huge(edges, width)
    batches = networks.batches(networks.LARGE[0], networks.LARGE[-1], BATCH, SAMPLES)
    return Ours(graph, batches, torch_optimizer=True)


def grow(ours: Ours) -> None:
    """One event: read the graph, remove and add edges, carry parameters and optimizer; nothing is tried beforehand."""
    graph = ours.network.graph()
    grown, remap = apply(graph, exchange(graph, SHARE), 1)
    del graph
    transplant(ours.network, ours.optimizer, grown, remap)


def exchange(graph: Graph, share: float) -> Edit:
    """Remove a share of the edges and add about as many between successive levels, both at random."""
    wiring = graph.wiring
    draws = rng.stream(networks.SEED, "benchmarks", "exchange", graph.edges)
    count = max(1, round(share * graph.edges))
    removed = np.sort(draws.choice(graph.edges, count, replace=False, shuffle=False))
    source, target = absent(wiring, count, draws)
    return Edit(wiring.neurons, 1, source=source, target=target, weight=np.zeros(source.size), removed_edges=removed)


def absent(wiring: Wiring, count: int, draws: np.random.Generator) -> tuple[Array, Array]:
    """At most `count` different pairs of successive levels that are no edges; rows must be in level order.

    Each pair is looked up among the in-edges of its target by halving, so that nothing as long as the edges is made.
    """
    first = np.searchsorted(wiring.level, np.arange(wiring.level[-1] + 2))
    target = draws.integers(first[1], wiring.neurons, count)
    before = wiring.level[target] - 1
    source = draws.integers(first[before], first[before + 1])
    low, high = wiring.pointer[target], wiring.pointer[target + 1]
    end = high.copy()
    while (low < high).any():
        middle = (low + high) // 2
        smaller = (low < high) & (wiring.source[np.minimum(middle, wiring.edges - 1)] < source)
        low, high = np.where(smaller, middle + 1, low), np.where(smaller | (low == high), high, middle)
    present = (low < end) & (wiring.source[np.minimum(low, wiring.edges - 1)] == source)
    key = np.unique((target * wiring.neurons + source)[~present])
    return (key % wiring.neurons).astype(np.int32), (key // wiring.neurons).astype(np.int32)


def peak() -> float:
    """Most memory the process held since `start_peak`, GiB; since its start where the system cannot forget a peak."""
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / GIB


def start_peak() -> None:
    """Forget the peak so far, where the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


if __name__ == "__main__":
    sys.exit(main())
