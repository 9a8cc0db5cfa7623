"""The contract that every rule must hold, as functions that tell what breaks it; for tests and for rules of a user."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from inspect import getmembers, isgeneratorfunction

from graphgrow.growth.contract import checks
from graphgrow.growth.parts import Proposer

__all__ = ["CHECKS", "Violation", "broken", "check"]

CHECKS: dict[str, checks.Check] = {
    name: found for name, found in getmembers(checks, isgeneratorfunction) if found.__module__ == checks.__name__
}


@dataclass(frozen=True)
class Violation:
    """One broken promise: the name of its check, and what was seen."""

    promise: str
    what: str

    def __str__(self) -> str:
        return f"{self.promise.replace('_', ' ')}: {self.what}"


def check(rule: Proposer) -> list[Violation]:
    """All that breaks the contract of rules, on small made-up networks; empty for a rule that holds it.

    An error that the rule raises breaks the promise that was being looked at. Takes about a second.

    Examples
    --------
    >>> from graphgrow.growth import registry
    >>> check(registry.load("random").rule)
    []
    """
    return [violation for name in CHECKS for violation in broken(name, rule)]


def broken(name: str, rule: Proposer) -> Iterator[Violation]:
    """What breaks one promise of the contract."""
    try:
        yield from (Violation(name, what) for what in CHECKS[name](rule))
    except Exception as error:
        yield Violation(name, f"{type(error).__name__}: {' '.join(str(error).split())}")
