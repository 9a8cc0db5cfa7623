"""The peers on an accelerator: dense layers under masks, dense networks stacked, and torch's sparse products."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.func import functional_call, stack_module_state, vmap
from torch.nn import functional

from benchmarks.device_sides import Batch, Found, adamw, collected
from benchmarks.peers.layers import Block, blocks, stacked
from graphgrow.arrays import Array
from graphgrow.graph.graph import Graph


class Masked:
    """Dense layers whose absent edges are held at zero: gradients and weights times masks, as RigL-style codes do."""

    def __init__(
        self, graph: Graph, batch: Batch, device: torch.device, dtype: torch.dtype, tensor_float: bool = False
    ) -> None:
        self._graph, self._parts, self._tensor_float = graph, blocks(graph), tensor_float
        layers = [part.linear() for part in self._parts]
        self._model = stacked(layers).to(device=device, dtype=dtype)
        self._weights, self._biases = [layer.weight for layer in layers], [layer.bias for layer in layers]
        self._masks = [torch.from_numpy(part.mask()).to(device=device, dtype=dtype) for part in self._parts]
        self._optimizer = adamw([*self._weights, *self._biases])
        self._batch = batch.on(device, dtype)

    def _loss(self) -> Tensor:
        return functional.cross_entropy(self._model(self._batch.x), self._batch.y)

    def step(self) -> None:
        """As DeviceSide.step; with `tensor_float` its products round to TF32, as torch does where it is told to."""
        before = torch.backends.cuda.matmul.allow_tf32
        torch.backends.cuda.matmul.allow_tf32 = self._tensor_float
        try:
            self._optimizer.zero_grad(set_to_none=True)
            self._loss().backward()  # type: ignore[no-untyped-call]
        finally:
            torch.backends.cuda.matmul.allow_tf32 = before
        with torch.no_grad():
            for weight, mask in zip(self._weights, self._masks, strict=True):
                if weight.grad is not None:
                    weight.grad.mul_(mask)
            self._optimizer.step()
            for weight, mask in zip(self._weights, self._masks, strict=True):
                weight.mul_(mask)

    def found(self) -> Found:
        """As DeviceSide.found."""
        grads = torch.autograd.grad(self._loss(), [*self._weights, *self._biases])
        with torch.no_grad():
            return collected([self._graph], [self._parts], self._model(self._batch.x)[None], [grads])


class Stacked:
    """Many dense networks of one shape as one, by vmap over a model or by batched products; they grow full."""

    def __init__(
        self, graphs: Sequence[Graph], batch: Batch, device: torch.device, dtype: torch.dtype, by_hand: bool = False
    ) -> None:
        self._graphs, self._parts = graphs, [blocks(graph) for graph in graphs]
        models = [stacked([part.linear() for part in parts]).to(device=device, dtype=dtype) for parts in self._parts]
        self._named, _ = stack_module_state(models)
        self._weights = [value for name, value in self._named.items() if name.endswith("weight")]
        self._biases = [value for name, value in self._named.items() if name.endswith("bias")]
        self._bare, self._by_hand = deepcopy(models[0]).to("meta"), by_hand
        self._optimizer = adamw([*self._weights, *self._biases])
        self._batch = batch.on(device, dtype)

    def _logits(self) -> Tensor:
        x = self._batch.x
        if not self._by_hand:
            made: Tensor = vmap(lambda named, given: functional_call(self._bare, named, (given,)), in_dims=(0, None))(
                self._named, x
            )
            return made
        made = x.expand(len(self._graphs), -1, -1)
        for number, (weight, bias) in enumerate(zip(self._weights, self._biases, strict=True)):
            made = torch.baddbmm(bias.unsqueeze(1), torch.relu(made) if number else made, weight.transpose(1, 2))
        return made

    def _loss(self, logits: Tensor) -> Tensor:
        y = self._batch.y
        flat = logits.reshape(-1, logits.shape[-1])
        return functional.cross_entropy(flat, y.repeat(logits.shape[0]), reduction="sum") / len(y)

    def step(self) -> None:
        """As DeviceSide.step."""
        self._optimizer.zero_grad(set_to_none=True)
        self._loss(self._logits()).backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()

    def found(self) -> Found:
        """As DeviceSide.found."""
        logits = self._logits()
        grads = torch.autograd.grad(self._loss(logits), [*self._weights, *self._biases])
        each = [[grad[member] for grad in grads] for member in range(len(self._graphs))]
        return collected(self._graphs, self._parts, logits.detach(), each)


class Sparse:
    """torch's CSR products (cuSPARSE, MKL), both orientations kept, and a sampled product for the gradient."""

    def __init__(self, graph: Graph, batch: Batch, device: torch.device, dtype: torch.dtype) -> None:
        self._graph, self._parts = graph, blocks(graph)
        self._patterns = [_Pattern(part, device) for part in self._parts]
        self._weights = [self._moved(part.weight, device, dtype) for part in self._parts]
        self._biases = [self._moved(part.bias, device, dtype) for part in self._parts]
        self._optimizer = adamw([*self._weights, *self._biases])
        self._batch = batch.on(device, dtype)

    @staticmethod
    def _moved(array: Array, device: torch.device, dtype: torch.dtype) -> nn.Parameter:
        return nn.Parameter(torch.from_numpy(array.copy()).to(device=device, dtype=dtype))

    def _logits(self) -> Tensor:
        x = self._batch.x.T.contiguous()
        for number, (pattern, weight, bias) in enumerate(zip(self._patterns, self._weights, self._biases, strict=True)):
            x = _Product.apply(torch.relu(x) if number else x, weight, pattern) + bias[:, None]  # type: ignore[no-untyped-call]
        return x.T

    def step(self) -> None:
        """As DeviceSide.step."""
        self._optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(self._logits(), self._batch.y).backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()

    def found(self) -> Found:
        """As DeviceSide.found."""
        logits = self._logits()
        loss = functional.cross_entropy(logits, self._batch.y)
        grads = torch.autograd.grad(loss, [*self._weights, *self._biases])
        return collected([self._graph], [self._parts], logits.detach()[None], [grads])


class _Pattern:
    """int32 indices of a block and of its transpose, on a device."""

    def __init__(self, part: Block, device: torch.device) -> None:
        order = np.lexsort((part.target, part.source))
        self.shape = part.shape
        self.order = torch.from_numpy(order).to(device)
        self.straight = self._indices(part.target, part.source, part.shape[0], device)
        self.turned = self._indices(part.source[order], part.target[order], part.shape[1], device)

    @staticmethod
    def _indices(owner: Array, other: Array, size: int, device: torch.device) -> tuple[Tensor, Tensor]:
        pointer = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=size))])
        first, second = (torch.from_numpy(array.astype(np.int32)).to(device) for array in (pointer, other))
        return first, second

    def matrix(self, values: Tensor) -> Tensor:
        return _csr(self.straight, values, self.shape)

    def transpose(self, values: Tensor) -> Tensor:
        return _csr(self.turned, values[self.order], (self.shape[1], self.shape[0]))


def _csr(indices: tuple[Tensor, Tensor], values: Tensor, shape: tuple[int, int]) -> Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # CSR is called beta, and invariants hold by construction
        return torch.sparse_csr_tensor(indices[0], indices[1], values, shape, check_invariants=False)


class _Product(torch.autograd.Function):
    """W x of a sparse W."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, values: Tensor, pattern: _Pattern) -> Tensor:
        ctx.save_for_backward(x, values)
        ctx.pattern = pattern
        return pattern.matrix(values.detach()) @ x

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (x, values), pattern, grad = ctx.saved_tensors, ctx.pattern, grads[0].contiguous()
        grad_x = pattern.transpose(values) @ grad if ctx.needs_input_grad[0] else None
        zeros = pattern.matrix(torch.zeros_like(values))
        return grad_x, torch.sparse.sampled_addmm(zeros, grad, x.t(), beta=0.0).values(), None
