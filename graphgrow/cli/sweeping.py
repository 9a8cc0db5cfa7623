"""The command that runs many settings."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from graphgrow.arrays import Json
from graphgrow.errors import SettingsError, StoreError
from graphgrow.settings import EngineSettings, RunSettings, from_json, to_json
from graphgrow.store.calibration import read_calibration
from graphgrow.store.files import read_json, write_json
from graphgrow.sweep.company import attempt_together
from graphgrow.sweep.dotted import shown
from graphgrow.sweep.executors import executor
from graphgrow.sweep.halving import Halving
from graphgrow.sweep.jobs import Result, attempt_jobs
from graphgrow.sweep.search import Outcome, check, search
from graphgrow.sweep.space import Candidate, Space
from graphgrow.sweep.table import table
from graphgrow.sweep.telling import Lines
from graphgrow.sweep.work import Job

if TYPE_CHECKING:
    from graphgrow.cli.commands import Sweep

RECORD = "sweep.json"


def sweep(asked: Sweep) -> None:
    """Check everything, run what is not there yet, write the table, and say what came out best."""
    if not asked.space:
        raise SettingsError("space: expected NAME=VALUES, as in growth.rule=set,rigl, got nothing")
    base, halving = _base(asked), Halving(asked.eta, asked.resource, asked.least) if asked.halving else None
    space = Space.parse(asked.space, base.seed)
    candidates = space.grid() if asked.draws is None else space.draws(asked.draws, asked.draw_seed)
    check(candidates, base, halving)
    rounds = halving.rungs(len(candidates), base, list(space.settings)) if halving else []
    for rung in rounds:
        given = ", ".join(f"{name} {shown(value)}" for name, value in rung.changes.items())
        print(f"round {rung.number}: {rung.candidates} candidates with {given}")
    with executor(asked.executor, asked.workers, asked.address) as made:
        write_record(asked, base, candidates)
        found = search(candidates, base, asked.out, partial(_attempt, asked.population, made), halving)
    write_record(asked, base, candidates, found)
    _conclude(found, asked.out)


def _base(asked: Sweep) -> RunSettings:
    """The settings outside the space; thresholds left as they are come from this machine, or from when it began."""
    settings, held = asked.settings, _held_engine(asked.out / RECORD)
    if settings.engine != EngineSettings():
        return settings
    return replace(settings, engine=held or read_calibration() or settings.engine)


def _held_engine(file: Path) -> EngineSettings | None:
    """The thresholds a sweep in this folder began with."""
    if not file.is_file():
        if file.parent.exists() and (not file.parent.is_dir() or any(file.parent.iterdir())):
            raise StoreError(f"{file.parent} is not empty and holds no sweep: choose another folder with --out")
        return None
    tree = read_json(file).get("settings")
    if not isinstance(tree, dict):
        raise StoreError(f"{file}: has no settings: restore the file, or choose another folder with --out")
    made: RunSettings = from_json(RunSettings, tree, str(file))
    return made.engine


def _attempt(population: bool, made: Executor, jobs: Sequence[Job], folder: Path) -> Sequence[Result]:
    told = Lines(len(jobs), partial(print, flush=True))
    attempt = attempt_together if population else attempt_jobs
    return attempt(jobs, folder, made, told=told)


def write_record(
    asked: Sweep, base: RunSettings, candidates: Sequence[Candidate], found: Outcome | None = None
) -> None:
    """sweep.json: the space, all candidates, and the best one once it is known."""
    try:
        asked.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{asked.out}: cannot be made ({error.strerror}): choose another --out") from None
    listed: list[Json] = [dict(candidate.values) for candidate in candidates]
    halving: Json = None
    if asked.halving:
        halving = {"eta": asked.eta, "resource": list(asked.resource), "least": asked.least}
    tree: dict[str, Json] = {
        "space": list(asked.space),
        "settings": to_json(base),
        "draws": asked.draws,
        "draw_seed": asked.draw_seed,
        "halving": halving,
        "population": asked.population,
        "candidates": listed,
        "seeds": list(candidates[0].seeds),
        "best": None
        if found is None
        else {"values": dict(found.best.values), f"validation_{found.metric}": found.score},
    }
    write_json(asked.out / RECORD, tree)


def _conclude(found: Outcome, out: Path) -> None:
    """The table, its best rows, and where everything is."""
    from analysis.export import export

    frame = table(found.trials)
    export(frame, out, "table")
    values = " ".join(f"--{name.replace('_', '-')} {_word(value)}" for name, value in found.best.values.items())
    over = f", mean of {len(found.best.seeds)} seeds" if len(found.best.seeds) > 1 else ""
    print(f"best: {values}")
    print(f"validation {found.metric} {found.score:.4f}{over}; chosen without the test part")
    print(f"{len(frame)} runs in {out / 'table.csv'}, .parquet, .md and .tex")


def _word(value: Json) -> str:
    """A value as `graphgrow run` takes it."""
    return " ".join(map(str, value)) if isinstance(value, list) else shown(value)
