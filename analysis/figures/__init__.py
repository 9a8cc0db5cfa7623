"""Figures for print: one module per figure, each with one function that returns a matplotlib Figure.

A module names its function in `NAME`; `available()` finds new modules by walking this folder. Where a module also has
`of_network` (a figure of one network of a stored run) or `of_run` (of the whole run), `graphgrow figures` draws it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from types import ModuleType

from matplotlib.figure import Figure

from analysis.figures.of_run import Film
from analysis.figures.style import context
from graphgrow.errors import DataError
from graphgrow.store.files import write_atomic

DOTS_PER_INCH = 200
# What a file says of itself beside the picture: nothing that differs from one day or machine to the next.
HEADERS: Mapping[str, Mapping[str, str | None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def save(figure: Figure, folder: str | Path, name: str, formats: Sequence[str] = ("png", "svg")) -> list[Path]:
    """Writes `<name>.png` (200 dots per inch), `.svg` or `.pdf` into the folder, made where missing; each atomically.

    The same figure gives the same bytes: no date, no random ids.

    Raises
    ------
    DataError
        A format that is none of these.
    """
    if unknown := [kind for kind in formats if kind not in HEADERS]:
        raise DataError(
            f"figure formats: expected some of {', '.join(HEADERS)}, got {', '.join(unknown)}: choose these"
        )
    at = Path(folder)
    at.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind in dict.fromkeys(formats):
        buffer = BytesIO()
        with context():
            figure.savefig(buffer, format=kind, dpi=DOTS_PER_INCH, metadata=dict(HEADERS[kind]))
        paths.append(at / f"{name}.{kind}")
        write_atomic(paths[-1], buffer.getvalue())
    return paths


def modules() -> Iterator[ModuleType]:
    """Every module of this folder that has a `NAME`, by file name."""
    for item in sorted(pkgutil.iter_modules(__path__), key=lambda item: item.name):
        module = importlib.import_module(f"{__name__}.{item.name}")
        if hasattr(module, "NAME"):
            yield module


def available() -> Mapping[str, Callable[..., Figure | Film]]:
    """Every figure by name, in alphabetical order."""
    return dict(sorted((module.NAME, getattr(module, module.NAME)) for module in modules()))
