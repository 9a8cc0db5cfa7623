"""Files that are whole or absent, and that know when they are damaged."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from graphgrow.arrays import Array, Json
from graphgrow.errors import StoreError
from graphgrow.store.state import to_text


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file so that a crash at any moment leaves the old content or the new one, never a part.

    Raises
    ------
    StoreError
        The folder is missing or read-only, or the disk is full; the old file is as it was.
    """
    partial = unfinished(path)
    try:
        with open(partial, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        raise unwritten(path, error) from error
    finally:
        with suppress(OSError):
            partial.unlink()
    sync_folder(path.parent)


def keep_copy(file: Path, copy: Path) -> None:
    """Make `copy` hold what `file` holds, by a link where the file system has them; `file` is there throughout."""
    partial = unfinished(copy)
    try:
        os.link(file, partial)
        os.replace(partial, copy)
    except OSError:
        write_atomic(copy, read(file))
    finally:
        # Renaming one link of a file over another does nothing and leaves both.
        with suppress(OSError):
            partial.unlink()


def unfinished(path: Path) -> Path:
    """A new name beside `path` for what is being written; `clear_unfinished` knows it by its ending."""
    return path.with_name(f".{path.name}.{uuid.uuid4().hex}{PARTIAL}")


def clear_unfinished(folder: Path) -> None:
    """Remove what killed processes left half-written in a folder."""
    for partial in folder.glob(f".*{PARTIAL}"):
        partial.unlink(missing_ok=True)


def unwritten(path: Path, error: OSError) -> StoreError:
    """The error for a file that the system would not write."""
    reason = error.strerror or type(error).__name__
    return StoreError(f"{path}: cannot be written ({reason}): check the folder, its permissions and the space left")


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
        tree = json.loads(read(path), parse_constant=_no_number)
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
    """Arrays and plain data in one checksummed safetensors file.

    Any dtype but object and structured ones comes back as it was; those the format lacks are kept as their bytes.

    Raises
    ------
    StoreError
        An array holds objects, or the tree holds what JSON cannot.
    """
    held = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    foreign = {name: array for name, array in held.items() if array.dtype.str not in NATIVE}
    for name, array in foreign.items():
        if array.dtype.kind in "OV":
            raise StoreError(
                f"{path}: array {name}: expected numbers or text, got dtype {array.dtype}: convert it first"
            )
    text = to_text(tree)
    metadata = {"tree": text, "sha256": digest(held, text)}
    if foreign:
        metadata["dtypes"] = to_text({name: [array.dtype.str, *array.shape] for name, array in foreign.items()})
    stored = held | {name: np.frombuffer(array.tobytes(), np.uint8) for name, array in foreign.items()}
    write_atomic(path, save(stored, metadata=metadata))


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
            for name, (dtype, *shape) in json.loads(metadata.get("dtypes", "{}")).items():
                arrays[name] = np.ndarray(tuple(shape), np.dtype(dtype), arrays[name].tobytes()).copy()
    except (SafetensorError, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise StoreError(f"{path}: truncated or corrupt ({error}): {CURE}") from None
    if "tree" not in metadata or "sha256" not in metadata:
        raise StoreError(f"{path}: not a file of this program (no checksum): {CURE}")
    if digest(arrays, metadata["tree"]) != metadata["sha256"]:
        raise StoreError(f"{path}: its content does not match its checksum, so it is corrupt: {CURE}")
    return arrays, json.loads(metadata["tree"])


PARTIAL = ".partial"
NATIVE = ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8")
CURE = "restore it from a copy (a checkpoint: from checkpoint.previous.safetensors beside it), or start the run anew"


def read_head(path: Path) -> None:
    """Refuse what cannot be opened, or is empty, before a parser sees it."""
    if not path.is_file():
        raise StoreError(f"{path}: no such file: check the path")
    if not path.stat().st_size:
        raise StoreError(f"{path}: empty file: {CURE}")


def digest(arrays: Mapping[str, Array], text: str) -> str:
    """SHA-256 over names, dtypes, shapes, bytes and the tree.

    Compare runs by this, not by the bytes of files: the header of a safetensors file has no fixed order.
    """
    made = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        array = arrays[name]
        made.update(f"\n{name} {array.dtype.str} {array.shape}\n".encode())
        made.update(array.tobytes())
    return made.hexdigest()


def append_line(path: Path, row: Mapping[str, Json]) -> None:
    """Add one line of JSON and make it last.

    A kill in mid-write leaves a line without an end, which readers drop and the next append removes. So a row costs the
    same however long the file is, and yet all rows but the unfinished one are whole.

    Raises
    ------
    StoreError
        The row holds what JSON cannot, or the system would not write.
    """
    line = to_text(row).encode() + b"\n"
    try:
        with open(path, "ab+") as file:
            end = file.tell()
            if end:
                file.seek(end - 1)
                if file.read(1) != b"\n":
                    file.seek(0)
                    file.truncate(file.read().rfind(b"\n") + 1)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise unwritten(path, error) from error


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The rows that `append_line` finished.

    Raises
    ------
    StoreError
        A finished line is no JSON object; the message names it.
    """
    made = []
    for number, line in enumerate(read(path).split(b"\n")[:-1], start=1):
        try:
            row = json.loads(line, parse_constant=_no_number)
        except ValueError as error:
            raise StoreError(
                f"{path}, line {number}: not readable as JSON ({error}): restore it or remove the line"
            ) from None
        if not isinstance(row, dict):
            raise StoreError(
                f"{path}, line {number}: expected a JSON object, got {row!r}: restore it or remove the line"
            )
        made.append(row)
    return made


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON")
