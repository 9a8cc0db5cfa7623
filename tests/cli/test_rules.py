"""The open shelf: one file in a folder is a rule in every command, in the contract and on the page."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphgrow.cli.main import main
from graphgrow.growth import registry
from graphgrow.growth.catalogue import markdown
from graphgrow.growth.contract import CHECKS, check
from graphgrow.store.run import Run

MINE = '''"""Two random edges at every other ask (made up for a test)."""

from graphgrow.growth.amounts import AtMost
from graphgrow.growth.parts import Move
from graphgrow.growth.routes import Uniform
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Begin, Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every

RULE = Rule(Every(2), (Move(Everywhere(), Uniform(), Edges(Begin.ZERO)),), AtMost(2))
'''
EDGES_AT_EVERY_ASK = MINE.replace("Every(2)", "Every(1)").replace(", AtMost(2)", "")
BROKEN = (
    EDGES_AT_EVERY_ASK
    + '''

class Greedy:
    """Takes one edge more than it may."""

    def propose(self, view, memory, room):
        from dataclasses import replace

        return RULE_INSIDE.propose(view, memory, replace(room, edges=room.edges + 1))


RULE_INSIDE, RULE = RULE, Greedy()
'''
)
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _forget_user_modules() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.startswith(f"{registry.USER}.")]:
        del sys.modules[name]


def test_one_file_is_a_rule_everywhere(tmp_path: Path, capsys: Capture) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    (shelf / "two_random.py").write_text(MINE)
    path = ["--rules-path", str(shelf)]
    summary = "Two random edges at every other ask (made up for a test)."

    assert main(["rules", *path]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == registry.names(shelf)
    assert [line for line in lines if line.startswith("two_random ") and line.endswith(summary)]

    assert main(["rules", "--markdown", *path]) == 0
    page = capsys.readouterr().out
    assert page == markdown(registry.everything(shelf))
    assert f"| [`two_random`](#two_random) | {summary} |" in page
    assert "- amount: `AtMost(edges=2, " in page

    words = "run --task.name xor --start.hidden 6 5 --start.density 0.4 --fit.epochs 4 --fit.batch 64 --quiet"
    chosen = ["--growth.rule", "two_random", "--growth.rules-path", str(shelf), "--out", str(tmp_path / "run")]
    assert main([*words.split(), *chosen]) == 0
    run = Run.open(tmp_path / "run")
    assert [(event.rule, event.added) for event in run.events()][:1] == [("two_random", 2)]
    assert run.settings["parts"]["trigger"] == {"kind": "Every", "asks": 2}


def test_the_contract_is_held_by_a_rule_of_the_user(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "steady.py").write_text(EDGES_AT_EVERY_ASK)
    assert check(registry.load("steady", tmp_path).rule) == []
    assert main(["rules", "--check", "--rules-path", str(tmp_path)]) == 0
    # Only the user's own are checked: those of the library are, in its tests.
    assert capsys.readouterr().out == f"steady: holds all {len(CHECKS)} promises\n"


def test_a_rule_that_breaks_the_contract_is_told_how(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "greedy.py").write_text(BROKEN)
    assert main(["rules", "greedy", "--check", "--rules-path", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert told.err == "graphgrow: error: contract of rules broken by greedy: mend what is listed above\n"
    assert "1 edges and 0 neurons more than Room(edges=1, " in told.out
    assert "\n  no room: " in told.out


def test_a_rule_of_ours_is_checked_by_name(capsys: Capture) -> None:
    assert main(["rules", "static", "--check"]) == 0
    assert capsys.readouterr().out.startswith("static: holds all")


def test_one_way_to_print_at_a_time(capsys: Capture) -> None:
    assert main(["rules", "--json", "--check"]) == 2
    assert "expected one of --json, --markdown and --check, got more: choose one" in capsys.readouterr().err


def test_json_of_a_rule(capsys: Capture) -> None:
    assert main(["rules", "extrema", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["parts"]["trigger"] == {"kind": "Every", "asks": 1}
