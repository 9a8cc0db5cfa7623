"""A topology report for a terminal: columns that line up in 120 characters, notes once each below."""

from __future__ import annotations

from textwrap import wrap

import pandas as pd

from analysis.export import cells

WIDTH = 120
FEW = 5
PLACE = ("site", "event", "epoch", "step")
SHOWN = ("name", "projection", "value", "error", "reachable", "null_mean", "z")


def to_text(frame: pd.DataFrame) -> str:
    """The report as lines of at most 120 characters.

    A run's events come one after another under their own heading; columns that hold nothing are left out; notes are
    numbered, and each is told once.
    """
    places = [name for name in PLACE if name in frame]
    blocks: list[str] = []
    for where, block in frame.groupby(places, sort=False) if places else [((), frame)]:
        heading = ", ".join(f"{name} {value}" for name, value in zip(places, where, strict=True))
        blocks.append((f"{heading}\n" if heading else "") + _block(block))
    return "\n\n".join(blocks)


def _block(frame: pd.DataFrame) -> str:
    """One graph's table, what its nulls are, and its notes."""
    names = [name for name in SHOWN if name in ("name", "projection", "value") or frame[name].notna().any()]
    notes = list(dict.fromkeys(note for note in frame["note"] if note))
    marks = [f"[{notes.index(note) + 1}]" if note else "" for note in frame["note"]]
    rows = [[*names, "note" if notes else ""]]
    rows += [[*row, mark] for row, mark in zip(cells(frame[names], 4), marks, strict=True)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(_padded(row, widths, names)).rstrip() for row in rows]
    if count := int(frame["null_count"].max()):
        rough = "" if count >= FEW else ": too few for a z to rely on (--nulls 100)"
        lines += ["", f"null_mean: of {count} networks with endpoints swapped inside their blocks{rough}"]
    lines += [""] if notes and not count else []
    for number, note in enumerate(notes, 1):
        lines += wrap(f"[{number}] {note}", WIDTH, subsequent_indent="    ")
    return "\n".join(lines)


def _padded(row: list[str], widths: list[int], names: list[str]) -> list[str]:
    """Text to the left, numbers to the right."""
    left = {at for at, name in enumerate(names) if name in ("name", "projection")} | {len(names)}
    return [
        cell.ljust(width) if at in left else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
