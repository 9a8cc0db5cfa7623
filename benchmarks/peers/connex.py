"""connex (Gleyzer): networks on any directed acyclic graph in JAX, the project nearest to this one.

It runs each topological batch as a dense matrix times a mask, compiles anew for every new graph, and takes only graphs
in which every neuron that is no input has an in-edge. JAX takes all cores that the process may use.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from torch import Tensor

from benchmarks.networks import Batches
from benchmarks.peers.peer import LEARNING_RATE, WEIGHT_DECAY, Gradients
from graphgrow.arrays import Array
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role, Wiring

PACKAGE = "connex"


class Connex:
    """A connex network with the graph's weights under optax's AdamW.

    The whole step is compiled as one, the network's structure being part of the program: twice as fast here as
    passing the network through equinox.filter_jit at every step.
    """

    def __init__(self, graph: Graph, batches: Batches) -> None:
        import jax
        import optax

        self._wiring = graph.wiring
        self._places = _Places(graph)
        self._optimizer = optax.adamw(LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        self._parameters, self._forward = self._places.parameters, self._places.forward
        self._state = self._optimizer.init(self._parameters)
        self._x, self._y = jax.numpy.asarray(batches.x.numpy()), jax.numpy.asarray(batches.y.numpy())
        self._rows = batches.forever()
        self._loss_and_gradients = jax.value_and_grad(self._loss)
        self._compiled = jax.jit(self._updated)

    def _loss(self, parameters: Any, x: Any, y: Any) -> Any:
        import optax

        return optax.softmax_cross_entropy_with_integer_labels(self._forward(parameters, x), y).mean()

    def _updated(self, parameters: Any, state: Any, x: Any, y: Any, rows: Any) -> Any:
        """Parameters and state after a step, and its loss."""
        import optax

        loss, grads = self._loss_and_gradients(parameters, x[rows], y[rows])
        updates, state = self._optimizer.update(grads, state, parameters)
        return optax.apply_updates(parameters, updates), state, loss

    def step(self) -> None:
        """As Peer.step; waits for the result, which JAX would compute behind our back."""
        rows = next(self._rows).numpy()
        self._parameters, self._state, loss = self._compiled(self._parameters, self._state, self._x, self._y, rows)
        loss.block_until_ready()

    def outputs(self, x: Tensor) -> Array:
        """As Peer.outputs."""
        return np.asarray(self._forward(self._parameters, x.numpy()))

    def gradients(self, x: Tensor, y: Tensor) -> Gradients:
        """As Peer.gradients."""
        _, grads = self._loss_and_gradients(self._parameters, x.numpy(), y.numpy())
        return self._places.collect(self._wiring, grads._weights_and_biases)


class _Places:
    """A connex network, and where in its matrices each edge and each bias of the graph stands."""

    def __init__(self, graph: Graph) -> None:
        import equinox
        import jax

        wiring, network = graph.wiring, _network(graph.wiring)
        self._find(network, wiring)
        matrices = [np.zeros(matrix.shape, np.float32) for matrix in network._weights_and_biases]
        for number, matrix in enumerate(matrices):
            edges, rows = self.batch[wiring.target] == number, self.batch == number
            matrix[self.place[wiring.target[edges]], self.column[edges]] = graph.weight[edges]
            matrix[self.place[rows], -1] = graph.bias[rows]
        network = equinox.tree_at(
            lambda made: made._weights_and_biases, network, [jax.numpy.asarray(m) for m in matrices]
        )
        self.parameters, static = equinox.partition(network, equinox.is_inexact_array)
        # A key of its own, or the network would ask the clock for one at every call.
        key = jax.random.PRNGKey(0)

        def forward(parameters: Any, x: Any) -> Any:
            whole = equinox.combine(parameters, static)
            return jax.vmap(lambda sample: whole(sample, key=key))(x)

        self.forward = forward

    def _find(self, network: Any, wiring: Wiring) -> None:
        """Topological batch and place in it of each neuron row, -1 for inputs, and column of each edge."""
        number = np.array([network._neuron_to_id[row] for row in range(wiring.neurons)])
        self.batch, self.place = np.full(wiring.neurons, -1), np.full(wiring.neurons, -1)
        for index, members in enumerate(network._topo_batches):
            rows = np.argsort(number)[np.asarray(members)]
            self.batch[rows], self.place[rows] = index, np.arange(rows.size)
        self.column = number[wiring.source] - np.asarray(network._min_index)[self.batch[wiring.target]]

    def collect(self, wiring: Wiring, matrices: Any) -> Gradients:
        """Gradients by row of the graph."""
        weight, bias = np.zeros(wiring.edges, np.float32), np.zeros(wiring.neurons, np.float32)
        for number, matrix in enumerate(np.asarray(made) for made in matrices):
            edges, rows = self.batch[wiring.target] == number, self.batch == number
            weight[edges] = matrix[self.place[wiring.target[edges]], self.column[edges]]
            bias[rows] = matrix[self.place[rows], -1]
        return Gradients(weight, bias)


def _network(wiring: Wiring) -> Any:
    """A connex network of this structure."""
    import networkx

    directed = networkx.DiGraph()
    directed.add_nodes_from(range(wiring.neurons))
    directed.add_edges_from(zip(wiring.source.tolist(), wiring.target.tolist(), strict=True))
    inputs, outputs = wiring.rows(Role.INPUT).tolist(), wiring.rows(Role.OUTPUT).tolist()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it uses what equinox and JAX have since come to call mistakes
        import connex
        import jax

        return connex.NeuralNetwork(directed, inputs, outputs, hidden_activation=jax.nn.relu)
