"""Importing the library is light: fast, and without the heavy packages that only some rooms need."""

from __future__ import annotations

import subprocess
import sys

import pytest

SECONDS = 0.5
ATTEMPTS = 5
HEAVY = ("torch", "numba", "pandas", "matplotlib", "networkx", "igraph", "sklearn", "pyarrow", "analysis", "sims")
EVERY_MODULE = """
import importlib, pkgutil, sys
room = importlib.import_module("{room}")
for module in pkgutil.walk_packages(getattr(room, "__path__", ()), "{room}."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print("torch" in sys.modules)
"""


def fresh(code: str) -> str:
    """What this code prints in a new interpreter."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def loaded(module: str) -> set[str]:
    """Top-level names of everything in memory after importing this module in a new interpreter."""
    return set(fresh(f"import {module}, sys; print(*{{name.partition('.')[0] for name in sys.modules}})").split())


def test_import_is_fast() -> None:
    code = "import time; start = time.perf_counter(); import graphgrow; print(time.perf_counter() - start)"
    assert min(float(fresh(code)) for _ in range(ATTEMPTS)) < SECONDS


def test_import_loads_nothing_heavy() -> None:
    assert loaded("graphgrow") & set(HEAVY) == set()


def test_import_leaves_the_global_random_state_alone() -> None:
    code = "import random; before = random.getstate(); import graphgrow; print(before == random.getstate())"
    assert fresh(code) == "True"


@pytest.mark.parametrize(
    "room",
    ["graphgrow.graph", "graphgrow.measure", "graphgrow.backend", "graphgrow.growth", "graphgrow.store", "analysis"],
)
def test_rooms_below_the_engine_load_no_torch(room: str) -> None:
    # import-linter sees our own imports only; a third party may still bring torch in, as safetensors.torch would
    assert fresh(EVERY_MODULE.format(room=room)) == "False"


def test_the_command_line_loads_analysis_and_sims_only_when_asked() -> None:
    assert loaded("graphgrow.cli") & {"analysis", "sims", "torch", "matplotlib"} == set()
