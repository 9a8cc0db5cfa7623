"""Growth rules by name: every file in the rules folder is one, and so is every file in a folder of the user's."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from graphgrow.errors import RuleError
from graphgrow.growth.parts import Proposer

RULES, USER = "graphgrow.growth.rules", "graphgrow_user_rules"
FOLDER = Path(__file__).parent / "rules"


@dataclass(frozen=True)
class Entry:
    """A rule by name: the file name, the first line of its docstring, and its file."""

    name: str
    summary: str
    path: Path
    rule: Proposer


def names(extra: Path | None = None) -> list[str]:
    """Names of all rules, sorted: ours, and those in the folder `extra`."""
    return sorted(_files(extra))


def load(name: str, extra: Path | None = None) -> Entry:
    """The rule of that name.

    Raises
    ------
    RuleError
        No file has that name, its code fails, or it exposes no RULE with a `propose` method.
    """
    files = _files(extra)
    if name not in files:
        raise RuleError(f"unknown rule {name!r}: expected one of {', '.join(sorted(files))}")
    path = files[name]
    module = _module(name, path)
    rule = getattr(module, "RULE", None)
    if rule is None or isinstance(rule, type) or not callable(getattr(rule, "propose", None)):
        raise RuleError(f"{path.name}: expected an object RULE with a method propose: see CONTRIBUTING.md, a rule")
    lines = (module.__doc__ or "").strip().splitlines()
    return Entry(name, lines[0] if lines else "", path, rule)


def name_of(rule: Proposer) -> str:
    """The file name of a rule that was loaded, else the name of its class."""
    for module in list(sys.modules.values()):
        package, _, name = getattr(module, "__name__", "").rpartition(".")
        if package in (RULES, USER) and getattr(module, "RULE", None) is rule:
            return name
    return type(rule).__name__


def everything(extra: Path | None = None) -> list[Entry]:
    """All rules, by name."""
    return [load(name, extra) for name in names(extra)]


def folder(text: str) -> Path:
    """The folder of more rules that a setting names: its path, or the dotted name of a package that holds them.

    A package is found wherever it is installed, so that stored settings name no place of one machine. What is neither
    is given back as a path, which `load` refuses.
    """
    if Path(text).is_dir():
        return Path(text)
    try:
        spec = importlib.util.find_spec(text)
    except (ImportError, ValueError):
        spec = None
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return Path(places[0] if places else text)


def _files(extra: Path | None) -> dict[str, Path]:
    """Name -> file; a user's rule may not take the name of one of ours."""
    found = {path.stem: path for path in FOLDER.glob("*.py") if not path.stem.startswith("_")}
    if extra is None:
        return found
    if not extra.is_dir():
        raise RuleError(f"rules path {extra} is no folder: pass a folder with one file per rule")
    for path in sorted(extra.glob("*.py")):
        if path.stem.startswith("_"):
            continue
        if path.stem in found:
            raise RuleError(f"{path} takes the name of a rule that exists: rename the file")
        found[path.stem] = path
    return found


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
