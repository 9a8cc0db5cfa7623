"""A graph out of a torch model that is a plain stack of layers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph.builders import from_dense
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation

_KNOWN: dict[type[nn.Module], Activation] = {
    nn.ReLU: Activation.RELU,
    nn.LeakyReLU: Activation.LEAKY_RELU,
    nn.GELU: Activation.GELU,
    nn.Sigmoid: Activation.SIGMOID,
    nn.Tanh: Activation.TANH,
}
_SKIPPED = (nn.Identity, nn.Flatten, nn.Dropout)


def from_sequential(model: nn.Sequential, threshold: float = 0.0) -> Graph:
    """The Graph of an nn.Sequential of Linear layers and activations; entries with |w| <= threshold become no edges.

    Flatten, Identity and Dropout are passed over: Flatten changes no number, the other two nothing in evaluation.

    Raises
    ------
    GraphError
        The model is no nn.Sequential, has no Linear layer, or holds a layer other than Linear, ReLU, LeakyReLU (slope
        0.01), GELU (exact), Sigmoid, Tanh, Identity, Flatten or Dropout.
    """
    if not isinstance(model, nn.Sequential):
        raise GraphError(f"expected an nn.Sequential, got {type(model).__name__}: wrap the layers in nn.Sequential")
    weights: list[Array] = []
    biases: list[Array | None] = []
    activations: list[Activation] = []
    # Not named_children(), which passes over a layer that stands there a second time, such as one shared ReLU.
    for name, layer in zip(model._modules, model, strict=True):
        if isinstance(layer, nn.Linear):
            weights.append(_array(layer.weight))
            biases.append(None if layer.bias is None else _array(layer.bias))
            activations.append(Activation.IDENTITY)
        elif not isinstance(layer, _SKIPPED):
            activation = _activation(name, layer)
            if not activations or activations[-1] is not Activation.IDENTITY:
                raise GraphError(
                    f"layer {name} ({layer}): an activation must follow a Linear layer: insert or remove one"
                )
            activations[-1] = activation
    if not weights:
        raise GraphError("the model has no Linear layer: there is nothing to turn into edges")
    graph = from_dense(weights, biases, threshold=threshold)
    by_level = np.array([Activation.IDENTITY, *activations], np.uint8)
    return Graph(replace(graph.wiring, activation=by_level[graph.wiring.level]), graph.weight, graph.bias)


def _array(parameter: Tensor) -> Array:
    """The parameter in a dtype that numpy has and that holds it to the last digit."""
    dtype = torch.float64 if parameter.dtype is torch.float64 else torch.float32
    made: Array = parameter.detach().cpu().to(dtype).numpy()
    return made


def _activation(name: str, layer: nn.Module) -> Activation:
    """The activation of a layer, if it is one of ours to the last digit."""
    known = _KNOWN.get(type(layer))
    if known is Activation.LEAKY_RELU and getattr(layer, "negative_slope", 0.01) != 0.01:
        known = None
    if known is Activation.GELU and getattr(layer, "approximate", "none") != "none":
        known = None
    if known is None:
        kinds: list[type[nn.Module]] = [nn.Linear, *_KNOWN, *_SKIPPED]
        usable = ", ".join(kind.__name__ for kind in kinds)
        raise GraphError(f"layer {name} ({layer}) has no counterpart here: use {usable} with default settings")
    return known
