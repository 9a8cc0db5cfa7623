"""All rules on one page, written from the rules themselves."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping, Sequence

import graphgrow.growth
from graphgrow.arrays import Json
from graphgrow.growth.parts import Amount, Limit, Route, Structure, Target, Trigger
from graphgrow.growth.registry import Entry
from graphgrow.growth.rule import Rule, describe
from graphgrow.growth.starts import Start
from graphgrow.growth.stops import Stop

# What a rule is joined from, in the order of its fields; parts inside these are described where they are used.
KINDS = {
    "Triggers, when": Trigger,
    "Targets, where": Target,
    "Routes, from where to where": Route,
    "Structures, what": Structure,
    "Amounts, how much": Amount,
    "Limits, how far": Limit,
    "Stops, until when": Stop,
    "Starts": Start,
}

HEAD = """# Growth rules

Each rule is one file in `graphgrow/growth/rules/`. A folder with files of yours is added by `graphgrow rules
--rules-path FOLDER` and `graphgrow run --growth.rules-path FOLDER`, and `graphgrow rules --check --rules-path FOLDER`
says whether your rules hold what every rule must. This page is written from the files by `graphgrow rules --markdown`.
"""


def markdown(entries: Sequence[Entry]) -> str:
    """The page: a table of all rules, each with what its file says and its parts, and all parts there are."""
    table = ["| rule | in short |", "|---|---|", *(f"| [`{e.name}`](#{e.name}) | {e.summary} |" for e in entries)]
    return "\n".join([HEAD, *table, "", *(_section(entry) for entry in entries), *_shelf()])


def concrete(kind: type) -> list[type]:
    """All classes of the growth room that are parts of that kind, by name; found by walking its modules."""
    package = graphgrow.growth.__name__
    for found in pkgutil.walk_packages(graphgrow.growth.__path__, f"{package}."):
        importlib.import_module(found.name)
    made = set[type]()
    waiting: list[type] = list(kind.__subclasses__())
    while waiting:
        each = waiting.pop()
        waiting += each.__subclasses__()
        if each.__module__.startswith(package) and not inspect.isabstract(each):
            made.add(each)
    return sorted(made, key=lambda each: each.__name__)


def _shelf() -> list[str]:
    """All parts by kind, each with the first line of its docstring."""
    lines = ["# Parts to join rules from", ""]
    for title, kind in KINDS.items():
        lines += [f"## {title}", "", "| part | in short |", "|---|---|"]
        lines += [f"| `{each.__name__}` | {summary(each)} |" for each in concrete(kind)]
        lines.append("")
    return lines


def summary(part: type) -> str:
    """The first line of a part's docstring."""
    return inspect.cleandoc(part.__doc__ or "").partition("\n")[0].replace("|", "\\|")


def _section(entry: Entry) -> str:
    """One rule: heading, docstring, parts."""
    lines = [f"## {entry.name}", "", entry.summary, ""]
    if entry.details:
        lines += [entry.details, ""]
    plain = describe(entry.rule)
    if isinstance(entry.rule, Rule) and isinstance(plain, Mapping):
        lines += [f"- {name}: `{brief(part)}`" for name, part in _parts(plain)]
    else:
        lines.append(f"- `{brief(plain)}`")
    return "\n".join([*lines, ""])


def _parts(plain: Mapping[str, Json]) -> list[tuple[str, Json]]:
    """Name and description of each part that a rule has; moves and limits one by one."""
    made: list[tuple[str, Json]] = []
    for name, held in plain.items():
        if name == "kind" or held is None:
            continue
        several = held if isinstance(held, list) else None
        made += [(name, held)] if several is None else [(name.removesuffix("s"), item) for item in several]
    return made


def brief(plain: Json) -> str:
    """A described part on one line, as it would be written in Python.

    Examples
    --------
    >>> brief({"kind": "Every", "asks": 1})
    'Every(asks=1)'
    """
    if isinstance(plain, Mapping):
        inside = ", ".join(f"{name}={brief(item)}" for name, item in plain.items() if name != "kind")
        return f"{plain['kind']}({inside})" if "kind" in plain else f"{{{inside}}}"
    if isinstance(plain, list):
        return f"({', '.join(brief(item) for item in plain)})"
    return f"{plain:.6g}" if isinstance(plain, float) else str(plain)
