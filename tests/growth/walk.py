"""Finding parts of growth by walking the packages, so that a new part is tested without being named."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import graphgrow.growth
from graphgrow.growth.catalogue import concrete

__all__ = ["bases", "concrete", "modules"]

PACKAGE = "graphgrow.growth"


def modules() -> list[str]:
    """All modules of the growth room, imported."""
    names = [PACKAGE, *(found.name for found in pkgutil.walk_packages(graphgrow.growth.__path__, f"{PACKAGE}."))]
    for name in names:
        importlib.import_module(name)
    return names


def bases() -> set[type]:
    """All abstract classes of the room that stand for themselves: they subclass no other abstract class of it."""
    found = {
        item
        for name in modules()
        for item in vars(importlib.import_module(name)).values()
        if isinstance(item, type) and item.__module__.startswith(PACKAGE) and inspect.isabstract(item)
    }
    return {item for item in found if not any(other in found for other in item.__mro__[1:])}
