"""A graph that trains: an nn.Module whose parameters are two flat vectors."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from graphgrow.arrays import Array
from graphgrow.engine.autograd import Advance, Columns, Watch
from graphgrow.engine.kernels import Kernel, choose
from graphgrow.engine.plan import Plan, compile
from graphgrow.errors import SettingsError
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Wiring

DTYPES = {torch.float32: np.float32, torch.float64: np.float64}


class Network(nn.Module):
    """Runs and trains a Graph at a cost that follows its edges.

    `values` and `bias` are ordinary dense Parameters, so every elementwise optimizer, gradient clipping and
    checkpointing works; the index arrays are no buffers, so nothing broadcasts them every step. A Parameter is replaced
    when the network grows: hold the Network, never its Parameters (`transplant` keeps the optimizer in step).

    Attributes
    ----------
    values : float (edges,), weights in plan order.
    bias : float (neurons - inputs,), by slot after the inputs.
    wiring, plan : the structure, and how it is run.
    kernel : the loops to run it with; None for the best that can.
    watch : called in the backward pass with activations and deltas, float (neurons, batch) by slot; for probes.
    """

    values: nn.Parameter
    bias: nn.Parameter

    def __init__(self, graph: Graph, kernel: Kernel | None = None) -> None:
        super().__init__()
        self.kernel = kernel
        self.watch: Watch | None = None
        self.become(graph)

    def become(self, graph: Graph) -> None:
        """Take the structure and the weights of `graph`, as new Parameters on the device of the old ones.

        An optimizer that holds the old Parameters goes on training those: use `transplant`, which carries it along.
        """
        device = self.values.device if hasattr(self, "values") else torch.device("cpu")
        self.wiring: Wiring = graph.wiring
        self.plan: Plan = compile(graph.wiring)
        # New Parameters, since swapping .data breaks autograd graphs that are still alive.
        self.values = nn.Parameter(torch.from_numpy(graph.weight[self.plan.edge]).to(device))
        self.bias = nn.Parameter(torch.from_numpy(graph.bias[self.plan.row[self.plan.inputs :]]).to(device))

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return self.plan.inputs

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return int(self.plan.outputs.size)

    def forward(self, x: Tensor) -> Tensor:
        """x (batch, inputs) -> (batch, outputs)."""
        if x.ndim != 2 or x.shape[1] != self.inputs:
            raise SettingsError(f"expected x (batch, {self.inputs}), got {tuple(x.shape)}: flatten or reshape x")
        return self.columns(x.T).T

    def columns(self, x: Tensor) -> Tensor:
        """x (inputs, batch) -> (outputs, batch), the layout the kernels use.

        Raises
        ------
        SettingsError
            x has another number of inputs, or another dtype than the parameters.
        """
        if x.ndim != 2 or x.shape[0] != self.inputs:
            raise SettingsError(f"expected ({self.inputs}, batch) inputs by column, got {tuple(x.shape)}: reshape x")
        self._check_dtype(x)
        which = choose(self.kernel, self.values)
        made: Tensor = Columns.apply(  # type: ignore[no-untyped-call]
            x, self.values, self.bias, self.plan, which, self.watch
        )
        return made

    def advance(self, state: Tensor, first: int, last: int) -> Tensor:
        """state (neurons, batch) by slot -> the same with the levels first, .., last - 1 computed anew.

        Serves early exit, bypasses and clamped prefixes; `plan.last_reader` says what later levels still read.

        Raises
        ------
        SettingsError
            The levels or the shape do not fit this network.
        """
        if not 1 <= first <= last <= self.plan.levels:
            raise SettingsError(f"levels [{first}, {last}): expected 1 <= first <= last <= {self.plan.levels}")
        if state.ndim != 2 or state.shape[0] != self.plan.neurons:
            raise SettingsError(f"expected state ({self.plan.neurons}, batch), got {tuple(state.shape)}")
        self._check_dtype(state)
        which = choose(self.kernel, self.values)
        made: Tensor = Advance.apply(  # type: ignore[no-untyped-call]
            state, self.values, self.bias, self.plan, which, first, last
        )
        return made

    def activations(self, x: Tensor) -> Tensor:
        """x (inputs, batch) -> activations of all neurons (neurons, batch), by slot."""
        if x.ndim != 2 or x.shape[0] != self.inputs:
            raise SettingsError(f"expected ({self.inputs}, batch) inputs by column, got {tuple(x.shape)}: reshape x")
        state = torch.cat([x, x.new_zeros((self.plan.neurons - self.inputs, x.shape[1]))])
        return self.advance(state, 1, self.plan.levels)

    def graph(self) -> Graph:
        """The network as a Graph with today's weights, bit for bit.

        Raises
        ------
        SettingsError
            The parameters are neither float32 nor float64.
        """
        if self.values.dtype not in DTYPES:
            raise SettingsError(
                f"a Graph is float32 or float64, the network is {self.values.dtype}: call .float() first"
            )
        weight = np.empty(self.plan.edges, DTYPES[self.values.dtype])
        weight[self.plan.edge] = self.values.detach().cpu().numpy()
        bias = np.zeros(self.plan.neurons, weight.dtype)
        bias[self.plan.row[self.inputs :]] = self.bias.detach().cpu().numpy()
        return Graph(self.wiring, weight, bias)

    def by_row(self, rows: Tensor) -> Array:
        """float (neurons, ...) by slot -> the same by graph row."""
        made: Array = rows.detach().cpu().numpy()[self.plan.slot]
        return made

    def _check_dtype(self, x: Tensor) -> None:
        if x.dtype != self.values.dtype:
            raise SettingsError(
                f"expected {self.values.dtype} like the parameters, got {x.dtype}: cast x or the network"
            )

    def extra_repr(self) -> str:
        """Sizes, for print(network)."""
        return f"neurons={self.plan.neurons}, edges={self.plan.edges}, levels={self.plan.levels}"
