"""Graphs, differences and states as named arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphgrow.arrays import Array, Json
from graphgrow.errors import GraphError, StoreError
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import EDGE_FIELDS, NEURON_FIELDS, Wiring
from graphgrow.store.state import State


def graph_arrays(graph: Graph) -> dict[str, Array]:
    """Every array of a graph by name."""
    wiring = {name: getattr(graph.wiring, name) for name in (*NEURON_FIELDS, *EDGE_FIELDS)}
    return {**wiring, "weight": graph.weight, "bias": graph.bias}


def graph_of(arrays: Mapping[str, Array], next_id: int, file: object) -> Graph:
    """The inverse of `graph_arrays`; `file` is named in errors."""
    try:
        wiring = Wiring(**{name: arrays[name] for name in (*NEURON_FIELDS, *EDGE_FIELDS)}, next_id=next_id)
        return Graph(wiring, arrays["weight"], arrays["bias"])
    except KeyError as error:
        raise StoreError(
            f"{file}: has no array {error}: it was written by another version; start the run anew"
        ) from None
    except GraphError as error:
        raise StoreError(f"{file}: holds no valid graph ({error}): restore it from a copy") from None


def pack(graphs: Mapping[str, Graph]) -> tuple[dict[str, Array], dict[str, Json]]:
    """Several graphs by site name as arrays `site/field` and their counters."""
    arrays = {f"{site}/{name}": array for site, graph in graphs.items() for name, array in graph_arrays(graph).items()}
    return arrays, {site: graph.wiring.next_id for site, graph in graphs.items()}


def unpack(arrays: Mapping[str, Array], next_ids: Mapping[str, Any], file: object) -> dict[str, Graph]:
    """The inverse of `pack`."""
    made = {}
    for site, next_id in next_ids.items():
        mine = {name[len(site) + 1 :]: array for name, array in arrays.items() if name.startswith(f"{site}/")}
        made[site] = graph_of(mine, int(next_id), file)
    return made


def state_record(state: State) -> tuple[dict[str, Array], dict[str, Json]]:
    """A State as arrays and plain data."""
    graphs, next_ids = pack(state.graphs)
    arrays = {f"graph/{name}": array for name, array in graphs.items()}
    arrays |= {f"array/{name}": array for name, array in state.arrays.items()}
    return arrays, {"step": state.step, "epoch": state.epoch, "next_ids": next_ids, "tree": dict(state.tree)}


def state_of(arrays: Mapping[str, Array], tree: Mapping[str, Any], file: object) -> State:
    """The inverse of `state_record`."""
    if not {"step", "epoch", "next_ids", "tree"} <= tree.keys():
        raise StoreError(f"{file}: not a checkpoint: pass the file that a run wrote")
    graphs = {name[6:]: array for name, array in arrays.items() if name.startswith("graph/")}
    rest = {name[6:]: array for name, array in arrays.items() if name.startswith("array/")}
    return State(tree["step"], tree["epoch"], unpack(graphs, tree["next_ids"], file), rest, tree["tree"])
