"""What networkx asks of a backend while it is imported: nothing here may import more than the standard library."""

from __future__ import annotations

FUNCTIONS = {
    "average_clustering": "",
    "average_shortest_path_length": "`weight` may be a function; method 'bellman-ford' uses Johnson's reweighting.",
    "clustering": "Directed and weighted graphs too, for all nodes or some.",
    "flow_hierarchy": "",
    "global_efficiency": "",
    "global_reaching_centrality": "Weighted paths of equal length are chosen as networkx chooses them.",
    "katz_centrality": "The same iteration as networkx, so that `tol`, `max_iter` and `nstart` mean the same.",
    "katz_centrality_numpy": "Sparse: exact on graphs whose dense matrix would not fit.",
    "local_reaching_centrality": "Weighted paths of equal length are chosen as networkx chooses them.",
    "single_source_shortest_path_length": "",
    "square_clustering": "",
    "transitivity": "",
    "triangles": "",
    "trophic_differences": "",
    "trophic_incoherence_parameter": "",
    "trophic_levels": "Sparse: exact on graphs whose dense matrix would not fit.",
}


def info() -> dict[str, object]:
    """The entry point networkx.backend_info."""
    return {
        "backend_name": "graphgrow",
        "project": "graphgrow",
        "package": "graphgrow",
        "short_summary": "Compiled measures of network topology.",
        "functions": {name: {"additional_docs": docs} if docs else {} for name, docs in FUNCTIONS.items()},
    }
