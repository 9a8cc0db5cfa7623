"""Spectra: how well the skeleton holds together, and how many dimensions the weights between levels use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Json
from graphgrow.errors import GraphError
from graphgrow.measure.adjacency import Adjacency
from graphgrow.measure.eigenvalues import (
    LaplacianSpectrum,
    adjacency_radius,
    algebraic_connectivity,
    block_spectra,
    laplacian_spectrum,
)
from graphgrow.measure.measured import Measured, Projection, finite, undefined
from graphgrow.measure.metrics.contract import Effort, Metric, Subject

# Gaps are told to four digits or more.
TOLERANCE = 1e-4
# From so many edges on an iteration takes seconds.
MANY_EDGES = 300_000
# Blocks whose smaller side is longer have their largest singular value only.
BLOCK = 1000


@dataclass(frozen=True)
class Spectra(Metric):
    """Components, spectral gap and top of the normalised Laplacian (Chung 1997), algebraic connectivity (Fiedler 1973).

    Beside them the spectral radius of the adjacency matrix, 0 for every graph without a cycle, and over blocks of
    levels the mean of stable rank and of effective rank (Roy 2007), each as a share of the block's shorter side.
    """

    def randomised(self, subject: Subject) -> bool:
        """Yes: swaps change how parts hold together; not on large graphs, where it takes as long as all else."""
        return subject.adjacency.nodes <= subject.effort.exact_eigen or subject.adjacency.edges <= MANY_EDGES

    def measure(self, subject: Subject) -> Sequence[Measured]:
        """Seven numbers."""
        graph = subject.adjacency
        return [*_laplacian(graph, subject.effort), _radius(graph), *_ranks(graph)]


def _laplacian(graph: Adjacency, effort: Effort) -> list[Measured]:
    """Four numbers of the skeleton."""
    exact = effort.exact_eigen
    used: dict[str, Json] = {"exact": True} if graph.nodes <= exact else {"exact": False, "tolerance": TOLERANCE}
    try:
        spectrum: LaplacianSpectrum | None = laplacian_spectrum(graph, exact, 1, TOLERANCE)
        why = "too few nodes"
    except GraphError as error:
        spectrum, why = None, str(error)
    asked: dict[str, tuple[str, Callable[[LaplacianSpectrum], float]]] = {
        "components": ("spectra.laplacian_zeros", lambda found: float(found.components)),
        "spectral gap": ("spectra.normalised_laplacian_second", lambda found: found.gap),
        "largest laplacian eigenvalue": ("spectra.normalised_laplacian_largest", lambda found: found.largest),
    }
    made = []
    for name, (definition, read) in asked.items():
        value = finite(read(spectrum)) if spectrum is not None else None
        note = why if value is None else ""
        made.append(Measured(name, definition, value, Projection.SKELETON, used, note=note))
    return [*made, _connectivity(graph, exact, used)]


def _connectivity(graph: Adjacency, exact: int, used: dict[str, Json]) -> Measured:
    name, definition = "algebraic connectivity", "spectra.laplacian_second"
    try:
        value = algebraic_connectivity(graph, exact, TOLERANCE)
    except GraphError as error:
        return undefined(name, definition, Projection.SKELETON, str(error))
    return Measured(name, definition, value, Projection.SKELETON, used)


def _radius(graph: Adjacency) -> Measured:
    name, definition = "spectral radius", "spectra.adjacency_radius"
    if not graph.nodes:
        return undefined(name, definition, Projection.DIRECTED, "no nodes")
    try:
        value = adjacency_radius(graph)
    except GraphError as error:
        return undefined(name, definition, Projection.DIRECTED, str(error))
    note = "0 for every graph without a cycle, whatever its weights" if graph.acyclic else ""
    return Measured(name, definition, value, Projection.DIRECTED, {"weights": "signed"}, note=note)


def _ranks(graph: Adjacency) -> list[Measured]:
    """Mean shares of dimensions over blocks."""
    names = {"stable rank of blocks": "spectra.stable_rank_share", "effective rank of blocks": "spectra.effective_rank"}
    if graph.stage is None or not graph.entries:
        why = "no levels" if graph.stage is None else "no edges"
        return [undefined(name, definition, Projection.DIRECTED, why) for name, definition in names.items()]
    try:
        blocks = block_spectra(graph, BLOCK)
    except GraphError as error:
        return [undefined(name, definition, Projection.DIRECTED, str(error)) for name, definition in names.items()]
    used: dict[str, Json] = {"blocks": len(blocks), "weights": "signed", "of": "shorter side"}
    stable = [block.stable_rank / min(block.rows, block.columns) for block in blocks]
    known = [(block.effective_rank, min(block.rows, block.columns)) for block in blocks]
    effective = [rank / side for rank, side in known if rank is not None]
    made = []
    for (name, definition), values in zip(names.items(), (stable, effective), strict=True):
        missed = len(blocks) - len(values)
        note = f"{missed} of {len(blocks)} blocks are too large and left out" if missed else ""
        value = float(np.mean(values)) if values else None
        made.append(Measured(name, definition, value, Projection.DIRECTED, used, note=note))
    return made


METRIC = Spectra()
