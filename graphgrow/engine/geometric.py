"""Graphs to and from PyTorch Geometric, where it is installed; here, since nothing below the engine may load torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph.graph import Graph
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.convert import from_scipy


def to_geometric(graph: Graph | Adjacency) -> Any:
    """The graph as torch_geometric.data.Data, on the CPU, with tensors of its own.

    `edge_index` int64 (2, edges) runs from source to target, an undirected edge both ways; `edge_weight` (edges,) is
    there where there are weights. Nodes are rows. A network also brings, one a neuron, `neuron`, the ids, `level`,
    `role`, `activation` and `bias`, and `born`, one an edge; an Adjacency its `level`, if it has levels.

    Raises
    ------
    GraphError
        PyTorch Geometric is not installed.
    """
    try:
        from torch_geometric.data import Data
    except ImportError as error:
        raise GraphError(
            f"PyTorch Geometric cannot be imported ({error}): install it, e.g. pip install 'graphgrow[geometric]'"
        ) from error
    return Data(**(_of_network(graph) if isinstance(graph, Graph) else _of_adjacency(graph)))


def from_geometric(data: Any, weight: str | None = "edge_weight", directed: bool = True) -> Adjacency:
    """Any homogeneous torch_geometric.data.Data as an Adjacency; nodes are its rows.

    Parameters
    ----------
    weight : attribute (edges,) or (edges, 1) that holds the weights; where it is missing, or for None, there are none.
    directed : False where the graph holds each edge both ways and they are to be one.

    Raises
    ------
    GraphError
        There is no edge_index, an edge is given twice, a weight is not one finite number an edge, or the graph is to be
        undirected and is not.
    """
    from scipy.sparse import coo_array

    if getattr(data, "edge_index", None) is None:
        raise GraphError(f"{type(data).__name__}: expected edge_index (2, edges), got none: pass a homogeneous Data")
    ends = data.edge_index.detach().cpu().numpy().astype(np.int64)
    held = None if weight is None else getattr(data, weight, None)
    values = np.ones(ends.shape[1]) if held is None else held.detach().cpu().numpy().astype(np.float64)
    if values.size != ends.shape[1]:
        raise GraphError(f"{weight}: expected {ends.shape[1]} numbers, one an edge, got shape {values.shape}: pick one")
    nodes = int(data.num_nodes)
    if ends.size and not 0 <= ends.min() <= ends.max() < nodes:
        raise GraphError(f"edge_index: nodes {ends.min()}..{ends.max()}: expected 0 to {nodes - 1}: mend num_nodes")
    return from_scipy(coo_array((values.ravel(), ends), shape=(nodes, nodes)), directed, held is not None)


def _of_network(graph: Graph) -> dict[str, Any]:
    wiring = graph.wiring
    return {
        "num_nodes": graph.neurons,
        "edge_index": _whole(np.stack([wiring.source, wiring.target])),
        "edge_weight": torch.from_numpy(graph.weight.copy()),
        "born": _whole(wiring.edge_born),
        "neuron": _whole(wiring.id),
        "level": _whole(wiring.level),
        "role": _whole(wiring.role),
        "activation": _whole(wiring.activation),
        "bias": torch.from_numpy(graph.bias.copy()),
    }


def _of_adjacency(graph: Adjacency) -> dict[str, Any]:
    made: dict[str, Any] = {"num_nodes": graph.nodes, "edge_index": _whole(np.stack([graph.row, graph.other]))}
    if graph.weight is not None:
        made["edge_weight"] = torch.from_numpy(graph.weight.copy())
    if graph.level is not None:
        made["level"] = _whole(graph.level)
    return made


def _whole(values: Array) -> torch.Tensor:
    """int64, a copy."""
    return torch.from_numpy(np.array(values, np.int64))
