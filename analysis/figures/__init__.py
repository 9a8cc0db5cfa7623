"""Figures for print: one module per figure, each with one function that returns a matplotlib Figure.

A module names its function in `NAME`; `available()` finds new modules by walking this folder.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure

from analysis.figures.style import context
from graphgrow.store.files import write_atomic

DOTS_PER_INCH = 200


def save(figure: Figure, folder: str | Path, name: str) -> list[Path]:
    """Writes `<name>.png` (200 dots per inch) and `<name>.svg` into the folder, made where missing; each atomically.

    The same figure gives the same bytes: no date, no random ids.
    """
    at = Path(folder)
    at.mkdir(parents=True, exist_ok=True)
    metadata: dict[str, dict[str, str | None]] = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}
    paths = []
    for kind, header in metadata.items():
        buffer = BytesIO()
        with context():
            figure.savefig(buffer, format=kind, dpi=DOTS_PER_INCH, metadata=header)
        paths.append(at / f"{name}.{kind}")
        write_atomic(paths[-1], buffer.getvalue())
    return paths


def available() -> Mapping[str, Callable[..., Figure]]:
    """Every figure by name, in alphabetical order: the modules of this folder that have a `NAME`."""
    found: dict[str, Callable[..., Figure]] = {}
    for item in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{item.name}")
        name = getattr(module, "NAME", None)
        if name is not None:
            found[name] = getattr(module, name)
    return dict(sorted(found.items()))
