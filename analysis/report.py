"""A finished report as one Markdown file beside its figures."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.export import to_markdown
from analysis.statistics import Verdict
from graphgrow.arrays import Json
from graphgrow.errors import DataError
from graphgrow.store.files import write_atomic
from graphgrow.store.state import to_text


@dataclass(frozen=True)
class Claim:
    """A claim in words, what the data say about it, and the numbers that decide."""

    text: str
    verdict: Verdict
    evidence: str = ""


@dataclass(frozen=True, eq=False)
class Section:
    """One part of a report, in the order in which it is printed.

    Attributes
    ----------
    heading, text : Markdown.
    claims : one verdict line each.
    table : printed as it is; missing values as "-".
    figures : caption -> image file, linked relative to the report; of the same picture in several formats name one.
    """

    heading: str
    text: str = ""
    claims: Sequence[Claim] = ()
    table: pd.DataFrame | None = None
    figures: Mapping[str, Path] | None = None


def write_report(
    folder: str | Path,
    title: str,
    sections: Sequence[Section],
    settings: Mapping[str, Json] | None = None,
    text: str = "",
) -> Path:
    """Writes `report.md` into the folder (made where missing), whole or not at all.

    Parameters
    ----------
    settings : printed as JSON at the end, so that the report says what it was made from.
    text : what stands under the title.

    Raises
    ------
    DataError
        No title, or a figure that is not there.
    StoreError
        The settings hold what JSON cannot, such as NaN.
    """
    at = Path(folder)
    if not title.strip():
        raise DataError("expected a title of the report, got none: say what was asked")
    parts = [f"# {title.strip()}", text.strip()]
    for section in sections:
        parts += _section(section, at)
    if settings is not None:
        plain = json.loads(to_text(settings))
        parts += ["## Settings", f"```json\n{json.dumps(plain, indent=2)}\n```"]
    at.mkdir(parents=True, exist_ok=True)
    path = at / "report.md"
    write_atomic(path, ("\n\n".join(part for part in parts if part) + "\n").encode())
    return path


def _section(section: Section, folder: Path) -> list[str]:
    lines = [_claim(claim) for claim in section.claims]
    parts = [f"## {section.heading.strip()}", section.text.strip(), "\n".join(lines)]
    if section.table is not None:
        parts.append(to_markdown(section.table))
    return parts + [_figure(caption, Path(path), folder) for caption, path in (section.figures or {}).items()]


def _claim(claim: Claim) -> str:
    evidence = f" ({claim.evidence})" if claim.evidence else ""
    return f"- **{claim.verdict.value.upper()}**: {claim.text}{evidence}"


def _figure(caption: str, path: Path, folder: Path) -> str:
    if not path.is_file():
        raise DataError(
            f"expected the figure {path.name!r} of the report, got no such file: save it first (figures.save)"
        )
    link = Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    # Blanks end a Markdown link unless it stands in angle brackets.
    return f"![{caption}](<{link}>)\n\n*{caption}*"
