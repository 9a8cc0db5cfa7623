"""One optimizer for many networks: every member has its own learning rate, decay and clipping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from graphgrow.arrays import Array
from graphgrow.engine.kernels import names
from graphgrow.engine.methods import Adam, Method
from graphgrow.engine.plan import Plan
from graphgrow.errors import OptimizerError, SettingsError

SMALLEST = 1e-6  # added to a norm before dividing by it, as torch's clipping does
# What an optimizer holds one number of per member.
NUMBERS = {"learning_rate": np.float64, "weight_decay": np.float64, "clip": np.float64, "steps": np.int64}


class Flat(Protocol):
    """A model whose parameters are two flat vectors: a Network or a Population."""

    values: nn.Parameter
    bias: nn.Parameter

    @property
    def plan(self) -> Plan:
        """The plan of all members."""


class MemberOptimizer:
    """Trains a Population, or a Network as a population of one, by one fused step on the flat vectors.

    Learning rate, weight decay and clip are one number for all members or one for each, and may be changed at any time.

    Attributes
    ----------
    learning_rate, weight_decay : float64 (members,).
    clip : float64 (members,), largest norm of a member's gradient, over its values and biases; inf for none.
    steps : int64 (members,), steps that each member has made.
    state : name -> (tensor for values, tensor for biases).

    Raises
    ------
    SettingsError
        A number is negative or NaN, or there is not one per member.
    """

    def __init__(
        self,
        model: Flat,
        method: Method | None = None,
        *,
        learning_rate: ArrayLike = 1e-3,
        weight_decay: ArrayLike = 0.01,
        clip: ArrayLike = np.inf,
    ) -> None:
        self.model, self.method = model, method or Adam()
        count = model.plan.members
        self.learning_rate = per_member(learning_rate, count, "learning_rate")
        self.weight_decay = per_member(weight_decay, count, "weight_decay")
        self.clip = per_member(clip, count, "clip")
        self.steps = np.zeros(count, np.int64)
        self.state: dict[str, tuple[Tensor, Tensor]] = {
            name: (torch.zeros_like(model.values.detach()), torch.zeros_like(model.bias.detach()))
            for name in self.method.states
        }
        # Pieces of both vectors, with the bounds they were cut for; not the plan, which would outlive its model's.
        self._cut: tuple[Array, list[tuple[Array, Array]]] | None = None

    def zero_grad(self) -> None:
        """Forget the gradients."""
        self.model.values.grad = None
        self.model.bias.grad = None

    def step(self) -> None:
        """Update all members with the gradients that stand in the model.

        Raises
        ------
        OptimizerError
            There is no gradient, or the model changed without the optimizer.
        """
        model, plan = self.model, self.model.plan
        values, bias = model.values.detach(), model.bias.detach()
        if model.values.grad is None or model.bias.grad is None:
            raise OptimizerError("no gradient to step with: run a backward pass first")
        if not self.fits():
            raise OptimizerError(
                "the model changed without its optimizer: use transplant_members or keep_members, or make a new one"
            )
        bounds = (plan.values_of, plan.member - plan.inputs)
        self.steps += 1
        fused = values.device.type == "cpu" and values.dtype in (torch.float32, torch.float64) and "cpu" in names()
        step = self._fused if fused else self._in_torch
        step((values, bias), (model.values.grad, model.bias.grad), bounds)

    def fits(self) -> bool:
        """Whether the state belongs to the parameters that the model has now."""
        parameters = (self.model.values, self.model.bias)
        return self.steps.size == self.model.plan.members and all(
            tensor.shape == parameter.shape and tensor.dtype == parameter.dtype
            for held in self.state.values()
            for tensor, parameter in zip(held, parameters, strict=True)
        )

    def _scale(self, squares: Array) -> Array:
        """float64 (members,): what clipping multiplies each gradient by; exactly 1 where there is none."""
        finite = np.isfinite(self.clip)
        return np.where(finite, np.minimum(1.0, np.where(finite, self.clip, 1.0) / (np.sqrt(squares) + SMALLEST)), 1.0)

    def _fused(self, values: tuple[Tensor, ...], grads: tuple[Tensor, ...], bounds: tuple[Array, Array]) -> None:
        """The step as one loop per vector."""
        # numba is imported with the first step, so that importing the engine stays light.
        from graphgrow.engine.kernels import updates

        if self._cut is None or self._cut[0] is not bounds[0]:
            self._cut = bounds[0], [updates.pieces(each) for each in bounds]
        cut, arrays = self._cut[1], [np.ascontiguousarray(grad.numpy()) for grad in grads]
        scale = np.ones(self.steps.size)
        if np.isfinite(self.clip).any():
            squares = np.zeros(self.steps.size)
            for (begins, member), grad in zip(cut, arrays, strict=True):
                updates.add_squares(begins, member, grad, squares)
            scale = self._scale(squares)
        for k, (begins, member) in enumerate(cut):
            held = [states[k].numpy() for states in self.state.values()]
            updates.update(
                begins, member, isinstance(self.method, Adam), self.method.flag, self.learning_rate,
                self.weight_decay, scale, self.steps, np.array(self.method.numbers), values[k].numpy(), arrays[k],
                held[0], held[-1],
            )  # fmt: skip
        # torch did not see the change, and must not go backward through what stood there before.
        torch.autograd.graph.increment_version(values)

    def _in_torch(self, values: tuple[Tensor, ...], grads: tuple[Tensor, ...], bounds: tuple[Array, Array]) -> None:
        """The same in torch's operations, where there is no numba or another device."""

        def spread(numbers: Array, each: Array, like: Tensor) -> Tensor:
            return torch.from_numpy(np.repeat(numbers, np.diff(each))).to(like)

        squares = np.zeros(self.steps.size)
        if np.isfinite(self.clip).any():
            for grad, each in zip(grads, bounds, strict=True):
                parts = torch.split(grad.detach().double().square(), np.diff(each).tolist())
                squares += torch.stack([part.sum() for part in parts]).cpu().numpy()
        scale = self._scale(squares)
        for k, (flat, grad, each) in enumerate(zip(values, grads, bounds, strict=True)):
            held = tuple(states[k] for states in self.state.values())
            factors = self.method.factors(self.learning_rate, self.weight_decay, self.steps)
            spreads = [spread(factor, each, flat) for factor in factors]
            self.method.update(flat, grad * spread(scale, each, flat), held, *spreads)

    def state_dict(self) -> dict[str, Any]:
        """Everything that changes: numbers per member, and the state of all parameters."""
        numbers = {name: getattr(self, name).copy() for name in NUMBERS}
        return {**numbers, "state": {name: (a.clone(), b.clone()) for name, (a, b) in self.state.items()}}

    def load_state_dict(self, given: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` gave.

        Raises
        ------
        OptimizerError
            It belongs to another method or to a model of another size.
        """
        numbers = {name: np.array(given[name], kind) for name, kind in NUMBERS.items()}
        wanted = {name: [tensor.shape for tensor in held] for name, held in self.state.items()}
        if {name: [tensor.shape for tensor in held] for name, held in given["state"].items()} != wanted or any(
            each.shape != self.steps.shape for each in numbers.values()
        ):
            raise OptimizerError(f"the state does not fit {type(self.method).__name__} on this model: load its own")
        for name, each in numbers.items():
            setattr(self, name, each)
        for name, (first, second) in self.state.items():
            one, other = given["state"][name]
            self.state[name] = one.to(first, copy=True), other.to(second, copy=True)


def per_member(given: ArrayLike, count: int, name: str) -> Array:
    """float64 (members,) from one number or one per member.

    Raises
    ------
    SettingsError
        There is another number of numbers, or one is negative or NaN.
    """
    made = np.asarray(given, np.float64)
    if made.shape not in ((), (count,)):
        raise SettingsError(f"{name}: expected one number or {count}, one per member, got shape {made.shape}")
    if not (made >= 0).all():
        raise SettingsError(f"{name}: expected numbers from 0 up, got {made.min()}: correct it")
    return np.array(np.broadcast_to(made, count))
