"""The same readers on a run that really lies on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analysis import figures
from analysis.figures.accuracy import accuracy_over_epochs
from analysis.figures.extrema import extrema_over_time
from analysis.growth import edges_by_event, event_table
from analysis.tables import export, paired_table, readable, runs_table, summary_table
from graphgrow.errors import StoreError
from graphgrow.graph import difference
from graphgrow.settings import GrowthSettings, RunSettings, to_json
from graphgrow.store.run import Run
from tests.analysis.fakes import fake_run, grow


def stored(folder: Path, rule: str, seed: int, final: float) -> Run:
    """A fake run written with the library's own store."""
    fake = fake_run(rule, seed, epochs=6, events=(2, 4), final=final)
    settings = RunSettings(growth=GrowthSettings(rule=rule), seed=seed)
    graph = fake.start()
    run = Run.create(folder, to_json(settings), {"network": graph}, seed)
    for event in fake.events():
        grown = grow(graph, event.number, 4, seed)
        run.append("network", event, difference(graph, grown))
        graph = grown
    for row in fake.rows():
        run.log(row)
    run.time({"phase": "total", "seconds": 1.5})
    run.finish({"network": graph}, dict(fake.summary()))
    return Run.open(folder)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: Any) -> list[Run]:
    folder = tmp_path_factory.mktemp("runs")
    kinds = {"extrema": 0.95, "random": 0.9}
    return [
        stored(folder / f"{rule}-{seed}", rule, seed, final + seed / 100)
        for rule, final in kinds.items()
        for seed in (0, 1)
    ]


def test_tables_read_stored_runs(runs: list[Run], tmp_path: Path) -> None:
    frame = runs_table(runs)
    assert frame["run"].tolist() == ["extrema-0", "extrema-1", "random-0", "random-1"]
    assert frame["edges"].tolist() == [run.final().edges for run in runs]
    assert (frame["seconds"] == 1.5).all()
    assert readable(summary_table(frame))["test"][0].startswith("95.50 [")
    assert paired_table(frame, "random")["gain"].tolist() == pytest.approx([0.05])
    assert len(export(frame, tmp_path, "runs")) == 4


def test_growth_tables_read_stored_runs(runs: list[Run]) -> None:
    assert event_table(runs[0])["added"].tolist() == [4, 4]
    assert edges_by_event(runs[0])["surviving"].sum() == runs[0].final().edges
    with pytest.raises(StoreError, match="not head"):
        edges_by_event(runs[0], "head")


def test_figures_read_stored_runs(runs: list[Run], tmp_path: Path) -> None:
    figure = accuracy_over_epochs({"extrema": runs[:2], "random": runs[2:]})
    assert len(figures.save(figure, tmp_path, "accuracy")) == 2
    assert len(extrema_over_time(runs[0]).axes) == 2
