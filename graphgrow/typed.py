"""Frozen dataclasses as plain data and back: every value is checked against its annotation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from graphgrow.arrays import Json
from graphgrow.errors import SettingsError


def to_json(settings: Any) -> dict[str, Json]:
    """Settings as plain data; enums by value, tuples as lists."""
    made = _plain(asdict(settings))
    if not isinstance(made, dict):
        raise SettingsError(f"expected a settings dataclass, got {type(settings).__name__}")
    return made


def _plain(value: Any) -> Json:
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    plain: Json = value
    return plain


def from_json(kind: type[Any], tree: Mapping[str, Any], at: str = "settings") -> Any:
    """The inverse of `to_json`.

    Raises
    ------
    SettingsError
        A key is unknown or a value has the wrong type; the message names the dotted place.
    """
    if not isinstance(tree, Mapping):
        raise SettingsError(f"{at}: expected an object, got {tree!r}")
    known = {item.name for item in fields(kind)}
    for name in tree:
        if name not in known:
            raise SettingsError(f"{at}.{name}: unknown setting; expected one of {', '.join(sorted(known))}")
    hints = get_type_hints(kind)
    return kind(**{name: _typed(hints[name], value, f"{at}.{name}") for name, value in tree.items()})


def _typed(kind: Any, value: Any, at: str) -> Any:
    """A plain value as the annotated type."""
    if get_origin(kind) in (UnionType, Union):
        if value is None:
            return None
        (kind,) = [item for item in get_args(kind) if item is not type(None)]
    if is_dataclass(kind) and isinstance(kind, type):
        return from_json(kind, value, at)
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError:
            raise SettingsError(f"{at}: expected {' or '.join(str(i.value) for i in kind)}, got {value!r}") from None
    if get_origin(kind) is tuple:
        if not isinstance(value, list | tuple):
            raise SettingsError(f"{at}: expected a list, got {value!r}")
        return tuple(_typed(get_args(kind)[0], item, at) for item in value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise SettingsError(f"{at}: expected {kind.__name__}, got {value!r}")
    return value
