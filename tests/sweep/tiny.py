"""Jobs of a moment that tests of sweeps share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from graphgrow.settings import Fit, RunSettings
from graphgrow.store.run import Run
from graphgrow.sweep.jobs import Job
from tests.train.runs import settings

RULES = ("random", "gradient", "extrema_topped_up", "rigl")


def jobs(rules: Sequence[str] = RULES, **parts: object) -> list[Job]:
    """Two epochs of xor by each rule."""
    return [Job(f"{rule}-5", job_settings(rule, **parts)) for rule in rules]


def job_settings(rule: str = "random", **parts: object) -> RunSettings:
    """Two epochs of xor."""
    return replace(settings(rule, fit=Fit(epochs=2, batch=64, checkpoint_every=3)), **parts)  # type: ignore[arg-type]


def prints(runs: Sequence[Run]) -> list[str]:
    """What is equal for runs equal bit for bit."""
    return [run.fingerprint() for run in runs]


def cut_off(run: Run) -> None:
    """Leave of a finished run what a kill after the checkpoint before the last would have left."""
    (run.path / "summary.json").unlink()
    (run.path / "final.safetensors").unlink()
    (run.path / "checkpoint.previous.safetensors").replace(run.path / "checkpoint.safetensors")


def whole(folder: Path) -> list[str]:
    """Names of the finished runs in a folder."""
    return sorted(path.name for path in folder.iterdir() if (path / "summary.json").is_file())
