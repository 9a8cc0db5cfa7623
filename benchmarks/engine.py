"""A training step of one network beside its peers: gather, forward, loss, backward and AdamW on every side."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from benchmarks import networks, parts
from benchmarks.command import Options, run
from benchmarks.machine import installed
from benchmarks.networks import Batches
from benchmarks.peers import connex, sparseprop
from benchmarks.peers.dense_masked import DenseMasked, Masking
from benchmarks.peers.mkl_csr import MklCsr
from benchmarks.peers.ours import Ours
from benchmarks.report import Case
from benchmarks.timing import Side, alternate, once
from graphgrow.graph.graph import Graph

OURS = "graphgrow"
BATCH, QUICK_BATCH = 128, 16
QUICK = {networks.LARGE: (32, 24, 24, 24, 10), networks.LENET: (32, 20, 16, 10)}
# The aims against dense layers were set beside torch's default optimizer, which codes that simulate sparsity call. With
# the fused one, which is twice as fast on so many weights, the same layers stand beside them without an aim.
AIMS: Mapping[float, Mapping[str, str]] = {
    0.01: {"dense masked, default AdamW": "at least 20", "MKL CSR": "at least 1.5", "SparseProp": "at least 5"},
    0.05: {"dense masked, default AdamW": "at least 8"},
    0.1: {"dense masked, default AdamW": "at least 4"},
}
DENSER = (0.15, 0.2, 0.3, 0.5, 1.0)
BUILDS = 5  # builds are long and each compiles anew: fewer rounds than steps get


def cases(options: Options) -> Iterator[Case]:
    """All that were asked for, from the large network to the small ones."""
    large, lenet = _sizes(networks.LARGE, options), _sizes(networks.LENET, options)
    for sizes, heads in ((large, (False, True)), (lenet, (False,))):
        for dense_head, density in product(heads, AIMS):
            name = f"{networks.named(sizes)} at {density:.0%}" + (", dense head" if dense_head else "")
            if options.wants(name):
                aims = AIMS[density] if sizes == large else {}
                yield _step(name, networks.uniform(sizes, density, dense_head=dense_head), aims, options)
    for density in DENSER:
        name = f"where dense wins: {networks.named(large)} at {density:.0%}"
        if options.wants(name):
            yield _against_dense(name, networks.uniform(large, density), options)
    for density in AIMS:
        name = f"step and parts: {networks.named(large)} at {density:.0%}"
        if options.wants(name):
            graph = networks.uniform(large, density)
            yield parts.case(name, graph, _batches(graph, options), options.rounds)
    yield from _directed(lenet, options)


def _step(name: str, graph: Graph, aims: Mapping[str, str], options: Options) -> Case:
    """A step on every side that computes this very network."""
    batches = _batches(graph, options)
    sides: dict[str, Side] = {
        OURS: Ours(graph, batches).step,
        "dense masked": DenseMasked(graph, batches, Masking.BOTH).step,
        "dense masked, default AdamW": DenseMasked(graph, batches, Masking.BOTH, fused=False).step,
        "dense, weights masked": DenseMasked(graph, batches, Masking.WEIGHTS).step,
        "MKL CSR": MklCsr(graph, batches).step,
    }
    if installed(sparseprop.PACKAGE):
        sides["SparseProp"] = sparseprop.SparseProp(graph, batches).step
    return Case.of(name, alternate(sides, options.rounds), OURS, _facts(graph, batches), aims)


def _against_dense(name: str, graph: Graph, options: Options) -> Case:
    """A step of ours beside plain dense layers, which need no mask when nothing is sparse."""
    batches = _batches(graph, options)
    sides: dict[str, Side] = {OURS: Ours(graph, batches).step, "dense": DenseMasked(graph, batches, Masking.NONE).step}
    return Case.of(name, alternate(sides, options.rounds), OURS, _facts(graph, batches), {})


def _directed(sizes: tuple[int, ...], options: Options) -> Iterator[Case]:
    """Steps, and builds with a first step, beside connex, where that is installed."""
    graph = networks.directed(sizes)
    batches = _batches(graph, options)
    name = f"any DAG: {networks.named(sizes)}, a tenth and a dense head"
    there = installed(connex.PACKAGE) is not None
    if options.wants(f"{name}, step"):
        sides: dict[str, Side] = {OURS: Ours(graph, batches).step}
        if there:
            sides["connex"] = connex.Connex(graph, batches).step
        timings = alternate(sides, options.rounds)
        yield Case.of(f"{name}, step", timings, OURS, _facts(graph, batches), {"connex": "at least 8"})
    if options.wants(f"{name}, build and first step"):
        # Our loops are compiled once per installation and not once per network: the step above has done it.
        Ours(graph, batches).step()
        sides = {OURS: lambda: Ours(graph, batches).step()}
        if there:
            sides["connex"] = lambda: connex.Connex(graph, batches).step()
        timings = once(sides, min(BUILDS, options.rounds))
        yield Case.of(f"{name}, build and first step", timings, OURS, _facts(graph, batches), {"connex": "at least 20"})


def _sizes(sizes: tuple[int, ...], options: Options) -> tuple[int, ...]:
    return QUICK[sizes] if options.quick else sizes


def _batches(graph: Graph, options: Options) -> Batches:
    inputs, outputs = (int((graph.wiring.role == role).sum()) for role in (0, 2))
    return networks.batches(inputs, outputs, QUICK_BATCH if options.quick else BATCH)


def _facts(graph: Graph, batches: Batches) -> dict[str, int | float | str]:
    return {"edges": graph.edges, "batch": len(batches.rows[0])}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    return run("engine", __doc__ or "", cases, arguments, peers=(sparseprop.PACKAGE, connex.PACKAGE))


if __name__ == "__main__":
    sys.exit(main())
