"""What one process of a group does in tests of parallel training: python -m tests.train.ranks FOLDER RANKS NAME..

Every scenario runs in every process and answers with plain data, which the process writes to FOLDER/NAME.RANK.json.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from torch import nn, optim

from graphgrow import apply
from graphgrow.engine.network import Network
from graphgrow.engine.transplant import transplant
from graphgrow.errors import RuleError
from graphgrow.graph.edit import Edit
from graphgrow.growth import registry
from graphgrow.growth.parts import Cause, Proposal
from graphgrow.growth.trials import Trial
from graphgrow.settings import Fit, GrowthSettings
from graphgrow.store.files import digest
from graphgrow.store.records import state_record
from graphgrow.store.run import CHECKPOINT, Run
from graphgrow.store.state import State, to_text
from graphgrow.train import evaluate
from graphgrow.train.loop import Outcome, fit
from graphgrow.train.pacing import Backoff, Boost, HardClamp
from graphgrow.train.parallel import Alone, DataParallel
from tests.train.rank_gradients import deals, dies, draws, gradients, sums
from tests.train.runs import first, new_run, xor

Result = dict[str, Any]
FITTING = Fit(epochs=4, batch=64, checkpoint_every=3)
SEED = 10  # one whose network learns under every rule
CHUNK = 16  # several pieces of the small test set


def adam(parameters: Any) -> optim.Optimizer:
    return optim.AdamW(parameters, lr=0.02)


def small() -> nn.Module:
    """The tiny network before growth."""
    return Network(first("float64", SEED))


def host() -> nn.Module:
    """A model with buffers and draws around its network."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Dropout(0.3), small()).double()


def trained(rule: Any = "random", model: nn.Module | None = None, **changed: Any) -> Outcome:
    """Four epochs of xor, in float64."""
    given: Result = {"settings": FITTING, "growth": GrowthSettings(), "seed": SEED, **changed}
    if "parallel" not in given:
        given["parallel"] = DataParallel()
    chosen = registry.load(rule).rule if isinstance(rule, str) else rule
    return fit(model or small(), xor(), chosen, adam, **given)


def mark(state: State) -> str:
    """SHA-256 of everything in a state."""
    arrays, tree = state_record(state)
    return digest(arrays, to_text(tree))


def raised(call: Callable[[], object]) -> Result:
    """What a call that must fail raises."""
    try:
        call()
    except Exception as error:
        return {"kind": type(error).__name__, "text": str(error)}
    return {"kind": None, "text": "nothing was raised"}


class Told:
    """A reporter that keeps the epochs it was told, lays a checkpoint aside on the way, or fails."""

    def __init__(self, run: Run | None = None, fails: bool = False) -> None:
        self.epochs: list[object] = []
        self.run, self.fails = run, fails

    def epoch(self, row: Any, metric: str) -> None:
        self.epochs.append(row["epoch"])
        if self.run is not None and row["epoch"] == 2:
            shutil.copy(self.run.path / CHECKPOINT, self.run.path.with_suffix(".aside"))
        if self.fails:
            raise ValueError("cannot report")


def training(rule: str, path: Path, rank: int, model: Callable[[], nn.Module], **changed: Any) -> Result:
    """A stored training, then the same from a checkpoint in its middle on, before its second growth."""
    site = "network" if isinstance(model(), Network) else "3"
    if rank == 0:
        new_run(path, first("float64", SEED), site)
    torch.distributed.barrier()
    run = Run.open(path)
    done = trained(rule, model(), run=run, reporter=Told(run), **changed)
    written, stored = run.fingerprint(), mark(run.load())
    torch.distributed.barrier()
    if rank == 0:
        shutil.move(path.with_suffix(".aside"), path / CHECKPOINT)
    torch.distributed.barrier()
    state = run.load()
    again = trained(rule, model(), run=run, state=state, **changed)
    return {
        "states": [mark(done.state), stored, mark(again.state), mark(run.load())],
        "fingerprints": [written, run.fingerprint()],
        "cut_at": state.step,
        "row": dict(done.row),
        "weight": done.state.graphs[site].weight.tolist(),
    }


def one_sample(folder: Path, rank: int) -> Result:
    """Steps of a single sample: one process has nothing of its own."""
    done = trained("static", settings=Fit(epochs=1, batch=1), growth=GrowthSettings(until=0.0))
    graph = done.state.graphs["network"]
    return {"weight": graph.weight.tolist(), "row": dict(done.row), "state": mark(done.state)}


@dataclass(frozen=True)
class Failing:
    """A rule that fails at its second ask."""

    kind: type[Exception]

    def propose(self, view: Any, memory: Any, room: Any) -> Proposal:
        if view.step == 10:
            raise self.kind("the rule failed")
        return Proposal(
            Edit(view.read().neurons, 0), {"at": float("nan")} if self.kind is OSError else {}, "", Cause.NONE
        )


def failures(folder: Path, rank: int) -> Result:
    """What every process raises when one of them fails; the group goes on to be used."""
    wrong = trained(settings=Fit(epochs=1, batch=64)).state
    wrong = replace(wrong, graphs={"other": first()}) if rank == 1 else wrong
    told = Told()
    trained("static", reporter=told, settings=Fit(epochs=1, batch=64))
    return {
        "rule": raised(lambda: trained(Failing(RuleError))),
        "foreign": raised(lambda: trained(Failing(ValueError))),
        "memory": raised(lambda: trained(Failing(OSError))),
        "reporter": raised(lambda: trained(reporter=Told(fails=True))),
        "state": raised(lambda: trained(state=wrong)),
        "seed": raised(lambda: trained(seed=SEED + rank)),
        "model": raised(lambda: trained(model=Network(first("float64", SEED + rank)))),
        "pace": raised(lambda: trained(pace=PACE[: rank + 1])),
        "fitting": raised(lambda: trained(settings=replace(FITTING, epochs=4 - rank))),
        "told": told.epochs,
    }


def refusals(folder: Path, rank: int) -> Result:
    """What is refused to a process of several that was told nothing."""
    network = Network(first("float64", SEED))
    graph = network.graph()
    pair = apply(graph, Edit(graph.neurons, 0), 1)
    return {
        "nothing": raised(lambda: trained(parallel=None)),
        "alone": raised(lambda: trained(parallel=Alone())),
        "trial": raised(lambda: trained("extrema_observed")),
        "sudden": raised(lambda: trained(Sudden())),
        "transplant": raised(lambda: transplant(network, None, *pair)),
    }


@dataclass(frozen=True)
class Sudden:
    """A rule that asks for a trial without having said so beforehand."""

    def propose(self, view: Any, memory: Any, room: Any) -> Proposal:
        return replace(registry.load("random").rule.propose(view, memory, room), trial=Trial())


PACE = (Boost(3.0, 2), Backoff(0.9), HardClamp(2))


SCENARIOS: dict[str, Callable[[Path, int], Result]] = {
    "edges": lambda folder, rank: training("random", folder / "edges", rank, small),
    "clones": lambda folder, rank: training("extrema_clone", folder / "clones", rank, small),
    "hosts": lambda folder, rank: training("gradient", folder / "hosts", rank, host),
    "paced": lambda folder, rank: training("random", folder / "paced", rank, small, pace=PACE),
    "one_sample": one_sample,
    "gradients": gradients,
    "draws": draws,
    "failures": failures,
    "refusals": refusals,
}
AMONG_THREE: dict[str, Callable[[Path, int], Result]] = {"sums": sums, "deals": deals, "dies": dies}


def member(folder: Path, rank: int, ranks: int, names: list[str]) -> None:
    """One process: join the group through a file, run the scenarios, write what they answer."""
    os.dup2(os.open(folder / f"errors.{rank}", os.O_WRONLY | os.O_CREAT), sys.stderr.fileno())
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder / 'group'}", rank=rank, world_size=ranks, timeout=timedelta(seconds=60)
    )
    torch.set_num_threads(1)
    evaluate.CHUNK = CHUNK
    for name in names:
        answer = {**SCENARIOS, **AMONG_THREE}[name](folder, rank)
        (folder / f"{name}.{rank}.json").write_text(json.dumps(answer))
    torch.distributed.destroy_process_group()


def main(folder: Path, ranks: int, names: list[str]) -> None:
    """Start all processes and write their exit codes; on Linux they share what was imported here."""
    multiprocessing.set_start_method("fork" if sys.platform == "linux" else "spawn")
    processes = [multiprocessing.Process(target=member, args=(folder, rank, ranks, names)) for rank in range(ranks)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(150)
        process.kill()
        process.join()
    (folder / "codes.json").write_text(json.dumps([process.exitcode for process in processes]))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]), sys.argv[3:])
