"""A training step of many small networks that all differ, beside dense ones one after another and all at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import product

from benchmarks import networks
from benchmarks.command import Options, run
from benchmarks.peers.our_population import OurPopulation
from benchmarks.peers.sequential import Optimizers, Sequential
from benchmarks.peers.vmapped import Form, Vmapped
from benchmarks.report import Case
from benchmarks.timing import Side, alternate

OURS = "graphgrow"
BATCH = 64
MEMBERS, QUICK_MEMBERS = (32, 256), (3,)
DENSITIES = (0.1, 0.3, 1.0)
# At a tenth of the edges and 256 members; what the others are is shown beside it.
AIMS = {"one after another": "at least 40", "vmap": "at least 4"}
AIMED = (256, 0.1)


def cases(options: Options) -> Iterator[Case]:
    """All that were asked for."""
    for density, members in product(DENSITIES, QUICK_MEMBERS if options.quick else MEMBERS):
        name = f"{members} of {networks.named(networks.SMALL)} at {density:.0%}"
        if options.wants(name):
            yield _step(name, members, density, options)


def _step(name: str, members: int, density: float, options: Options) -> Case:
    """One step of every member, on the same batch; the masked sides compute the very same networks."""
    graphs = networks.population(members, density)
    batches = networks.batches(networks.SMALL[0], networks.SMALL[-1], BATCH)
    sides: dict[str, Side] = {
        OURS: OurPopulation(graphs, batches).step,
        "one after another": Sequential(graphs, batches, Optimizers.EACH).step,
        "one after another, one optimizer": Sequential(graphs, batches, Optimizers.TOGETHER).step,
        "vmap": Vmapped(graphs, batches, Form.VMAP).step,
        "vmap, masked": Vmapped(graphs, batches, Form.VMAP, masked=True).step,
        "baddbmm by hand": Vmapped(graphs, batches, Form.BY_HAND).step,
    }
    facts = {"edges": sum(graph.edges for graph in graphs), "batch": BATCH}
    aims = AIMS if (members, density) == AIMED else {}
    return Case.of(name, alternate(sides, options.rounds), OURS, facts, aims)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    return run("population", __doc__ or "", cases, arguments)


if __name__ == "__main__":
    sys.exit(main())
