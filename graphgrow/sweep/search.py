"""A sweep: candidates in one round or in the rounds of a halving, judged by validation score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from graphgrow.arrays import Json
from graphgrow.errors import DivergedError, SettingsError, SweepError
from graphgrow.settings import RunSettings
from graphgrow.store.run import Run
from graphgrow.sweep.dotted import changed
from graphgrow.sweep.halving import Halving, Rung, best
from graphgrow.sweep.jobs import Job, Result, require_all
from graphgrow.sweep.space import Candidate

RUNS = "runs"
Attempt = Callable[[Sequence[Job], Path], Sequence[Result]]


@dataclass(frozen=True, eq=False)
class Trial:
    """One run of a candidate in one round, and whether the candidate was kept for the next or came out best."""

    rung: int
    changes: Mapping[str, Json]
    candidate: Candidate
    result: Result
    kept: bool


@dataclass(frozen=True, eq=False)
class Outcome:
    """All trials, round by round, and the candidate with the best score in the last round."""

    trials: tuple[Trial, ...]
    best: Candidate
    score: float
    metric: str

    def settings(self, base: RunSettings) -> RunSettings:
        """Those of the best candidate, in full."""
        return changed(base, self.best.values)


def search(
    candidates: Sequence[Candidate], base: RunSettings, folder: Path, attempt: Attempt, halving: Halving | None = None
) -> Outcome:
    """Run every candidate with all its seeds, or halve; keep the best by its mean validation score at the last epoch.

    The test part is never looked at for a choice. A trial whose loss is not finite counts as the worst. Runs lie in
    `folder`/runs, a folder for each round of a halving.

    Parameters
    ----------
    attempt : how jobs are run in a folder, e.g. `attempt_jobs` with an executor.

    Raises
    ------
    SettingsError
        No candidates, settings out of range, or no validation samples to judge by; nothing is run then.
    SweepError
        A job failed for another reason than a loss that is not finite, or all did for that one.
    """
    check(candidates, base, halving)
    varied = list(candidates[0].values)
    rungs = halving.rungs(len(candidates), base, varied) if halving else [Rung(1, {}, len(candidates))]
    left, trials, scores = list(candidates), list[Trial](), dict[str, float | None]()
    metric = ""
    for rung, after in zip(rungs, [*rungs[1:], None], strict=True):
        settings = changed(base, rung.changes)
        place = folder / RUNS / rung.name if halving else folder / RUNS
        results = _round(left, settings, place, attempt)
        scores = {candidate.name: _score(results[candidate.name]) for candidate in left}
        kept = best(scores, after.candidates if after else 1)
        if not kept:
            raise SweepError("no trial has a finite loss: lower optimizer.learning_rate, or choose another space")
        trials += [
            Trial(rung.number, rung.changes, candidate, result, candidate.name in kept)
            for candidate in left
            for result in results[candidate.name]
        ]
        left = [candidate for candidate in left if candidate.name in kept]
        metric = next(str(trial.result.run.summary()["metric"]) for trial in trials if trial.result.run)
    score = scores[left[0].name]
    # Scores are turned so that more is better; errors come back as they are.
    turned = float("nan") if score is None else score * _direction(metric)
    return Outcome(tuple(trials), left[0], turned, metric)


def check(candidates: Sequence[Candidate], base: RunSettings, halving: Halving | None) -> None:
    """Refuse what cannot be run or judged before anything is; errors as `search`."""
    if not candidates:
        raise SettingsError("space: expected at least one candidate, got none")
    if len({candidate.name for candidate in candidates}) < len(candidates):
        raise SettingsError("space: two candidates have the same settings: leave one of them out")
    rungs = halving.rungs(len(candidates), base, list(candidates[0].values)) if halving else []
    for rung in rungs:
        changed(base, rung.changes)
    for candidate in candidates:
        for job in candidate.jobs(base):
            if not job.settings.task.validation:
                raise SettingsError("task.validation: expected more than 0 to judge trials by, got 0: raise it")


def _round(
    candidates: Sequence[Candidate], base: RunSettings, folder: Path, attempt: Attempt
) -> dict[str, list[Result]]:
    """The results of all seeds of every candidate, by the candidate's name."""
    named = [(candidate.name, job) for candidate in candidates for job in candidate.jobs(base)]
    results = attempt([job for _, job in named], folder)
    require_all([result for result in results if not isinstance(result.error, DivergedError)])
    made: dict[str, list[Result]] = {candidate.name: [] for candidate in candidates}
    for (name, _), result in zip(named, results, strict=True):
        made[name].append(result)
    return made


def _score(results: Sequence[Result]) -> float | None:
    """The mean validation score over seeds, turned so that more is better; None where one of them failed."""
    found = [validation(result.run) for result in results if result.run is not None]
    known = [score for score in found if score is not None]
    return float(np.mean(known)) if len(known) == len(results) else None


def validation(run: Run) -> float | None:
    """The validation score at the last epoch, turned so that more is better."""
    summary = run.summary()
    score = summary["validation"]
    return score * _direction(str(summary["metric"])) if isinstance(score, float) else None


def _direction(metric: str) -> int:
    """1 where more is better; of an error less is."""
    return -1 if metric == "error" else 1
