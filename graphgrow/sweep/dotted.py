"""Settings by their dotted names: what type one has, reading text as that type, and setting several at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from graphgrow.arrays import Json
from graphgrow.errors import SettingsError
from graphgrow.settings import RunSettings, from_json, to_json

NOTHING = "none"
TRUTH = {"true": True, "false": False}


def kind_of(name: str) -> Any:
    """The annotated type of a dotted setting, without its None.

    Raises
    ------
    SettingsError
        There is no such setting, or it is a group of settings.
    """
    kind: Any = RunSettings
    for word in name.split("."):
        known = [item.name for item in fields(kind)] if is_dataclass(kind) else []
        if word not in known:
            raise SettingsError(f"{name}: no such setting; expected {_expected(name, known)}")
        kind = without_none(get_type_hints(kind)[word])
    if is_dataclass(kind):
        inside = ", ".join(f"{name}.{item.name}" for item in fields(kind))
        raise SettingsError(f"{name}: a group of settings; expected one of {inside}")
    return kind


def without_none(kind: Any) -> Any:
    """The one type of an optional one."""
    if get_origin(kind) in (UnionType, Union):
        (kind,) = [item for item in get_args(kind) if item is not type(None)]
    return kind


def _expected(name: str, known: list[str]) -> str:
    if not known:
        return f"{name.rpartition('.')[0]}, which has no parts"
    group = name.rpartition(".")[0]
    return "one of " + ", ".join(sorted(f"{group}.{item}" if group else item for item in known))


def read(name: str, text: str) -> Json:
    """One value of a setting as plain data; sizes are joined by x as in 64x32, and none stands for no value.

    Raises
    ------
    SettingsError
        The text is no value of the setting's type.
    """
    kind = kind_of(name)
    if text == NOTHING and kind is not str:
        return None
    if get_origin(kind) is tuple:
        sizes: list[Json] = [_number(name, word, int, "sizes joined by x, as in 64x32") for word in text.split("x")]
        return sizes
    if kind is bool:
        if text not in TRUTH:
            raise SettingsError(f"{name}: expected true or false, got {text!r}")
        return TRUTH[text]
    if kind in (int, float):
        number: Json = _number(name, text, kind, "a whole number" if kind is int else "a number")
        return number
    if isinstance(kind, type) and issubclass(kind, Enum):
        values = [str(item.value) for item in kind]
        if text not in values:
            raise SettingsError(f"{name}: expected {' or '.join(values)}, got {text!r}")
    return text


def _number(name: str, text: str, kind: type[Any], expected: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise SettingsError(f"{name}: expected {expected}, got {text!r}") from None


def shown(value: Json) -> str:
    """A value as `read` takes it."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "x".join(str(item) for item in value)
    return str(value)


def changed(base: RunSettings, values: Mapping[str, Json]) -> RunSettings:
    """The settings with some of them set by dotted name.

    Raises
    ------
    SettingsError
        A name is unknown, or a value out of range; the message names the dotted place.
    """
    tree: dict[str, Any] = to_json(base)
    for name, value in values.items():
        kind_of(name)
        *groups, last = name.split(".")
        place = tree
        for group in groups:
            place = place[group]
        place[last] = value
    made: RunSettings = from_json(RunSettings, tree)
    return made


def held(settings: RunSettings, name: str) -> Json:
    """The value of a dotted setting."""
    kind_of(name)
    value: Any = to_json(settings)
    for word in name.split("."):
        value = value[word]
    made: Json = value
    return made
