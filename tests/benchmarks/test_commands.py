"""Every benchmark runs from the command line and prints figures; none of them is judged."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import numba
import pytest

from benchmarks import engine, population, roofline, scale, timing, topology
from benchmarks.machine import installed

Main = Callable[[Sequence[str] | None], int]
CASES: dict[str, tuple[Main, int]] = {
    "engine": (engine.main, 19),
    "population": (population.main, 3),
    "roofline": (roofline.main, 12),
    "topology": (topology.main, 6),
}


@pytest.fixture(autouse=True)
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns of a few calls: the figures mean nothing here."""
    monkeypatch.setattr(timing, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(timing, "SETTLE_SECONDS", 0.0)


def finding(main: Main, words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What a benchmark prints with --json."""
    assert main(["--json", "--quick", "--threads", "1", *words]) == 0
    made: dict[str, Any] = json.loads(capsys.readouterr().out)
    return made


def positive(spread: dict[str, float]) -> bool:
    return all(math.isfinite(value) and value > 0 for value in spread.values())


def check(found: dict[str, Any]) -> None:
    """Every case has times and ratios, all of them positive and finite."""
    assert found["quick"] is True
    assert found["machine"]["threads"] == {"torch": 1, "numba": 1}
    for case in found["cases"]:
        assert case["milliseconds"]
        assert all(positive(spread) for spread in case["milliseconds"].values())
        assert all(positive(spread) for spread in case["ratios"].values())
        assert case["aims"].keys() <= case["ratios"].keys()
        assert all(math.isfinite(value) for value in case["facts"].values() if not isinstance(value, str))


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_benchmark_prints_positive_finite_numbers(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    main, cases = CASES[name]
    found = finding(main, [], capsys)
    check(found)
    assert found["benchmark"] == name
    assert len(found["cases"]) == cases
    assert len({case["name"] for case in found["cases"]}) == cases


def test_scale_measures_each_size_in_its_own_process(capsys: pytest.CaptureFixture[str]) -> None:
    found = finding(scale.main, ["--edges", "1e6", "2000000"], capsys)
    check(found)
    assert [case["facts"]["edges"] for case in found["cases"]] == [1000, 2000]
    for case in found["cases"]:
        stages = [case["facts"][f"peak GiB, {stage}"] for stage in ("build", "train", "growth")]
        assert case["facts"]["peak GiB"] == max(stages) > 0.05
    assert found["cases"][0]["ratios"]["step"]["median"] == pytest.approx(1.0)


def test_engine_compares_with_every_peer_that_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    found = finding(engine.main, ["--only", "at 1%", "any DAG", "--rounds", "1"], capsys)
    step, directed = found["cases"][0], found["cases"][-1]
    sides = {"graphgrow", "dense masked", "dense masked, default AdamW", "dense, weights masked", "MKL CSR"}
    assert step["milliseconds"].keys() == sides | ({"SparseProp"} if installed("sparseprop") else set())
    assert directed["milliseconds"].keys() == {"graphgrow"} | ({"connex"} if installed("connex") else set())
    assert set(found["absent"]) == {name for name in ("sparseprop", "connex") if installed(name) is None}


def test_tables_are_printed_without_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert population.main(["--quick", "--rounds", "1", "--only", "at 10%", "--threads", "1"]) == 0
    printed = capsys.readouterr().out
    assert "these figures mean nothing" in printed
    assert "| graphgrow |" in printed
    assert "over graphgrow" in printed


def test_words_that_no_case_has_are_refused_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert population.main(["--quick", "--only", "nothing"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert printed.err.count("\n") == 1


def test_a_size_that_is_no_number_of_edges_is_refused() -> None:
    for word in ("0.5", "0", "1.5e0"):
        with pytest.raises(SystemExit, match="2"):
            scale.main(["--edges", word])


def test_a_size_too_large_for_its_levels_fails_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert scale.main(["--quick", "--edges", "1e12", "--threads", str(numba.get_num_threads())]) == 2
    assert "ask for fewer" in capsys.readouterr().err
