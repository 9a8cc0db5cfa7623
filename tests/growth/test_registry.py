"""Rules by name: ours, a user's folder of them, and every way such a file can be wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphgrow.errors import RuleError
from graphgrow.growth import registry
from graphgrow.growth.parts import Room
from graphgrow.growth.rule import describe
from tests.growth.worlds import WORLDS, make, view_of

GOOD = '''"""Grows a little.

More words.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphgrow.growth.parts import Amount, Move, Room, View
from graphgrow.growth.routes import Uniform
from graphgrow.growth.rule import Rule
from graphgrow.growth.structures import Edges
from graphgrow.growth.targets import Everywhere
from graphgrow.growth.triggers import Every


@dataclass(frozen=True)
class Two(Amount):
    """At most two edges."""

    def __call__(self, view: View, room: Room) -> Room:
        return room.within(Room(edges=2))


RULE = Rule(Every(1), (Move(Everywhere(), Uniform(), Edges()),), Two())
'''


@pytest.fixture(autouse=True)
def _forget_user_modules() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.startswith("graphgrow_user_rules.")]:
        del sys.modules[name]


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def test_every_file_of_the_folder_is_a_rule() -> None:
    files = {path.stem for path in registry.FOLDER.glob("*.py")} - {"__init__"}
    assert registry.names() == sorted(files)
    entries = registry.everything()
    assert [entry.name for entry in entries] == registry.names()
    for entry in entries:
        assert entry.path == registry.FOLDER / f"{entry.name}.py"
        assert entry.summary.endswith(".")


def test_a_rule_is_loaded_once() -> None:
    name = registry.names()[0]
    assert registry.load(name).rule is registry.load(name).rule


def test_a_users_rule_is_found_and_works(tmp_path: Path) -> None:
    folder = written(tmp_path, mine=GOOD, _helper="raise RuntimeError")
    (tmp_path / "notes.txt").write_text("no rule")
    assert registry.names(folder) == sorted([*registry.names(), "mine"])
    entry = registry.load("mine", folder)
    assert (entry.name, entry.summary, entry.path) == ("mine", "Grows a little.", tmp_path / "mine.py")
    proposal = entry.rule.propose(view_of(make(WORLDS["relu layered"])), {}, Room(9))
    assert proposal.edit.source.size == 2
    plain = describe(entry.rule)
    assert isinstance(plain, dict)
    assert plain["amount"] == {"kind": "Two"}
    assert {"mine", *registry.names()} == {entry.name for entry in registry.everything(folder)}
    assert registry.load(registry.names()[0], folder).rule is registry.load(registry.names()[0]).rule


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    folder = written(tmp_path, mine=GOOD)
    registry.load("mine", folder)
    written(folder, mine=GOOD.replace("Grows a little.", "Grows some more."))
    assert registry.load("mine", folder).summary == "Grows some more."


def test_names_do_not_run_the_files(tmp_path: Path) -> None:
    assert "broken" in registry.names(written(tmp_path, broken="raise RuntimeError('run')"))


def test_a_rule_without_a_docstring(tmp_path: Path) -> None:
    bare = GOOD.split('"""', 2)[2].replace("from __future__ import annotations\n", "")
    assert registry.load("bare", written(tmp_path, bare=bare)).summary == ""


@pytest.mark.parametrize("extra", [False, True])
def test_an_unknown_name_lists_the_known_ones(extra: bool, tmp_path: Path) -> None:
    folder = written(tmp_path, mine=GOOD) if extra else None
    with pytest.raises(RuleError, match="unknown rule 'nobody': expected one of") as caught:
        registry.load("nobody", folder)
    assert all(name in str(caught.value) for name in registry.names(folder))


def test_a_file_may_not_take_the_name_of_one_of_ours(tmp_path: Path) -> None:
    folder = written(tmp_path, **{registry.names()[0]: GOOD})
    for call in (registry.names, registry.everything):
        with pytest.raises(RuleError, match="takes the name of a rule that exists: rename the file"):
            call(folder)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("def broken(:\n", "SyntaxError"),
        ("import no_such_module_anywhere\n", "ModuleNotFoundError"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("raise ValueError('two\\nlines')\n", "ValueError"),
        ("import sys\nsys.exit(3)\n", "SystemExit"),
    ],
)
def test_a_file_that_fails_says_so_on_one_line(text: str, kind: str, tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=rf"broken\.py fails on import: {kind}: .*: mend the file$") as caught:
        registry.load("broken", written(tmp_path, broken=text))
    assert "\n" not in str(caught.value)
    assert not [name for name in sys.modules if name.startswith("graphgrow_user_rules.")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "RULE = 3\n",
        "rule = None\n",
        "class RULE:\n    propose = 1\n",
        "class RULE:\n    def propose(self, view, memory, room):\n        return None\n",
    ],
)
def test_a_file_without_a_rule_object(text: str, tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="expected an object RULE with a method propose: see CONTRIBUTING"):
        registry.load("odd", written(tmp_path, odd=text))


def test_a_module_of_rules_is_named_as_it_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "some_rules" / "mine"
    inside.mkdir(parents=True)
    (inside / "own.py").write_text(GOOD)
    (tmp_path / "some_rules" / "several.py").write_text(GOOD + "\nRULES = {'first': RULE}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert registry.place("some_rules.mine") == inside
    assert registry.load("own", registry.place("some_rules.mine")).summary == "Grows a little."
    assert registry.place(str(inside)) == inside
    assert "first" in registry.names(registry.place("some_rules.several"))
    for wrong in ("some_rules.missing", "missing.some_rules", "no such folder", "no such folder.py"):
        assert registry.place(wrong) == Path(wrong)


def test_a_path_that_is_no_folder(tmp_path: Path) -> None:
    written(tmp_path, mine=GOOD)
    (tmp_path / "notes.txt").write_text("no rule")
    for path in (tmp_path / "missing", tmp_path / "missing.py", tmp_path / "notes.txt"):
        with pytest.raises(RuleError, match="is no folder: pass a folder with one file per rule"):
            registry.names(path)


SEVERAL = GOOD.replace("RULE = Rule(", "ONE = Rule(") + "RULES = {'one': ONE, 'other': ONE}\n"


def test_one_file_may_hold_several_rules_by_name(tmp_path: Path) -> None:
    file = written(tmp_path, family=SEVERAL) / "family.py"
    assert registry.names(file) == sorted([*registry.names(), "one", "other"])
    entry = registry.load("one", file)
    assert (entry.name, entry.summary, entry.path) == ("one", "One of the rules of family.py.", file)
    assert registry.load("one", file).rule is entry.rule
    assert registry.name_of(entry.rule) == "one"
    assert entry.rule.propose(view_of(make(WORLDS["relu layered"])), {}, Room(9)).edit.source.size == 2
    assert registry.load(registry.names()[0], file).rule is registry.load(registry.names()[0]).rule


@pytest.mark.parametrize("text", ["RULES = {}\n", "RULES = {'one': 3}\n", "", "RULES = [1]\n"])
def test_a_file_of_no_rules(text: str, tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"family\.py: expected RULES, objects with a method propose by name"):
        registry.load("one", written(tmp_path, family=text) / "family.py")


def test_several_may_not_take_the_name_of_one_of_ours(tmp_path: Path) -> None:
    text = SEVERAL.replace("'other'", f"'{registry.names()[0]}'")
    with pytest.raises(RuleError, match="takes the name of a rule that exists"):
        registry.names(written(tmp_path, family=text) / "family.py")
