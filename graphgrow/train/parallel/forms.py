"""What travels between processes: named arrays and plain data, and how values are turned into them and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Protocol, TypeVar, final

import numpy as np

from graphgrow.arrays import Array, Json
from graphgrow.graph.edit import Edit
from graphgrow.growth.parts import Cause, Proposal

Value = TypeVar("Value")


@dataclass(frozen=True, eq=False)
class Parcel:
    """A value on its way: plain data, and arrays (entries,) by name."""

    tree: Json
    arrays: Mapping[str, Array] = field(default_factory=dict)


class Form(Protocol[Value]):
    """How one kind of value travels."""

    def pack(self, value: Value) -> Parcel:
        """The value as a parcel."""

    def unpack(self, parcel: Parcel) -> Value:
        """The inverse of `pack`; what was a tuple in plain data is a list."""


@final
class Plain:
    """Plain data, which JSON holds."""

    def pack(self, value: Any) -> Parcel:
        """The data alone."""
        return Parcel(value)

    def unpack(self, parcel: Parcel) -> Any:
        """The data."""
        return parcel.tree


@dataclass(frozen=True, eq=False)
class Answer:
    """What came of asking a rule: its proposal, and the medians of the site's first probe if there was one."""

    proposal: Proposal
    medians: Mapping[str, float] | None


@final
class Answers:
    """Answers: the arrays of the Edit as arrays, everything else as plain data."""

    def pack(self, value: Answer) -> Parcel:
        """Every array of the edit by its own name."""
        proposal = value.proposal
        edit = proposal.edit
        found = {item.name: getattr(edit, item.name) for item in fields(Edit)}
        arrays = {name: entry for name, entry in found.items() if isinstance(entry, np.ndarray)}
        tree: dict[str, Json] = {
            # A rule may have counted with numpy, whose numbers JSON does not know.
            "neurons": int(edit.neurons),
            "groups": int(edit.groups),
            "preserves_function": bool(edit.preserves_function),
            "memory": dict(proposal.memory),
            "reason": proposal.reason,
            "cause": proposal.cause.name,
            "notes": dict(proposal.notes),
            "medians": None if value.medians is None else dict(value.medians),
        }
        return Parcel(tree, arrays)

    def unpack(self, parcel: Parcel) -> Answer:
        """The same answer in another process."""
        tree: Any = parcel.tree
        arrays: dict[str, Any] = dict(parcel.arrays)
        edit = Edit(tree["neurons"], tree["groups"], preserves_function=tree["preserves_function"], **arrays)
        cause = Cause[tree["cause"]]
        return Answer(Proposal(edit, tree["memory"], tree["reason"], cause, tree["notes"]), tree["medians"])


PLAIN = Plain()
ANSWERS = Answers()
