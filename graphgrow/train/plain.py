"""What optimizers and schedules keep, as plain data that JSON holds exactly, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from graphgrow.arrays import Json
from graphgrow.errors import SettingsError

# JSON has neither infinity nor keys that are numbers; both occur, in ReduceLROnPlateau and MultiStepLR.
NUMBER, PAIRS = "$number", "$pairs"


def to_plain(value: Any, what: str) -> Json:
    """Nested data as JSON; numbers that are not finite and keys that are no text are marked, tuples become lists.

    Raises
    ------
    SettingsError
        A value is neither a number, a text, a list nor a mapping; `what` names who keeps it.

    Examples
    --------
    >>> to_plain({"best": float("inf"), "milestones": {3: 1}}, "schedule")
    {'best': {'$number': 'inf'}, 'milestones': {'$pairs': [[3, 1]]}}
    """
    if isinstance(value, float) and not math.isfinite(value):
        return {NUMBER: repr(float(value))}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [to_plain(item, what) for item in value]
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value):
            return {key: to_plain(item, what) for key, item in value.items()}
        return {PAIRS: [[to_plain(key, what), to_plain(item, what)] for key, item in value.items()]}
    raise SettingsError(
        f"the {what} keeps a {type(value).__name__}, which cannot be stored: use one with plain settings"
    )


def from_plain(value: Any) -> Any:
    """The inverse of `to_plain`, but for tuples, which stay lists.

    Examples
    --------
    >>> from_plain({"best": {"$number": "inf"}, "milestones": {"$pairs": [[3, 1]]}})
    {'best': inf, 'milestones': {3: 1}}
    """
    if isinstance(value, Mapping):
        if value.keys() == {NUMBER}:
            return float(value[NUMBER])
        if value.keys() == {PAIRS}:
            return {from_plain(key): from_plain(item) for key, item in value[PAIRS]}
        return {key: from_plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [from_plain(item) for item in value]
    return value
