"""A graph that trains: an nn.Module whose parameters are two flat vectors."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from graphgrow.arrays import Array
from graphgrow.engine import autograd as _autograd  # noqa: F401 : gives the operators their gradients
from graphgrow.engine.batch import Objective, backpropagated, check_batch
from graphgrow.engine.kernels import Kernel
from graphgrow.engine.kernels.kernel import Loss
from graphgrow.engine.ops import Program, Watch
from graphgrow.engine.plan import Plan, compile
from graphgrow.errors import SettingsError
from graphgrow.graph.blocks import blocks, taken
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Wiring

DTYPES = {torch.float32: np.float32, torch.float64: np.float64}


def parameters_of(graph: Graph, plan: Plan) -> tuple[Array, Array]:
    """Weights of a graph in the order of its plan, float (edges,), and biases of all but the inputs."""
    return taken(graph.weight, plan.edge), graph.bias[plan.row[plan.inputs :]]


def read_back(wiring: Wiring, plan: Plan, values: Tensor, bias: Tensor) -> Graph:
    """The inverse of `parameters_of`, bit for bit.

    Raises
    ------
    SettingsError
        The parameters are neither float32 nor float64.
    """
    if values.dtype not in DTYPES:
        raise SettingsError(f"a Graph is float32 or float64, the network is {values.dtype}: call .float() first")
    weight = np.empty(plan.edges, DTYPES[values.dtype])
    trained = values.cpu().numpy()
    for part in blocks(plan.edges):
        weight[plan.edge[part]] = trained[part]
    by_row = np.zeros(plan.neurons, weight.dtype)
    by_row[plan.row[plan.inputs :]] = bias.cpu().numpy()
    return Graph(wiring, weight, by_row)


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
    program : the plan and the loops to run it with, as the operators know them.
    """

    values: nn.Parameter
    bias: nn.Parameter

    def __init__(self, graph: Graph, kernel: Kernel | None = None) -> None:
        super().__init__()
        self._kernel = kernel
        self.become(graph)

    def become(self, graph: Graph) -> None:
        """Take the structure and the weights of `graph`, as new Parameters on the device of the old ones.

        An optimizer that holds the old Parameters goes on training those: use `transplant`, which carries it along.
        """
        device = self.values.device if hasattr(self, "values") else torch.device("cpu")
        self.wiring: Wiring = graph.wiring
        self.program = Program(compile(graph.wiring), self._kernel)
        # New Parameters, since swapping .data breaks autograd graphs that are still alive.
        values, bias = parameters_of(graph, self.plan)
        self.values = nn.Parameter(torch.from_numpy(values).to(device))
        self.bias = nn.Parameter(torch.from_numpy(bias).to(device))

    @property
    def plan(self) -> Plan:
        """The index arrays that the kernels run over."""
        return self.program.plan

    @property
    def kernel(self) -> Kernel | None:
        """The loops asked for; None for the best that can."""
        return self._kernel

    @property
    def watch(self) -> Watch | None:
        """Called in the backward pass with activations and deltas, float (neurons, batch) by slot; for probes."""
        return self.program.watch

    @watch.setter
    def watch(self, watch: Watch | None) -> None:
        self.program.watch = watch

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
        made: Tensor = torch.ops.graphgrow.run.default(x, self.values, self.bias, self.program.number)[0]
        return made

    def objective(self, x: Tensor, target: Tensor, loss: Loss) -> Objective:
        """The loss of a batch, x (inputs, batch), computed together with its gradients; faster than `columns`.

        The target is int64 (batch,) for CROSS_ENTROPY and float (outputs, batch) for SQUARED_ERROR.

        Raises
        ------
        SettingsError
            Shapes or dtypes do not fit, or x requires a gradient, which only `columns` gives.
        """
        check_batch(x, target, loss, self.inputs, self.outputs, self.values)
        gradients = torch.is_grad_enabled() and (self.values.requires_grad or self.bias.requires_grad)
        made = torch.ops.graphgrow.step.default(
            x, target, self.values, self.bias, self.program.number, int(loss), gradients
        )
        return Objective(made[0][0], made[1], made[2][0])

    def backpropagate(self, x: Tensor, target: Tensor, loss: Loss) -> Objective:
        """As `objective`, and its gradients are added to `.grad` at once, without building an autograd graph.

        Does what `objective(...).mean.backward()` does, in a fraction of the overhead.
        """
        check_batch(x, target, loss, self.inputs, self.outputs, self.values)
        return backpropagated(self.program, self.values, self.bias, x, target, loss)

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
        made: Tensor = torch.ops.graphgrow.advance.default(
            state, self.values, self.bias, self.program.number, first, last
        )[0]
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
        return read_back(self.wiring, self.plan, self.values.detach(), self.bias.detach())

    def to_torch_csr(self) -> Tensor:
        """All weights as one sparse CSR matrix (neurons, neurons) by slot, in the memory of `values`; see `views`."""
        from graphgrow.engine.views import to_torch_csr

        return to_torch_csr(self)

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
