"""House rules that no linter knows: short files, short functions, no assert in the library, nothing that runs data."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("graphgrow", "analysis", "sims", "tests", "benchmarks")
SHIPPED = ("graphgrow", "analysis", "sims")
FILE_LINES = 300
BODY_LINES = 60
LONG_BODY_LINES = 80
LONG_ROOMS = {"kernels", "figures"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
FORBIDDEN_NAMES = {"eval", "exec"}
FORBIDDEN_ATTRIBUTES = {"read_pickle", "to_pickle"}
TORCH_FILES = {"load", "save"}


def sources(*folders: str) -> Iterator[tuple[str, str]]:
    """Name (relative to the repository) and text of every Python file in these folders."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def long_functions(name: str, text: str) -> list[str]:
    """Functions whose body, without its docstring, has more lines than its room allows."""
    limit = LONG_BODY_LINES if LONG_ROOMS & set(Path(name).with_suffix("").parts) else BODY_LINES
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
        if lines > limit:
            found.append(f"{name}:{node.lineno} {node.name} has {lines} lines, {limit} are allowed")
    return found


def asserts(name: str, text: str) -> list[str]:
    """Assert statements: they vanish under -O, so they guard nothing."""
    return [f"{name}:{node.lineno}" for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Assert)]


def dangers(name: str, text: str) -> list[str]:
    """Imports and calls that can run what a data file holds."""
    return [
        f"{name}:{node.lineno} {ast.unparse(node)}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.stmt | ast.expr | ast.keyword) and _dangerous(node)
    ]


def _dangerous(node: ast.stmt | ast.expr | ast.keyword) -> bool:
    match node:
        case ast.Import(names=names):
            return any(alias.name.partition(".")[0] in FORBIDDEN_MODULES for alias in names)
        case ast.ImportFrom(module="torch", names=names):
            return any(alias.name in TORCH_FILES for alias in names)
        case ast.ImportFrom(module=str(module)):
            return module.partition(".")[0] in FORBIDDEN_MODULES
        case ast.Call(func=ast.Name(id=called)):
            return called in FORBIDDEN_NAMES
        case ast.Attribute(value=ast.Name(id="torch"), attr=attribute):
            return attribute in TORCH_FILES
        case ast.Attribute(attr=attribute):
            return attribute in FORBIDDEN_ATTRIBUTES
        case ast.keyword(arg="allow_pickle", value=value):
            return not (isinstance(value, ast.Constant) and value.value is False)
    return False


def test_there_is_something_to_check() -> None:
    names = [name for name, _ in sources(*FOLDERS)]
    assert "graphgrow/__init__.py" in names
    assert "tests/test_house.py" in names


def test_files_are_short() -> None:
    lengths = {name: len(text.splitlines()) for name, text in sources(*FOLDERS)}
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES} == {}


def test_functions_are_short() -> None:
    assert [found for name, text in sources(*SHIPPED) for found in long_functions(name, text)] == []


def test_no_assert_in_shipped_code() -> None:
    assert [found for name, text in sources(*SHIPPED) for found in asserts(name, text)] == []


def test_no_file_of_ours_can_run_what_data_holds() -> None:
    assert [found for name, text in sources(*FOLDERS) for found in dangers(name, text)] == []


@pytest.mark.parametrize(
    ("name", "lines", "caught"),
    [
        ("graphgrow/a.py", 60, False),
        ("graphgrow/a.py", 61, True),
        ("graphgrow/engine/kernels/a.py", 80, False),
        ("graphgrow/engine/kernels/a.py", 81, True),
        ("analysis/figures/a.py", 80, False),
    ],
)
def test_the_length_check_counts_the_body_without_its_docstring(name: str, lines: int, caught: bool) -> None:
    text = 'def work():\n    """One.\n\n    Two.\n    """\n' + "    x = 1\n" * lines
    assert bool(long_functions(name, text)) is caught


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from pickle import loads",
        "import joblib.numpy_pickle",
        "import torch\ntorch.load('a')",
        "from torch import load",
        "eval('1')",
        "exec('1')",
        "np.load('a', allow_pickle=True)",
        "frame.to_pickle('a')",
    ],
)
def test_the_danger_check_catches(text: str) -> None:
    assert len(dangers("a.py", text)) == 1


@pytest.mark.parametrize(
    "text", ["network.eval()", "compile(wiring)", "np.load('a', allow_pickle=False)", "torch.ones(1)"]
)
def test_the_danger_check_lets_pass(text: str) -> None:
    assert dangers("a.py", text) == []


def test_the_assert_check_catches() -> None:
    assert asserts("a.py", "def f(x):\n    assert x") == ["a.py:2"]
