"""Runs on disk: made at once, resumed exactly, read back bit for bit."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow import Event, Graph, apply, difference
from graphgrow.errors import StoreError
from graphgrow.graph.builders import braess_diamond
from graphgrow.store import Run, State, fingerprint
from graphgrow.store.manifest import manifest
from tests.strategies import graphs, random_edit

seeds = st.integers(0, 2**32 - 1)
SETTINGS = {"rate": 0.1, "task": {"name": "xor"}}


def event(number: int, graph: Graph, site: str = "main") -> Event:
    return Event(number, 10 * number, number, site, "random", "plateau", graph.neurons, graph.edges, 1, 0)


def grow(run: Run, graph: Graph, numbers: range, site: str = "main") -> list[Graph]:
    """Append an event and a row for every number; the graphs after them."""
    made = []
    for number in numbers:
        grown, _ = apply(graph, random_edit(graph, np.random.default_rng(number)), number)
        run.append(site, event(number, grown, site), difference(graph, grown))
        run.log({"epoch": number, "loss": 1 / number})
        made.append(grown)
        graph = grown
    return made


def state(step: int, graph: Graph) -> State:
    return State(step, step, {"main": graph}, {"momentum": np.full(3, step, np.float32)}, {"rows": step})


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path / "run", SETTINGS, {"main": braess_diamond()}, 5)


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_new_run_can_be_opened(run: Run) -> None:
    opened = Run.open(run.path)
    assert opened.settings == SETTINGS
    assert opened.sites() == ["main"]
    assert opened.start().same(braess_diamond())
    assert (opened.events(), opened.rows(), opened.timings()) == ([], [], [])
    assert not opened.finished
    assert not opened.has_checkpoint()
    assert names(run.path.parent) == ["run"]


def test_an_empty_folder_may_become_a_run(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert Run.create(tmp_path / "run", {}, {"main": braess_diamond()}, 0).sites() == ["main"]
    assert Run.create(tmp_path / "deep" / "er", {}, {"main": braess_diamond()}, 0).sites() == ["main"]


def test_a_folder_that_holds_anything_is_refused_and_left_alone(run: Run, tmp_path: Path) -> None:
    before = names(run.path)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / ".hidden").touch()
    (tmp_path / "file").touch()
    for name in ("run", "notes", "file"):
        with pytest.raises(StoreError, match="is not empty: choose another folder with --out, or continue"):
            Run.create(tmp_path / name, {}, {"main": braess_diamond()}, 0)
    assert names(run.path) == before
    assert names(tmp_path) == ["file", "notes", "run"]


def test_places_where_no_run_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        Run.create(tmp_path / "file" / "run", {}, {"main": braess_diamond()}, 0)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(StoreError, match="the current folder cannot become a run"):
        Run.create(Path("."), {}, {"main": braess_diamond()}, 0)


def test_a_run_that_fails_to_begin_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreError, match=r"tree\.rate"):
        Run.create(tmp_path / "run", {"rate": float("nan")}, {"main": braess_diamond()}, 0)
    replace = os.replace

    def fail_for_folders(old: Path, new: Path) -> None:
        if Path(old).is_dir():
            raise OSError(28, "No space left on device")
        replace(old, new)

    monkeypatch.setattr(os, "replace", fail_for_folders)
    with pytest.raises(StoreError, match="No space left"):
        Run.create(tmp_path / "run", {}, {"main": braess_diamond()}, 0)
    assert names(tmp_path) == []


def test_what_is_no_run_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file", tmp_path / "absent"):
        with pytest.raises(StoreError, match=r"holds no run.*pass the folder"):
            Run.open(path)


@given(graphs(4, 4), st.integers(0, 4))
def test_graphs_come_back_from_their_events(tmp_path_factory: pytest.TempPathFactory, graph: Graph, count: int) -> None:
    run = Run.create(tmp_path_factory.mktemp("run") / "run", {}, {"main": graph}, 0)
    made = grow(run, graph, range(1, count + 1))
    for number, expected in enumerate([graph, *made]):
        assert run.graph(number).same(expected)
    assert [item.number for item in run.events()] == list(range(1, count + 1))


def test_after_training_only_the_weights_of_a_graph_are_older(run: Run) -> None:
    start = run.start()
    trained = start.with_weights(start.weight + 1, start.bias)
    grown, _ = apply(trained, random_edit(trained, np.random.default_rng(3)), 1)
    run.append("main", event(1, grown), difference(trained, grown))
    made = run.graph(1)
    assert made.wiring.same(grown.wiring)
    assert not made.same(grown)


def test_several_sites_grow_apart(tmp_path: Path) -> None:
    start = {"a": braess_diamond(), "b": braess_diamond(dtype=np.float64)}
    run = Run.create(tmp_path / "run", {}, start, 0)
    first = grow(run, start["a"], range(1, 2), "a")[-1]
    second = grow(run, start["b"], range(2, 3), "b")[-1]
    assert run.graph(2, "a").same(first)
    assert run.graph(1, "b").same(start["b"])
    assert run.graph(2, "b").same(second)
    assert run.difference(2)[:2] == (event(2, second, "b"), "b")
    for site in (None, "c"):
        with pytest.raises(StoreError, match="holds networks a, b, not"):
            run.graph(1, site)
    with pytest.raises(StoreError, match="at site a: name one of"):
        run.append("a", event(3, first, "b"), difference(first, first))


@pytest.mark.parametrize("number", [-1, 3])
def test_a_graph_after_an_event_that_never_was(run: Run, number: int) -> None:
    grow(run, run.start(), range(1, 3))
    with pytest.raises(StoreError, match=f"has events 0 to 2, not {number}"):
        run.graph(number)


def test_events_are_appended_in_order_and_never_twice(run: Run) -> None:
    graph = grow(run, run.start(), range(1, 3))[-1]
    for number in (2, 4):
        with pytest.raises(StoreError, match=f"expected event 3, got {number}"):
            run.append("main", event(number, graph), difference(graph, graph))
    assert len(run.events()) == 2


def test_checkpoints_replace_one_another_and_the_last_but_one_is_kept(run: Run) -> None:
    graph = braess_diamond()
    for step in (1, 2, 3):
        run.save(state(step, graph))
        assert run.load().same(state(step, graph))
    os.replace(run.path / "checkpoint.previous.safetensors", run.path / "checkpoint.safetensors")
    assert Run.open(run.path).load().same(state(2, graph))
    assert not any(name.endswith(".partial") for name in names(run.path))


def test_a_checkpoint_that_cannot_be_written_leaves_the_old_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.save(state(1, braess_diamond()))
    before = names(run.path)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "replace", fail)
        with pytest.raises(StoreError, match="No space left"):
            run.save(state(2, braess_diamond()))
    assert run.load().same(state(1, braess_diamond()))
    assert names(run.path) == before


def test_no_checkpoint_and_a_damaged_one(run: Run) -> None:
    with pytest.raises(StoreError, match=r"checkpoint\.safetensors: no such file"):
        run.load()
    with pytest.raises(StoreError, match="neither a final network nor a checkpoint"):
        run.final()
    run.save(state(1, braess_diamond()))
    file = run.path / "checkpoint.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(StoreError, match=r"truncated or corrupt.*from checkpoint\.previous\.safetensors"):
        run.load()


def test_a_run_that_was_killed_and_goes_on_ends_with_the_same_bits(run: Run, tmp_path: Path) -> None:
    other = Run.create(tmp_path / "other", SETTINGS, {"main": braess_diamond()}, 5)
    end = grow(other, other.start(), range(1, 5))[-1]
    other.finish({"main": end}, {"test": 0.5})

    middle = grow(run, run.start(), range(1, 3))[-1]
    run.time({"phase": "train", "seconds": 1.5})
    # What a killed process did after its checkpoint: other events, rows, torn lines, half-written files.
    far = grow(run, middle, range(3, 6))[-1]
    run.finish({"main": far}, {"test": 0.1})
    for name in ("history.jsonl", "timings.jsonl"):
        with open(run.path / name, "ab") as file:
            file.write(b'{"epoch": 6, "lo')
    (run.path / "events" / ".00006.safetensors.0.partial").touch()
    (run.path / ".checkpoint.safetensors.0.partial").touch()
    resumed = Run.open(run.path)
    resumed.rewind(2, 2)
    assert not resumed.finished
    assert resumed.timings() == [{"phase": "train", "seconds": 1.5}, {"phase": "resumed", "epoch": 2}]
    assert names(run.path / "events") == ["00001.safetensors", "00002.safetensors"]
    assert [row["epoch"] for row in resumed.rows()] == [1, 2]
    assert grow(resumed, resumed.graph(2), range(3, 5))[-1].same(end)
    resumed.finish({"main": end}, {"test": 0.5})
    assert fingerprint(resumed) == fingerprint(other)
    assert [name for name in names(run.path) if name.startswith(".")] == []


def test_a_rewind_to_what_is_not_there_drops_nothing(run: Run) -> None:
    graph = grow(run, run.start(), range(1, 3))[-1]
    run.finish({"main": graph}, {})
    for events, rows, words in ((3, 1, "2 events, but the checkpoint knows 3"), (1, 3, "2 rows, but .* knows 3")):
        with pytest.raises(StoreError, match=words):
            run.rewind(events, rows)
    assert (len(run.events()), len(run.rows()), run.finished) == (2, 2, True)


def test_the_end_is_told_by_the_summary(run: Run) -> None:
    graph = run.start()
    run.save(state(1, graph))
    trained = graph.with_weights(graph.weight * 2, graph.bias)
    with pytest.raises(StoreError, match="is not finished: continue it"):
        run.summary()
    assert run.final().same(graph)
    run.finish({"main": trained}, {"test": 0.75})
    assert run.finished
    assert run.summary() == {"test": 0.75}
    assert run.final("main").same(trained)


def test_the_fingerprint_tells_runs_apart_but_not_their_times(run: Run, tmp_path: Path) -> None:
    def made(name: str, rate: float = 0.1, start: float = 1.0, loss: float = 0.5, final: float = 2.0) -> str:
        graph = braess_diamond()
        begin = graph.with_weights(graph.weight * start, graph.bias)
        other = Run.create(tmp_path / name, {"rate": rate}, {"main": begin}, 0)
        other.log({"loss": loss})
        other.time({"phase": "total", "seconds": len(name)})
        other.finish({"main": graph.with_weights(graph.weight * final, graph.bias)}, {})
        return other.fingerprint()

    same = {made("a"), made("longer")}
    assert len(same) == 1
    others = {made("b", rate=0.2), made("c", start=3.0), made("d", loss=0.6), made("e", final=3.0)}
    assert len(others | same) == 5
    before = fingerprint(run)
    grow(run, run.start(), range(1, 2))
    assert fingerprint(run) != before


def test_a_damaged_event_is_named(run: Run) -> None:
    grow(run, run.start(), range(1, 3))
    file = run.path / "events" / "00002.safetensors"
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(StoreError, match=r"00002\.safetensors: truncated or corrupt"):
        run.events()


def test_the_manifest_names_no_person_and_no_place(run: Run) -> None:
    held = json.loads((run.path / "manifest.json").read_text())
    assert held["seed"] == 5
    assert held["versions"]["numpy"] == np.__version__
    assert held["created"].endswith("+00:00")
    text = json.dumps(manifest(5))
    assert f'"{socket.gethostname()}"' not in text
    assert "/" not in text
    assert "\\\\" not in text


def test_a_finished_run_that_lost_events_says_so(run: Run) -> None:
    last = grow(run, braess_diamond(), range(1, 3))[-1]
    run.finish({"main": last}, {"events": 2})
    assert [found.number for found in run.events()] == [1, 2]
    (run.path / "events" / "00002.safetensors").unlink()
    with pytest.raises(StoreError, match="expected 2 events as in the summary, found 1: restore the folder"):
        run.events()
