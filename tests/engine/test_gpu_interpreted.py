"""The GPU kernel on machines without one: its tests in Triton's interpreter, its programs compiled for a GPU."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from graphgrow.engine.kernels import choose, load, names

pytest.importorskip("triton")
if TYPE_CHECKING:
    from graphgrow.engine.kernels.gpu import Tile

ROOT = Path(__file__).resolve().parents[2]
INDEX = {
    **dict.fromkeys(["rows", "column", "back_row", "back_value", "level", "piece_row"], "*i32"),
    **dict.fromkeys(["pointer", "back_pointer", "piece_begin", "slots"], "*i64"),
    **dict.fromkeys(["activation", "seeded"], "*u8"),
    **dict.fromkeys(["offset", "inputs", "batch", "count", "first", "last"], "i32"),
}
FLOATS = ("values", "bias", "state", "before", "grad", "grad_values", "grad_bias", "outputs", "losses")


@pytest.mark.skipif(torch.cuda.is_available(), reason="test_gpu runs on the device itself")
def test_the_programs_are_right_in_the_interpreter() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests/engine/test_gpu.py"],
        env={**environment, "TRITON_INTERPRET": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    summary = done.stdout.splitlines()[-1]
    assert re.match(r"\d{2,} passed", summary), summary
    assert "skipped" not in summary


@pytest.mark.parametrize("batch", [1, 128])
@pytest.mark.parametrize("dtype", ["fp32", "bf16", "fp64"])
@pytest.mark.parametrize("program", ["forward_rows", "backward_rows", "gradient_pieces", "loss_columns"])
def test_the_programs_compile_for_a_gpu(
    program: str, dtype: str, batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the interpreter takes, the compiler may refuse; it needs no GPU either.
    from graphgrow.engine.kernels.device import rows
    from graphgrow.engine.kernels.gpu import Tiles

    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    tiles = Tiles.of(batch, {"fp32": 4, "bf16": 2, "fp64": 8}[dtype])
    for tile in (tiles.short, tiles.long) if program in ("forward_rows", "backward_rows") else (tiles.gradient,):
        assembly = compiled(getattr(rows, program), dtype, batch, tile)
        # Every result has one owner, and rows of the batch are read 16 bytes at a time.
        assert not re.search(r"\batom\.|\bred\.global", assembly)
        assert batch == 1 or re.search(r"ld\.global(\.\w+)*\.v[24]\.b(32|64)", assembly)


def compiled(function: Any, dtype: str, batch: int, tile: Tile) -> str:
    """Assembly of a program for Hopper: with all its branches for a batch of 128, with none of them for one of 1."""
    from triton import compile
    from triton import language as tl
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    numbers = {name: at for at, name in enumerate(function.arg_names)}
    constants: dict[str, Any] = {
        **dict.fromkeys(["keeps", "slopes", "bounded", "squared", "gradients"], batch > 1),
        "kind": tl.float64 if dtype == "fp64" else tl.float32,
        "many": tile.edges,
        "width": tile.batch,
    }
    if batch == 1:
        # Triton makes a constant of a number that is 1.
        constants["batch"] = 1
    types = {**INDEX, **dict.fromkeys(FLOATS, f"*{dtype}"), **dict.fromkeys(constants, "constexpr")}
    types["target"] = f"*{dtype}" if batch > 1 else "*i64"
    aligned = [name for name in numbers if types[name].startswith("*") or (name == "batch" and batch > 1)]
    source = ASTSource(
        function,
        {name: types[name] for name in numbers},
        {(numbers[name],): value for name, value in constants.items() if name in numbers},
        {(numbers[name],): [["tt.divisibility", 16]] for name in aligned},
    )
    options = {"num_warps": tile.warps, "enable_fp_fusion": True}
    assembly: str = compile(source, target=GPUTarget("cuda", 90, 32), options=options).asm["ptx"]
    return assembly


def test_it_is_found_and_runs_nothing_on_the_cpu() -> None:
    assert "gpu" in names()
    assert not any(load("gpu").able(torch.zeros(1, dtype=dtype)) for dtype in (torch.float32, torch.bfloat16))
    assert choose(None, torch.zeros(1)) is not load("gpu")
    assert load("gpu").rank > load("reference").rank


@pytest.mark.parametrize("interpret", ["0", "1"])
def test_a_cpu_network_never_waits_for_triton(interpret: str) -> None:
    code = (
        "import sys, torch; from graphgrow.engine.kernels import choose, names; "
        "kernel = choose(None, torch.zeros(1, dtype=torch.bfloat16)); "
        "print(type(kernel).__name__, 'gpu' in names(), 'triton' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TRITON_INTERPRET": interpret},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["Reference", "True", "False"]
