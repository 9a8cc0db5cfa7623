"""Elementary functions of the CPU kernel: how many units in the last place they are off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
import torch

from graphgrow import Activation
from graphgrow.arrays import Array
from graphgrow.engine import Network
from graphgrow.engine.kernels import load
from graphgrow.engine.kernels.elementary import exp_negative, expm1_negative
from graphgrow.graph.builders import from_edges
from graphgrow.rng import stream

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
LOWEST = {np.float32: -87.0, np.float64: -708.0}  # below, exp is under the smallest normal number


@numba.njit(fastmath={"contract", "nsz"}, error_model="numpy")
def all_expm1(x: Array, made: Array) -> None:
    for k in range(x.size):
        made[k] = expm1_negative(x[k])


@numba.njit(fastmath={"contract", "nsz"}, error_model="numpy")
def all_exp(x: Array, made: Array) -> None:
    for k in range(x.size):
        made[k] = exp_negative(x[k])


def of(function: Callable[[Array, Array], None], x: Array) -> Array:
    made = np.empty_like(x)
    function(x, made)
    return made


def arguments(dtype: Any) -> Array:
    """Negative numbers from the smallest to the lowest, more where results change fast."""
    rng, lowest = stream(0, "elementary"), -LOWEST[dtype]
    tiny = float(np.finfo(dtype).tiny)
    wide = np.exp(rng.uniform(np.log(tiny), np.log(lowest), 200_000))
    steps = np.arange(1, 200) * (np.log(2.0) / 2)
    edges = np.concatenate([np.nextafter(steps, 0), steps, np.nextafter(steps, 1e9)])
    drawn = np.concatenate([wide, rng.uniform(0, 2, 200_000), rng.uniform(0, lowest, 200_000), edges])
    return -np.minimum(drawn, lowest).astype(dtype)


def ulps(made: Array, wanted: Array) -> float:
    """Largest distance from the exact result, in units of the last place of that result."""
    exact = wanted.astype(np.longdouble)
    return float((abs(made.astype(np.longdouble) - exact) / np.spacing(abs(wanted.astype(made.dtype)))).max())


@DTYPES
def test_expm1_is_right_to_about_one_unit(dtype: Any) -> None:
    x = arguments(dtype)
    assert ulps(of(all_expm1, x), np.expm1(x.astype(np.longdouble))) < 1.25


@DTYPES
def test_exp_is_right_to_about_one_unit(dtype: Any) -> None:
    x = arguments(dtype)
    assert ulps(of(all_exp, x), np.exp(x.astype(np.longdouble))) < 1.25


@DTYPES
def test_special_arguments(dtype: Any) -> None:
    smallest, lowest = np.finfo(dtype).smallest_subnormal, LOWEST[dtype]
    x = np.array([0.0, -0.0, -smallest, -5 * smallest, -np.finfo(dtype).eps / 4, lowest * 1.01, -1e30, -np.inf], dtype)
    assert of(all_expm1, x).tolist() == [0.0, 0.0, *x[2:5].tolist(), -1.0, -1.0, -1.0]
    assert of(all_exp, x).tolist() == [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    for function in (all_expm1, all_exp):
        assert np.isnan(of(function, np.array([np.nan, -np.nan, -1.0], dtype))).tolist() == [True, True, False]


@DTYPES
def test_a_number_alone_is_the_number_among_many(dtype: Any) -> None:
    # LLVM computes most numbers by vectors and the rest one by one: which of the two must not matter.
    x = arguments(dtype)[::617]
    for function in (all_expm1, all_exp):
        single = np.concatenate([of(function, x[k : k + 1]) for k in range(x.size)])
        assert single.tobytes() == of(function, x).tobytes()


def through_a_neuron(code: Activation, z: Array) -> tuple[Array, Array]:
    """Activations of these arguments, and slopes, from a network of one neuron."""
    graph = from_edges([0, 1], [0], [1], [1.0], activation=[Activation.IDENTITY, code], dtype=z.dtype)
    network, x = Network(graph, load("cpu")), torch.from_numpy(z[None].copy()).requires_grad_()
    output = network.columns(x)
    (grad,) = torch.autograd.grad(output.sum(), x)
    return output.detach().numpy()[0], grad.numpy()[0]


@DTYPES
@pytest.mark.parametrize("code", [Activation.SIGMOID, Activation.TANH])
def test_sigmoid_and_tanh_are_those_of_torch(dtype: Any, code: Activation) -> None:
    near, far = arguments(dtype)[::97], np.array([100.0, 500.0, 1e3, 1e4], dtype)
    z = np.concatenate([near, -near, far, -far, np.zeros(1, dtype)])
    made, slope = through_a_neuron(code, z)
    x = torch.from_numpy(z).double().requires_grad_()
    exact = torch.sigmoid(x) if code is Activation.SIGMOID else torch.tanh(x)
    (exact_slope,) = torch.autograd.grad(exact.sum(), x)
    rounding, smallest = 4 * float(np.finfo(dtype).eps), float(np.finfo(dtype).tiny)
    np.testing.assert_allclose(made, exact.detach().numpy(), rtol=rounding, atol=smallest)
    # Told from the activation, a slope close to 0 at an activation close to 1 has the rounding of 1.
    np.testing.assert_allclose(slope, exact_slope.numpy(), rtol=4 * rounding, atol=rounding)
    below = z < 0 if code is Activation.SIGMOID else np.zeros(z.size, bool)
    np.testing.assert_allclose(slope[below], exact_slope.numpy()[below], rtol=4 * rounding, atol=smallest)


@DTYPES
def test_signs_of_zero_and_nan(dtype: Any) -> None:
    z = np.array([0.0, -0.0, np.nan, np.inf, -np.inf], dtype)
    made, _ = through_a_neuron(Activation.TANH, z)
    assert made[[0, 1, 3, 4]].tolist() == [0.0, 0.0, 1.0, -1.0]
    assert np.isnan(made).tolist() == [False, False, True, False, False]
    made, _ = through_a_neuron(Activation.SIGMOID, z)
    assert made[[0, 1, 3, 4]].tolist() == [0.5, 0.5, 1.0, 0.0]
    assert np.isnan(made).tolist() == [False, False, True, False, False]
