"""One optimizer for many members, against torch's own on each of them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn, optim

from graphgrow import Graph
from graphgrow.engine import Adam, Descent, MemberOptimizer, Network, Population
from graphgrow.engine.kernels import updates
from graphgrow.engine.methods import Method
from tests.engine.dense import normal, same
from tests.engine.sharing import CORES, threads
from tests.engine.training import WAYS, force, give, quartet, trained

RATES, DECAYS, CLIPS = (1e-2, 3e-3, 0.0), (0.0, 0.1, 0.5), (np.inf, 0.5, 2.0)
METHODS: dict[str, tuple[Method, Callable[..., optim.Optimizer], dict[str, Any]]] = {
    "AdamW": (Adam(), optim.AdamW, {}),
    "AdamW with other betas": (Adam((0.5, 0.9), 1e-4), optim.AdamW, {"betas": (0.5, 0.9), "eps": 1e-4}),
    "Adam": (Adam(decoupled=False), optim.Adam, {}),
    "SGD": (Descent(), optim.SGD, {}),
    "SGD momentum": (Descent(0.9), optim.SGD, {"momentum": 0.9}),
    "SGD nesterov": (Descent(0.9, nesterov=True), optim.SGD, {"momentum": 0.9, "nesterov": True}),
}
EACH = pytest.mark.parametrize("name", list(METHODS))


def trio(dtype: type = np.float32) -> list[Graph]:
    return quartet(dtype)[:3]


def cut(population: Population, flat: tuple[Tensor, Tensor]) -> list[list[Tensor]]:
    """Values and biases of each member."""
    parts = [
        [each[start:stop] for start, stop in pairwise(bounds.tolist())]
        for each, bounds in zip(flat, population.offsets, strict=True)
    ]
    return [list(pair) for pair in zip(*parts, strict=True)]


def near(made: Tensor, wanted: Tensor, tolerance: float) -> None:
    """Relative to the norm."""
    assert float((made - wanted).norm()) <= tolerance * max(float(wanted.norm()), 1e-12)


@EACH
@WAYS
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-6), (np.float64, 1e-10)])
def test_every_member_goes_the_way_of_the_optimizer_of_torch(
    monkeypatch: pytest.MonkeyPatch, name: str, way: str, dtype: type, tolerance: float
) -> None:
    force(monkeypatch, way)
    method, make, settings = METHODS[name]
    population = Population(trio(dtype))
    made = MemberOptimizer(population, method, learning_rate=RATES, weight_decay=DECAYS, clip=CLIPS)
    twins = [
        [nn.Parameter(part.clone()) for part in held]
        for held in cut(population, (population.values.detach(), population.bias.detach()))
    ]
    wanted = [
        make(held, lr=rate, weight_decay=decay, foreach=False, **settings)
        for held, rate, decay in zip(twins, RATES, DECAYS, strict=True)
    ]
    for step in range(100):
        grads = cut(population, give(population, step))
        made.step()
        for held, grad, clip, optimizer in zip(twins, grads, CLIPS, wanted, strict=True):
            for parameter, part in zip(held, grad, strict=True):
                parameter.grad = part
            nn.utils.clip_grad_norm_(held, clip)
            optimizer.step()
    assert made.steps.tolist() == [100] * 3
    for number, (held, optimizer) in enumerate(zip(twins, wanted, strict=True)):
        for k, parameter in enumerate(held):
            near(population.member(number)[k], parameter.detach(), tolerance)
            for key, states in made.state.items():
                state = optimizer.state[parameter].get(key)
                if state is not None:  # torch keeps none where there is no momentum
                    near(cut(population, states)[number][k], state, tolerance)


@EACH
@WAYS
def test_a_network_goes_the_way_it_goes_in_company(monkeypatch: pytest.MonkeyPatch, name: str, way: str) -> None:
    force(monkeypatch, way)
    population = Population(trio())
    held = MemberOptimizer(population, METHODS[name][0], learning_rate=RATES, weight_decay=DECAYS, clip=CLIPS)
    trained(population, held, range(5))
    for number, (graph, *numbers) in enumerate(zip(trio(), RATES, DECAYS, CLIPS, strict=True)):
        network = Network(graph)
        own = MemberOptimizer(
            network, METHODS[name][0], learning_rate=numbers[0], weight_decay=numbers[1], clip=numbers[2]
        )
        trained(network, own, range(5))
        assert population.graph(number).same(network.graph())
        for key, states in held.state.items():
            assert all(same(*pair) for pair in zip(cut(population, states)[number], own.state[key], strict=True))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@EACH
def test_pieces_and_threads_change_no_bit(monkeypatch: pytest.MonkeyPatch, name: str, dtype: type) -> None:
    found = []
    for piece, many_from in ((updates.PIECE, updates.MANY_FROM), (7, 10**9), (7, 0), (1, 0)):
        monkeypatch.setattr(updates, "PIECE", piece)
        monkeypatch.setattr(updates, "MANY_FROM", many_from)
        population = Population(trio(dtype))
        optimizer = MemberOptimizer(population, METHODS[name][0], learning_rate=RATES, weight_decay=DECAYS)
        with threads(min(2, CORES)):
            for seed in range(4):
                give(population, seed)
                optimizer.step()
        found.append([population.values.detach(), population.bias.detach()])
    assert all(same(*pair) for other in found[1:] for pair in zip(found[0], other, strict=True))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@EACH
def test_large_vectors(name: str, dtype: type) -> None:
    # Three members: two pieces and a rest, none at all, and one number more than a piece.
    bounds = np.cumsum([0, 2 * updates.PIECE + 5, 0, updates.PIECE + 1])
    begins, member = updates.pieces(bounds)
    assert member.tolist() == [0, 0, 0, 2, 2]
    assert begins.tolist() == [0, updates.PIECE, 2 * updates.PIECE, bounds[1], bounds[2] + updates.PIECE, bounds[3]]
    method, kind = METHODS[name][0], torch.float32 if dtype is np.float32 else torch.float64
    found = []
    for loop in (updates.update_one, updates.update_many):
        values, grad, first, second = (normal(seed, int(bounds[-1]), dtype=kind).numpy() for seed in range(4))
        with threads(min(2, CORES)):
            loop(
                begins, member, isinstance(method, Adam), method.flag, np.array(RATES), np.array(DECAYS), np.ones(3),
                np.array([1, 5, 100]), np.array(method.numbers), values, grad, first, abs(second),
            )  # fmt: skip
        found.append([values.tobytes(), first.tobytes()])
    assert found[0] == found[1]


def test_the_norm_of_many_pieces() -> None:
    bounds = np.cumsum([0, 2 * updates.PIECE + 5, 0, 1000])
    for dtype in (torch.float32, torch.float64):
        grad = normal(0, int(bounds[-1]), dtype=dtype).numpy()
        squares = np.zeros(3)
        updates.add_squares(*updates.pieces(bounds), grad, squares)
        wanted = [(grad[start:stop].astype(np.float64) ** 2).sum() for start, stop in pairwise(bounds)]
        np.testing.assert_allclose(squares, wanted, rtol=1e-12)


@WAYS
def test_clipping_is_by_the_norm_of_values_and_biases_of_a_member(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    force(monkeypatch, way)
    population = Population(trio(np.float64))
    clips = np.array([1e-3, np.inf, 1e6])
    optimizer = MemberOptimizer(population, Descent(), learning_rate=1.0, weight_decay=0.0, clip=clips)
    before = cut(population, (population.values.detach().clone(), population.bias.detach().clone()))
    grads = cut(population, give(population, 0))
    optimizer.step()
    after = cut(population, (population.values.detach(), population.bias.detach()))
    for number, wanted in enumerate(clips):
        moved = torch.cat([one - other for one, other in zip(before[number], after[number], strict=True)])
        norm = float(torch.cat(grads[number]).norm())
        assert float(moved.norm()) == pytest.approx(min(norm, wanted), rel=1e-2 if number == 0 else 1e-12)


@WAYS
@pytest.mark.parametrize("bad", [float("inf"), float("nan")])
def test_a_diverged_member_harms_no_other(monkeypatch: pytest.MonkeyPatch, way: str, bad: float) -> None:
    force(monkeypatch, way)
    found = []
    for broken in (False, True):
        population = Population(trio())
        optimizer = MemberOptimizer(population, learning_rate=RATES, clip=CLIPS)
        give(population, 0)
        if broken and population.values.grad is not None:
            population.values.grad[-1] = bad
        optimizer.step()
        found.append(population)
    for number in range(2):
        assert found[0].graph(number).same(found[1].graph(number))
    assert bool(torch.isnan(found[1].member(2)[0]).any())


@WAYS
def test_a_member_without_clipping_takes_its_gradient_as_it_is(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    # Also where its norm has no end, while another member is clipped.
    force(monkeypatch, way)
    found = []
    for clip in ([np.inf] * 3, [1.0, np.inf, np.inf]):
        population = Population(trio())
        optimizer = MemberOptimizer(population, Descent(0.9), learning_rate=1e-2, clip=clip)
        give(population, 0)
        assert population.values.grad is not None
        population.values.grad[-1] = float("inf")
        optimizer.step()
        found.append(population)
    assert all(same(one, other) for one, other in zip(found[0].member(2), found[1].member(2), strict=True))
    assert bool(torch.isfinite(found[1].member(2)[0][:-1]).all())


@EACH
@WAYS
def test_a_learning_rate_of_nothing_leaves_every_bit(monkeypatch: pytest.MonkeyPatch, name: str, way: str) -> None:
    force(monkeypatch, way)
    population = Population(trio())
    optimizer = MemberOptimizer(population, METHODS[name][0], learning_rate=[0.0, 1e-2, 0.0], weight_decay=0.1)
    trained(population, optimizer, range(2))
    assert [population.graph(number).same(graph) for number, graph in enumerate(trio())] == [True, False, True]


def test_numbers_may_change_on_the_way() -> None:
    population, single = Population(trio()), Network(trio()[1])
    optimizer, own = MemberOptimizer(population), MemberOptimizer(single)
    trained(population, optimizer, range(2))
    trained(single, own, range(2))
    optimizer.learning_rate[1] = own.learning_rate[0] = 0.05
    optimizer.weight_decay[1] = own.weight_decay[0] = 0.2
    optimizer.clip[1] = own.clip[0] = 0.1
    trained(population, optimizer, range(2, 4))
    trained(single, own, range(2, 4))
    assert population.graph(1).same(single.graph())


@EACH
def test_state_goes_on_bit_for_bit(name: str) -> None:
    population = Population(trio())
    optimizer = MemberOptimizer(population, METHODS[name][0], learning_rate=RATES, weight_decay=DECAYS, clip=CLIPS)
    trained(population, optimizer, range(3))
    state, twin = optimizer.state_dict(), copy.deepcopy(population)
    trained(population, optimizer, range(3, 6))
    again = MemberOptimizer(twin, METHODS[name][0])
    again.load_state_dict(state)
    trained(twin, again, range(3, 6))
    assert same(twin.values, population.values)
    assert same(twin.bias, population.bias)
    assert again.steps.tolist() == [6] * 3
    assert state["steps"].tolist() == [3] * 3
