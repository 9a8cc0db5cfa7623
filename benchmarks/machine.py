"""What a timing was taken on: processor, cores, threads, versions, and how busy the machine was."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numba
import torch

from graphgrow.arrays import Json
from graphgrow.errors import SettingsError

PACKAGES = ("graphgrow", "numpy", "scipy", "torch", "numba", "llvmlite", "sparseprop", "jax", "equinox", "connex")


def describe() -> dict[str, Json]:
    """Processor, cores this process may use, threads of torch and numba, load of the last minute, and versions."""
    return {
        "processor": processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "cores": cores(),
        "threads": {"torch": torch.get_num_threads(), "numba": numba.get_num_threads()},
        "load": round(os.getloadavg()[0], 2),
        "versions": {name: found for name in PACKAGES if (found := installed(name)) is not None},
    }


def processor() -> str:
    """Model name of the processor, as the system gives it."""
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def installed(package: str) -> str | None:
    """Version of an installed package, None where it is missing."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def use_threads(count: int) -> None:
    """Give torch and numba this many threads; numba first, since starting it resets the number of torch's.

    Raises
    ------
    SettingsError
        Fewer than one, or more than numba was started with.
    """
    try:
        numba.set_num_threads(count)
    except ValueError:
        raise SettingsError(
            f"threads: expected 1 to the number numba was started with, got {count}: set NUMBA_NUM_THREADS for more"
        ) from None
    torch.set_num_threads(count)
