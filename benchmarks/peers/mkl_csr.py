"""Sparse layers on torch's own CSR products (MKL), both orientations cached: the best that plain PyTorch offers.

Stock autograd of CSR tensors sorts the matrix anew in every backward pass; here the indices of the matrix and of its
transpose are kept, the values of the transpose are gathered once a step, and the gradient of the values is a sampled
product, so that what is left is arithmetic.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from benchmarks.networks import Batches
from benchmarks.peers.layers import Block, blocks, collect
from benchmarks.peers.peer import Gradients, adamw
from graphgrow.arrays import Array
from graphgrow.graph.graph import Graph


class Pattern:
    """Index arrays of a block, int32 as MKL takes them, and its matrices, which share memory with `values`."""

    def __init__(self, block: Block, values: Tensor) -> None:
        targets, sources = block.shape
        order = np.lexsort((block.target, block.source))
        rows, columns = _pointer(block.target, targets), torch.from_numpy(block.source.astype(np.int32))
        self.order = torch.from_numpy(order)
        self.turned = torch.empty_like(values)
        self.matrix = _csr(rows, columns, values, (targets, sources))
        self.transpose = _csr(
            _pointer(block.source, sources),
            torch.from_numpy(block.target[order].astype(np.int32)),
            self.turned,
            (sources, targets),
        )
        self.zeros = _csr(rows, columns, torch.zeros_like(values), (targets, sources))


class Product(torch.autograd.Function):
    """x (sources, batch) -> W x + bias (targets, batch)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, values: Tensor, bias: Tensor, pattern: Pattern) -> Tensor:
        """One MKL product; `values` is what the pattern's matrix holds."""
        ctx.save_for_backward(x)
        ctx.pattern, ctx.values = pattern, values
        return (pattern.matrix @ x).add_(bias.unsqueeze(1))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        """A product with the transpose, and one sampled where there are edges."""
        (x,), pattern, grad = ctx.saved_tensors, ctx.pattern, grads[0].contiguous()
        grad_x = None
        if ctx.needs_input_grad[0]:
            torch.index_select(ctx.values.detach(), 0, pattern.order, out=pattern.turned)
            grad_x = pattern.transpose @ grad
        sampled = torch.sparse.sampled_addmm(pattern.zeros, grad, x.t(), beta=0.0)
        return grad_x, sampled.values(), grad.sum(1), None


class Sparse:
    """A sparse layer on columns."""

    def __init__(self, block: Block) -> None:
        self.weight = nn.Parameter(torch.from_numpy(block.weight.copy()))
        self.bias = nn.Parameter(torch.from_numpy(block.bias.copy()))
        self._pattern = Pattern(block, self.weight.detach())

    def __call__(self, x: Tensor) -> Tensor:
        """(sources, batch) -> (targets, batch)."""
        made: Tensor = Product.apply(x, self.weight, self.bias, self._pattern)  # type: ignore[no-untyped-call]
        return made


class Dense:
    """A dense layer on columns, for blocks that are nearly full."""

    def __init__(self, block: Block) -> None:
        self.weight = nn.Parameter(torch.from_numpy(block.matrix()))
        self.bias = nn.Parameter(torch.from_numpy(block.bias.copy()))

    def __call__(self, x: Tensor) -> Tensor:
        """(sources, batch) -> (targets, batch)."""
        return torch.addmm(self.bias.unsqueeze(1), self.weight, x)


class MklCsr:
    """One sparse layer per pair of levels, dense ones where nearly all edges are there."""

    def __init__(self, graph: Graph, batches: Batches) -> None:
        self._graph, self._parts = graph, blocks(graph)
        self._layers = [Dense(part) if part.dense else Sparse(part) for part in self._parts]
        self._weights, self._biases = [[getattr(layer, name) for layer in self._layers] for name in ("weight", "bias")]
        self._optimizer = adamw([*self._weights, *self._biases])
        self._batches, self._rows = batches, batches.forever()

    def _columns(self, x: Tensor) -> Tensor:
        for number, layer in enumerate(self._layers):
            x = layer(x if number == 0 else torch.relu(x))
        return x

    def step(self) -> None:
        """As Peer.step."""
        x, y = self._batches.take(next(self._rows))
        self._optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(self._columns(x.t().contiguous()).t(), y).backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()

    def outputs(self, x: Tensor) -> Array:
        """As Peer.outputs."""
        with torch.no_grad():
            made: Array = self._columns(x.t().contiguous()).t().numpy()
        return made

    def gradients(self, x: Tensor, y: Tensor) -> Gradients:
        """As Peer.gradients."""
        loss = functional.cross_entropy(self._columns(x.t().contiguous()).t(), y)
        grads = torch.autograd.grad(loss, [*self._weights, *self._biases])
        return collect(self._graph, self._parts, grads[: len(self._weights)], grads[len(self._weights) :])


def _pointer(owner: Array, size: int) -> Tensor:
    """int32 (size + 1,): where each owner's run begins."""
    return torch.from_numpy(np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=size))]).astype(np.int32))


def _csr(rows: Tensor, columns: Tensor, values: Tensor, shape: tuple[int, int]) -> Tensor:
    """A CSR tensor over these very arrays."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # CSR is called beta, and invariants hold by construction
        return torch.sparse_csr_tensor(rows, columns, values, shape, check_invariants=False)
