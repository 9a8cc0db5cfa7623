"""The loops that the roofline times are the library's own, on both sides."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks import networks, roofline
from graphgrow.engine.kernels import load
from graphgrow.engine.plan import compile

SIZES = (20, 16, 16, 8)
FIRST_LEVEL_BYTES = 32 * 1024


def test_the_loops_over_a_network_are_those_of_the_kernel() -> None:
    graph = networks.uniform(SIZES, 0.3)
    plan, kernel = compile(graph.wiring), load("cpu")
    values, bias = torch.from_numpy(graph.weight[plan.edge]), torch.from_numpy(graph.bias[plan.row[plan.inputs :]])
    loops = roofline._real(graph)
    state = loops["forward"].arguments[-2]
    wanted = torch.from_numpy(state.copy())
    kernel.forward(plan, values, bias, wanted, torch.empty((0, 0)), 1, plan.levels)
    loops["forward"].times(2)()
    np.testing.assert_array_equal(state, wanted.numpy())


def test_edges_are_counted_where_the_loops_visit_them() -> None:
    graph = networks.uniform(SIZES, 0.3)
    loops, wiring = roofline._real(graph), graph.wiring
    assert loops["forward"].edges == loops["gradients"].edges == graph.edges
    assert loops["backward"].edges == int((wiring.level[wiring.source] > 0).sum())


@pytest.mark.parametrize("density", roofline.DENSITIES)
@pytest.mark.parametrize("product", ["forward", "backward", "gradients"])
def test_the_other_side_is_small_and_its_indices_follow_one_another(product: str, density: float) -> None:
    real = roofline._real(networks.uniform(networks.LARGE, density))[product]
    ideal = roofline._ideal(product, real)
    arrays = [each for each in ideal.arguments if isinstance(each, np.ndarray)]
    # Both products over neurons run through 64 samples at a time.
    share = 0.5 if product != "gradients" else 1.0
    held = sum(each.nbytes * (share if each.ndim == 2 else 1.0) for each in arrays)
    assert held <= FIRST_LEVEL_BYTES + (roofline.SOURCES + roofline.TARGETS) * roofline.BATCH * 4
    index = next(each for each in arrays if each.dtype == np.int32)
    assert max(index) < roofline.SOURCES + roofline.TARGETS == next(len(each) for each in arrays if each.ndim == 2)
    assert set(np.diff(index).tolist()) <= {1, 1 - roofline.SOURCES}
    mean = real.edges / (real.arguments[1] - real.arguments[0])
    assert ideal.edges == roofline.TARGETS * round(mean)
    before = [each.copy() for each in arrays]
    ideal.times(3)()
    assert any(not np.array_equal(old, new) for old, new in zip(before, arrays, strict=True))
