"""Tables as text and files: Markdown, LaTeX, CSV and Parquet."""

from __future__ import annotations

from io import BytesIO
from math import isnan
from numbers import Integral, Real
from pathlib import Path

import pandas as pd

from graphgrow.store.files import unwritten, write_atomic

_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


def to_markdown(frame: pd.DataFrame, digits: int = 4) -> str:
    """A pipe table; numbers aligned right, `digits` significant digits, "-" for what is missing.

    Examples
    --------
    >>> print(to_markdown(pd.DataFrame({"rule": ["a|b", "c"], "edges": [1200, 3]})))
    | rule | edges |
    |:---|---:|
    | a\\|b | 1200 |
    | c | 3 |
    """
    names = [_pipe(str(name)) for name in frame.columns]
    rules = ["---:" if numeric else ":---" for numeric in _numeric(frame)]
    lines = ["| " + " | ".join(names) + " |", "|" + "|".join(rules) + "|"]
    lines += ["| " + " | ".join(_pipe(cell) for cell in row) + " |" for row in cells(frame, digits)]
    return "\n".join(lines)


def to_latex(frame: pd.DataFrame, digits: int = 4) -> str:
    """A `tabular` with booktabs rules (`\\usepackage{booktabs}`), every special character escaped."""
    columns = "".join("r" if numeric else "l" for numeric in _numeric(frame))
    head = " & ".join(_escaped(str(name)) for name in frame.columns)
    body = [" & ".join(_escaped(cell) for cell in row) + r" \\" for row in cells(frame, digits)]
    lines = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", head + r" \\", r"\midrule", *body, r"\bottomrule"]
    return "\n".join([*lines, r"\end{tabular}", ""])


def export(frame: pd.DataFrame, folder: str | Path, name: str) -> list[Path]:
    """Writes `<name>.md`, `.tex`, `.csv` and `.parquet` into the folder (made where missing); each file atomically.

    CSV and Parquet keep full precision.

    Raises
    ------
    StoreError
        The folder cannot be made or written.
    """
    at = Path(folder)
    try:
        at.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten(at, error) from error
    parquet = BytesIO()
    frame.to_parquet(parquet, index=False)
    contents = {
        "md": (to_markdown(frame) + "\n").encode(),
        "tex": to_latex(frame).encode(),
        "csv": frame.to_csv(index=False, lineterminator="\n").encode(),
        "parquet": parquet.getvalue(),
    }
    paths = [at / f"{name}.{kind}" for kind in contents]
    for path, content in zip(paths, contents.values(), strict=True):
        write_atomic(path, content)
    return paths


def _numeric(frame: pd.DataFrame) -> list[bool]:
    types = pd.api.types
    return [bool(types.is_numeric_dtype(kind) and not types.is_bool_dtype(kind)) for kind in frame.dtypes]


def cells(frame: pd.DataFrame, digits: int = 4) -> list[list[str]]:
    """Every row as text: `digits` significant digits, whole numbers in full, "-" for what is missing."""
    return [[_cell(value, digits) for value in row] for row in frame.itertuples(index=False, name=None)]


def _cell(value: object, digits: int) -> str:
    """One value as text; whole numbers in full, so that 12345 edges do not become 1.234e+04."""
    if value is None or value is pd.NA or (isinstance(value, float) and isnan(value)):
        return "-"
    if isinstance(value, bool) or not isinstance(value, Real):
        return str(value)
    number = float(value)
    if isinstance(value, Integral) or (number.is_integer() and abs(number) < 1e15):
        return str(int(number) if isinstance(value, float) else value)
    return f"{number:.0f}" if abs(number) >= 10**digits else f"{number:.{digits}g}"


def _pipe(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text.replace("\n", " "))
