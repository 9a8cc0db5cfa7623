"""Growth in the middle of training: what survives keeps its state, what is new starts where it should."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn, optim

from graphgrow import Edit, Graph
from graphgrow.engine import Fresh, Network
from graphgrow.engine.optimizers import ELEMENTWISE, SECOND_MOMENTS
from tests.engine.dense import batch, example, normal, same, step
from tests.engine.growing import (
    OPTIMIZERS,
    Key,
    Make,
    edge_keys,
    full_edit,
    grow,
    neuron_keys,
    scalars,
    vectors,
    zero_edit,
)

EVERY = pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in OPTIMIZERS.items()])


def trained(make: Make, steps: int = 5, seed: int = 0, dtype: type = np.float32) -> tuple[Network, optim.Optimizer]:
    """A network after some steps."""
    network = Network(example(seed, dtype))
    optimizer = make(network.parameters())
    for at in range(steps):
        step(network, optimizer, at)
    return network, optimizer


def starts_at(optimizer: optim.Optimizer, name: str, value: float) -> float:
    """What torch gives a parameter of this value at first; ASGD's running mean is the value itself."""
    if isinstance(optimizer, optim.Adagrad):
        return 0.125
    if isinstance(optimizer, optim.Rprop) and name == "step_size":
        return 0.01
    return value if name == "ax" else 0.0


def values_by_key(network: Network) -> dict[Key, float]:
    made = dict(zip(edge_keys(network), network.values.tolist(), strict=True))
    return {**made, **dict(zip(neuron_keys(network), network.bias.tolist(), strict=True))}


def test_every_optimizer_that_is_said_to_work_is_tested() -> None:
    held = nn.Parameter(torch.zeros(1))
    assert {type(make([held])) for make in OPTIMIZERS.values()} == set(ELEMENTWISE)


@EVERY
def test_state_of_survivors_stays_bit_for_bit_and_new_slots_start_afresh(make: Make) -> None:
    network, optimizer = trained(make)
    before, numbers = vectors(network, optimizer), scalars(network, optimizer)
    old, new, remap = grow(network, optimizer, full_edit)
    after = vectors(network, optimizer)
    assert set(after) == set(before)
    assert scalars(network, optimizer) == numbers
    now = values_by_key(network)
    heir = int(np.flatnonzero(remap.copy_state >= 0)[0])
    heir_key = (int(new.wiring.id[new.wiring.source[heir]]), int(new.wiring.id[new.wiring.target[heir]]))
    donor = int(remap.copy_state[heir])
    donor_key = (int(old.wiring.id[old.wiring.source[donor]]), int(old.wiring.id[old.wiring.target[donor]]))
    for name, vector in after.items():
        assert set(vector) == set(now)
        for key, value in vector.items():
            source = donor_key if key == heir_key else key
            known = before[name].get(source)
            wanted = starts_at(optimizer, name, now[key]) if known is None else known
            assert value == np.float32(wanted), (name, key)
        assert len(set(before[name]) - set(vector)) >= 3  # the removed neuron and its edges, and two edges more
        assert len(set(vector) - set(before[name])) == full_edit(old).source.size + 2


@EVERY
def test_training_goes_on(make: Make) -> None:
    network, optimizer = trained(make)
    grow(network, optimizer, full_edit)
    held = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    assert [id(parameter) for parameter in held] == [id(network.values), id(network.bias)]
    assert len(optimizer.state) <= 2
    before = network.values.detach().clone()
    losses = [step(network, optimizer, at) for at in range(5, 10)]
    assert all(math.isfinite(loss) for loss in losses)
    # Some neurons of ReLU are silent on all the data.
    assert float((network.values != before).float().mean()) > 0.8
    assert network.graph().wiring.same(network.wiring)


@EVERY
def test_an_empty_edit_changes_no_bit_of_what_follows(make: Make) -> None:
    network, optimizer = trained(make)
    twin, other = trained(make)
    grow(network, optimizer, lambda graph: Edit(graph.neurons, 0))
    for at in range(5, 10):
        assert step(network, optimizer, at) == step(twin, other, at)
    assert network.graph().same(twin.graph())
    assert vectors(network, optimizer) == vectors(twin, other)
    assert scalars(network, optimizer) == scalars(twin, other)


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "Adafactor"])
def test_what_has_no_influence_leaves_the_next_update_of_survivors_alone(name: str) -> None:
    network, optimizer = trained(OPTIMIZERS[name], dtype=np.float64)
    twin, other = trained(OPTIMIZERS[name], dtype=np.float64)
    grow(network, optimizer, zero_edit)
    assert step(network, optimizer, 9) == pytest.approx(step(twin, other, 9), rel=1e-12)
    grown, plain = values_by_key(network), values_by_key(twin)
    assert [grown[key] for key in plain] == pytest.approx(list(plain.values()), rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_zero_weights_keep_the_function_to_rounding(dtype: type) -> None:
    network, optimizer = trained(OPTIMIZERS["AdamW"], dtype=dtype)
    x, _ = batch(network, 3)
    before = network.columns(x)
    grow(network, optimizer, zero_edit)
    tolerance = 1e-6 if dtype is np.float32 else 1e-14
    torch.testing.assert_close(network.columns(x), before, rtol=tolerance, atol=tolerance)


def test_growing_is_building_anew() -> None:
    network, optimizer = trained(OPTIMIZERS["Adam"])
    _, new, _ = grow(network, optimizer, full_edit)
    assert network.graph().same(new)
    x, _ = batch(network, 3)
    assert same(network.columns(x), Network(new).columns(x))


def test_the_edit_may_set_weights_of_survivors() -> None:
    network, optimizer = trained(OPTIMIZERS["Adam"])
    old, _, remap = grow(network, optimizer, full_edit)
    read = network.graph()
    assert read.weight[remap.changed].tolist() == [0.75]
    kept = (remap.edge_from >= 0) & ~remap.changed
    assert read.weight[kept].tobytes() == old.weight[remap.edge_from[kept]].tobytes()


def by_hand(before: dict[Key, float], group: list[Key], known: dict[Key, float]) -> float:
    """Mean of the old state over the members of a group that were there before."""
    found = [before[key] for key in group if key in known]
    return float(np.mean(found)) if found else 0.0


@pytest.mark.parametrize("name", ["Adam amsgrad", "Adamax", "Adadelta", "RMSprop centered", "Adafactor"])
def test_newborns_may_start_at_the_pace_of_their_target(name: str) -> None:
    network, optimizer = trained(OPTIMIZERS[name])
    before = vectors(network, optimizer)
    grow(network, optimizer, zero_edit, Fresh.TARGET_MEAN)
    after, levels = (
        vectors(network, optimizer),
        dict(zip(network.wiring.id.tolist(), network.wiring.level, strict=True)),
    )
    assert set(after) & SECOND_MOMENTS
    for state, vector in after.items():
        newborn = [key for key in vector if key not in before[state]]
        assert len(newborn) == 10
        for key in newborn:
            group = [other for other in vector if len(other) == len(key)]
            # Edges are compared over their target, biases over their level.
            place = (lambda one: one[1]) if len(key) == 2 else (lambda one: int(levels[one[0]]))
            wanted = by_hand(before[state], [other for other in group if place(other) == place(key)], before[state])
            assert vector[key] == pytest.approx(wanted if state in SECOND_MOMENTS else 0.0, rel=1e-5, abs=1e-12)
    assert any(after[state][key] > 0 for state in SECOND_MOMENTS & set(after) for key in after[state])


def test_targets_without_survivors_start_afresh() -> None:
    network, optimizer = trained(OPTIMIZERS["Adagrad"])
    old, _, _ = grow(network, optimizer, zero_edit, Fresh.TARGET_MEAN)
    after = vectors(network, optimizer)["sum"]
    fresh = [value for key, value in after.items() if len(key) == 2 and key[1] >= old.wiring.next_id]
    assert fresh == [0.125, 0.125]


def test_growing_before_the_first_step() -> None:
    network = Network(example())
    optimizer = optim.AdamW(network.parameters())
    grow(network, optimizer, full_edit)
    assert not optimizer.state
    assert math.isfinite(step(network, optimizer, 0))


def test_growing_without_an_optimizer() -> None:
    network = Network(example())
    network.bias.requires_grad_(False)
    _, new, _ = grow(network, None, full_edit)
    assert network.graph().same(new)
    assert (network.values.requires_grad, network.bias.requires_grad) == (True, False)


def test_frozen_parameters_stay_frozen() -> None:
    network = Network(example())
    network.values.requires_grad_(False)
    optimizer = optim.SGD(network.parameters(), lr=0.1)
    grow(network, optimizer, full_edit)
    before = network.graph()
    step(network, optimizer, 0)
    assert network.graph().weight.tobytes() == before.weight.tobytes()
    assert network.graph().bias.tobytes() != before.bias.tobytes()


def test_growing_until_no_edge_is_left_and_back() -> None:
    network, optimizer = trained(OPTIMIZERS["Adam"])
    grow(network, optimizer, lambda graph: Edit(graph.neurons, 1, removed_edges=np.arange(graph.edges)))
    assert network.values.numel() == 0
    step(network, optimizer, 0)
    old, new, _ = grow(network, optimizer, one_edge)
    assert (old.edges, new.edges) == (0, 1)
    step(network, optimizer, 1)
    assert float(network.values[0].detach()) != 1.0


def one_edge(graph: Graph) -> Edit:
    """From the first input to the last output."""
    order = graph.wiring.level_order
    return Edit(graph.neurons, 1, source=order[:1], target=order[-1:], weight=np.ones(1))


def test_a_host_and_its_param_groups_are_left_as_they_are() -> None:
    network, head = Network(example()), nn.Linear(3, 2)
    groups: list[dict[str, Any]] = [
        {"params": [head.weight, network.bias], "lr": 0.2},
        {"params": [network.values], "weight_decay": 0.5},
        {"params": [head.bias]},
    ]
    optimizer = optim.AdamW(groups, lr=0.01)
    schedule = optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    torch.autograd.backward(head(network(normal(0, 8, 4))).square().sum())
    optimizer.step()
    schedule.step()
    kept = {name: value.clone() for name, value in optimizer.state[head.weight].items()}
    grow(network, optimizer, full_edit)
    held = [[id(parameter) for parameter in group["params"]] for group in optimizer.param_groups]
    assert held == [[id(head.weight), id(network.bias)], [id(network.values)], [id(head.bias)]]
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.005, 0.005]
    assert optimizer.param_groups[1]["weight_decay"] == 0.5
    assert all(same(optimizer.state[head.weight][name], value) for name, value in kept.items())
    assert len(optimizer.state) == 4
