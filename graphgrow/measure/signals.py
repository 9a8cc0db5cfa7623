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
from graphgrow.graph.order import slices
from graphgrow.graph.pairs import Pairs

# Entries of one block of scores: 4 million float32 are 16 MB.
BLOCK = 1 << 22


class Score(IntEnum):
    """How a pair (i, j) is scored; both are means over samples.

    GRADIENT: |mean a_i d_j|, the size of the loss gradient that the weight of the edge would have (Evci 2020).
    CORRELATION: |mean a_i a_j| with both centred (Hebbian; Dai 2019 bridges such pairs).
    """

    GRADIENT = 0
    CORRELATION = 1


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
        best = (np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32))
        if count <= 0:
            return best
        samples = np.float32(max(first.shape[1], 1))
        # The last bits of a product depend on how many threads BLAS shares it out to, and so would what is grown.
        with _pools().limit(limits=1, user_api="blas"):
            for rectangle in pairs.rectangles:
                step = max(1, BLOCK // max(rectangle.sources.size, 1))
                for start in range(0, rectangle.targets.size, step):
                    targets = rectangle.targets[start : start + step]
                    block = np.abs(second[targets] @ first[rectangle.sources].T) / samples
                    block[_present(pairs, rectangle.sources, targets)] = -1.0
                    best = _merge(best, _top(block, rectangle.sources, targets, count), count)
        return best


@cache
def _pools() -> ThreadpoolController:
    """The thread pools of this process; looking for them takes milliseconds, so it is done once."""
    return ThreadpoolController()


def _present(pairs: Pairs, sources: Array, targets: Array) -> tuple[Array, Array]:
    """Positions (target, source) in the block of the pairs that are edges already."""
    wiring = pairs.wiring
    at = np.full(wiring.neurons, -1, np.int64)
    at[sources] = np.arange(sources.size)
    counts = wiring.fan_in[targets]
    column = at[wiring.source[slices(wiring.pointer, targets)]]
    line = np.repeat(np.arange(targets.size), counts)
    return line[column >= 0], column[column >= 0]


def _top(block: Array, sources: Array, targets: Array, count: int) -> tuple[Array, Array, Array]:
    """The candidates of one block that can be among the `count` best, ties at the border included."""
    flat = block.ravel()
    if flat.size > count:
        border = np.partition(flat, flat.size - count)[flat.size - count]
        index = np.flatnonzero(flat >= max(border, 0.0))
    else:
        index = np.flatnonzero(flat >= 0.0)
    line, column = np.divmod(index, sources.size)
    return sources[column], targets[line], flat[index].astype(np.float32)


def _merge(
    first: tuple[Array, Array, Array], second: tuple[Array, Array, Array], count: int
) -> tuple[Array, Array, Array]:
    """The `count` best of two lists, by (-score, target, source)."""
    source, target, score = (np.concatenate(pair) for pair in zip(first, second, strict=True))
    order = np.lexsort((source, target, -score))[:count]
    return source[order], target[order], score[order]


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
            # A sum is finite only if every entry is; it needs no second array of that size.
            if not np.isfinite(getattr(self, name).sum(dtype=np.float64)):
                raise DivergedError(
                    f"the probe saw {name}s that are not finite: lower the learning rate, or mend the data"
                )


def from_rows(activation: Array, delta: Array, loss: Array) -> Signals:
    """Signals whose scorer works on the same rows, float (neurons, samples)."""
    first, second = np.asarray(activation, np.float32), np.asarray(delta, np.float32)
    return Signals(first, second, np.asarray(loss, np.float32), RowScorer(first, second))
