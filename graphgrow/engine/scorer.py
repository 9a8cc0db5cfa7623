"""Scores of edges that do not exist yet, on the device where the rows are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from graphgrow.arrays import Array
from graphgrow.graph.pairs import Pairs
from graphgrow.measure.search import Found, Tile, search
from graphgrow.measure.signals import Score

BLOCK = 1 << 22  # entries of one block of rows
# Entries of one tile of scores, 64 MB: a device takes long for small ones, since each ends with a copy to main memory.
TILE = 1 << 24


@dataclass(frozen=True, eq=False)
class TensorScorer:
    """Scores from activation and delta rows wherever these are; as `RowScorer` up to rounding, with the same order.

    Attributes
    ----------
    activation, delta : float32 (neurons, samples), by graph row, on one device.
    """

    activation: Tensor
    delta: Tensor

    def _rows(self, score: Score) -> tuple[Tensor, Tensor]:
        """The two row sets whose mean product is the score."""
        if score is Score.GRADIENT:
            return self.activation, self.delta
        if score is Score.FISHER:
            return self.activation.square(), self.delta.square()
        centred = self.activation - self.activation.mean(dim=1, keepdim=True)
        return centred, centred

    def pairs(self, source: Array, target: Array, score: Score = Score.GRADIENT) -> Array:
        """float32 (k,): the scores of these pairs."""
        first, second = self._rows(score)
        samples = max(first.shape[1], 1)
        made = np.empty(source.size, np.float32)
        step = max(1, BLOCK // samples)
        for start in range(0, source.size, step):
            part = slice(start, start + step)
            products = taken_rows(first, source[part]) * taken_rows(second, target[part])
            made[part] = (products.sum(dim=1) / samples).abs().cpu().numpy()
        return made

    def best_absent(self, pairs: Pairs, count: int, score: Score = Score.GRADIENT) -> Found:
        """The `count` best absent pairs; see `RowScorer.best_absent`. Only what may be among them leaves the device."""
        first, second = self._rows(score)
        samples = max(first.shape[1], 1)

        def candidates(tile: Tile, lowest: np.float32, count: int) -> tuple[Array, Array]:
            block = taken_rows(second, tile.targets) @ taken_rows(first, tile.sources).T
            block = block.abs_().div_(samples)
            line, column = (torch.from_numpy(places).to(block.device) for places in tile.present())
            block[line, column] = -1.0
            flat, floor = block.view(-1), float(lowest)
            if flat.numel() > count and floor == 0:
                # Nothing is known yet of what the other tiles hold: at least the best of this one.
                floor = max(floor, float(torch.topk(flat, count, sorted=False).values.min()))
            index = (flat >= floor).nonzero().view(-1)
            return flat[index].cpu().numpy(), index.cpu().numpy()

        return search(pairs, count, candidates, TILE)


def taken_rows(matrix: Tensor, rows: Array) -> Tensor:
    """matrix[rows]; no copy where the rows stand together."""
    if rows.size and bool((np.diff(rows) == 1).all()):
        return matrix[int(rows[0]) : int(rows[-1]) + 1]
    return matrix.index_select(0, torch.tensor(rows, device=matrix.device))
