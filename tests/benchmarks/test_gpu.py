"""The sides that are timed on an accelerator compute the same, which is checked on the CPU; no device is no failure."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest
import torch

from benchmarks import gpu, networks
from benchmarks.device_peers import Masked, Sparse, Stacked
from benchmarks.device_sides import Batch, DeviceSide, Ours, reference
from graphgrow import Graph

SIZES = (12, 16, 10, 4)
CPU = torch.device("cpu")
SINGLE: dict[str, Callable[[Graph, Batch, torch.dtype], DeviceSide]] = {
    "ours": lambda graph, batch, dtype: Ours([graph], batch, CPU, dtype),
    "masked": lambda graph, batch, dtype: Masked(graph, batch, CPU, dtype),
    "sparse": lambda graph, batch, dtype: Sparse(graph, batch, CPU, dtype),
}
MANY: dict[str, Callable[[Sequence[Graph], Batch], DeviceSide]] = {
    "ours": lambda graphs, batch: Ours(graphs, batch, CPU, torch.float32),
    "vmap": lambda graphs, batch: Stacked(graphs, batch, CPU, torch.float32),
    "by-hand": lambda graphs, batch: Stacked(graphs, batch, CPU, torch.float32, True),
}


def batch(inputs: int, outputs: int) -> Batch:
    drawn = networks.batches(inputs, outputs, 16, samples=16)
    return Batch(drawn.x, drawn.y)


@pytest.mark.parametrize("density", [0.3, 1.0])
@pytest.mark.parametrize("name", sorted(SINGLE))
def test_a_side_computes_the_network(name: str, density: float) -> None:
    graph, given = networks.uniform(SIZES, density), batch(12, 4)
    side = SINGLE[name](graph, given, torch.float32)
    assert side.found().error(reference([graph], given)) < 1e-5
    side.step()
    # The steps are the same too: AdamW on the same gradients from the same weights, absent edges kept absent.
    other = SINGLE["ours"](graph, given, torch.float32)
    other.step()
    assert side.found().error(reference([graph], given)) > 0
    assert side.found().error(other.found()) < 1e-4


@pytest.mark.parametrize("name", ["ours", "masked"])
def test_a_side_in_bfloat16_is_near(name: str) -> None:
    graph, given = networks.uniform(SIZES, 0.3), batch(12, 4)
    error = SINGLE[name](graph, given, torch.bfloat16).found().error(reference([graph], given))
    assert 1e-4 < error < 5e-2


@pytest.mark.parametrize("name", sorted(MANY))
def test_a_side_computes_every_member(name: str) -> None:
    graphs, given = networks.population(3, 0.1), batch(64, 10)
    side = MANY[name](graphs, given)
    assert side.found().error(reference(graphs, given)) < 1e-5
    side.step()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a device")
def test_no_device_is_said_and_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu.main(["--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["device"] is None
    assert found["cases"] == []
    assert gpu.main([]) == 0
    said = capsys.readouterr().out
    assert said.startswith("no CUDA device")
    assert said.count("\n") == 1


@pytest.mark.gpu
def test_on_a_device_every_side_is_timed(capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu.main(["--json", "--quick"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["device"]
    assert len(found["cases"]) == 2
    for case in found["cases"]:
        assert {"graphgrow", gpu.OURS} <= case["milliseconds"].keys()
        assert case["facts"]["error of graphgrow"] < 1e-4
