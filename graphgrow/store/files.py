"""Files that are whole or absent, and that know when they are damaged."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from graphgrow.arrays import Array, Json
from graphgrow.errors import StoreError
from graphgrow.store.state import to_text


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file so that a crash at any moment leaves the old content or the new one, never a part."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(0o644)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last through a loss of power, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # Windows cannot open folders; its renames are journalled.
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, tree: Mapping[str, Json]) -> None:
    """Plain data as readable JSON."""
    to_text(tree)
    write_atomic(path, (json.dumps(tree, indent=2, sort_keys=True) + "\n").encode())


def read_json(path: Path) -> dict[str, Json]:
    """The inverse of `write_json`.

    Raises
    ------
    StoreError
        The file is missing, truncated or no JSON object.
    """
    try:
        tree = json.loads(read(path))
    except ValueError as error:
        raise StoreError(f"{path}: not readable as JSON ({error}): restore the file, or start the run anew") from None
    if not isinstance(tree, dict):
        raise StoreError(f"{path}: expected a JSON object, got {type(tree).__name__}: restore the file")
    return tree


def read(path: Path) -> bytes:
    """The bytes of a file, or a clear error."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreError(f"{path}: cannot be read ({reason}): check the path, or start the run anew") from None


def write_arrays(path: Path, arrays: Mapping[str, Array], tree: Mapping[str, Json]) -> None:
    """Arrays and plain data in one checksummed safetensors file."""
    held = {name: np.ascontiguousarray(array).reshape(np.shape(array)) for name, array in arrays.items()}
    text = to_text(tree)
    metadata = {"tree": text, "sha256": _digest(held, text)}
    write_atomic(path, save(held, metadata=metadata))


def read_arrays(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """The inverse of `write_arrays`, checked.

    Raises
    ------
    StoreError
        The file is missing, truncated, damaged, or was not written by `write_arrays`.
    """
    read_head(path)
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a mapping
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise StoreError(f"{path}: truncated or corrupt ({error}): {CURE}") from None
    if "tree" not in metadata or "sha256" not in metadata:
        raise StoreError(f"{path}: not a file of this program (no checksum): {CURE}")
    if _digest(arrays, metadata["tree"]) != metadata["sha256"]:
        raise StoreError(f"{path}: its content does not match its checksum, so it is corrupt: {CURE}")
    return arrays, json.loads(metadata["tree"])


CURE = "restore it from a copy, use checkpoint.previous.safetensors in its place, or start the run anew"


def read_head(path: Path) -> None:
    """Refuse what cannot be opened, or is empty, before a parser sees it."""
    if not path.is_file():
        raise StoreError(f"{path}: no such file: check the path")
    if not path.stat().st_size:
        raise StoreError(f"{path}: empty file: {CURE}")


def _digest(arrays: Mapping[str, Array], text: str) -> str:
    """SHA-256 over names, dtypes, shapes, bytes and the tree."""
    made = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        array = arrays[name]
        made.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        made.update(np.ascontiguousarray(array).data)
    return made.hexdigest()
