"""The command that measures the topology of a graph file or of a stored run."""

from __future__ import annotations

import json as text
import sys
from dataclasses import replace
from os.path import isdir
from pathlib import Path

from graphgrow.errors import SettingsError


def topology(
    path: Path, json: bool, metrics: tuple[str, ...], events: bool, nulls: int | None, seed: int, undirected: bool,
    out: Path | None,
) -> None:  # fmt: skip
    """Print the report, or write it into a folder as Markdown, LaTeX, CSV and Parquet."""
    from analysis import topology as room
    from analysis.export import export
    from analysis.graph_files import read
    from analysis.terminal import to_text
    from graphgrow.store.run import Run

    if nulls is not None and nulls < 0:
        raise SettingsError(f"--nulls: expected 0 or more, got {nulls}: 10 give a rough z, 100 a good one")
    what = Run.open(path) if isdir(path) else read(path, undirected)
    if undirected and isinstance(what, Run):
        raise SettingsError(f"--undirected: {path.name} is a run, whose edges have directions: leave it out")
    if events and not isinstance(what, Run):
        raise SettingsError(f"--events: {path.name} is a graph, not a run: leave it out")
    graph = what.final() if isinstance(what, Run) else what
    effort = replace(room.effort_for(graph), seed=seed)
    effort = effort if nulls is None else replace(effort, nulls=nulls)
    # People part names by commas as well as by spaces.
    names = [name for word in metrics for name in word.split(",") if name]
    frame = room.report(what if events else graph, effort, names or None)
    if out is not None:
        for file in export(frame, out, "topology"):
            # With --json the standard output is JSON and nothing else, so that it can be piped.
            print(file, file=sys.stderr if json else sys.stdout)
    if json:
        print(text.dumps(room.to_json(frame), indent=2))
    elif out is None:
        print(to_text(frame))
