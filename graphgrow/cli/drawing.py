"""The command that draws a stored run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from graphgrow.errors import StoreError
from graphgrow.store.files import unwritten
from graphgrow.store.run import Run


def figures(path: Path, out: Path | None, formats: Sequence[str]) -> None:
    """Write every figure that applies to a run; a line each, and where they are.

    Raises
    ------
    StoreError
        There is no run, or the folder cannot be written.
    """
    run = Run.open(path)
    if not run.rows():
        raise StoreError(f"{path} has no epoch to draw yet: continue it with graphgrow resume {path}")
    # Lost events are told once and before anything is written, not as a reason of every figure.
    run.events()
    folder = path / "figures" if out is None else out
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten(folder, error) from None
    from analysis.drawing import draw_all

    for line in draw_all(run, folder, formats):
        print(line, flush=True)
    print(f"in {folder}")
