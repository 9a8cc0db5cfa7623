"""Runs of which some may be refused: a rule that cannot work at a budget is told of, and the others go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd

from analysis.report import Section
from graphgrow.errors import GraphError, RuleError, SettingsError
from graphgrow.store.run import Run
from graphgrow.sweep.jobs import Job, attempt_jobs, require_all
from graphgrow.sweep.telling import Lines
from sims.parts.study import Case


@dataclass(frozen=True, eq=False)
class Attempt:
    """What ran, and for what was refused one row of its cell, rule, seed and reason."""

    cases: tuple[Case, ...]
    runs: tuple[Run, ...]
    refused: tuple[dict[str, str | int | float], ...] = ()

    def joined(self, other: Attempt) -> Attempt:
        """Both."""
        return Attempt(self.cases + other.cases, self.runs + other.runs, self.refused + other.refused)

    def told(self) -> list[Section]:
        """A section of a report on what was refused, or none."""
        return [Section("What could not run", table=pd.DataFrame(self.refused))] if self.refused else []


def attempt(cases: Sequence[Case], out: Path, workers: int) -> Attempt:
    """Run every case, stored under `out`/runs; what was finished there with equal settings is kept.

    Raises
    ------
    GraphgrowError
        A run failed for another reason than that graph, rule and settings do not fit together.
    """
    folder = out / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [Job(case.name, replace(case.settings, label=case.label)) for case in cases]
    results = attempt_jobs(jobs, folder, workers=workers, told=Lines(len(jobs), partial(print, flush=True)))
    refused = {
        at for at, found in enumerate(results) if isinstance(found.error, GraphError | RuleError | SettingsError)
    }
    ran = [at for at in range(len(cases)) if at not in refused]
    runs = require_all([results[at] for at in ran])
    reasons = tuple(
        {**cases[at].cell, "activation": cases[at].settings.start.activation, "rule": cases[at].label,
         "seed": cases[at].settings.seed, "reason": " ".join(str(results[at].error).split())}
        for at in sorted(refused)
    )  # fmt: skip
    return Attempt(tuple(cases[at] for at in ran), tuple(runs), reasons)
