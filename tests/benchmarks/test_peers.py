"""Every peer computes what a Network of the same graph computes: to be faster at something else would mean nothing."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmarks import networks
from benchmarks.networks import Batches
from benchmarks.peers.dense_masked import DenseMasked, Masking
from benchmarks.peers.mkl_csr import MklCsr
from benchmarks.peers.our_population import OurPopulation
from benchmarks.peers.ours import Ours
from benchmarks.peers.peer import Gradients, Peer, PopulationPeer
from benchmarks.peers.sequential import Optimizers, Sequential
from benchmarks.peers.vmapped import Form, Vmapped
from graphgrow import Graph
from graphgrow.arrays import Array
from graphgrow.engine import Network
from graphgrow.graph.builders import layered
from graphgrow.rng import stream
from tests.engine.dense import dense, parameters

TOLERANCE = 1e-5
SIZES = (8, 12, 10, 4)
MEMBERS = 5
STEPS = 3


def example(seed: int = 0, densities: Sequence[float] = (0.3, 0.3, 1.0)) -> Graph:
    """A layered graph with biases that are not zero and a dense head, in which every neuron has an in-edge."""
    draws = stream(seed, "peers")
    made = layered(SIZES, densities, draws, every_neuron=True)
    bias = np.where(made.wiring.level == 0, 0, draws.standard_normal(made.neurons)).astype(np.float32)
    return made.with_weights(made.weight, bias)


def batches() -> Batches:
    return networks.batches(SIZES[0], SIZES[-1], 16, samples=48)


def expected(graph: Graph, x: Tensor, y: Tensor) -> tuple[Array, Gradients]:
    """Logits and gradients from the network that is computed neuron by neuron."""
    own = parameters(graph)
    logits = dense(graph, x.T, own).T
    loss = torch.nn.functional.cross_entropy(logits, y)
    weight, bias = torch.autograd.grad(loss, [own.weight, own.bias], allow_unused=True)
    return logits.detach().numpy(), Gradients(weight.numpy(), bias.numpy())


def by_name(module: str, name: str) -> Callable[[Graph, Batches], Peer]:
    """A peer whose package may be missing; the test is skipped then."""

    def make(graph: Graph, given: Batches) -> Peer:
        file = importlib.import_module(f"benchmarks.peers.{module}")
        pytest.importorskip(file.PACKAGE)
        peer: Peer = getattr(file, name)(graph, given)
        return peer

    return make


PEERS: dict[str, Callable[[Graph, Batches], Peer]] = {
    "ours": Ours,
    "masked-both": lambda graph, given: DenseMasked(graph, given, Masking.BOTH),
    "masked-default": lambda graph, given: DenseMasked(graph, given, Masking.BOTH, fused=False),
    "masked-weights": lambda graph, given: DenseMasked(graph, given, Masking.WEIGHTS),
    "mkl": MklCsr,
    "sparseprop": by_name("sparseprop", "SparseProp"),
    "connex": by_name("connex", "Connex"),
}
POPULATIONS: dict[str, Callable[[Sequence[Graph], Batches], PopulationPeer]] = {
    "ours": OurPopulation,
    "sequential": lambda graphs, given: Sequential(graphs, given, Optimizers.EACH, masked=True),
    "sequential-together": lambda graphs, given: Sequential(graphs, given, Optimizers.TOGETHER, masked=True),
    "vmap": lambda graphs, given: Vmapped(graphs, given, Form.VMAP, masked=True),
    "by-hand": lambda graphs, given: Vmapped(graphs, given, Form.BY_HAND, masked=True),
}


def close(made: Array, wanted: Array) -> None:
    np.testing.assert_allclose(made, wanted, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("name", sorted(PEERS))
@pytest.mark.parametrize("densities", [(0.3, 0.3, 1.0), (0.25, 0.25, 0.4)], ids=["dense-head", "sparse-head"])
def test_a_peer_computes_the_same_outputs_and_gradients(name: str, densities: Sequence[float]) -> None:
    graph, given = example(densities=densities), batches()
    peer, (x, y) = PEERS[name](graph, given), (given.x[given.rows[0]], given.y[given.rows[0]])
    outputs, gradients = expected(graph, x, y)
    close(peer.outputs(x), outputs)
    made = peer.gradients(x, y)
    close(made.weight, gradients.weight)
    close(made.bias, gradients.bias)


@pytest.mark.parametrize("name", sorted(set(PEERS) - {"ours"}))
def test_a_peer_is_the_same_network_after_some_steps(name: str) -> None:
    graph, given = example(1), batches()
    peer, ours = PEERS[name](graph, given), Ours(graph, given)
    for _ in range(STEPS):
        peer.step()
        ours.step()
    # Adam divides by the size of a gradient, so rounding of gradients near zero shows.
    np.testing.assert_allclose(peer.outputs(given.x), ours.outputs(given.x), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", sorted(POPULATIONS))
def test_a_population_of_peers_computes_the_same(name: str) -> None:
    graphs, given = [example(seed, (0.3, 0.4, 0.5)) for seed in range(MEMBERS)], batches()
    peer, (x, y) = POPULATIONS[name](graphs, given), (given.x[given.rows[0]], given.y[given.rows[0]])
    outputs, found = peer.outputs(x), peer.gradients(x, y)
    for member, graph in enumerate(graphs):
        logits, gradients = expected(graph, x, y)
        close(outputs[member], logits)
        close(found[member].weight, gradients.weight)
        close(found[member].bias, gradients.bias)


@pytest.mark.parametrize("name", sorted(POPULATIONS))
def test_a_population_of_peers_is_the_same_after_some_steps(name: str) -> None:
    graphs, given = [example(seed, (0.3, 0.4, 0.5)) for seed in range(MEMBERS)], batches()
    peer, alone = POPULATIONS[name](graphs, given), [Ours(graph, given) for graph in graphs]
    for _ in range(STEPS):
        peer.step()
        for ours in alone:
            ours.step()
    wanted = np.stack([ours.outputs(given.x) for ours in alone])
    np.testing.assert_allclose(peer.outputs(given.x), wanted, rtol=1e-3, atol=1e-4)


def test_the_unmasked_dense_network_becomes_another_one() -> None:
    graph, given = example(2), batches()
    masked, full = DenseMasked(graph, given), DenseMasked(graph, given, Masking.NONE)
    for peer in (masked, full):
        peer.step()
    assert not np.allclose(masked.outputs(given.x), full.outputs(given.x), atol=1e-3)


def test_a_step_of_ours_trains_the_network_itself() -> None:
    graph, given = example(3), batches()
    ours = Ours(graph, given)
    ours.step()
    assert not ours.network.graph().same(graph)
    close(ours.outputs(given.x), Network(ours.network.graph())(given.x).detach().numpy())
