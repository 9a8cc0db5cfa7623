"""Activations and their slopes inside Triton programs, on tiles of float32 or float64."""

from __future__ import annotations

import math

import triton
import triton.language as tl

from graphgrow.engine.kernels.reference import SLOPE
from graphgrow.graph.wiring import Activation

# Triton folds only constants of this type into its programs.
RELU = tl.constexpr(int(Activation.RELU))
LEAKY_RELU = tl.constexpr(int(Activation.LEAKY_RELU))
GELU = tl.constexpr(int(Activation.GELU))
SIGMOID = tl.constexpr(int(Activation.SIGMOID))
TANH = tl.constexpr(int(Activation.TANH))
LEAK = tl.constexpr(SLOPE)
SQRT_HALF = tl.constexpr(math.sqrt(0.5))
DENSITY = tl.constexpr(1.0 / math.sqrt(2.0 * math.pi))  # of the unit normal at 0
NEAR = tl.constexpr(0.5)  # below it 1 - exp(-2 z) would lose digits
DEPTH = tl.constexpr(8)  # of the continued fraction, exact to float64 below NEAR


@triton.jit
def hyperbolic_tangent(z):  # type: ignore[no-untyped-def]
    """tanh: near 0 by Lambert's continued fraction z / (1 + z² / (3 + z² / (5 + ...))), elsewhere by exp(-2 |z|)."""
    size = tl.abs(z)
    e = tl.exp(-2.0 * size)
    far = (1.0 - e) / (1.0 + e)
    square = tl.where(size < NEAR, z * z, 0.0)
    # The fraction as numerator over denominator from its inside outward, so that there is a single division.
    above, below = square * 0.0 + (2 * DEPTH + 1), square * 0.0 + 1.0
    for k in tl.static_range(DEPTH):
        above, below = above * (2 * (DEPTH - k) - 1) + square * below, above
    # Compared this way round, a NaN takes the far branch and stays a NaN.
    return tl.where(size < NEAR, z * below / above, tl.where(z < 0, -far, far))


@triton.jit
def activated(z, code):  # type: ignore[no-untyped-def]
    """The activation of that code; comparisons are such that a NaN stays a NaN."""
    made = z
    if code == RELU:
        made = tl.where(z <= 0, 0.0, z)
    elif code == LEAKY_RELU:
        made = tl.where(z < 0, z * LEAK, z)
    elif code == GELU:
        made = 0.5 * z * (1.0 + tl.erf(z * SQRT_HALF))
    elif code == SIGMOID:
        # exp of a negative number only, so that neither tail overflows.
        e = tl.exp(-tl.abs(z))
        made = tl.where(z < 0, e, 1.0) / (1.0 + e)
    elif code == TANH:
        made = hyperbolic_tangent(z)
    return made


@triton.jit
def sloped(delta, value, argument, code):  # type: ignore[no-untyped-def]
    """delta times the derivative, told from the activation's value (GELU: from its argument); a NaN is at no rest."""
    made = delta
    if code == RELU:
        made = tl.where(value <= 0, 0.0, delta)
    elif code == LEAKY_RELU:
        made = tl.where(value > 0, delta, delta * LEAK)
    elif code == GELU:
        cdf = 0.5 * (1.0 + tl.erf(argument * SQRT_HALF))
        made = delta * (cdf + argument * DENSITY * tl.exp(-0.5 * argument * argument))
    elif code == SIGMOID:
        made = delta * value * (1.0 - value)
    elif code == TANH:
        made = delta * (1.0 - value * value)
    return made
