"""Named random streams from one seed, so that adding one draw moves no other."""

from __future__ import annotations

import hashlib
import operator

import numpy as np

from graphgrow.errors import SettingsError


def stream(seed: int, *name: str | int) -> np.random.Generator:
    """An independent generator for one purpose, e.g. `stream(7, "growth", step)`.

    The words of the name are hashed (SHA-256) into the entropy of a PCG64 generator, so streams with different names
    are independent and the same name gives the same draws on every machine.

    Raises
    ------
    SettingsError
        The seed is negative; pass a whole number from 0 on.

    Examples
    --------
    >>> bool(stream(0, "data", 1).random() == stream(0, "data", 1).random())
    True
    >>> bool(stream(0, "data", 1).random() == stream(0, "data", 2).random())
    False
    """
    if seed < 0:
        raise SettingsError(f"expected a seed of 0 or more, got {seed}: pass a whole number that is not negative")
    # Lengths keep words apart whatever they hold; a numpy integer is the same word as its int.
    words = [word if isinstance(word, str) else operator.index(word) for word in name]
    text = "".join(f"{type(word).__name__}:{len(str(word))}:{word}" for word in words)
    digest = hashlib.sha256(text.encode()).digest()
    entropy = np.frombuffer(digest, dtype="<u4").tolist()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *entropy])))
