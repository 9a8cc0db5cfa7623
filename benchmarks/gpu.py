"""A training step on a CUDA device, beside dense layers under masks, torch's sparse products and vmap.

Errors against float64 come first. Every side is timed as written, and again as a CUDA graph ("captured"), which takes
away what Python and launches cost and leaves what the device does. Without a device it says so and is done.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product

import torch

from benchmarks import machine, networks, report
from benchmarks.device_peers import Masked, Sparse, Stacked
from benchmarks.device_sides import Batch, DeviceSide, Ours, reference
from benchmarks.report import Case
from benchmarks.timing import Side, Timings
from graphgrow.arrays import Json
from graphgrow.engine.capture import CapturedStep, CudaRecorder
from graphgrow.engine.kernels.kernel import Loss
from graphgrow.graph.graph import Graph

OURS = "graphgrow, captured"
ROUNDS, QUICK_ROUNDS = 50, 2
WARM_UP = 11  # calls before a side is captured or timed: programs are compiled, allocators filled
TURN_SECONDS = 0.005
SHAPES = (((784, 1000, 1000, 1000, 10), (0.01, 0.05, 0.1)), ((784, 4096, 4096, 4096, 10), (0.01,)))
QUICK_SHAPES = (((16, 32, 32, 4), (0.1,)),)
BATCHES = (128, 1024)
MEMBERS, MEMBERS_BATCH, MEMBERS_DENSITY = 256, 64, 0.1
SINGLE, HALF = torch.float32, torch.bfloat16

Makers = Mapping[str, Callable[[], DeviceSide]]


def cases(device: torch.device, rounds: int, quick: bool, only: Sequence[str]) -> Iterator[Case]:
    """All whose name holds one of the words."""

    def wanted(name: str) -> bool:
        return not only or any(word in name for word in only)

    for sizes, densities in QUICK_SHAPES if quick else SHAPES:
        for density, size in product(densities, (8,) if quick else BATCHES):
            name = f"{'-'.join(map(str, sizes))} at {density:.0%}, batch {size}"
            if wanted(name):
                yield _layered(name, networks.uniform(sizes, density), size, device, rounds)
    members = 3 if quick else MEMBERS
    name = f"{members} of 64-32-32-10 at {MEMBERS_DENSITY:.0%}, batch {MEMBERS_BATCH}"
    if wanted(name):
        yield _population(name, networks.population(members, MEMBERS_DENSITY), device, rounds)


def _layered(name: str, graph: Graph, size: int, device: torch.device, rounds: int) -> Case:
    """One network against dense layers in three precisions, and against torch's CSR products."""
    batch = _batch(graph, size)
    makers: Makers = {
        "graphgrow": partial(Ours, [graph], batch, device, SINGLE),
        "graphgrow, bfloat16": partial(Ours, [graph], batch, device, HALF),
        "dense, masked": partial(Masked, graph, batch, device, SINGLE),
        "dense, masked, TF32": partial(Masked, graph, batch, device, SINGLE, True),
        "dense, masked, bfloat16": partial(Masked, graph, batch, device, HALF),
        "torch CSR": partial(Sparse, graph, batch, device, SINGLE),
    }
    return _case(name, [graph], batch, makers, device, rounds)


def _population(name: str, graphs: Sequence[Graph], device: torch.device, rounds: int) -> Case:
    """Many networks against dense ones stacked."""
    batch = _batch(graphs[0], MEMBERS_BATCH)
    makers: Makers = {
        "graphgrow": partial(Ours, graphs, batch, device, SINGLE),
        "graphgrow, bfloat16": partial(Ours, graphs, batch, device, HALF),
        "vmap, dense": partial(Stacked, graphs, batch, device, SINGLE),
        "baddbmm by hand, dense": partial(Stacked, graphs, batch, device, SINGLE, True),
        "baddbmm by hand, dense, bfloat16": partial(Stacked, graphs, batch, device, HALF, True),
    }
    return _case(name, graphs, batch, makers, device, rounds)


def _case(name: str, graphs: Sequence[Graph], batch: Batch, makers: Makers, device: torch.device, rounds: int) -> Case:
    """Errors of all sides, then their times in turns."""
    wanted = reference(graphs, batch)
    errors: dict[str, float | str] = {}
    sides: dict[str, Side] = {}
    for side, make in makers.items():
        try:
            made = make()
            errors[f"error of {side}"] = made.found().error(wanted)
            sides[side] = _warmed(made.step)
            sides[f"{side}, captured"] = _captured(made, device)
        except (RuntimeError, NotImplementedError) as error:
            # What this torch or this device cannot do is a finding, not the end of the benchmark.
            errors[f"{side} fails"] = str(error).strip().partition("\n")[0]
    facts = {"edges": sum(graph.edges for graph in graphs), "batch": len(batch.y), **errors}
    return Case.of(name, alternate(sides, rounds, device), OURS if OURS in sides else next(iter(sides)), facts, {})


def _batch(graph: Graph, size: int) -> Batch:
    inputs, outputs = (int((graph.wiring.rank == rank).sum()) for rank in (0, graph.wiring.rank.max()))
    drawn = networks.batches(inputs, outputs, size, samples=size)
    return Batch(drawn.x, drawn.y)


def _warmed(step: Side) -> Side:
    for _ in range(WARM_UP):
        step()
    return step


def _captured(side: DeviceSide, device: torch.device) -> Side:
    """The step as a CUDA graph: ours by the library's own means, the others as torch's documentation does it."""
    if isinstance(side, Ours):
        captured = CapturedStep(side.model, side.optimizer, Loss.CROSS_ENTROPY, len(side.batch.y))
        return _warmed(lambda: captured.step(side.batch.x.T, side.batch.y))
    recorder = CudaRecorder(device)
    for _ in range(WARM_UP):
        recorder.run(lambda: _ignored(side.step()))
    return _warmed(recorder.record(lambda: _ignored(side.step())))


def _ignored(_: object) -> None:
    """For callables whose result nobody wants."""


def alternate(sides: Mapping[str, Side], rounds: int, device: torch.device) -> Timings:
    """Time all sides in turns by CUDA events, in rounds that each begin with another side.

    A turn runs its side for some milliseconds without waiting for the device between steps, as training does.
    """
    names = list(sides)
    calls = {name: max(1, round(TURN_SECONDS / _seconds(sides[name], 10, device))) for name in names}
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            sides[name]()
            taken[name].append(_seconds(sides[name], calls[name], device))
    return Timings({name: tuple(values) for name, values in taken.items()})


def _seconds(side: Side, calls: int, device: torch.device) -> float:
    """Seconds a call, on the device's own clock."""
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
    stream = torch.cuda.current_stream(device)
    begin.record(stream)
    for _ in range(calls):
        side()
    end.record(stream)
    end.synchronize()
    return float(begin.elapsed_time(end)) / 1e3 / calls


def _described(device: torch.device) -> dict[str, Json]:
    """The machine, with its accelerator."""
    properties = torch.cuda.get_device_properties(device)
    return {
        **machine.describe(),
        "device": properties.name,
        "multiprocessors": properties.multi_processor_count,
        "memory": properties.total_memory,
        "cuda": torch.version.cuda,
        "triton": machine.installed("triton"),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON in place of tables")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that it runs; figures mean nothing")
    parser.add_argument("--rounds", type=int, default=None, help=f"turns of each side (default {ROUNDS})")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="cases whose names hold one of the words")
    given = parser.parse_args(arguments)
    if not torch.cuda.is_available():
        reason = f"no CUDA device that torch {torch.__version__} can use: nothing was timed"
        found: dict[str, Json] = {"benchmark": "gpu", "device": None, "reason": reason, "cases": []}
        sys.stdout.write(json.dumps(found, indent=1) + "\n" if given.json else f"{reason}\n")
        return 0
    device = torch.device("cuda", torch.cuda.current_device())
    rounds = given.rounds or (QUICK_ROUNDS if given.quick else ROUNDS)
    described = _described(device)
    made = list(cases(device, rounds, given.quick, given.only))
    finding = {"device": described["device"], **report.plain("gpu", described, [], made, given.quick)}
    sys.stdout.write(json.dumps(finding, indent=1) + "\n" if given.json else report.markdown(finding))
    return 0


if __name__ == "__main__":
    sys.exit(main())
