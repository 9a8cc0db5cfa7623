"""Several processes train and grow one model: equal bits, averaged gradients after growth, shared failures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.engine.network import Network
from graphgrow.errors import ParallelError, SettingsError
from graphgrow.graph.edit import Edit
from graphgrow.growth.parts import Cause, Proposal
from graphgrow.settings import Fit, GrowthSettings
from graphgrow.store.run import Run
from graphgrow.store.state import to_text
from graphgrow.train import evaluate
from graphgrow.train.parallel import Alone, DataParallel, Sums
from graphgrow.train.parallel.forms import ANSWERS, Answer, Parcel
from graphgrow.train.parallel.protocol import stretch
from graphgrow.train.parallel.wire import Failure
from tests.strategies import graphs, random_edit
from tests.train.ranks import AMONG_THREE, CHUNK, SCENARIOS, trained
from tests.train.runs import ROOT, listing, new_run, xor

TRAININGS = ("edges", "clones", "hosts", "paced")
Answers = dict[str, list[dict[str, Any]]]


def launch(folder: Path, ranks: int, names: Iterable[str]) -> list[tuple[int, str]]:
    """Run scenarios in a group of processes that meet through a file; exit code and errors by rank."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    words = [sys.executable, "-m", "tests.train.ranks", str(folder), str(ranks), *names]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    codes = json.loads((folder / "codes.json").read_text())
    return [(code, (folder / f"errors.{rank}").read_text()) for rank, code in enumerate(codes)]


def answers(folder: Path, ranks: int, names: Iterable[str]) -> Answers:
    """What each process answered, by scenario."""
    return {name: [json.loads((folder / f"{name}.{rank}.json").read_text()) for rank in range(ranks)] for name in names}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where two processes ran all scenarios."""
    made = tmp_path_factory.mktemp("two")
    done = launch(made, 2, SCENARIOS)
    assert [code for code, _ in done] == [0, 0], "\n".join(error[-3000:] for _, error in done)
    return made


@pytest.fixture(scope="module")
def found(folder: Path) -> Answers:
    """What two processes answered."""
    return answers(folder, 2, SCENARIOS)


@pytest.mark.parametrize("name", TRAININGS)
def test_processes_end_with_equal_bits_after_growth(name: str, found: Answers) -> None:
    one, other = found[name]
    assert one == other
    assert one["row"]["step"] == 20
    assert one["row"]["edges"] > 21
    assert len(set(one["states"][:2])) == 1


@pytest.mark.parametrize("name", TRAININGS)
def test_a_resume_before_a_growth_gives_the_same_bits(name: str, found: Answers) -> None:
    for answer in found[name]:
        assert answer["cut_at"] == 9
        assert len(set(answer["states"])) == 1
        assert len(set(answer["fingerprints"])) == 1


@pytest.mark.parametrize("name", TRAININGS)
def test_the_run_is_written_once_and_is_complete(name: str, folder: Path, found: Answers, tmp_path: Path) -> None:
    run = Run.open(folder / name)
    assert run.finished
    assert [row["epoch"] for row in run.rows()] == [0, 1, 2, 3, 4]
    assert run.rows()[-1] == found[name][0]["row"]
    events = run.events()
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert run.graph(len(events)).wiring.same(run.final().wiring)
    assert run.final().weight.tolist() == found[name][0]["weight"]
    assert run.summary()["edges"] == run.final().edges
    if name == "edges":
        alone = new_run(tmp_path / "run", run.start())
        trained(run=alone, parallel=None)
        assert listing(alone.path).keys() == listing(run.path).keys()


@pytest.mark.parametrize("name", ["edges", "clones"])
def test_work_that_is_dealt_out_gives_the_bits_of_one_process(
    name: str, folder: Path, found: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "CHUNK", CHUNK)
    network, sets = Network(Run.open(folder / name).final()), evaluate.Sets.of(xor().data(), torch.float64)
    for part in ("validation", "test"):
        alone = evaluate.evaluate(network, xor(), getattr(sets, part))
        assert {f"{part}_{key}": value for key, value in alone.items()}.items() <= found[name][0]["row"].items()


def test_two_processes_train_as_one_does(found: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "CHUNK", CHUNK)
    one, two = trained(parallel=None), found["edges"][0]
    np.testing.assert_allclose(two["weight"], one.state.graphs["network"].weight, rtol=1e-9)
    assert two["row"].keys() == one.row.keys()
    for key, value in one.row.items():
        assert two["row"][key] == (pytest.approx(value, rel=1e-9) if isinstance(value, float) else value), key


def test_a_process_without_a_sample_weighs_nothing(found: Answers) -> None:
    one = trained("static", settings=Fit(epochs=1, batch=1), growth=GrowthSettings(until=0.0), parallel=Alone())
    for two in found["one_sample"]:
        np.testing.assert_allclose(two["weight"], one.state.graphs["network"].weight, rtol=1e-9)
        assert two["row"]["train_loss"] == pytest.approx(one.row["train_loss"], rel=1e-9)
    assert found["one_sample"][0] == found["one_sample"][1]


def test_gradients_are_still_averaged_after_growth(found: Answers) -> None:
    one, other = found["gradients"]
    assert one == other
    assert np.diff(one["edges"]).tolist() == [1, 1]
    for got, singles, whole in zip(one["got"], one["singles"], one["whole"], strict=True):
        scale = float(np.linalg.norm(whole))
        assert np.linalg.norm(np.subtract(got, np.mean(singles, axis=0))) <= 1e-12 * scale
        assert np.linalg.norm(np.subtract(got, whole)) <= 1e-12 * scale
        # The processes saw different samples: a gradient that was not averaged is another one.
        assert np.linalg.norm(np.subtract(got, singles[0])) > 1e-2 * scale


def test_the_wrapper_holds_no_buffers_and_follows_the_parameters(found: Answers) -> None:
    for answer in found["gradients"]:
        assert answer["buffers"] == []
        assert answer["wrapped_once"]
        assert answer["old_wrapper_gone"]
        assert answer["wrapped_anew_when_frozen"]


def test_processes_draw_apart_and_go_on_alike(found: Answers) -> None:
    one, other = found["draws"]
    assert one["own"] != other["own"]
    assert one["after"] == other["after"]
    assert set(one["own"]).isdisjoint(one["after"])


@pytest.mark.parametrize(
    ("name", "kinds", "words"),
    [
        ("rule", ("RuleError", "RuleError"), "the rule failed"),
        ("foreign", ("ValueError", "ParallelError"), "the rule failed"),
        ("memory", ("StoreError", "StoreError"), "expected a finite number, got nan"),
        ("reporter", ("ValueError", "ParallelError"), "cannot report"),
    ],
)
def test_what_fails_in_the_leader_ends_all_processes(
    name: str, kinds: tuple[str, str], words: str, found: Answers
) -> None:
    one, other = (answer[name] for answer in found["failures"])
    assert (one["kind"], other["kind"]) == kinds
    assert words in one["text"]
    assert other["text"].startswith("process 0")
    assert words in other["text"]
    assert "\n" not in other["text"]


def test_what_fails_in_another_process_ends_the_leader(found: Answers) -> None:
    one, other = (answer["state"] for answer in found["failures"])
    assert (one["kind"], other["kind"]) == ("StoreError", "StoreError")
    assert one["text"] == f"process 1: {other['text']}"
    assert "wrong model" in other["text"]


@pytest.mark.parametrize(
    ("name", "what"),
    [("seed", "settings and state"), ("model", "networks"), ("fitting", "settings"), ("pace", "settings")],
)
def test_processes_that_do_not_hold_the_same_are_refused(name: str, what: str, found: Answers) -> None:
    for answer in found["failures"]:
        assert answer[name]["kind"] == "ParallelError"
        assert answer[name]["text"].startswith(f"process 1 does not hold the {what} of process 0: start all processes")


def test_only_the_leader_reports(found: Answers) -> None:
    assert [answer["told"] for answer in found["failures"]] == [[0, 1], []]


def test_one_of_several_processes_is_refused_without_parallel(found: Answers) -> None:
    for answer in found["refusals"]:
        for name in ("nothing", "alone"):
            assert answer[name]["kind"] == "SettingsError"
            assert "a group of 2 processes" in answer[name]["text"]
            assert "pass parallel=DataParallel()" in answer[name]["text"]
        assert "cannot: train in one process" in answer["trial"]["text"]
        assert "cannot make: train in one" in answer["sudden"]["text"]
        assert answer["transplant"]["kind"] == "OptimizerError"
        assert "growing one of 2 processes alone" in answer["transplant"]["text"]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> tuple[Answers, list[tuple[int, str]]]:
    """What three processes answered, and how they ended: the last of them dies in the middle of a step."""
    made = tmp_path_factory.mktemp("three")
    done = launch(made, 3, AMONG_THREE)
    return answers(made, 3, ["sums", "deals"]), done


def test_three_processes_add_up_in_the_order_of_ranks(three: tuple[Answers, Any]) -> None:
    for answer in three[0]["sums"]:
        assert len(answer) == 6
        assert all(added == total for added, total in answer.values())


def test_dealt_pieces_come_back_in_order(three: tuple[Answers, Any]) -> None:
    for rank, answer in enumerate(three[0]["deals"]):
        for count in (0, 1, 3, 5, 7):
            assert answer[str(count)] == [[piece, 0.1 * piece] for piece in range(count)]
        assert answer["failed"] == ("the third piece" if rank == 2 else "process 2: the third piece")


def test_no_process_waits_for_one_that_died(three: tuple[Any, list[tuple[int, str]]]) -> None:
    assert all(code not in (0, -9) for code, _ in three[1])
    assert "MemoryError: in the middle of a step" in three[1][2][1]
    # Its connections close, which the others notice at once.
    assert all("RuntimeError" in error for _, error in three[1][:2])


@given(st.integers(1, 40), st.integers(1, 9))
def test_stretches_cover_a_step_once(samples: int, ranks: int) -> None:
    batch = torch.arange(samples) * 3
    shares = [stretch(batch, rank, ranks) for rank in range(ranks)]
    assert all(len(share.rows) for share in shares)
    counted = [share.rows[: share.count] for share in shares]
    assert torch.equal(torch.cat(counted), batch)
    assert max(share.count for share in shares) - min(share.count for share in shares) <= 1
    losses = torch.rand(3 * samples, dtype=torch.float64)
    whole = sum(share.weigh(losses[share.rows].mean()) for share in shares)
    torch.testing.assert_close(whole, losses[batch].mean())


@given(graphs(), st.integers(0, 2**32 - 1))
def test_an_answer_arrives_as_it_was_sent(graph: Any, seed: int) -> None:
    edit = random_edit(graph, np.random.default_rng(seed))
    sent = Answer(Proposal(edit, {"credit": 0.1}, "why", Cause.VETOED, {"n": 3}), {"4": -0.0})
    packed = ANSWERS.pack(sent)
    got = ANSWERS.unpack(Parcel(json.loads(to_text({"tree": packed.tree}))["tree"], packed.arrays))
    assert got.medians == sent.medians
    assert {**vars(got.proposal), "edit": None} == {**vars(sent.proposal), "edit": None}
    for name, value in vars(edit).items():
        other = getattr(got.proposal.edit, name)
        same = value.tobytes() == other.tobytes() if isinstance(value, np.ndarray) else value == other
        assert same, name
        assert type(value) is type(other)


def test_an_edit_counted_with_numpy_travels() -> None:
    edit = Edit(np.int64(3), np.int32(0), preserves_function=np.bool_(True))  # type: ignore[arg-type]
    packed = ANSWERS.pack(Answer(Proposal(edit, {}, ""), None))
    assert to_text({"tree": packed.tree}).count("true") == 1


def test_errors_of_ours_keep_their_class() -> None:
    assert isinstance(Failure.of(1, SettingsError("no")).error(), SettingsError)
    assert str(Failure.of(1, SettingsError("no")).error()) == "process 1: no"
    for foreign in (KeyError("lost"), ParallelError("apart")):
        assert type(Failure.of(1, foreign).error()) is ParallelError


def test_data_parallel_without_a_group_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"call torch\.distributed\.init_process_group\('gloo'\) first"):
        DataParallel()


def test_alone_changes_nothing() -> None:
    batch, parallel = torch.arange(5), Alone()
    share = parallel.share(batch)
    mean = torch.tensor(2.0)
    assert share.rows is batch
    assert share.weigh(mean) is mean
    own = Sums(1.0, 2.0, 3.0)
    assert parallel.settle(share, own) is own
    assert parallel.deal([3, 4], lambda piece: (piece, 0.0)) == [(3, 0.0), (4, 0.0)]
    linear = torch.nn.Linear(1, 1)
    assert parallel.run(linear, lambda model: model) is linear
    assert parallel.wrap(linear)(lambda model: model) is linear
