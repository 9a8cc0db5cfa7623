"""Small-world measures of the skeleton against networks of equal levels and degrees, and a ring lattice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphgrow.arrays import Json
from graphgrow.measure.hierarchy import strictly_layered
from graphgrow.measure.measured import Measured, Projection, finite
from graphgrow.measure.metrics.contract import Effort, Metric, Subject
from graphgrow.measure.smallworld import SmallWorld, small_world

_LARGE_NULLS = 3
"""Random references of large graphs, where one differs little from the next."""


@dataclass(frozen=True)
class SmallWorlds(Metric):
    """Omega (Telesford 2011), small-world index (Neal 2017), small-world propensity (Muldoon 2016) and sigma.

    The random references keep levels and degrees per block; the lattice is a ring with as many edges. Sigma (Humphries
    2008) is there because it is much reported; Neal 2017 advises against it.
    """

    def randomised(self, subject: Subject) -> bool:
        """No: the values hold their own random references."""
        return False

    def measure(self, subject: Subject) -> Sequence[Measured]:
        """Four numbers."""
        graph, effort = subject.adjacency, subject.effort
        small = graph.nodes <= effort.exact_nodes
        nulls = effort.nulls if small else min(effort.nulls, _LARGE_NULLS)
        samples = None if small else effort.samples
        found = small_world(graph, nulls, samples, effort.seed)
        parameters = _parameters(found, effort, samples)
        note = ""
        if not found.clustering and strictly_layered(graph):
            note = "no triangle can close between consecutive levels: what rests on clustering says nothing here"
        answers = (
            ("small-world omega", "small_world.omega", found.omega, note),
            ("small-world index", "small_world.index", found.index, note),
            ("small-world propensity", "small_world.propensity", found.propensity, note),
            ("small-world sigma", "small_world.sigma", found.sigma, "grows with size and favours 'yes': prefer omega"),
        )
        return [
            Measured(
                name,
                definition,
                finite(value),
                Projection.SKELETON,
                parameters,
                reachable=finite(found.reachable),
                note=said if finite(value) is not None else _why(found),
            )
            for name, definition, value, said in answers
        ]


def _parameters(found: SmallWorld, effort: Effort, samples: int | None) -> dict[str, Json]:
    """What was chosen, and the means and references that all four are made of."""
    return {
        "nulls": found.nulls,
        "samples": samples,
        "seed": effort.seed,
        "clustering": finite(found.clustering),
        "length": finite(found.length),
        "random clustering": finite(found.random_clustering),
        "random length": finite(found.random_length),
        "lattice clustering": finite(found.lattice_clustering),
        "lattice length": finite(found.lattice_length),
    }


def _why(found: SmallWorld) -> str:
    """Why something that rests on the references has no value."""
    if finite(found.length) is None:
        return "no two nodes are joined"
    if not found.nulls:
        return "no random reference was asked for"
    if finite(found.lattice_length) is None:
        return "fewer edges than nodes make no ring lattice"
    if found.random_clustering == 0 and found.lattice_clustering > 0 and found.lattice_length > found.random_length:
        return "the random references have no triangle"
    return "the lattice is not both longer and more clustered than the random references"


METRIC = SmallWorlds()
