"""Every sim of the folder says what it asks and can be run small; modules without `main` are parts, and no sims."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "sims"
TREES = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.py"))}


def functions(tree: ast.Module) -> set[str]:
    return {item.name for item in tree.body if isinstance(item, ast.FunctionDef)}


SIMS = sorted(name for name, tree in TREES.items() if "main" in functions(tree))


@pytest.mark.parametrize("name", SIMS)
def test_a_sim_says_what_would_refute_it_and_runs_small(name: str) -> None:
    words = (ast.get_docstring(TREES[name]) or "").lower()
    for word in ("?", "refut", "control"):
        assert word in words, f"sims/{name}.py: its docstring lacks {word!r}"
    imported = {
        word for item in TREES[name].body if isinstance(item, ast.ImportFrom) for word in (item.module or "").split()
    }
    trees = [TREES[name], *(TREES[module.split(".")[1]] for module in imported if module.startswith("sims."))]
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


def test_parts_are_no_scripts() -> None:
    assert {"study", "common", "contrasts"} <= set(TREES) - set(SIMS)
    assert len(SIMS) >= 7
    for name in set(TREES) - set(SIMS):
        assert "__main__" not in (FOLDER / f"{name}.py").read_text(encoding="utf-8"), f"sims/{name}.py: has no main"
