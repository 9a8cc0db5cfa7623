"""Reading a part's memory: plain data that may be empty, since every part starts without one."""

from __future__ import annotations

from collections.abc import Mapping

from graphgrow.arrays import Memory


def number(memory: Memory, name: str, default: float = 0.0) -> float:
    """A number of the memory, or the default where it holds none."""
    held = memory.get(name)
    return float(held) if isinstance(held, int | float) else float(default)


def whole(memory: Memory, name: str, default: int = 0) -> int:
    """A whole number of the memory, or the default."""
    held = memory.get(name)
    return held if isinstance(held, int) else default


def epoch(memory: Memory, name: str) -> int | None:
    """A whole number of the memory, or None where nothing happened yet."""
    held = memory.get(name)
    return held if isinstance(held, int) else None


def numbers(memory: Memory, name: str) -> tuple[float, ...]:
    """A list of numbers of the memory, or none."""
    held = memory.get(name)
    return tuple(float(item) for item in held if isinstance(item, int | float)) if isinstance(held, list) else ()


def inner(memory: Memory, name: str) -> Memory:
    """The memory of a part inside, or an empty one."""
    held = memory.get(name)
    return held if isinstance(held, Mapping) else {}


def inners(memory: Memory, name: str, count: int) -> list[Memory]:
    """The memories of `count` parts inside, in order; empty ones where there are none."""
    held = memory.get(name)
    found: list[Memory] = [dict(item) for item in held if isinstance(item, Mapping)] if isinstance(held, list) else []
    return [*found, *({} for _ in range(count))][:count]


def inner_by_name(memory: Memory, name: str) -> dict[str, Memory]:
    """The memories of parts inside, by their names."""
    return {each: inner(inner(memory, name), each) for each in inner(memory, name)}
