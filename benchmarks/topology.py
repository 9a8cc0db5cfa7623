"""Measures of graphs of a million edges beside networkx and igraph, and what a full report of one takes.

All sides get the graph in their own form, made before the clock starts; "from a networkx graph" includes the way from
networkx to us, as a call through networkx has it. One core, one thread. networkx's exact mean path length is estimated:
seconds of a breadth-first search, mean over sampled sources, times the number of nodes. The report runs in a process of
its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import networks
from benchmarks.command import Options, run
from benchmarks.report import Case
from benchmarks.scale import WorkerError
from benchmarks.timing import Spread, Timings, once
from graphgrow import Graph, rng
from graphgrow.graph.builders import erdos_renyi
from graphgrow.measure.adjacency import Adjacency, from_edges, of
from graphgrow.measure.clustering import local_clustering
from graphgrow.measure.convert import from_networkx
from graphgrow.measure.katz import EdgeValue, katz
from graphgrow.measure.paths import path_lengths

LEVELS, WIDTH, EDGES = 20, 5_000, 1_000_000
NEIGHBOURS, REWIRED = 10, 0.1  # of the small world: edges a node, share of edges moved
QUICK_WIDTH, QUICK_SHRINK = 50, 1000
ROUNDS, SLOW_ROUNDS = 5, 3
SOURCES, QUICK_SOURCES = 20, 3  # of networkx's searches
ERROR = 0.01  # standard error of the sampled mean path length, as a share of it
ROOT = Path(__file__).resolve().parents[1]
NETWORKX, IGRAPH, ESTIMATED = "networkx", "igraph", "networkx, exact, estimated"


@dataclass(frozen=True, eq=False)
class Subject:
    """One graph in the forms of all sides."""

    ours: Adjacency

    @cached_property
    def networkx(self) -> Any:
        """As networkx.Graph or DiGraph, without weights."""
        import networkx

        made = networkx.DiGraph() if self.ours.directed else networkx.Graph()
        made.add_nodes_from(range(self.ours.nodes))
        made.add_edges_from(zip(self.ours.row.tolist(), self.ours.other.tolist(), strict=True))
        return made

    @cached_property
    def skeleton(self) -> Any:
        """The undirected graph as networkx.Graph."""
        return self.networkx.to_undirected() if self.ours.directed else self.networkx

    @cached_property
    def igraph(self) -> Any:
        """The undirected graph as igraph.Graph."""
        import igraph

        plain = self.ours.skeleton
        upper = plain.row < plain.other
        return igraph.Graph(n=plain.nodes, edges=np.stack([plain.row[upper], plain.other[upper]], axis=1))


def network(quick: bool) -> Graph:
    """Twenty levels with skip edges between all of them, so that no measure is constant by design."""
    sizes = [QUICK_WIDTH if quick else WIDTH] * LEVELS
    edges = EDGES // QUICK_SHRINK if quick else EDGES
    return erdos_renyi(sizes, rng.stream(networks.SEED, "benchmarks", "topology"), edges=edges, skips=True)


def small_world(quick: bool) -> Adjacency:
    """A ring of neighbours, some edges moved elsewhere: undirected, with triangles (after Watts and Strogatz 1998)."""
    nodes = (EDGES // QUICK_SHRINK if quick else EDGES) // NEIGHBOURS
    draw = rng.stream(networks.SEED, "benchmarks", "small world")
    source = np.repeat(np.arange(nodes), NEIGHBOURS)
    target = (source + np.tile(np.arange(1, NEIGHBOURS + 1), nodes)) % nodes
    moved = draw.random(source.size) < REWIRED
    target[moved] = draw.integers(0, nodes, int(moved.sum()))
    first, second = np.minimum(source, target), np.maximum(source, target)
    key = np.unique((first * nodes + second)[first != second])
    return from_edges(nodes, key // nodes, key % nodes, directed=False)


def cases(options: Options) -> Iterator[Case]:
    """All that were asked for."""
    grown = network(options.quick)
    world = small_world(options.quick)
    subjects = {"network with skip edges": Subject(of(grown.wiring)), "small world": Subject(world)}
    for where, subject in subjects.items():
        for what, case in (("Katz", _katz), ("clustering", _clustering), ("mean path", _paths)):
            name = f"{what}, {where}"
            if options.wants(name) and not (what == "Katz" and not subject.ours.directed):
                yield case(name, subject, options)
    if options.wants("report"):
        yield _report(options)


def _facts(graph: Adjacency) -> dict[str, int | float | str]:
    return {"nodes": graph.nodes, "edges": graph.edges}


def _katz(name: str, subject: Subject, options: Options) -> Case:
    import networkx

    graph = subject.networkx
    sides: dict[str, Callable[[], object]] = {
        "graphgrow": lambda: katz(subject.ours, EdgeValue.UNWEIGHTED, unit_length=True),
        "graphgrow, from a networkx graph": lambda: katz(
            from_networkx(graph, None), EdgeValue.UNWEIGHTED, unit_length=True
        ),
        NETWORKX: lambda: networkx.katz_centrality(graph),
    }
    sides["graphgrow"]()
    return Case.of(name, once(sides, min(options.rounds, SLOW_ROUNDS)), "graphgrow", _facts(subject.ours),
                   {NETWORKX: "at least 500"})  # fmt: skip


def _clustering(name: str, subject: Subject, options: Options) -> Case:
    import networkx

    plain, theirs, third = subject.ours.skeleton, subject.skeleton, subject.igraph
    sides: dict[str, Callable[[], object]] = {
        "graphgrow": lambda: local_clustering(plain),
        "graphgrow, from a networkx graph": lambda: local_clustering(from_networkx(theirs, None)),
        NETWORKX: lambda: networkx.clustering(theirs),
        IGRAPH: lambda: third.transitivity_local_undirected(mode="zero"),
    }
    sides["graphgrow"]()
    return Case.of(name, once(sides, min(options.rounds, SLOW_ROUNDS)), "graphgrow", _facts(subject.ours),
                   {NETWORKX: "at least 20", IGRAPH: "at least 1"})  # fmt: skip


def _paths(name: str, subject: Subject, options: Options) -> Case:
    """Ours sampled until its standard error is small enough; networkx's from some of its sources."""
    import networkx

    graph, samples = subject.networkx, 64
    path_lengths(subject.ours, samples)
    while (found := path_lengths(subject.ours, samples)).sources < subject.ours.nodes and not (
        found.error is not None and found.error <= ERROR * found.mean
    ):
        samples *= 2
    rounds = min(options.rounds, ROUNDS)
    draw = rng.stream(networks.SEED, "benchmarks", "path sources")
    ours, theirs = [], []
    for number in range(rounds):
        start = time.perf_counter()
        path_lengths(subject.ours, samples, number)
        ours.append(time.perf_counter() - start)
        sources = draw.choice(subject.ours.nodes, QUICK_SOURCES if options.quick else SOURCES, replace=False).tolist()
        start = time.perf_counter()
        for source in sources:
            sum(networkx.single_source_shortest_path_length(graph, source).values())
        theirs.append((time.perf_counter() - start) / len(sources) * subject.ours.nodes)
    facts = _facts(subject.ours) | {
        "sources sampled": found.sources,
        "mean path": found.mean,
        "standard error": found.error or 0.0,
    }
    timings = Timings({"graphgrow, sampled": tuple(ours), ESTIMATED: tuple(theirs)})
    return Case.of(name, timings, "graphgrow, sampled", facts, {ESTIMATED: "at least 50"})


def _report(options: Options) -> Case:
    """The full report of the network, with weights, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.topology_worker", *(["--quick"] if options.quick else [])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WorkerError(f"the report's process failed: {done.stderr.strip().splitlines()[-1:]}: run it by hand")
    found = json.loads(done.stdout)
    facts = {name: found[name] for name in ("nodes", "edges", "values", "undefined", "nulls", "peak GiB")}
    facts |= {"aim, seconds": 60, "aim, GiB": 4}
    slowest = sorted(found["seconds of metrics"].items(), key=lambda item: -item[1])
    times = {"full report": found["seconds"], "of it compiling": found["compiling"]} | dict(slowest[:5])
    return Case("report, network with skip edges and weights", facts,
                {side: Spread.of([seconds * 1e3]) for side, seconds in times.items()})  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    return run("topology", str(__doc__), cases, arguments, peers=("networkx", "igraph"))


if __name__ == "__main__":
    sys.exit(main())
