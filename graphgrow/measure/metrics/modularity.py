"""Modularity: how far the skeleton falls into communities, and whether runs agree on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphgrow.arrays import Json
from graphgrow.measure.measured import Measured, Projection, finite, undefined
from graphgrow.measure.metrics.contract import Metric, Subject
from graphgrow.measure.modularity import communities

RESOLUTIONS = (0.5, 1.0, 2.0)
# From so many edges on a round takes seconds.
MANY_EDGES = 300_000
NONE = "no edges"


@dataclass(frozen=True)
class Modularity(Metric):
    """Leiden communities (Traag 2019) of the unweighted skeleton at three resolutions: modularity, number, agreement.

    Agreement is the mean normalised mutual information between runs: where it is low, communities are the algorithm's
    choice. Random graphs have modularity too, so read it against the null. On large graphs fewer runs and rounds are
    made, and only the usual resolution, 1; `parameters` say so.
    """

    def randomised(self, subject: Subject) -> bool:
        """Yes: a modularity means something only beside that of random graphs."""
        return True

    def measure(self, subject: Subject) -> Sequence[Measured]:
        """Three numbers a resolution."""
        graph, effort = subject.adjacency, subject.effort
        small = graph.nodes <= effort.exact_nodes
        many = graph.edges > MANY_EDGES
        asked = RESOLUTIONS if small and not many else (1.0,)
        runs, rounds = (1, 1) if many else (3, 10) if small else (2, 3)
        found = (
            {each.resolution: each for each in communities(graph, asked, runs, effort.seed, rounds=rounds)}
            if graph.edges > graph.loops
            else {}
        )
        made: list[Measured] = []
        for resolution in RESOLUTIONS:
            used: dict[str, Json] = {"resolution": resolution, "runs": runs, "rounds": rounds, "seed": effort.seed}
            best = found.get(resolution)
            why = f"graph too large for a sweep of resolutions: {graph.nodes} nodes, {graph.edges} edges"
            why = why if graph.edges > graph.loops else NONE
            values = {
                "modularity": ("modularity.leiden", None if best is None else finite(best.modularity)),
                "communities": ("modularity.leiden_count", None if best is None else float(best.count)),
                "agreement of communities": (
                    "modularity.run_agreement",
                    None if best is None or runs == 1 else best.agreement,
                ),
            }
            for name, (definition, value) in values.items():
                full = f"{name} at {resolution:g}"
                note = why if best is None else "a single run"
                made.append(
                    undefined(full, definition, Projection.SKELETON, note)
                    if value is None
                    else Measured(full, definition, value, Projection.SKELETON, used)
                )
        return made


METRIC = Modularity()
