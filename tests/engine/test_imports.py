"""What engine and train need to be imported: neither what only other rooms use, nor a kernel's own third party."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = ("igraph", "pooch", "tyro")  # a machine with an accelerator often has torch and little else
EVERY_MODULE = """
import importlib, pkgutil, sys
from pytest import skip
for name in {blocked}:
    sys.modules[name] = None
for module in pkgutil.walk_packages(importlib.import_module("{room}").__path__, "{room}."):
    try:
        importlib.import_module(module.name)
    except skip.Exception:
        continue
    print(module.name)
"""
KERNELS = """
import sys
for name in {blocked}:
    sys.modules[name] = None
import graphgrow.engine, torch
from graphgrow.engine.kernels import choose, names
print(*names(), type(choose(None, torch.zeros(1))).__name__)
"""


def fresh(code: str) -> str:
    """What this code prints in a new interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("room", ["graphgrow.engine", "graphgrow.train", "tests.engine", "tests.train"])
def test_it_imports_without_what_only_others_need(room: str) -> None:
    imported = fresh(EVERY_MODULE.format(blocked=ELSEWHERE, room=room)).split()
    assert len(imported) > 10


@pytest.mark.parametrize(
    ("blocked", "wanted"),
    [
        (("triton",), "cpu reference Cpu"),
        (("numba", "llvmlite"), "gpu reference Reference"),
        (("numba", "llvmlite", "triton"), "reference Reference"),
    ],
)
def test_kernels_whose_third_parties_are_missing_are_left_out(blocked: tuple[str, ...], wanted: str) -> None:
    if "triton" not in blocked:
        pytest.importorskip("triton")
    assert fresh(KERNELS.format(blocked=blocked)).strip() == wanted


def test_the_gpu_kernel_says_what_it_lacks() -> None:
    code = """
import sys
sys.modules["triton"] = None
try:
    import graphgrow.engine.kernels.gpu
except ModuleNotFoundError as error:
    print(error.name, error)
"""
    assert fresh(code).startswith("triton the gpu kernel needs triton")


def test_importing_the_engine_loads_no_kernel() -> None:
    loaded = fresh("import graphgrow.engine, sys; print(*sys.modules)").split()
    assert not {"triton", "numba", "graphgrow.engine.kernels.gpu"} & set(loaded)
