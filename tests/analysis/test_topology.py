"""The topology report: one tidy table out of anything, every value beside its null, and runs compared seed by seed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import networkx
import numpy as np
import pandas as pd
import pytest

from analysis.export import export
from analysis.topology import COLUMNS, LARGE, WHERE, compare, effort_for, report, to_json
from graphgrow.errors import DataError, GraphError, SettingsError, StoreError
from graphgrow.graph.builders import erdos_renyi
from graphgrow.graph.graph import Graph
from graphgrow.graph.interop import write_graphml
from graphgrow.measure.adjacency import from_edges, of
from graphgrow.measure.metrics import Effort, Subject, every
from graphgrow.store.run import Run
from graphgrow.train.execute import execute
from tests.train.runs import settings, xor

EFFORT = Effort(nulls=5)


def network() -> Graph:
    return erdos_renyi([6, 8, 8, 4], np.random.default_rng(0), edges=70, skips=True)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return execute(settings("random"), tmp_path_factory.mktemp("stored") / "run", xor()).run


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return report(network(), EFFORT)


def test_every_metric_is_a_row_with_all_it_needs(frame: pd.DataFrame) -> None:
    assert list(frame.columns) == list(COLUMNS)
    assert set(frame["metric"]) == set(every())
    assert frame["name"].is_unique
    assert frame["value"].isna().eq(frame["note"].ne("") & frame["value"].isna()).all()
    assert all(isinstance(json.loads(text), dict) for text in frame["parameters"])
    assert frame["projection"].isin(["directed", "skeleton", "relational"]).all()


def test_values_stand_beside_their_null(frame: pd.DataFrame) -> None:
    randomised = [
        name for name, metric in every().items() if metric.randomised(Subject(of(network()), network(), EFFORT))
    ]
    assert randomised
    drawn = frame[frame["metric"].isin(randomised) & frame["value"].notna()]
    assert (drawn["null_count"] == EFFORT.nulls).any()
    assert (frame[~frame["metric"].isin(randomised)]["null_count"] == 0).all()
    with_z = drawn[drawn["z"].notna()]
    assert len(with_z)
    assert np.allclose(with_z["z"], (with_z["value"] - with_z["null_mean"]) / with_z["null_deviation"])


def test_the_same_seed_gives_the_same_table_and_another_does_not(frame: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(report(network(), EFFORT), frame)
    other = report(network(), Effort(nulls=5, seed=1))
    assert not other["null_mean"].equals(frame["null_mean"])


def test_a_graph_is_the_same_in_all_its_forms(tmp_path: Path, frame: pd.DataFrame) -> None:
    graph = network()
    write_graphml(graph, tmp_path / "network.graphml")
    pd.testing.assert_frame_equal(report(tmp_path / "network.graphml", EFFORT), frame)
    plain = report(networkx.karate_club_graph(), EFFORT, ["density"])
    assert plain.set_index("name")["value"]["edges"] == 78
    assert report(of(graph.wiring), EFFORT, ["density"]).equals(report(graph.wiring, EFFORT, ["density"]))


def test_a_run_is_measured_at_every_event(run: Run) -> None:
    made = report(run, Effort(nulls=1), ["density"])
    assert list(made.columns) == [*WHERE, *COLUMNS]
    events = [event.number for event in run.events() if event.accepted]
    assert made["event"].unique().tolist() == [0, *events]
    edges = made[made["name"] == "edges"].set_index("event")["value"]
    assert edges[0] == run.start().edges
    assert edges[events[-1]] == run.final().edges
    assert made[made["event"] == events[0]]["epoch"].iloc[0] == run.events()[0].epoch
    assert report(run.path, Effort(nulls=1), ["density"]).equals(made)
    only = report(run, Effort(nulls=1), ["density"], events=[events[-1]])
    assert only["event"].unique().tolist() == [events[-1]]
    with pytest.raises(DataError, match="no event 99"):
        report(run, events=[99])
    with pytest.raises(DataError, match="holds the networks network, not host"):
        report(run, site="host")


def test_runs_are_compared_seed_by_seed(tmp_path: Path) -> None:
    runs = [
        execute(settings(rule, seed=seed), tmp_path / f"{rule}-{seed}", xor()).run
        for rule in ("random", "static")
        for seed in (0, 1)
    ]
    made = compare(runs, "static", Effort(nulls=0), ["density"]).set_index("name")
    assert made.loc["edges", "pairs"] == 2
    gaps = [runs[at].final().edges - runs[at + 2].final().edges for at in (0, 1)]
    assert made.loc["edges", "difference"] == pytest.approx(np.mean(gaps))
    assert set(made["rule"]) == {"random"}
    with pytest.raises(DataError, match="expected the baseline to be one of random, static, got 'set'"):
        compare(runs, "set", Effort(nulls=0), ["density"])
    with pytest.raises(DataError, match="two of 'random' with seed 0"):
        compare([*runs, runs[0]], "static", Effort(nulls=0), ["density"])


def test_the_table_is_exported_and_read_back(tmp_path: Path, frame: pd.DataFrame) -> None:
    files = {file.suffix: file for file in export(frame, tmp_path, "topology")}
    assert set(files) == {".md", ".tex", ".csv", ".parquet"}
    back = pd.read_parquet(files[".parquet"])
    assert back["value"].equals(frame["value"])
    assert json.loads(json.dumps(to_json(frame), allow_nan=False))[0]["metric"] == frame["metric"][0]


def test_large_graphs_are_sampled_unless_told_otherwise() -> None:
    nodes = LARGE // 4
    ring = np.concatenate([(np.arange(nodes) + step) % nodes for step in (1, 2, 3, 4)])
    large = from_edges(nodes, np.tile(np.arange(nodes), 4), ring)
    assert effort_for(large).nulls < effort_for(of(network())).nulls == Effort().nulls


def test_wrong_input_is_told_of() -> None:
    with pytest.raises(SettingsError, match=r"unknown metric colour: expected some of .*density"):
        report(network(), metrics=["colour"])
    with pytest.raises(GraphError, match=r"expected a Graph, .*, got int"):
        report(3)


def test_what_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    plain = from_edges(3, [0, 1], [1, 2])
    assert set(report(plain, metrics="density")["metric"]) == {"density"}
    with pytest.raises(SettingsError, match="events and site: expected a run, got a graph"):
        report(plain, metrics=["density"], events=[1])
    with pytest.raises(SettingsError, match="effort: expected an Effort, got dict"):
        report(plain, {"nulls": 3})  # type: ignore[arg-type]  # the point
    with pytest.raises(GraphError, match="the largest is 1e\\+308, too far from 1"):
        report(from_edges(3, [0, 1], [1, 2], [1e308, 1.0]))
    for runs in ([], [str(tmp_path)]):
        with pytest.raises(DataError, match=r"runs: expected runs of several rules, got .*Run.open"):
            compare(runs, baseline="random")  # type: ignore[arg-type]  # the point


def test_missing_events_are_told_of(run: Run, tmp_path: Path) -> None:
    shutil.copytree(run.path, tmp_path / "torn")
    shutil.rmtree(tmp_path / "torn" / "events")
    with pytest.raises(StoreError, match=r"events as in the summary, found 0: restore the folder"):
        report(Run.open(tmp_path / "torn"), metrics=["density"])
