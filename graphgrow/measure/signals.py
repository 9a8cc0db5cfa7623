"""What one probe of a network saw, and scores of edges that do not exist yet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Protocol

import numpy as np
from threadpoolctl import ThreadpoolController

from graphgrow.arrays import Array
from graphgrow.errors import DivergedError, GraphError
from graphgrow.graph.pairs import Pairs
from graphgrow.measure.search import Tile, lengths_bound, search

BLOCK = 1 << 22  # entries of one block of rows: 4 million float32 are 16 MB
# Fewest entries of a tile of scores, and how many tiles there are before tiles grow, up to 8 times as large: small ones
# share work out evenly, large ones let BLAS read each row less often.
TILE = 1 << 17
TILES = 16


class Score(IntEnum):
    """How a pair (i, j) is scored; all are means over samples.

    GRADIENT: |mean a_i d_j|, the size of the loss gradient that the weight of the edge would have (Evci 2020).
    CORRELATION: |mean a_i a_j| with both centred (Hebbian; Dai 2019 bridges such pairs).
    FISHER: mean (a_i d_j)^2, the Fisher information that the weight of the edge would have, in its empirical form.
    """

    GRADIENT = 0
    CORRELATION = 1
    FISHER = 2


class Scorer(Protocol):
    """Scores pairs where the rows are: numpy here, on the device in the engine."""

    def pairs(self, source: Array, target: Array, score: Score) -> Array:
        """float32 (k,) scores of the pairs source[k] -> target[k]."""

    def best_absent(self, pairs: Pairs, count: int, score: Score) -> tuple[Array, Array, Array]:
        """The `count` best pairs that are no edges: rows int32 (k,), int32 (k,), scores float32 (k,), best first."""


@dataclass(frozen=True, eq=False)
class RowScorer:
    """Scores from activation and delta rows in main memory.

    Attributes
    ----------
    activation, delta : float32 (neurons, samples).
    """

    activation: Array
    delta: Array

    def _rows(self, score: Score) -> tuple[Array, Array]:
        """The two row sets whose mean product is the score."""
        if score is Score.GRADIENT:
            return self.activation, self.delta
        if score is Score.FISHER:
            return np.square(self.activation), np.square(self.delta)
        centred = self.activation - self.activation.mean(axis=1, keepdims=True)
        return centred, centred

    def signed(self, source: Array, target: Array, score: Score = Score.GRADIENT) -> Array:
        """float32 (k,): mean over samples of the product, with its sign: dL/dw of the edge for GRADIENT."""
        first, second = self._rows(score)
        samples = max(first.shape[1], 1)
        made = np.empty(source.size, np.float32)
        step = max(1, BLOCK // samples)
        for start in range(0, source.size, step):
            part = slice(start, start + step)
            made[part] = np.einsum("ks,ks->k", first[source[part]], second[target[part]]) / samples
        return made

    def pairs(self, source: Array, target: Array, score: Score = Score.GRADIENT) -> Array:
        """float32 (k,): the scores of these pairs."""
        return np.abs(self.signed(source, target, score))

    def best_absent(self, pairs: Pairs, count: int, score: Score = Score.GRADIENT) -> tuple[Array, Array, Array]:
        """The `count` best absent pairs, block by block, in memory for one block and `count` pairs.

        Returns
        -------
        sources int32 (k,), targets int32 (k,), scores float32 (k,), ordered by (-score, target, source); k < count when
        there are fewer absent pairs.
        """
        first, second = self._rows(score)
        samples = np.float32(max(first.shape[1], 1))

        def candidates(tile: Tile, lowest: np.float32, count: int) -> tuple[Array, Array]:
            product = taken_rows(second, tile.targets) @ taken_rows(first, tile.sources).T
            block = product.astype(np.float32, copy=False)
            np.abs(block, out=block)
            block /= samples
            block[tile.present()] = -1.0
            flat = block.ravel()
            if flat.size > count and lowest == 0:
                # Nothing is known yet of what the other tiles hold: at least the best of this one.
                lowest = max(lowest, np.partition(flat, flat.size - count)[flat.size - count])
            index = np.flatnonzero(flat >= lowest)
            return flat[index], index

        # The last bits of a product depend on how many threads BLAS shares it out to, and so would what is grown: each
        # tile is one product on one thread, and as many tiles run at once as BLAS would have used threads.
        pools = _pools()
        threads = max((pool["num_threads"] for pool in pools.info() if pool["user_api"] == "blas"), default=1)
        with pools.limit(limits=1, user_api="blas"):
            entries = min(max(TILE, pairs.size // TILES), 8 * TILE)
            bound = lengths_bound(_lengths(first), _lengths(second), first.shape[1])
            return search(pairs, count, candidates, entries, threads, bound)


def _lengths(rows: Array) -> Array:
    """float64 (neurons,): Euclidean lengths over samples."""
    made: Array = np.sqrt(np.einsum("ns,ns->n", rows, rows, dtype=np.float64))
    return made


def taken_rows(matrix: Array, rows: Array) -> Array:
    """matrix[rows] for ascending rows; no copy where they stand together."""
    if rows.size and int(rows[-1]) - int(rows[0]) + 1 == rows.size:
        return matrix[int(rows[0]) : int(rows[-1]) + 1]
    made: Array = matrix[rows]
    return made


@cache
def _pools() -> ThreadpoolController:
    """The thread pools of this process; looking for them takes milliseconds, so it is done once."""
    return ThreadpoolController()


@dataclass(frozen=True, eq=False)
class Signals:
    """What one probe of fixed training samples saw, by graph row.

    Attributes
    ----------
    activation : float32 (neurons, samples); input rows hold the data.
    delta : float32 (neurons, samples), d(loss of the sample)/dz, not divided by the number of samples; 0 on inputs. So
        the gradient of any edge i -> j, existing or not, is mean(activation[i] * delta[j]).
    loss : float32 (samples,).
    scorer : scores pairs from these rows.

    Raises
    ------
    GraphError
        Shapes disagree, or there is no sample.
    DivergedError
        An activation or delta is not finite.
    """

    activation: Array
    delta: Array
    loss: Array
    scorer: Scorer

    def __post_init__(self) -> None:
        shape = self.activation.shape
        good = len(shape) == 2 and self.delta.shape == shape and self.loss.shape == shape[1:] and shape[1] > 0
        if not good:
            raise GraphError(
                f"signals: activation {self.activation.shape}, delta {self.delta.shape}, loss {self.loss.shape}: "
                "expected (neurons, samples) twice and (samples,), with at least one sample"
            )
        for name in ("activation", "delta"):
            if not _finite(getattr(self, name)):
                raise DivergedError(
                    f"the probe saw {name}s that are not finite: lower the learning rate, or mend the data"
                )


def _finite(rows: Array) -> bool:
    """Whether every entry is; a sum is finite only then, and needs no second array of that size."""
    with np.errstate(over="ignore", invalid="ignore"):
        # Sums of large numbers may leave float32, so a second look is taken where the first one fails.
        return bool(np.isfinite(rows.sum()) or np.isfinite(rows.sum(dtype=np.float64)))


def from_rows(activation: Array, delta: Array, loss: Array) -> Signals:
    """Signals whose scorer works on the same rows, float (neurons, samples)."""
    first, second = np.asarray(activation, np.float32), np.asarray(delta, np.float32)
    return Signals(first, second, np.asarray(loss, np.float32), RowScorer(first, second))
