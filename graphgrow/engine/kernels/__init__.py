"""The loops that run plans, one file per kernel; the folder is walked, so that a new file is a new kernel."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from torch import Tensor

from graphgrow.engine.kernels.kernel import Kernel
from graphgrow.errors import SettingsError

__all__ = ["Kernel", "choose", "load", "names"]


@cache
def _found() -> dict[str, Kernel]:
    """Name -> kernel, for the files whose third parties are installed."""
    made: dict[str, Kernel] = {}
    for item in pkgutil.iter_modules(__path__):
        try:
            module = importlib.import_module(f"{__name__}.{item.name}")
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("graphgrow"):
                raise
            continue
        if hasattr(module, "KERNEL"):
            made[item.name] = module.KERNEL
    return made


def names() -> list[str]:
    """Names of the kernels that can be used here, sorted."""
    return sorted(_found())


def load(name: str) -> Kernel:
    """The kernel of that name.

    Raises
    ------
    SettingsError
        There is none, or what it needs is not installed.
    """
    if name not in _found():
        raise SettingsError(f"no kernel {name!r} here: use {' or '.join(names())}, or install what it needs")
    return _found()[name]


def choose(wanted: Kernel | None, values: Tensor) -> Kernel:
    """The kernel for parameters like `values`: the wanted one, or of all that are able the one with the highest rank.

    Raises
    ------
    SettingsError
        The wanted kernel cannot run them.
    """
    if wanted is not None:
        if not wanted.able(values):
            raise SettingsError(
                f"kernel {type(wanted).__name__} does not run {values.dtype} on {values.device}: "
                "cast or move the network, or leave the kernel out"
            )
        return wanted
    return max((kernel for kernel in _found().values() if kernel.able(values)), key=lambda kernel: kernel.rank)
