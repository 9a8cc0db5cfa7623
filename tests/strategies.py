"""Random graphs and edits for property tests, and a slow model of `apply` to compare with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from graphgrow import Activation, Edit, Graph, Role, Wiring
from graphgrow.arrays import Array

SPECIAL = (0.0, -0.0, 1e-40, -1.0, 3e38)


@st.composite
def graphs(draw: st.DrawFn, max_levels: int = 5, max_size: int = 5, dtypes: tuple[type, ...] = ()) -> Graph:
    """Acyclic graphs with skips, gaps in levels and ids, isolated neurons, rows in any order, float32 or float64."""
    sizes = draw(st.lists(st.integers(1, max_size), min_size=2, max_size=max_levels))
    share = draw(st.sampled_from([0.0, 0.2, 0.5, 1.0]))
    dtype = draw(st.sampled_from(dtypes or (np.float32, np.float64)))
    return random_graph(sizes, share, np.random.default_rng(draw(st.integers(0, 2**32 - 1))), dtype)


def random_graph(sizes: list[int], share: float, rng: np.random.Generator, dtype: type) -> Graph:
    """One such graph; each feasible pair is an edge with probability `share`."""
    numbers = np.concatenate([[0], np.cumsum(rng.integers(1, 3, len(sizes) - 1))])
    level = rng.permutation(np.repeat(numbers, sizes))
    size = level.size
    last = np.where(rng.random(size) < 0.9, Role.OUTPUT, Role.HIDDEN)
    inner = np.where(rng.random(size) < 0.05, Role.OUTPUT, Role.HIDDEN)
    role = np.where(level == 0, Role.INPUT, np.where(level == level.max(), last, inner))
    activation = np.where(role == Role.INPUT, Activation.IDENTITY, rng.integers(0, len(Activation), size))
    target, source = np.nonzero((level[:, None] > level[None, :]) & (rng.random((size, size)) < share))
    identity = np.cumsum(rng.integers(1, 3, size))
    wiring = Wiring(
        id=identity,
        level=level,
        role=role,
        activation=activation,
        neuron_born=rng.integers(0, 4, size),
        parent=np.where(rng.random(size) < 0.3, rng.integers(0, 3, size), -1),
        source=source,
        target=target,
        edge_born=rng.integers(0, 4, source.size),
        next_id=int(identity[-1]) + int(rng.integers(1, 4)),
    )
    weight, bias = rng.standard_normal(source.size), rng.standard_normal(size)
    odd = rng.random(source.size) < 0.1
    weight[odd] = rng.choice(SPECIAL, int(odd.sum()))
    return Graph(wiring, weight.astype(dtype), np.where(role == Role.INPUT, 0, bias).astype(dtype))


def random_edit(graph: Graph, rng: np.random.Generator, groups: int = 3) -> Edit:
    """An edit with every kind of change; edges never rank before the new neurons or removals they depend on."""
    wiring, size = graph.wiring, graph.neurons
    removed_edges = _some(np.arange(graph.edges), 0.15, rng)
    removed_neurons = _some(wiring.rows(Role.HIDDEN), 0.1, rng)
    fresh = int(rng.integers(0, 4))
    new_level, new_opens = rng.integers(1, wiring.level.max() + 2, fresh), rng.random(fresh) < 0.3
    new_group = rng.integers(0, groups, fresh)
    removed_group = rng.integers(0, groups, removed_edges.size)
    level = model_levels(wiring.level, new_level, new_opens)
    alive = ~np.isin(np.arange(size + fresh), removed_neurons)
    target, source = np.nonzero((level[:, None] > level[None, :]) & alive[:, None] & alive[None, :])
    rank = np.zeros(source.size, int)
    present = np.full(source.size, -1)
    old = (source < size) & (target < size)
    present[old] = wiring.edge_rows(source[old], target[old])
    group_of_edge = dict(zip(removed_edges.tolist(), removed_group.tolist(), strict=True))
    possible = (present < 0) | np.isin(present, removed_edges)
    for at in np.flatnonzero(possible):
        ends = [int(new_group[row - size]) for row in (source[at], target[at]) if row >= size]
        rank[at] = max([group_of_edge.get(int(present[at]), 0), *ends])
    # With repetition, so that some pairs are added twice.
    pick = rng.choice(np.flatnonzero(possible), int(rng.integers(0, 6))) if possible.any() else np.zeros(0, int)
    set_edges = _some(np.setdiff1d(np.arange(graph.edges), removed_edges), 0.2, rng)
    set_neurons = _some(np.flatnonzero(wiring.role != Role.INPUT), 0.2, rng)
    copied = rng.integers(0, graph.edges, pick.size) if graph.edges else np.full(pick.size, -1)
    return Edit(
        size,
        groups,
        new_level=new_level,
        new_opens=new_opens,
        new_activation=rng.integers(0, len(Activation), fresh),
        new_bias=rng.standard_normal(fresh),
        new_parent=rng.choice(wiring.id, fresh),
        new_group=new_group,
        source=source[pick],
        target=target[pick],
        weight=rng.standard_normal(pick.size),
        copy_state=np.where(rng.random(pick.size) < 0.5, copied, -1),
        edge_group=[int(rng.integers(rank[at], groups)) for at in pick],
        removed_neurons=removed_neurons,
        removed_neuron_group=rng.integers(0, groups, removed_neurons.size),
        removed_edges=removed_edges,
        removed_edge_group=removed_group,
        set_edges=set_edges,
        set_weight=rng.standard_normal(set_edges.size),
        set_edge_group=rng.integers(0, groups, set_edges.size),
        set_neurons=set_neurons,
        set_bias=rng.standard_normal(set_neurons.size),
        set_neuron_group=rng.integers(0, groups, set_neurons.size),
    )


def _some(rows: Array, share: float, rng: np.random.Generator) -> Array:
    return rows[rng.random(rows.size) < share]


def model_levels(level: Array, new_level: Array, new_opens: Array) -> Array:
    """Levels after opening, old neurons first; a level is opened just before each number some new neuron opens at."""
    opened = set(new_level[new_opens].tolist())
    # Places in their final order: the opened level comes directly before the old one of the same number.
    wanted = [(int(value), 1) for value in level]
    wanted += [(int(value), 0 if opens else 1) for value, opens in zip(new_level, new_opens, strict=True)]
    return np.array([value + sum(1 for o in opened if (o, 0) < (value, kind)) for value, kind in wanted])


@dataclass
class Model:
    """A graph as dictionaries by id: neurons to their attributes, edges to (weight, born)."""

    neurons: dict[int, tuple[object, ...]]
    edges: dict[tuple[int, int], tuple[float, int]]
    next_id: int

    @staticmethod
    def of(graph: Graph) -> Model:
        """The model of a graph."""
        wiring = graph.wiring
        columns = (wiring.level, wiring.role, wiring.activation, wiring.neuron_born, wiring.parent, graph.bias)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        ends = zip(wiring.id[wiring.source].tolist(), wiring.id[wiring.target].tolist(), strict=True)
        values = zip(graph.weight.tolist(), wiring.edge_born.tolist(), strict=True)
        return Model(
            dict(zip(wiring.id.tolist(), rows, strict=True)), dict(zip(ends, values, strict=True)), wiring.next_id
        )


def model_apply(graph: Graph, edit: Edit, event: int) -> Model:
    """What `apply` must give, worked out one neuron and one edge at a time."""
    wiring, dtype = graph.wiring, graph.weight.dtype.type
    fresh = [wiring.next_id + k for k in range(edit.new_level.size)]
    ids = wiring.id.tolist() + fresh
    level = model_levels(wiring.level, edit.new_level, edit.new_opens).tolist()
    gone = {ids[row] for row in edit.removed_neurons}
    bias = dict(zip(ids, graph.bias.tolist(), strict=False))
    bias.update((ids[row], float(dtype(value))) for row, value in zip(edit.set_neurons, edit.set_bias, strict=True))
    old = Model.of(graph)
    neurons: dict[int, tuple[object, ...]] = {}
    for at, identity in enumerate(wiring.id.tolist()):
        if identity not in gone:
            neurons[identity] = (level[at], *old.neurons[identity][1:-1], bias[identity])
    for k, identity in enumerate(fresh):
        own = (int(edit.new_activation[k]), event, int(edit.new_parent[k]), float(dtype(edit.new_bias[k])))
        neurons[identity] = (level[wiring.neurons + k], int(Role.HIDDEN), *own)
    ends = list(old.edges)
    for row, value in zip(edit.set_edges, edit.set_weight, strict=True):
        old.edges[ends[row]] = (float(dtype(value)), old.edges[ends[row]][1])
    removed = {ends[row] for row in edit.removed_edges}
    edges = {pair: value for pair, value in old.edges.items() if pair not in removed and not gone & set(pair)}
    added: dict[tuple[int, int], float] = {}
    for source, target, weight in zip(edit.source, edit.target, edit.weight, strict=True):
        added[ids[source], ids[target]] = added.get((ids[source], ids[target]), 0.0) + float(weight)
    for pair, weight in added.items():
        edges[pair] = old.edges[pair] if pair in removed else (float(dtype(weight)), event)
    return Model(neurons, edges, wiring.next_id + len(fresh))
