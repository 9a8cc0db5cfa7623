"""Lists of edges as spreadsheets, Gephi and networkx write them; what can be read in two ways is refused."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from graphgrow.errors import DataError, GraphError
from graphgrow.measure.adjacency import Adjacency, from_edges

SOURCES = ("source", "from", "tail", "src", "sourceid", "fromid", "fromnode", "fromnodeid", "node1", "sender", "parent")
TARGETS = ("target", "to", "head", "dst", "targetid", "toid", "tonode", "tonodeid", "node2", "receiver", "child",
           "dest", "destination")  # fmt: skip
WEIGHTS = ("weight", "value", "weights", "w")
KIND, UNDIRECTED = "type", "undirected"
CURE = "name the columns in a first line: source,target,weight"
OTHERS = {
    "%%matrixmarket": "a MatrixMarket file: read it with scipy.io.mmread and pass the matrix to convert.from_scipy",
    "*vertices": "a Pajek file: read it with networkx.read_pajek and write GraphML",
    "*network": "a Pajek file: read it with networkx.read_pajek and write GraphML",
    "graph [": "a GML file: read it with networkx.read_gml and write GraphML",
    "<": "XML: give it the ending .graphml or .gexf",
    "{": "JSON: make a graph of it with networkx and write GraphML",
}
ATTRIBUTES = re.compile(r"(\S+)\s+(\S+)\s+(\{.*\})")
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class _Cells:
    """The rows of a file: what stands in each, where it stood, and what parted the cells."""

    rows: list[list[str]]
    lines: list[int]
    separator: str


def read_edges(path: Path, undirected: bool = False) -> Adjacency:
    """A list of edges as a graph; its nodes are those that an edge names.

    Parameters
    ----------
    undirected : whether edges have no direction; a column `Type` as Gephi writes it says so too.

    Raises
    ------
    DataError
        No text, no edge, or a line that cannot be read or can be read in two ways; the message names it.
    GraphError
        An edge twice.
    """
    text = _text(path)
    cells = _cells(path, text)
    table = _table(path, cells)
    for name in ("source", "target"):
        if (lacking := table[name] == "").any():
            raise DataError(
                f"{path.name}, line {_line(table, lacking)}: expected a source and a target, got one: complete it; "
                "nodes without edges need GraphML or GEXF"
            )
    undirected = undirected or _undirected(path, table)
    rows, known = pd.factorize(pd.concat([table["source"], table["target"]], ignore_index=True))
    _refuse_alike(path, {str(name) for name in known})
    first, second = rows[: len(table)], rows[len(table) :]
    _refuse_twice(path, table, first, second, undirected)
    weight = _numbers(path, table, cells.separator) if "weight" in table else None
    return from_edges(len(known), first, second, weight, not undirected, names=[_name(str(text)) for text in known])


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name}: is no text in UTF-8 ({error}): save it as UTF-8") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}): check its rights") from error
    if "\0" in text:
        raise DataError(f"{path.name}: holds bytes that are no text: save a list of edges as text in UTF-8")
    opening = " ".join(text[:200].split()).lower()
    for mark, told in OTHERS.items():
        if opening.startswith(mark):
            raise DataError(f"{path.name}: expected a list of edges, found {told}")
    return text


def _cells(path: Path, text: str) -> _Cells:
    """All cells, blank lines and comments left out."""
    lines = [line.strip(" \r") for line in re.split(r"\r\n|\r|\n", text)]
    lines = ["" if line.startswith(("#", "%")) else line for line in lines]
    at = next((number for number, line in enumerate(lines) if line.strip()), None)
    if at is None:
        raise DataError(
            f"{path.name}: expected edges, found none: write an edge a line; lines that begin with # or % are comments"
        )
    if ATTRIBUTES.fullmatch(lines[at]):
        return _of_networkx(path, lines)
    if told := re.fullmatch(r"sep=(.)", lines[at]):
        separator, lines[at] = told[1], ""
    else:
        separator = _separator(path, lines[at], at + 1)
    if separator == " ":
        lines = [line.replace("\t", " ").strip() for line in lines]
    rows: list[list[str]] = []
    numbers: list[int] = []
    for number, row in _parsed(path, lines, separator):
        while row and row[-1] == "":
            row.pop()
        if row:
            rows.append(row)
            numbers.append(number)
    return _Cells(rows, numbers, separator)


def _parsed(path: Path, lines: list[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Number of its first line and cells of each row; a quoted cell may hold separators and line ends."""
    reader = csv.reader((line + "\n" for line in lines), delimiter=separator, skipinitialspace=True, strict=True)
    number = 1
    try:
        for row in reader:
            yield number, [" ".join(cell.split()) for cell in row]
            number = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{path.name}, line {number}: quotes that do not close, or text behind them ({error}): mend that line"
        ) from error


def _separator(path: Path, line: str, number: int) -> str:
    """What parts the cells of the first line; refused where it can be parted in two ways."""
    bare = re.sub(r'"(?:[^"]|"")*"', "", line)
    # A comma inside a number or before a space belongs to a cell where tabs or semicolons part the cells.
    without = re.sub(r"(?<=\d),(?=\d)|,(?= )", "", bare)
    found = [mark for mark in "\t;|" if mark in bare]
    if (kept := "," in without) or not found:
        found += [","] if kept or "," in bare else []
    numbers = {"\t": r"\d+ +\d+(\t.*)?", ",": r"\S+\s+\S+\s+[+-]?\d+,\d+"}
    if len(found) > 1 or (found and re.fullmatch(numbers.get(found[0], "-"), bare)):
        raise DataError(
            f"{path.name}, line {number}: more than one of tab, semicolon, bar, comma and space may part its cells: "
            "use one, and put names that hold another in double quotes"
        )
    return found[0] if found else " "


def _of_networkx(path: Path, lines: list[str]) -> _Cells:
    """Lines of networkx' write_edgelist: source, target and a dictionary, of which the weight is read."""
    rows, numbers = [["source", "target"]], [0]
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            source, target, held = ATTRIBUTES.fullmatch(line).groups()  # type: ignore[union-attr]  # told below
            weight = ast.literal_eval(held).get("weight")
        except (AttributeError, ValueError, SyntaxError) as error:
            raise DataError(
                f"{path.name}, line {number}: expected source, target and attributes as networkx writes them, got "
                f"{line[:60]!r}: write all lines alike"
            ) from error
        rows.append([source, target, *([] if weight is None else [str(weight)])])
        numbers.append(number)
    if any(len(row) > 2 for row in rows):
        rows[0].append("weight")
    return _Cells(rows, numbers, " ")


def _table(path: Path, cells: _Cells) -> pd.DataFrame:
    """Columns source and target, weight and type where there are any; the index is the line."""
    rows, lines = cells.rows, cells.lines
    names = _names(path, cells)
    if names is not None:
        rows, lines = rows[1:], lines[1:]
    width = 3 if names is None else len(cells.rows[0])
    for row, line in zip(rows, lines, strict=True):
        if len(row) > width:
            expected = (
                "source, target and perhaps a weight" if names is None else f"{width} columns, as in the first line"
            )
            raise DataError(f"{path.name}, line {line}: expected {expected}, got {len(row)} columns: {CURE}")
    if not rows:
        raise DataError(f"{path.name}: expected edges, found only the names of columns: write an edge a line")
    if names is None:
        width = max(map(len, rows))
        if width < 2:
            raise DataError(f"{path.name}, line {lines[0]}: expected source and target, got 1 columns: {CURE}")
        names = dict(zip(("source", "target", "weight")[:width], range(width), strict=True))
    made = {name: [row[at] if at < len(row) else "" for row in rows] for name, at in names.items()}
    return pd.DataFrame(made, index=pd.Index(lines), dtype="str")


def _names(path: Path, cells: _Cells) -> dict[str, int] | None:
    """Where the columns stand; None where the first line is an edge."""
    told = [re.sub(r"[^a-z0-9]", "", cell.lower()) for cell in cells.rows[0]]
    found: dict[str, int] = {}
    for name, known in (("source", SOURCES), ("target", TARGETS), ("weight", WEIGHTS), (KIND, (KIND,))):
        if word := next((word for word in known if word in told), None):
            if told.count(word) > 1:
                raise DataError(f"{path.name}: expected one column {word}, got {told.count(word)}: rename the others")
            found[name] = told.index(word)
    if {"source", "target"} <= set(found):
        return found
    rest = [cell for row in cells.rows[1:] for cell in row[:2]]
    wordy = not any(cell.lstrip("+-")[:1].isdigit() for cell in cells.rows[0][:2])
    columns = found.get("weight", 0) > 1 or {"id", "label"} & set(told[:2])
    if columns or (rest and wordy and all(cell.isdigit() for cell in rest)):
        raise DataError(
            f"{path.name}, line {cells.lines[0]}: {', '.join(cells.rows[0][:4])}: looks like names of columns, but not "
            "of source and target: call these source and target, or write such a line above where it is an edge"
        )
    return None


def _undirected(path: Path, table: pd.DataFrame) -> bool:
    """What Gephi's column says of all edges."""
    if KIND not in table:
        return False
    without = table[KIND].str.lower() == UNDIRECTED
    if without.any() and not without.all():
        raise DataError(
            f"{path.name}, line {_line(table, ~without)}: edges with and without direction in one graph: write an "
            "undirected one as two directed ones"
        )
    return bool(without.all())


def _numbers(path: Path, table: pd.DataFrame, separator: str) -> np.ndarray:
    """float64 (edges,): the weights; one that is missing or no number is an error, never 1."""
    told = table["weight"]
    comma = told.str.fullmatch(DECIMAL_COMMA.pattern).to_numpy(bool)
    if separator == ";" and comma.any() and not told.str.contains(".", regex=False).any():
        told = told.str.replace(",", ".", regex=False)
    made: np.ndarray = pd.to_numeric(told, errors="coerce").to_numpy(np.float64)
    if not (good := np.isfinite(made)).all():
        line = _line(table, ~good)
        raise DataError(
            f"{path.name}, line {line}: weight {table['weight'][line]!r}: expected a finite number, with a decimal "
            "point: mend that line"
        )
    return made


def _refuse_alike(path: Path, known: set[str]) -> None:
    """Spreadsheets turn 1 into 1.0 in columns with gaps: one node would become two."""
    for name in known:
        if re.fullmatch(r"\d+\.0+", name) and (other := name.partition(".")[0]) in known:
            raise DataError(f"{path.name}: nodes {other} and {name}: one node written in two ways? write it in one")


def _refuse_twice(path: Path, table: pd.DataFrame, first: np.ndarray, second: np.ndarray, undirected: bool) -> None:
    ends = pd.DataFrame({"a": first, "b": second}, index=table.index)
    if undirected:
        ends = pd.DataFrame({"a": ends.min(axis=1), "b": ends.max(axis=1)})
    if (twice := ends.duplicated()).any():
        both = " without direction" if undirected else ""
        line = _line(table, twice)
        raise GraphError(f"{path.name}, line {line}: this edge was given before{both}: merge the two into one")


def _line(table: pd.DataFrame, bad: pd.Series[bool] | np.ndarray) -> int:
    """Number of the first line where `bad` holds."""
    return int(table.index[int(np.argmax(np.asarray(bad)))])


def _name(text: str) -> str | int:
    """Whole numbers as such, so that nodes are called what they are called in a network's ids."""
    whole = len(text) <= 18 and text.isascii() and text.isdigit() and str(int(text)) == text
    return int(text) if whole else text
