"""Whether signals keep their size on the way through a network, and how activations move while it learns.

The neuron Jacobian of an acyclic graph is nilpotent, so that "spectral radius near 1" says nothing here. What can be
measured: ratios of norms between levels, and the eigenvalues of the best linear map from one snapshot to the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError, SettingsError
from graphgrow.graph.wiring import Wiring
from graphgrow.measure.pools import one_thread


def level_norms(wiring: Wiring, rows: Array) -> Array:
    """float64 (occupied levels,): root mean square over samples of the Euclidean length of each level's rows.

    Parameters
    ----------
    rows : float (neurons, samples), activations or deltas by graph row.
    """
    squares = np.einsum("ns,ns->n", rows, rows, dtype=np.float64) / rows.shape[1]
    return np.sqrt(np.bincount(wiring.rank, squares, minlength=wiring.levels.size))


def gains(wiring: Wiring, activation: Array) -> Array:
    """float64 (occupied levels - 1,): how much longer the signal of a level is than that of the level before it.

    NaN never occurs: a gain over a silent level is 0 where the next one is silent too, else infinite.
    """
    norms = level_norms(wiring, activation)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(norms[1:] > 0, norms[1:] / norms[:-1], 0.0)


def gradient_ratios(wiring: Wiring, delta: Array) -> Array:
    """float64 (k,): norm of the deltas of each level over that of the level before it, inputs left out.

    Levels that no gradient reaches have no ratio to the next one, and none is reported for them.
    """
    norms = level_norms(wiring, delta)[wiring.levels > 0]
    known = norms[:-1] > 0
    ratios: Array = norms[1:][known] / norms[:-1][known]
    return ratios


def criticality(wiring: Wiring, delta: Array) -> float | None:
    """1 - |1 - mean ratio of consecutive levels' gradient norms|; None where no two levels have a gradient.

    1 where gradients keep their length on average; ratios above and below 1 may cancel, so that it is a summary and
    no proof. Levels of deltas, not of weight gradients as the founding document has it: the same up to the size of
    the activations, and free of the width of the level before.

    Parameters
    ----------
    delta : float (neurons, samples), of `Signals`.

    Source: the founding document's simple measure; ratios of gradient norms as in Schoenholz 2017.
    """
    ratios = gradient_ratios(wiring, delta)
    return float(1 - abs(1 - ratios.mean())) if ratios.size else None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Mean activations at one step: id int64 (neurons,) ascending, value float32 (neurons,)."""

    step: int
    id: Array
    value: Array

    @staticmethod
    def of(step: int, wiring: Wiring, activation: Array) -> Snapshot:
        """Of activation float (neurons, samples), by graph row."""
        return Snapshot(step, wiring.id, activation.mean(axis=1, dtype=np.float64).astype(np.float32))


@dataclass(frozen=True, eq=False)
class Ring:
    """The last snapshots of a network, oldest first; a value that the loop replaces and a checkpoint holds as arrays.

    Raises
    ------
    SettingsError
        Room for fewer than 3 snapshots, from which no motion can be told.
    """

    size: int = 50
    snapshots: tuple[Snapshot, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 3:
            raise SettingsError(f"Ring(size={self.size}): expected room for 3 snapshots or more")

    def with_snapshot(self, snapshot: Snapshot) -> Ring:
        """One more at the end, the oldest dropped where the ring is full."""
        return replace(self, snapshots=(*self.snapshots, snapshot)[-self.size :])

    def arrays(self) -> dict[str, Array]:
        """As plain arrays, for a checkpoint."""
        empty = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
        return {
            "step": np.array([item.step for item in self.snapshots], np.int64),
            "count": np.array([item.id.size for item in self.snapshots], np.int64),
            "id": np.concatenate([item.id for item in self.snapshots] or empty[0]),
            "value": np.concatenate([item.value for item in self.snapshots] or empty[1]),
        }

    @staticmethod
    def restored(arrays: Mapping[str, Array], size: int = 50) -> Ring:
        """The inverse of `arrays`."""
        borders = np.cumsum(arrays["count"])[:-1]
        columns = np.split(arrays["id"], borders), np.split(arrays["value"], borders)
        made = zip(arrays["step"].tolist(), *columns, strict=True) if arrays["step"].size else ()
        return Ring(size, tuple(Snapshot(*parts) for parts in made))


def film(snapshots: Sequence[Snapshot], ids: Array) -> Array:
    """float64 (neurons, snapshots): the activations of the neurons `ids`, int64 ascending, over time.

    A neuron born since is given its first value before its birth, so that being born is no motion; one that was never
    seen stays at 0.
    """
    made = np.zeros((ids.size, len(snapshots)))
    ahead = np.zeros(ids.size)
    for column in range(len(snapshots) - 1, -1, -1):
        seen = snapshots[column]
        place = np.minimum(np.searchsorted(seen.id, ids), max(seen.id.size - 1, 0))
        known = seen.id[place] == ids if seen.id.size else np.zeros(ids.size, bool)
        ahead[known] = seen.value[place[known]]
        made[:, column] = ahead
    return made


@dataclass(frozen=True, eq=False)
class Modes:
    """Dynamic modes, largest eigenvalue first.

    Attributes
    ----------
    eigenvalue : complex128 (modes,); size 1 lasts, below 1 decays, above 1 grows, per snapshot.
    mode : complex128 (neurons, modes), of unit length.
    """

    eigenvalue: Array
    mode: Array

    def weights(self, above: float = 0.95) -> Array:
        """float64 (neurons,): how strongly each neuron takes part in the modes whose |eigenvalue| exceeds `above`."""
        part: Array = np.abs(self.mode[:, np.abs(self.eigenvalue) > above]).max(axis=1, initial=0.0)
        return part


def modes(film: Array, rank: int | None = None) -> Modes:
    """Exact dynamic mode decomposition of float (neurons, snapshots).

    Parameters
    ----------
    rank : singular vectors kept; None keeps those above the optimal threshold for unknown noise (Gavish 2014), which
        takes more than half of them for noise: give a rank where neurons or snapshots are few.

    Raises
    ------
    GraphError
        Fewer than 3 snapshots: let the run go on for longer, or keep more of them.
    SettingsError
        A rank below 1.

    Source: Tu 2014, algorithm 2.
    """
    if film.ndim != 2 or film.shape[1] < 3:
        raise GraphError(f"modes: expected (neurons, 3 snapshots or more), got shape {film.shape}: wait for more")
    if rank is not None and rank < 1:
        raise SettingsError(f"modes: expected a rank of 1 or more, got {rank}: use None for an automatic one")
    before, after = film[:, :-1].astype(np.float64), film[:, 1:].astype(np.float64)
    # The last bits of a product depend on how many threads share it.
    with one_thread():
        left, size, right = np.linalg.svd(before, full_matrices=False)
        kept = _rank(size, before.shape, rank)
        left, size, right = left[:, :kept], size[:kept], right[:kept]
        stepped = after @ right.T / size
        values, vectors = np.linalg.eig(left.T @ stepped)
        mode = stepped @ vectors
    # Conjugate pairs are equal in size; the sign of the angle puts them in one order.
    order = np.lexsort((-values.imag, -values.real, -np.round(np.abs(values), 12)))
    length = np.maximum(np.linalg.norm(mode, axis=0), np.finfo(float).tiny)
    return Modes(values[order].astype(np.complex128), (mode / length)[:, order].astype(np.complex128))


def _rank(size: Array, shape: tuple[int, int], rank: int | None) -> int:
    """How many singular values, descending, are taken for signal."""
    numerical = int((size > size.max(initial=0) * max(shape) * np.finfo(float).eps).sum())
    if rank is not None:
        return min(rank, numerical)
    ratio = min(shape) / max(shape)
    factor = 0.56 * ratio**3 - 0.95 * ratio**2 + 1.82 * ratio + 1.43
    return min(numerical, max(1, int((size > factor * np.median(size)).sum())))
