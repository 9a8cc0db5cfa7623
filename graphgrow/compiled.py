"""numba's compiler with the options of all kernels, and a cache on disk that sees every file beside a kernel."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba

# No "nnan" or "ninf": a diverged run must show its NaN. No "reassoc": the order of sums is part of the text.
_OPTIONS: dict[str, Any] = {"fastmath": {"contract", "nsz"}, "error_model": "numpy", "nogil": True, "cache": True}


def compiled(function: Callable[..., Any]) -> Any:
    """Compile for one thread, at the first call; kept on disk for later processes."""
    return _stamped(numba.njit(**_OPTIONS)(function))


def as_written(function: Callable[..., Any]) -> Any:
    """The same without fused multiply-add: the bits of the same loop in numpy, whatever the processor."""
    return _stamped(numba.njit(**{**_OPTIONS, "fastmath": False})(function))


def shared_out(function: Callable[..., Any]) -> Any:
    """The same, with `prange` loops over all threads."""
    return _stamped(numba.njit(parallel=True, **_OPTIONS)(function))


def _stamped(function: Any) -> Any:
    """Tie what is kept on disk to all files of the function's folder.

    numba looks at the file of a function alone. The loops call each other across files, and machine code made of an
    older file would go on being used without a word.
    """
    function._cache._cache_file._source_stamp = stamp(Path(function.py_func.__code__.co_filename).parent)
    return function


@cache
def stamp(folder: Path) -> tuple[tuple[str, float, int], ...]:
    """Name, time of change and size of every file of a folder of kernels."""
    files = sorted(folder.glob("*.py"))
    return tuple((file.name, status.st_mtime, status.st_size) for file in files for status in [file.stat()])
