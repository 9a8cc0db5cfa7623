"""Threads decide how fast a step is, never what it computes; and torch's own threads are left alone."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from graphgrow import Activation, Graph
from graphgrow.engine import Kernel, Loss, Network, Population
from graphgrow.engine.kernels import schedules
from graphgrow.engine.kernels.cpu import Cpu, Sharing
from graphgrow.rng import stream
from tests.engine.companies import companies, with_outputs
from tests.engine.dense import normal, ordinary, runs
from tests.engine.sharing import ALONE, CORES, MANY_CORES, NEVER, SHARED, equal, threads
from tests.strategies import graphs, random_graph

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
# One, some lanes of a vector, a whole one, a tile, several tiles, each with and without a rest.
BATCHES = (1, 3, 4, 8, 15, 16, 17, 33, 64, 65, 100, 128, 200)
# Thread counts are told before and after everything that might start threads of its own.
STEPS = """
import torch
{before}
counts = [torch.get_num_threads()]
from graphgrow.engine import Loss, Network
from graphgrow.engine.kernels.cpu import Cpu, Sharing
from graphgrow.graph.builders import chain
counts.append(torch.get_num_threads())
network = Network(chain(2), Cpu(Sharing(product={many_from}, step={many_from})))
for _ in range(2):
    network(torch.ones(3, 1)).sum().backward()
    counts.append(torch.get_num_threads())
    network.backpropagate(torch.ones(1, 3), torch.zeros(3, dtype=torch.int64), Loss.CROSS_ENTROPY)
    counts.append(torch.get_num_threads())
import numba
print(*counts, numba.get_num_threads())
"""


def work(graph: Graph, size: int, kernel: Kernel) -> list[Tensor]:
    """Everything that a network computes, with all gradients."""
    network = Network(graph, kernel)
    x = normal(0, network.inputs, size, dtype=network.values.dtype).requires_grad_()
    output = network.columns(x)
    made = [output.detach(), *torch.autograd.grad(output.square().sum(), [x, network.values, network.bias])]
    state = normal(1, graph.neurons, size, dtype=x.dtype).requires_grad_()
    advanced = network.advance(state, 1, network.plan.levels)
    made += [advanced.detach(), *torch.autograd.grad(advanced.square().sum(), [state, network.values, network.bias])]
    return made + steps(network, size)


def steps(model: Network | Population, size: int) -> list[Tensor]:
    """Fused steps with both losses."""
    x, made = normal(2, model.inputs, size, dtype=model.values.dtype), list[Tensor]()
    labels = torch.from_numpy(stream(0, "labels").integers(0, model.outputs, size))
    for loss, target in (
        (Loss.CROSS_ENTROPY, labels),
        (Loss.SQUARED_ERROR, normal(3, model.outputs, size, dtype=x.dtype)),
    ):
        for data in (x, x.T.contiguous().T):
            found = model.objective(data, target, loss)
            grads = torch.autograd.grad(found.mean.sum(), [model.values, model.bias])
            made += [found.mean.detach(), found.outputs, found.losses, *grads]
    return made


def large(dtype: type) -> Graph:
    """Several runs of rows per level, rows of every length, and every activation."""
    return ordinary(random_graph([30, 40, 40, 20], 0.3, stream(0, "threads"), dtype))


@MANY_CORES
@DTYPES
@pytest.mark.parametrize("size", BATCHES)
def test_every_schedule_gives_the_bits_of_one_thread(dtype: type, size: int) -> None:
    wanted = work(large(dtype), size, ALONE)
    for kernel in SHARED.values():
        with threads(1):
            assert equal(work(large(dtype), size, kernel), wanted)
        with threads(2):
            for _ in range(2):
                assert equal(work(large(dtype), size, kernel), wanted)


@MANY_CORES
@given(graph=graphs(4, 4).filter(runs), size=st.sampled_from(BATCHES), name=st.sampled_from(sorted(SHARED)))
@settings(max_examples=60)
def test_the_same_on_any_graph(graph: Graph, size: int, name: str) -> None:
    # Special weights stay: infinities and NaN must be the same bits as well.
    wanted = work(graph, size, ALONE)
    with threads(2):
        assert equal(work(graph, size, SHARED[name]), wanted)


@MANY_CORES
@given(company=companies(), size=st.sampled_from(BATCHES), name=st.sampled_from(sorted(SHARED)))
@settings(max_examples=40)
def test_the_same_in_any_company(company: list[Graph], size: int, name: str) -> None:
    population, twin = Population(company, ALONE), Population(company, SHARED[name])
    x = normal(0, population.inputs, size, dtype=population.values.dtype)
    with threads(2):
        assert equal([twin.columns(x), *steps(twin, size)], [population.columns(x), *steps(population, size)])


def layers(dtype: type = np.float32) -> Graph:
    """6 neurons of every level but the first."""
    drawn = random_graph([20, 6, 6], 1.0, stream(0, "layers"), dtype)
    return ordinary(with_outputs(drawn, 6, stream(0, "layers outputs")))


@MANY_CORES
@pytest.mark.parametrize(
    ("sharing", "count", "size", "wanted"),
    [
        (Sharing(NEVER, NEVER), 2, 64, {"forward_one", "backward_one", "gradients_one", "step_one"}),
        (Sharing(0, 0), 1, 64, {"forward_one", "backward_one", "gradients_one", "step_one"}),
        (Sharing(0, 0, NEVER), 2, 64, {"forward_columns", "backward_columns", "gradients_rows", "step_columns"}),
        (Sharing(0, 0, 0), 2, 64, {"forward_rows", "backward_rows", "gradients_rows", "step_rows"}),
        # 16 columns are one part, too few for two threads.
        (Sharing(0, 0, NEVER), 2, 16, {"forward_rows", "backward_rows", "gradients_rows", "step_rows"}),
        (Sharing(0, NEVER, NEVER), 2, 64, {"forward_columns", "backward_columns", "gradients_rows", "step_one"}),
    ],
)
def test_work_is_shared_out_as_asked(
    monkeypatch: pytest.MonkeyPatch, sharing: Sharing, count: int, size: int, wanted: set[str]
) -> None:
    with threads(count):
        work(layers(), size, Cpu(sharing))
        used = spied(monkeypatch)
        work(layers(), size, Cpu(sharing))
    assert used == wanted


@MANY_CORES
@pytest.mark.parametrize(
    ("members", "wanted"), [(1, "step_members"), (2, "step_members"), (3, "step_columns"), (NEVER, "step_columns")]
)
def test_whole_members_go_to_threads_where_there_are_enough(
    monkeypatch: pytest.MonkeyPatch, members: int, wanted: str
) -> None:
    population = Population([layers()] * 4, Cpu(Sharing(0, 0, NEVER, members)))
    with threads(2):
        steps(population, 64)
        used = spied(monkeypatch)
        steps(population, 64)
    assert used == {wanted}


def test_work_is_shared_out_from_the_number_given_on(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = layers()
    for product, part in ((graph.edges * 33, "columns"), (graph.edges * 33 + 1, "one")):
        network = Network(graph, Cpu(Sharing(product=product, step=product)))
        monkeypatch.setattr("numba.get_num_threads", lambda: 2)
        assert network.kernel._parts(graph.edges, 33, product)[0] == part  # type: ignore[union-attr]


def spied(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of the schedules that run from now on."""
    used: set[str] = set()

    def spy(name: str) -> None:
        real = getattr(schedules, name)

        def noted(*given: object) -> None:
            used.add(name)
            real(*given)

        monkeypatch.setattr(schedules, name, noted)

    for kind in ("forward", "backward", "gradients", "step"):
        for way in ("one", "columns", "rows", "members"):
            if hasattr(schedules, f"{kind}_{way}"):
                spy(f"{kind}_{way}")
    return used


@pytest.mark.parametrize("kernel", [ALONE, *SHARED.values()], ids=["one", *SHARED])
def test_no_samples_at_all(kernel: Cpu) -> None:
    network = Network(layers(), kernel)
    with threads(min(2, CORES)):
        output = network.columns(torch.zeros(network.inputs, 0))
        torch.autograd.backward(output.sum())
    assert output.shape == (6, 0)
    assert network.values.grad is not None
    assert not network.values.grad.any()


@pytest.mark.parametrize("many_from", [0, NEVER])
@pytest.mark.parametrize("before", ["torch.set_num_threads(1)", "torch.set_num_threads(3)", ""])
def test_the_number_of_torch_threads_stays(before: str, many_from: int) -> None:
    counts = [int(word) for word in fresh(STEPS.format(before=before, many_from=many_from)).split()]
    assert len(set(counts[:-1])) == 1, counts
    assert not before or counts[0] == int(before[-2])


@MANY_CORES
def test_the_number_of_numba_threads_stays() -> None:
    for count in (1, 2):
        code = f"import numba; numba.set_num_threads({count})\n" + STEPS.format(before="", many_from=0)
        assert int(fresh(code).split()[-1]) == count


def test_importing_the_engine_loads_no_kernels() -> None:
    assert fresh("import sys, graphgrow.engine; print('numba' in sys.modules)") == "False"


def fresh(code: str) -> str:
    """What this code prints in a new interpreter."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_step_on_another_thread_of_python() -> None:
    graph, made = large(np.float32), list[Tensor]()
    wanted = work(graph, 17, ALONE)
    worker = threading.Thread(target=lambda: made.extend(work(graph, 17, ALONE)))
    worker.start()
    worker.join()
    assert equal(made, wanted)


def test_one_network_on_several_threads_of_python_at_once() -> None:
    # They share the plan, whose memory for a step only one of them can have.
    network, found = Network(large(np.float32), Cpu()), list[list[Tensor]]()
    batches = [normal(seed, network.inputs, 17) for seed in range(3)]
    labels = torch.zeros(17, dtype=torch.int64)

    def losses() -> list[Tensor]:
        with torch.no_grad():
            return [network.objective(x, labels, Loss.CROSS_ENTROPY).losses for x in batches]

    wanted = losses()
    workers = [threading.Thread(target=lambda: found.extend(losses() for _ in range(20))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 80
    assert all(equal(made, wanted) for made in found)


def test_networks_of_one_shape_in_turn() -> None:
    # Memory is kept from step to step: what stands in it must not matter, nor a batch of another size or dtype.
    network = Network(large(np.float32), ALONE)
    wanted = {size: steps(network, size) for size in (17, 40)}
    with torch.no_grad():
        network.values.fill_(float("nan"))
    steps(network, 17)
    with torch.no_grad():
        network.values.copy_(Network(large(np.float32)).values)
    for size in (17, 40, 17):
        assert equal(steps(network, size), wanted[size])
    double = steps(network.double(), 17)
    assert equal(steps(network.float(), 17), wanted[17])
    torch.testing.assert_close([each.float() for each in double], wanted[17], rtol=1e-3, atol=1e-3)


def test_every_activation_is_in_the_large_graph() -> None:
    assert set(large(np.float32).wiring.activation.tolist()) == {int(code) for code in Activation}
