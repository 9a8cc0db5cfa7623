"""The page of all rules says what the registry says."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphgrow.arrays import Json
from graphgrow.growth import registry
from graphgrow.growth.catalogue import KINDS, brief, concrete, markdown, summary
from graphgrow.growth.parts import Proposer
from graphgrow.growth.routes import Uniform
from graphgrow.growth.rule import describe
from graphgrow.growth.structures import Begin, Edges

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def entry(name: str, details: str = "") -> registry.Entry:
    rule: Proposer = registry.load(registry.names()[0]).rule
    return registry.Entry(name, "Does so.", Path(f"{name}.py"), rule, details)


def test_the_stored_page_is_that_of_the_rules() -> None:
    told = "docs/rules.md is out of date: graphgrow rules --markdown > docs/rules.md"
    assert PAGE.read_text(encoding="utf-8") == markdown(registry.everything()), told


def test_every_rule_has_a_line_and_a_section_that_names_its_parts() -> None:
    page = markdown(registry.everything())
    for held in registry.everything():
        assert f"| [`{held.name}`](#{held.name}) | {held.summary} |\n" in page
        section = page.split(f"\n## {held.name}\n")[1].split("\n## ")[0]
        assert held.details in section
        assert f"- trigger: `{brief(describe(held.rule.trigger))}`" in section  # type: ignore[attr-defined]
        assert section.count("- move: ") == len(held.rule.moves)  # type: ignore[attr-defined]


def test_a_rule_of_another_kind_is_told_by_what_it_is() -> None:
    class Own:
        def propose(self, view: object, memory: object, room: object) -> None:
            """Nothing."""

    own = registry.Entry("own", "Mine.", Path("own.py"), Own())  # type: ignore[arg-type]
    assert "## own\n\nMine.\n\n- `Own`\n\n# Parts" in markdown([own])


def test_every_part_is_on_the_page() -> None:
    page = markdown([])
    for kind in KINDS.values():
        for part in concrete(kind):
            assert f"| `{part.__name__}` | {summary(part)} |\n" in page
            assert len(summary(part).split()) > 3


def test_details_follow_the_summary() -> None:
    assert "## mine\n\nDoes so.\n\nFirst.\n\nThen.\n\n- trigger: " in markdown([entry("mine", "First.\n\nThen.")])


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (Edges(Begin.XAVIER), "Edges(begin=xavier)"),
        (Uniform(), "Uniform()"),
        ((1, 2.5, None), "(1, 2.5, None)"),
        ({"a": 1 / 3}, "{a=0.333333}"),
    ],
)
def test_brief(part: object, told: str) -> None:
    plain: Json = describe(part)
    assert brief(plain) == told
