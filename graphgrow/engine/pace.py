"""Scaling the UPDATE of single parameters: clamps, boosts and windows that work under any optimizer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, optim

from graphgrow.engine.network import Network
from graphgrow.errors import SettingsError


def scale_update(parameter: Tensor, kept: Tensor, factor: Tensor) -> None:
    """Make what happened to a parameter since it was `kept` happen `factor` times, all of one shape."""
    with torch.no_grad():
        scaled = kept + factor.to(parameter.dtype) * (parameter - kept)
        parameter.copy_(torch.where(factor == 1, parameter, torch.where(factor == 0, kept, scaled)))


class Pace:
    """Multiplies what an optimizer step does to each value and bias.

    Scaling gradients does nothing under Adam, which divides by their size; scaling the update is exact for every
    optimizer, weight decay included. 1 leaves the step bit-identical, 0 leaves the parameter bit-identical.

    Attributes
    ----------
    edge : float32 (edges,), factors in plan order, like `network.values`.
    neuron : float32 (neurons - inputs,), like `network.bias`.
    """

    def __init__(self, network: Network, optimizer: optim.Optimizer) -> None:
        self.network = network
        held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
        if not {id(network.values), id(network.bias)} <= held:
            raise SettingsError(
                "the optimizer does not hold this network's parameters: make it from network.parameters()"
            )
        self.reset()
        self._kept: tuple[Tensor, Tensor] | None = None
        self._hooks = [
            optimizer.register_step_pre_hook(self._before),
            optimizer.register_step_post_hook(self._after),
        ]

    def reset(self) -> None:
        """Factors of 1 for the network as it stands; needed after every change of structure."""
        self._wiring = self.network.wiring
        self.edge: Tensor = torch.ones(self.network.values.numel(), device=self.network.values.device)
        self.neuron: Tensor = torch.ones(self.network.bias.numel(), device=self.network.bias.device)

    def remove(self) -> None:
        """Let the optimizer step as it wants again."""
        for hook in self._hooks:
            hook.remove()

    def _before(self, *_: Any) -> None:
        """Keep the parameters as they stand before the step."""
        if self._wiring is not self.network.wiring:
            raise SettingsError(
                "the network grew since these factors were set: call reset() and set factors of the new size"
            )
        for name, factor, parameter in self._both():
            if factor.shape != parameter.shape:
                raise SettingsError(
                    f"Pace.{name} has {factor.numel()} factors for {parameter.numel()} parameters: "
                    "set one factor per parameter"
                )
        self._kept = (self.network.values.detach().clone(), self.network.bias.detach().clone())

    def _after(self, *_: Any) -> None:
        """Scale what the step did."""
        if self._kept is None:
            return
        for (_name, factor, parameter), kept in zip(self._both(), self._kept, strict=True):
            scale_update(parameter, kept, factor)
        self._kept = None

    def _both(self) -> tuple[tuple[str, Tensor, Tensor], ...]:
        return (("edge", self.edge, self.network.values), ("neuron", self.neuron, self.network.bias))
