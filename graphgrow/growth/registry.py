"""Growth rules by name: every file in the rules folder is one, and so is every file in a folder of the user's.

Many rules joined from the same parts may stand in one file of the user's instead, which exposes them by name.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path
from types import ModuleType
from typing import TypeGuard

from graphgrow.errors import RuleError
from graphgrow.growth.parts import Proposer

RULES, USER = "graphgrow.growth.rules", "graphgrow_user_rules"
FOLDER = Path(__file__).parent / "rules"


@dataclass(frozen=True)
class Entry:
    """A rule by name: the file name, the first line of its docstring and what follows there, and its file."""

    name: str
    summary: str
    path: Path
    rule: Proposer
    details: str = ""


def names(extra: Path | None = None) -> list[str]:
    """Names of all rules, sorted: ours, and those of `extra`, a folder with one file per rule or a file of several."""
    return sorted(_files(extra))


def load(name: str, extra: Path | None = None) -> Entry:
    """The rule of that name.

    Raises
    ------
    RuleError
        No file has that name, its code fails, or it exposes no RULE, or among several none, with a `propose` method.
    """
    files = _files(extra)
    if name not in files:
        raise RuleError(f"unknown rule {name!r}: expected one of {', '.join(sorted(files))}")
    path = files[name]
    if path == extra:
        return Entry(name, f"One of the rules of {path.name}.", path, _several(path)[name])
    module = _module(name, path)
    rule = getattr(module, "RULE", None)
    if not _proposes(rule):
        raise RuleError(f"{path.name}: expected an object RULE with a method propose: see CONTRIBUTING.md, a rule")
    summary, _, details = cleandoc(module.__doc__ or "").partition("\n")
    return Entry(name, summary, path, rule, details.strip())


def name_of(rule: Proposer) -> str:
    """The file name of a rule that was loaded, else the name of its class."""
    for module in list(sys.modules.values()):
        package, _, name = getattr(module, "__name__", "").rpartition(".")
        if package not in (RULES, USER):
            continue
        if getattr(module, "RULE", None) is rule:
            return name
        several = getattr(module, "RULES", None)
        for own, held in several.items() if isinstance(several, Mapping) else ():
            if held is rule:
                return str(own)
    return type(rule).__name__


def everything(extra: Path | None = None) -> list[Entry]:
    """All rules, by name."""
    return [load(name, extra) for name in names(extra)]


def place(text: str) -> Path:
    """Where the rules are that a setting names: a path, or the dotted name of a module: a package or a file.

    A module is found wherever it is installed, so that stored settings name no place of one machine. What is neither is
    given back as a path, which `load` refuses.
    """
    if Path(text).exists():
        return Path(text)
    try:
        spec = importlib.util.find_spec(text)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        return Path(text)
    places = list(spec.submodule_search_locations or ())
    return Path(places[0] if places else spec.origin or text)


def _files(extra: Path | None) -> dict[str, Path]:
    """Name -> file; a user's rule may not take the name of one of ours."""
    found = {path.stem: path for path in FOLDER.glob("*.py") if not path.stem.startswith("_")}
    if extra is None:
        return found
    if extra.suffix == ".py" and extra.is_file():
        theirs = dict.fromkeys(_several(extra), extra)
    elif extra.is_dir():
        theirs = {path.stem: path for path in sorted(extra.glob("*.py")) if not path.stem.startswith("_")}
    else:
        raise RuleError(
            f"rules path {extra} is no folder: pass a folder with one file per rule, or a file with RULES by name"
        )
    for name, path in theirs.items():
        if name in found:
            raise RuleError(f"{path} takes the name of a rule that exists: rename the file, or {name!r} in it")
    return {**found, **theirs}


def _proposes(rule: object) -> TypeGuard[Proposer]:
    """Whether it is an object that answers as a rule does."""
    return rule is not None and not isinstance(rule, type) and callable(getattr(rule, "propose", None))


def _several(path: Path) -> Mapping[str, Proposer]:
    """The rules that one file of the user's holds by name; the file is run once."""
    name = f"{USER}.{path.stem}"
    module = sys.modules.get(name)
    if module is None or getattr(module, "__file__", None) != str(path):
        module = _module(path.stem, path)
    several = getattr(module, "RULES", None)
    if not isinstance(several, Mapping) or not several or not all(_proposes(rule) for rule in several.values()):
        raise RuleError(f"{path.name}: expected RULES, objects with a method propose by name: see CONTRIBUTING.md")
    return several


def _module(name: str, path: Path) -> ModuleType:
    """Import a rule file; a user's file under a name of its own."""
    if path.parent == FOLDER:
        return importlib.import_module(f"{RULES}.{name}")
    spec = importlib.util.spec_from_file_location(f"{USER}.{name}", path)
    if spec is None or spec.loader is None:
        raise RuleError(f"{path} cannot be imported: expected a Python file")
    module = importlib.util.module_from_spec(spec)
    # Dataclasses with postponed annotations look their module up by name.
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        sys.modules.pop(spec.name, None)
        words = " ".join(str(error).split())
        raise RuleError(f"{path} fails on import: {type(error).__name__}: {words}: mend the file") from error
    return module
