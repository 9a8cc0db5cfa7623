"""Small generated classification problems: xor, parity and spirals; inputs centred at unit scale."""

from __future__ import annotations

import numpy as np

from graphgrow.errors import SettingsError
from graphgrow.rng import stream
from graphgrow.train.splits import Raw

_XOR_SAMPLES, _XOR_NOISE = 400, 0.1
_PARITY_ALL_UP_TO, _PARITY_MOST = 12, 62  # 62: a pattern is kept as one int64
_SPIRAL_SAMPLES, _SPIRAL_TURNS, _SPIRAL_START, _SPIRAL_MOST = 1000, 1.5, 0.1, 100


def xor(seed: int) -> Raw:
    """400 points around the four corners (-1 or 1, -1 or 1), noise of deviation 0.1; class 1 where the signs differ."""
    corner = np.arange(_XOR_SAMPLES) % 4
    signs = np.stack((corner // 2, corner % 2), axis=1)
    noise = stream(seed, "data", "xor").normal(0.0, _XOR_NOISE, signs.shape)
    return Raw(signs * 2.0 - 1.0 + noise, signs.sum(axis=1) % 2)


def parity(bits: int, seed: int) -> Raw:
    """Patterns of `bits` inputs of -1 or 1; class 1 where the number of ones is odd.

    All 2^bits patterns up to 12 bits, else 4096 different ones, so that no pattern is in two splits.

    Raises
    ------
    SettingsError
        `bits` is outside 2..62.
    """
    _within("parity: bits", bits, 2, _PARITY_MOST)
    if bits <= _PARITY_ALL_UP_TO:
        patterns = np.arange(2**bits, dtype=np.int64)
    else:
        patterns = stream(seed, "data", "parity").choice(2**bits, 2**_PARITY_ALL_UP_TO, replace=False)
    ones = (patterns[:, None] >> np.arange(bits)) & 1
    return Raw(ones * 2.0 - 1.0, ones.sum(axis=1) % 2)


def spirals(classes: int, seed: int) -> Raw:
    """1000 points on `classes` interleaved arms of 1.5 turns, radius 0.1 to 1; after Lang and Witbrock 1988.

    The noise has a deviation of a fifteenth of the distance between arms, so that arms
    stay apart for any number of classes.

    Raises
    ------
    SettingsError
        `classes` is outside 2..100.
    """
    _within("spirals: classes", classes, 2, _SPIRAL_MOST)
    rng = stream(seed, "data", "spirals")
    arm = np.arange(_SPIRAL_SAMPLES) % classes
    along = rng.random(_SPIRAL_SAMPLES)
    radius = _SPIRAL_START + (1 - _SPIRAL_START) * along
    angle = 2 * np.pi * (_SPIRAL_TURNS * along + arm / classes)
    gap = (1 - _SPIRAL_START) / (_SPIRAL_TURNS * classes)
    points = radius[:, None] * np.stack((np.cos(angle), np.sin(angle)), axis=1)
    return Raw(points + rng.normal(0.0, gap / 15, points.shape), arm)


def _within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise SettingsError(f"{name}: expected {least} to {most}, got {value}: choose a number in that range")
