"""Finding parts of growth by walking the packages, so that a new part is tested without being named."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import graphgrow.growth

PACKAGE = "graphgrow.growth"


def modules() -> list[str]:
    """All modules of the growth room, imported."""
    names = [PACKAGE, *(found.name for found in pkgutil.walk_packages(graphgrow.growth.__path__, f"{PACKAGE}."))]
    for name in names:
        importlib.import_module(name)
    return names


def concrete(kind: type) -> list[type]:
    """All concrete subclasses of a kind in the library, by name; further subclasses of these included."""
    modules()
    found, waiting = set[type](), list(kind.__subclasses__())
    while waiting:
        each = waiting.pop()
        waiting += each.__subclasses__()
        if each.__module__.startswith(PACKAGE) and not inspect.isabstract(each):
            found.add(each)
    return sorted(found, key=lambda each: each.__name__)


def bases() -> set[type]:
    """All abstract classes of the room that stand for themselves: they subclass no other abstract class of it."""
    found = {
        item
        for name in modules()
        for item in vars(importlib.import_module(name)).values()
        if isinstance(item, type) and item.__module__.startswith(PACKAGE) and inspect.isabstract(item)
    }
    return {item for item in found if not any(other in found for other in item.__mro__[1:])}
