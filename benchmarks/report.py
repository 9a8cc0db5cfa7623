"""What benchmarks found, as JSON and as tables: `python -m benchmarks.report engine.json population.json`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.timing import Spread, Timings
from graphgrow.arrays import Json
from graphgrow.errors import DataError, GraphgrowError

# Where tables go in a document; Markdown does not show these lines.
BEGIN, END = "<!-- tables -->", "<!-- end of tables -->"


@dataclass(frozen=True)
class Case:
    """One thing that was timed, on all its sides.

    Attributes
    ----------
    name : what was run.
    facts : what describes it (edges, batch), and results that are not times (bytes, seconds per edge).
    times : side -> milliseconds a call.
    base : what the ratios are taken against, in words.
    ratios : side -> how many times as long as the base.
    aims : side -> the ratio hoped for, in words; printed beside it and never asserted.
    """

    name: str
    facts: Mapping[str, int | float | str] = field(default_factory=dict)
    times: Mapping[str, Spread] = field(default_factory=dict)
    base: str = ""
    ratios: Mapping[str, Spread] = field(default_factory=dict)
    aims: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(
        name: str, timings: Timings, base: str, facts: Mapping[str, int | float | str], aims: Mapping[str, str]
    ) -> Case:
        """A case whose ratios are those of every other side to `base`; aims of sides that did not run are left out."""
        others = [side for side in timings.seconds if side != base]
        return Case(
            name,
            facts,
            {side: timings.spread(side).scaled(1e3) for side in timings.seconds},
            base,
            {side: timings.ratio(side, base) for side in others},
            {side: aims[side] for side in others if side in aims},
        )


def plain(
    benchmark: str, machine: Mapping[str, Json], absent: Sequence[str], cases: Iterable[Case], quick: bool = False
) -> dict[str, Any]:
    """The whole finding as what JSON can hold; times in milliseconds, which mean nothing if `quick`."""
    return {
        "benchmark": benchmark,
        "quick": quick,
        "machine": dict(machine),
        "absent": list(absent),
        "cases": [
            {
                "name": case.name,
                "facts": dict(case.facts),
                "milliseconds": {side: _numbers(spread) for side, spread in case.times.items()},
                "base": case.base,
                "ratios": {side: _numbers(spread) for side, spread in case.ratios.items()},
                "aims": dict(case.aims),
            }
            for case in cases
        ],
    }


def markdown(finding: Mapping[str, Any]) -> str:
    """A finding as Markdown: the machine in one line, then a table for each case."""
    machine = finding["machine"]
    threads = ", ".join(f"{count} {name}" for name, count in machine["threads"].items())
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    lines = [
        f"### {finding['benchmark']}",
        "",
        f"{machine['processor']}, {machine['cores']} cores; threads: {threads}; load before: {machine['load']}; "
        f"Python {machine['python']}, {versions}."
        + (f" Not installed: {', '.join(finding['absent'])}." if finding["absent"] else "")
        + (" **A quick run: these figures mean nothing.**" if finding["quick"] else ""),
    ]
    for case in finding["cases"]:
        facts = ", ".join(f"{name} {_short(value)}" for name, value in case["facts"].items())
        lines += ["", f"**{case['name']}**" + (f" ({facts})" if facts else ""), ""]
        lines += _table(case)
    return "\n".join(lines) + "\n"


def summary(findings: Sequence[Mapping[str, Any]]) -> str:
    """One line for every ratio that something was hoped for, as a Markdown table; empty where there is none."""
    rows = [
        (case["name"], f"{side} over {case['base']}", *_cells(case["ratios"][side]), aim)
        for finding in findings
        for case in finding["cases"]
        for side, aim in case["aims"].items()
    ]
    head = [("case", "compared", "times as long", "quartiles", "aim"), ("---",) * 5]
    return "\n".join(_line(row) for row in [*head, *rows]) + "\n" if rows else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables of JSON files that benchmarks wrote, or put them into a document."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="what benchmarks printed with --json")
    parser.add_argument("--into", type=Path, default=None, help=f"replace what stands between {BEGIN} and {END} there")
    given = parser.parse_args(arguments)
    try:
        findings = [read(path) for path in given.files]
        text = "\n".join(part for part in (summary(findings), *map(markdown, findings)) if part)
        if given.into is None:
            sys.stdout.write(text)
        else:
            given.into.write_text(placed(given.into, text), encoding="utf-8")
    except GraphgrowError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


def placed(path: Path, tables: str) -> str:
    """The text of a document with other tables in the place that its marks set apart.

    Raises
    ------
    DataError
        The document is missing or has not each mark once, in order; write them on lines of their own.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise DataError(f"{path.name}: expected a document, got {error}: name another one") from None
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise DataError(f"{path.name}: expected one {BEGIN} and one {END} after it: write each on a line of its own")
    before, after = text[: text.index(BEGIN) + len(BEGIN)], text[text.index(END) :]
    return f"{before}\n\n{tables}\n{after}"


def read(path: Path) -> dict[str, Any]:
    """A finding from a file.

    Raises
    ------
    DataError
        The file is missing or does not hold what a benchmark prints with --json; run that again.
    """
    try:
        finding = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path.name}: expected the JSON of a benchmark, got {error}: run it with --json") from None
    wanted = {"benchmark", "quick", "machine", "absent", "cases"}
    if not isinstance(finding, dict) or not wanted <= finding.keys():
        raise DataError(
            f"{path.name}: expected the keys {sorted(wanted)}, got another file: run a benchmark with --json"
        )
    return finding


def _numbers(spread: Spread) -> dict[str, float]:
    return {"median": spread.median, "lower": spread.lower, "upper": spread.upper, "count": spread.count}


def _cells(spread: Mapping[str, float]) -> tuple[str, str]:
    return _short(spread["median"]), f"{_short(spread['lower'])} to {_short(spread['upper'])}"


def _short(value: float | str) -> str:
    """Three digits that count; whole numbers and words as they are."""
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else value


def _table(case: Mapping[str, Any]) -> list[str]:
    """Lines of a Markdown table with one line per side; none for a case that holds facts only."""
    times, ratios = case["milliseconds"], case["ratios"]
    if not times and not ratios:
        return []
    rows: list[Sequence[str]] = [("side", "ms", "quartiles")]
    if ratios:
        rows = [(*rows[0], f"over {case['base']}", "quartiles", "aim")]
    rows.append(["---"] * len(rows[0]))
    for side in [*times, *(side for side in ratios if side not in times)]:
        row = [side, *(_cells(times[side]) if side in times else ("", ""))]
        if ratios:
            row += [*(_cells(ratios[side]) if side in ratios else ("", "")), case["aims"].get(side, "")]
        rows.append(row)
    return [_line(row) for row in rows]


def _line(row: Sequence[str]) -> str:
    return "| " + " | ".join(row) + " |"


if __name__ == "__main__":
    sys.exit(main())
