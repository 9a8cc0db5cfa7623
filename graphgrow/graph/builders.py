"""Building graphs: from edges, from dense layers, at random, and small ones for tests. numpy only."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import DTypeLike

from graphgrow.errors import GraphError
from graphgrow.graph.assemble import edge_order, from_edges, wiring
from graphgrow.graph.dense import from_dense
from graphgrow.graph.draws import draw_even, draw_uniform, share_out
from graphgrow.graph.graph import Graph
from graphgrow.graph.initial import Init, initialise
from graphgrow.graph.wiring import Activation, Wiring

__all__ = [
    "Init",
    "braess_diamond",
    "chain",
    "edge_order",
    "erdos_renyi",
    "from_dense",
    "from_edges",
    "initialise",
    "layered",
    "wiring",
]


def layered(
    sizes: Sequence[int],
    densities: float | Sequence[float],
    rng: np.random.Generator,
    activation: Activation = Activation.RELU,
    weights: Init = Init.SPARSE_KAIMING,
    *,
    every_neuron: bool = False,
    dtype: DTypeLike = np.float32,
) -> Graph:
    """Levels of the given sizes, each consecutive pair with exactly round(density * n_in * n_out) random edges.

    Parameters
    ----------
    densities : in (0, 1], one for all pairs or one per pair.
    activation : of hidden neurons; outputs are the identity.
    every_neuron : give each target an in-edge and each source an out-edge as far as the count reaches, by drawing
        fan-ins and fan-outs as even as possible; which partners stays random.

    Raises
    ------
    GraphError
        A density lies outside (0, 1], a size is below 1, there are fewer than 2 levels, or not one density per pair.
    """
    neurons = _check_sizes(sizes)
    pairs = list(pairwise(range(len(neurons))))
    each = np.atleast_1d(np.asarray(densities, np.float64)).tolist()
    if len(each) not in (1, len(pairs)):
        raise GraphError(f"densities: expected 1 or {len(pairs)}, got {len(each)}: pass one per pair of levels")
    each = each * len(pairs) if len(each) == 1 else each
    for density in each:
        _check_density(density)
    counts = [round(d * neurons[a] * neurons[b]) for d, (a, b) in zip(each, pairs, strict=True)]
    built = _drawn(neurons, pairs, counts, rng, activation, every_neuron)
    return initialise(built, rng, dtype, weights)


def erdos_renyi(
    sizes: Sequence[int],
    rng: np.random.Generator,
    *,
    edges: int | None = None,
    density: float | None = None,
    kernel: bool = False,
    skips: bool = False,
    dense_head: bool = False,
    every_neuron: bool = False,
    activation: Activation = Activation.RELU,
    weights: Init = Init.SPARSE_KAIMING,
    dtype: DTypeLike = np.float32,
) -> Graph:
    """Levels of the given sizes with an exact total of edges, shared out over the level pairs.

    Uniform: a pair's count is proportional to its size. Kernel (ERK): a pair's density is proportional to
    (n_in + n_out) / (n_in * n_out), capped at 1 with the rest shared out again (Mocanu 2018; Evci 2020, appendix).

    Parameters
    ----------
    edges, density : exactly one of the two; density in (0, 1] counts against the dense layered network, without skips.
    skips : every pair of an earlier and a later level takes part, not consecutive ones only.
    dense_head : the outputs are joined to all of the level before them, and the rest is shared out, as published sparse
        networks are often made.
    every_neuron : as in `layered`, within each level pair.

    Raises
    ------
    GraphError
        Both or none of edges and density are given, they are out of range or too few for a dense head, or sizes are
        below 1 or fewer than 2.
    """
    neurons = _check_sizes(sizes)
    pairs = list(combinations(range(len(neurons)), 2)) if skips else list(pairwise(range(len(neurons))))
    capacities = [neurons[a] * neurons[b] for a, b in pairs]
    total = _total(edges, density, sum(a * b for a, b in pairwise(neurons)))
    if not 0 <= total <= sum(capacities):
        raise GraphError(
            f"edges: expected 0 to {sum(capacities)}, got {total}: ask for fewer, or make the levels larger"
        )
    shares = [neurons[a] + neurons[b] for a, b in pairs] if kernel else capacities
    head = pairs.index((len(neurons) - 2, len(neurons) - 1)) if dense_head else None
    counts = share_out(total, shares, capacities, head)
    built = _drawn(neurons, pairs, counts, rng, activation, every_neuron)
    return initialise(built, rng, dtype, weights)


def _drawn(
    sizes: Sequence[int],
    pairs: Sequence[tuple[int, int]],
    counts: Sequence[int],
    rng: np.random.Generator,
    activation: Activation,
    every_neuron: bool,
) -> Wiring:
    """A wiring with the given count of random edges per level pair."""
    start = np.concatenate([[0], np.cumsum(sizes)])
    draw = draw_even if every_neuron else draw_uniform
    source, target = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for (early, late), count in zip(pairs, counts, strict=True):
        first, second = draw(sizes[early], sizes[late], count, rng)
        source.append(first + start[early])
        target.append(second + start[late])
    level = np.repeat(np.arange(len(sizes)), sizes)
    return wiring(level, np.concatenate(source), np.concatenate(target), activation=activation)


def chain(length: int, *, activation: Activation = Activation.RELU, dtype: DTypeLike = np.float32) -> Graph:
    """`length` edges in a row, so length + 1 neurons, one per level; weights 1."""
    if length < 1:
        raise GraphError(f"length: expected at least 1 edge, got {length}: pass 1 or more")
    rows = np.arange(length + 1)
    return from_edges(rows, rows[:-1], rows[1:], np.ones(length), activation=activation, dtype=dtype)


def braess_diamond(*, activation: Activation = Activation.RELU, dtype: DTypeLike = np.float32) -> Graph:
    """Neurons s, a, b, t with edges s->a, s->b, a->t, b->t and the bridge a->b; weights 1 (Braess 1968)."""
    level, source, target = np.arange(4), [0, 0, 1, 1, 2], [1, 2, 2, 3, 3]
    return from_edges(level, source, target, np.ones(5), activation=activation, dtype=dtype)


def _check_sizes(sizes: Sequence[int]) -> list[int]:
    """Level sizes as whole numbers of 1 or more, at least two of them."""
    made = [_whole(size, "sizes") for size in sizes]
    if len(made) < 2:
        raise GraphError(f"sizes: expected at least 2 levels, got {len(made)}: pass inputs and outputs at least")
    if min(made) < 1:
        raise GraphError(f"sizes: level {made.index(min(made))} has {min(made)} neurons: every level needs at least 1")
    return made


def _whole(value: int, name: str) -> int:
    """The value as a plain int, never rounded."""
    try:
        return operator.index(value)
    except TypeError:
        raise GraphError(f"{name}: expected whole numbers, got {value!r}: round it first") from None


def _check_density(density: float) -> None:
    if not 0 < density <= 1:
        raise GraphError(
            f"density: expected more than 0 and at most 1, got {density}: pass a share of the possible edges"
        )


def _total(edges: int | None, density: float | None, dense: int) -> int:
    """The edge count asked for, one way or the other."""
    if edges is not None and density is None:
        return _whole(edges, "edges")
    if density is not None and edges is None:
        _check_density(density)
        return round(density * dense)
    raise GraphError(f"expected either edges or density, got edges={edges} and density={density}: pass exactly one")
