"""Every sim of the folder says what it asks and can be run small; what they are made of lies in parts/."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "sims"
PARTS = FOLDER / "parts"


def parsed(folder: Path) -> dict[str, ast.Module]:
    files = [path for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
    return {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in files}


SCRIPTS, TREES = parsed(FOLDER), parsed(FOLDER) | parsed(PARTS)


def functions(tree: ast.Module) -> set[str]:
    return {item.name for item in tree.body if isinstance(item, ast.FunctionDef)}


SIMS = sorted(SCRIPTS)


@pytest.mark.parametrize("name", SIMS)
def test_a_sim_says_what_would_refute_it_and_runs_small(name: str) -> None:
    words = (ast.get_docstring(TREES[name]) or "").lower()
    for word in ("?", "refut", "control"):
        assert word in words, f"sims/{name}.py: its docstring lacks {word!r}"
    imported = {
        word for item in TREES[name].body if isinstance(item, ast.ImportFrom) for word in (item.module or "").split()
    }
    trees = [TREES[name], *(TREES[module.split(".")[-1]] for module in imported if module.startswith("sims.parts."))]
    fields = {
        item.target.id
        for tree in trees
        for kind in tree.body
        if isinstance(kind, ast.ClassDef)
        for item in kind.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }
    assert {"smoke", "out"} <= fields
    assert (Path(__file__).parent / f"test_{name}.py").is_file()


def test_scripts_have_a_main_and_parts_have_none() -> None:
    assert len(SIMS) >= 12
    assert all("main" in functions(SCRIPTS[name]) for name in SIMS)
    for path in PARTS.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "__main__" not in text, f"sims/parts/{path.name}: a script belongs into sims/"
