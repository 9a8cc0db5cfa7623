"""EXPERIMENTAL: the order rate of a small network, how much of its paths repeats, between none and all that could."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError, SettingsError
from graphgrow.measure.adjacency import Adjacency
from graphgrow.rng import stream

# Beyond it a network is no toy, and its paths are too many for a sample to stand for them.
LARGEST = 20_000
SHUFFLES = 10

Sequences = Sequence[Sequence[int]]


@dataclass(frozen=True)
class OrderRate:
    """How ordered the paths of a network are.

    Attributes
    ----------
    rate : (order - least) / (most - least): near 0 as good as random, 1 nothing but repetition.
    order : letters saved by building every repeated piece once.
    least : the same with the weights of all paths shuffled, the smallest of several shuffles.
    most : the same with all weights equal.
    paths, all_paths : how many were read, and how many there are.
    """

    rate: float
    order: int
    least: int
    most: int
    paths: int
    all_paths: int


def order_index(sequences: Sequences) -> int:
    """Letters saved when pieces that occur again are built once: a piece of n letters saves n - 1 each further time.

    The longest repeated piece is taken out first, then the longest of what is left; of equally long ones the first that
    repeats. This is the usual greedy estimate, not the largest saving possible.

    Source: Liu 2022, order-index.

    Examples
    --------
    >>> order_index([[ord(letter) for letter in "CUCGACGACUAUCUCGACAAUGACU"]])
    11
    """
    counted: dict[tuple[int, ...], int] = {}
    for sequence in sequences:
        counted[tuple(sequence)] = counted.get(tuple(sequence), 0) + 1
    saved = sum((len(piece) - 1) * (times - 1) for piece, times in counted.items() if piece)
    pieces = [piece for piece in counted if len(piece) > 1]
    # A cut makes no longer repetition, so lengths only fall.
    for length in range(max((len(piece) for piece in pieces), default=0), 1, -1):
        while (repeated := _first_repeated(pieces, length)) is not None:
            pieces = _cut(pieces, length, *repeated)
            saved += length - 1
    return saved


def order_rate(
    graph: Adjacency, width: float = 0.1, paths: int = 48, shuffles: int = SHUFFLES, seed: int = 0
) -> OrderRate:
    """EXPERIMENTAL. The order rate of paths from nodes without in-edge to nodes without out-edge.

    A path is read as level, weight, level, ..., weights rounded to multiples of `width`; edges rounded to 0 are none.
    The published values are of all paths of networks with some tens of edges; a sample repeats less than all paths do,
    so values are comparable only at equal `paths` and `width`.

    Parameters
    ----------
    paths : read at most; different ones, drawn evenly, where there are more.
    shuffles : tried for the least order.

    Raises
    ------
    GraphError
        A graph without levels, more than 20,000 edges, no path, or paths that are equally ordered whatever their
        weights.
    SettingsError
        A width, number of paths or of shuffles that is not positive.

    Source: Xu 2024 (doi 10.1038/s44260-024-00015-x), order-rate, as in the authors' code; Liu 2022 for the order-index.
    """
    if not 0 < width < np.inf or min(paths, shuffles) < 1:
        raise SettingsError(f"order rate: expected width, paths and shuffles above 0, got {width}, {paths}, {shuffles}")
    if graph.stage is None or graph.entries > LARGEST:
        raise GraphError(
            f"order rate: expected a directed graph without cycle of at most {LARGEST} edges, got {graph}: take a toy"
        )
    draws = stream(seed, "order rate")
    multiples = np.round(graph.values / width)
    if (np.abs(multiples) >= 2**53).any():
        raise GraphError(f"order rate: weights of 2**53 widths of {width} or more have no letters: use a larger width")
    letters = multiples.astype(np.int64)
    total, walks = _paths(graph, letters != 0, paths, draws)
    if not walks:
        raise GraphError("order rate: no path from a first to a last node has weights above half a width: lower it")
    # Weights are told from levels by being odd.
    rank = 2 * np.unique(graph.stage, return_inverse=True)[1]
    steps = [2 * letters[walk] + 1 for walk in walks]
    levels = [np.concatenate([rank[graph.row[walk[:1]]], rank[graph.other[walk]]]) for walk in walks]
    order = order_index(_woven(levels, steps))
    flat, borders = np.concatenate(steps), np.cumsum([step.size for step in steps])[:-1]
    least = min(order_index(_woven(levels, np.split(draws.permutation(flat), borders))) for _ in range(shuffles))
    most = order_index(_woven(levels, [np.ones_like(step) for step in steps]))
    if most <= least:
        raise GraphError("order rate: the paths are equally ordered whatever their weights: take more or longer paths")
    return OrderRate((order - least) / (most - least), order, least, most, len(walks), total)


def _first_repeated(pieces: list[tuple[int, ...]], length: int) -> tuple[int, int, int, int] | None:
    """Piece and place of the first repetition's two occurrences, which do not overlap; the earlier one first."""
    seen: dict[tuple[int, ...], tuple[int, int]] = {}
    for at, piece in enumerate(pieces):
        for place in range(len(piece) - length + 1):
            before = seen.setdefault(piece[place : place + length], (at, place))
            if before[0] < at or before[1] + length <= place:
                return *before, at, place
    return None


def _cut(
    pieces: list[tuple[int, ...]], length: int, one: int, first: int, other: int, second: int
) -> list[tuple[int, ...]]:
    """The pieces around both occurrences, and the repeated one once; single letters are no pieces."""
    taken = pieces[one][first : first + length]
    if one == other:
        whole = pieces[one]
        left = [whole[:first], whole[first + length : second], taken, whole[second + length :]]
        made = [*pieces[:one], *left, *pieces[one + 1 :]]
    else:
        before, after = pieces[one], pieces[other]
        made = [
            *pieces[:one],
            *(before[:first], taken, before[first + length :]),
            *pieces[one + 1 : other],
            *(after[:second], after[second + length :]),
            *pieces[other + 1 :],
        ]
    return [piece for piece in made if len(piece) > 1]


def _woven(levels: list[Array], steps: list[Array]) -> list[list[int]]:
    """Level, weight, level, ..., level of each path."""
    made = []
    for level, step in zip(levels, steps, strict=True):
        path = np.empty(level.size + step.size, np.int64)
        path[::2], path[1::2] = level, step
        made.append(path.tolist())
    return made


def _paths(graph: Adjacency, kept: Array, most: int, draws: np.random.Generator) -> tuple[int, list[Array]]:
    """How many whole paths run along kept edges, and the entries of all or of as many different ones as wanted."""
    last = graph.degree == 0
    starts = np.flatnonzero((np.bincount(graph.other, minlength=graph.nodes) == 0) & ~last)
    outward = [
        [int(entry) for entry in range(*graph.pointer[row : row + 2].tolist()) if kept[entry]]
        for row in range(graph.nodes)
    ]
    # Whole numbers of any size: paths multiply from level to level.
    count = last.astype(int).astype(object)
    for row in np.argsort(-np.asarray(graph.stage), kind="stable").tolist():
        count[row] += sum(count[graph.other[entry]] for entry in outward[row])
    total = int(sum(count[row] for row in starts))
    if total <= most:
        ranks = list(range(total))
    else:
        drawn: dict[int, None] = {}
        while len(drawn) < most:
            drawn[int.from_bytes(draws.bytes(total.bit_length() // 8 + 9), "little") % total] = None
        ranks = sorted(drawn)
    return total, [_walk(graph, outward, count, starts.tolist(), rank) for rank in ranks]


def _walk(graph: Adjacency, outward: list[list[int]], count: Array, starts: list[int], rank: int) -> Array:
    """int64 (edges,): the entries of the path of this rank, paths sorted by their nodes."""
    for row in starts:
        if rank < count[row]:
            break
        rank -= count[row]
    entries: list[int] = []
    while outward[row]:
        for entry in outward[row]:
            row = int(graph.other[entry])
            if rank < count[row]:
                break
            rank -= count[row]
        entries.append(entry)
    return np.array(entries, np.int64)
