"""The network before training, for rules that begin with another one than the settings describe."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph.builders import erdos_renyi, initialise, layered, wiring
from graphgrow.graph.draws import draw_even, share_out
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation
from graphgrow.growth.products import product


@dataclass(frozen=True)
class Outline:
    """What the settings say of the start and of the end.

    Attributes
    ----------
    sizes : neurons by level, inputs first.
    edges : of the start that the settings describe.
    budget : edges at the end; a rule without budget is given `edges`.
    kernel : edges are shared out over level pairs by the Erdos-Renyi kernel, else by the size of the pair.
    activation : of hidden neurons.
    dtype : "float32" or "float64".
    dense_head : the last pair of levels is complete.
    """

    sizes: tuple[int, ...]
    edges: int
    budget: int
    kernel: bool = True
    activation: Activation = Activation.RELU
    dtype: str = "float32"
    dense_head: bool = False

    def counts(self, total: int) -> list[int]:
        """`total` edges shared out over consecutive level pairs, as the settings ask."""
        capacities = [early * late for early, late in pairwise(self.sizes)]
        if not 0 <= total <= sum(capacities):
            raise GraphError(f"start of {total} edges: levels {self.sizes} hold at most {sum(capacities)}: lower it")
        shares = [early + late for early, late in pairwise(self.sizes)] if self.kernel else capacities
        return share_out(total, shares, capacities, len(shares) - 1 if self.dense_head else None)


class Start(ABC):
    """How a network begins. A start that `exceeds` may hold more edges than the budget."""

    exceeds: ClassVar[bool] = False

    @abstractmethod
    def __call__(self, outline: Outline, sample: Callable[[], Array], rng: np.random.Generator) -> Graph:
        """The network before training.

        Parameters
        ----------
        sample : float32 (samples, inputs), training samples; read only by starts that follow the data.
        """


@dataclass(frozen=True)
class AtBudget(Start):
    """A random sparse layered network that has all the edges of the budget from the first step on (Mocanu 2018)."""

    def __call__(self, outline: Outline, sample: Callable[[], Array], rng: np.random.Generator) -> Graph:
        """As the start of the settings, with other counts."""
        return erdos_renyi(
            outline.sizes,
            rng,
            edges=outline.budget,
            kernel=outline.kernel,
            dense_head=outline.dense_head,
            every_neuron=True,
            activation=outline.activation,
            dtype=outline.dtype,
        )


@dataclass(frozen=True)
class Dense(Start):
    """Consecutive levels joined completely."""

    exceeds: ClassVar[bool] = True

    def __call__(self, outline: Outline, sample: Callable[[], Array], rng: np.random.Generator) -> Graph:
        """The dense layered network of the same levels."""
        return layered(outline.sizes, 1.0, rng, outline.activation, dtype=outline.dtype)


@dataclass(frozen=True)
class SmallDense(Start):
    """A dense network as deep as the others, narrow enough to have no more edges than the budget.

    Hidden levels shrink by one common factor and keep at least one neuron; then they get one neuron more each, in turn,
    while that still fits. What no whole neuron fills is left over.
    """

    def __call__(self, outline: Outline, sample: Callable[[], Array], rng: np.random.Generator) -> Graph:
        """The widest such network.

        Raises
        ------
        GraphError
            One neuron a level is too much already: raise the budget, or use fewer levels.
        """
        return layered(self.sizes(outline), 1.0, rng, outline.activation, dtype=outline.dtype)

    def sizes(self, outline: Outline) -> tuple[int, ...]:
        """Its neurons by level."""
        first, *hidden, last = outline.sizes

        def levels(factor: float) -> list[int]:
            return [first, *(max(1, int(factor * size)) for size in hidden), last]

        fits = [part for part in range(4097) if _dense(levels(part / 4096)) <= outline.budget]
        if not fits:
            raise GraphError(
                f"a dense network of {len(hidden)} hidden levels needs {_dense(levels(0))} edges, the budget is "
                f"{outline.budget}: raise the budget, or use fewer levels"
            )
        made, before = levels(max(fits) / 4096), None
        while made != before:
            before = made
            for level in range(1, len(made) - 1):
                wider = [*made[:level], made[level] + 1, *made[level + 1 :]]
                if made[level] < outline.sizes[level] and _dense(wider) <= outline.budget:
                    made = wider
        return tuple(made)


def _dense(sizes: list[int]) -> int:
    """Edges of a dense layered network."""
    return sum(early * late for early, late in pairwise(sizes))


@dataclass(frozen=True)
class Correlated(Start):
    """All the edges of the budget, joining what is correlated in the data (correlated sparse topological start).

    Each hidden neuron stands for one input, in turn; where there are fewer than inputs, for inputs that vary, evenly
    spaced. A pair of neurons gets an edge if the |correlation| of their
    inputs is among the largest of its level pair; an input is not joined to itself. Inputs that never vary correlate
    with nothing. The pairs into the outputs, which stand for no input, are drawn as in other starts.

    Source: Zhang 2024 (CHT), section 3; there hidden levels are once or twice as wide as the inputs, here any width.
    """

    def __call__(self, outline: Outline, sample: Callable[[], Array], rng: np.random.Generator) -> Graph:
        """Counts by level pair are those of other starts at the budget."""
        size, last = outline.sizes[0], len(outline.sizes) - 2
        begins = np.concatenate([[0], np.cumsum(outline.sizes)])
        related = _correlation(sample(), size) if last else np.zeros((size, size))
        source, target = [], []
        for pair, count in enumerate(outline.counts(outline.budget)):
            early, late = outline.sizes[pair], outline.sizes[pair + 1]
            if pair == last:
                rows, columns = draw_even(early, late, count, rng)
            else:
                scores = related[np.ix_(_stands_for(early, related), _stands_for(late, related))]
                rows, columns = _largest(scores, count, rng)
            source.append(begins[pair] + rows)
            target.append(begins[pair + 1] + columns)
        level = np.repeat(np.arange(len(outline.sizes)), outline.sizes)
        made = wiring(level, np.concatenate(source), np.concatenate(target), activation=outline.activation)
        return initialise(made, rng, outline.dtype)


def _stands_for(count: int, related: Array) -> Array:
    """int64 (count,): the input that each neuron of a level stands for.

    Fewer neurons than inputs in turn would all stand for the first ones: in an image, for its upper edge.
    """
    size = related.shape[0]
    varying = np.flatnonzero(related.any(axis=1))
    chosen: Array = varying if count < size and varying.size >= count else np.arange(size)
    turn = np.arange(count)
    return chosen[turn * chosen.size // count if count < size else turn % size]


def _correlation(sample: Array, inputs: int) -> Array:
    """float64 (inputs, inputs): |correlation|, 0 for inputs that never vary and on the diagonal."""
    if sample.ndim != 2 or sample.shape[1] != inputs or not sample.shape[0]:
        raise GraphError(f"correlated start: expected samples of shape (samples, {inputs}), got {sample.shape}")
    centred = sample.astype(np.float64) - sample.mean(axis=0, dtype=np.float64)
    length = np.linalg.norm(centred, axis=0)
    # What is left of a constant after subtracting its mean is rounding.
    varies = length > 1e-9 * np.abs(sample).max(initial=0) * np.sqrt(sample.shape[0])
    scaled = np.where(varies, centred / np.where(varies, length, 1), 0)
    made = np.abs(product(scaled.T, scaled))
    np.fill_diagonal(made, 0)
    return made


def _largest(scores: Array, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Rows and columns, int64 (count,), of the largest scores; lots decide between equal ones."""
    flat = scores.ravel()
    order = np.lexsort((rng.permutation(flat.size), -flat))[:count]
    return order // scores.shape[1], order % scores.shape[1]
