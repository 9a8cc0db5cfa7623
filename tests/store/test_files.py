"""Files that are whole or absent, and that know when they are damaged."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from safetensors.numpy import save

from graphgrow.arrays import Array, same_bits
from graphgrow.errors import StoreError
from graphgrow.store.files import (
    append_line,
    digest,
    keep_copy,
    read_arrays,
    read_json,
    read_lines,
    write_arrays,
    write_atomic,
    write_json,
)

DTYPES = ["?", "u1", "i1", "i2", "u4", "i8", "u8", "f2", "f4", "f8", ">f4", ">i8", "c8", "c16", "M8[s]", "U3", "S2"]
TREE = {"rate": 0.1, "tiny": 5e-324, "minus": -0.0, "state": 2**127, "name": "é\u001f", "list": [1, None, True, {}]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.safetensors"
    write_arrays(path, {"weight": np.arange(6, dtype=np.float32), "mask": np.array([True, False])}, TREE)
    return path


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8"), max_size=5),
        st.sampled_from(DTYPES).flatmap(
            lambda name: arrays_of.arrays(np.dtype(name), arrays_of.array_shapes(min_dims=0, min_side=0, max_side=3))
        ),
        max_size=4,
    )
)
def test_arrays_of_any_dtype_and_shape_survive(
    tmp_path_factory: pytest.TempPathFactory, arrays: dict[str, Array]
) -> None:
    path = tmp_path_factory.mktemp("arrays") / "a.safetensors"
    arrays.pop("__metadata__", None)
    write_arrays(path, arrays, TREE)
    made, tree = read_arrays(path)
    assert made.keys() == arrays.keys()
    assert all(same_bits(made[name], array) for name, array in arrays.items())
    assert repr(sorted(tree.items())) == repr(sorted(TREE.items()))


def test_an_array_in_another_order_is_stored_by_its_values(tmp_path: Path) -> None:
    given = np.arange(12).reshape(3, 4)
    write_arrays(tmp_path / "a", {"turned": given.T, "every_second": given[:, ::2]}, {})
    made, _ = read_arrays(tmp_path / "a")
    assert made["turned"].tolist() == given.T.tolist()
    assert made["every_second"].tolist() == given[:, ::2].tolist()


@pytest.mark.parametrize("dtype", ["O", "i4,f4"])
def test_objects_and_records_are_refused(tmp_path: Path, dtype: str) -> None:
    with pytest.raises(StoreError, match="array held: expected numbers or text"):
        write_arrays(tmp_path / "a", {"held": np.zeros(2, dtype)}, {})
    assert list(tmp_path.iterdir()) == []


def test_a_file_cut_anywhere_is_refused(file: Path) -> None:
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with pytest.raises(StoreError, match=r"file\.safetensors.*start the run anew"):
            read_arrays(file)
    file.write_bytes(whole + b"\0")
    with pytest.raises(StoreError):
        read_arrays(file)


def test_every_flipped_bit_is_found(file: Path) -> None:
    whole = file.read_bytes()
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        file.write_bytes(damaged)
        with pytest.raises(StoreError):
            read_arrays(file)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty file"),
        (b"PK\x03\x04 something else altogether", "truncated or corrupt"),
        (save({"weight": np.zeros(2)}), "not a file of this program"),
        (save({"weight": np.zeros(2)}, {"tree": "{}", "sha256": "0"}), "does not match its checksum"),
        (save({"weight": np.zeros(2)}, {"tree": "{}", "sha256": "0", "dtypes": "[1]"}), "truncated or corrupt"),
    ],
)
def test_foreign_files_are_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "foreign"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=words):
        read_arrays(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(StoreError, match="no such file"):
            read_arrays(path)


def test_the_digest_tells_values_names_dtypes_and_shapes_apart() -> None:
    zero = np.zeros(4, np.float32)
    held = [{"a": zero}, {"b": zero}, {"a": -zero}, {"a": zero.view(np.int32)}, {"a": zero.reshape(2, 2)}, {}]
    assert len({digest(arrays, text) for arrays in held for text in ("{}", "[]")}) == 2 * len(held)


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    path = tmp_path / "held"
    write_atomic(path, b"old")

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises((StoreError, KeyboardInterrupt)) as caught:
        write_atomic(path, b"new")
    assert isinstance(failure, KeyboardInterrupt) or "No space left" in str(caught.value)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"absent.held: cannot be written \(No such file"):
        write_atomic(tmp_path / "absent" / "held", b"")


def test_a_copy_replaces_the_old_one_and_may_be_made_twice(tmp_path: Path) -> None:
    file, copy = tmp_path / "file", tmp_path / "copy"
    copy.write_bytes(b"older")
    file.write_bytes(b"old")
    keep_copy(file, copy)
    keep_copy(file, copy)
    write_atomic(file, b"new")
    assert (file.read_bytes(), copy.read_bytes()) == (b"new", b"old")
    assert sorted(tmp_path.iterdir()) == [copy, file]


def test_a_copy_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unable(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", unable)
    write_atomic(tmp_path / "file", b"held")
    keep_copy(tmp_path / "file", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"held"


def test_json_there_and_back(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", TREE)
    made = read_json(tmp_path / "a.json")
    assert made == TREE
    assert str(made["minus"]) == "-0.0"


@pytest.mark.parametrize("content", [b"", b'{"a": 1', b'{"a": NaN}', b"\xff", b"[1]"])
def test_json_that_is_damaged_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(StoreError, match=r"a\.json.*restore the file"):
        read_json(tmp_path / "a.json")


def test_a_line_cut_anywhere_is_dropped_and_the_next_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    append_line(path, {"epoch": 0})
    first = path.read_bytes()
    append_line(path, {"epoch": 1, "loss": 0.1})
    whole = path.read_bytes()
    for length in range(len(first), len(whole)):
        path.write_bytes(whole[:length])
        assert read_lines(path) == [{"epoch": 0}]
        append_line(path, {"epoch": 1, "loss": 0.1})
        assert path.read_bytes() == whole


def test_a_first_line_that_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(b'{"ep')
    assert read_lines(path) == []
    append_line(path, {"epoch": 0})
    assert read_lines(path) == [{"epoch": 0}]


@pytest.mark.parametrize("line", [b'{"epoch": 1', b"[1]", b"", b'{"loss": NaN}', b"\xff"])
def test_a_finished_line_that_is_damaged_is_named(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(b'{"epoch": 0}\n' + line + b'\n{"epoch": 2}\n')
    with pytest.raises(StoreError, match=r"history\.jsonl, line 2"):
        read_lines(path)


def test_a_row_that_json_cannot_hold_is_not_begun(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    append_line(path, {"epoch": 0})
    with pytest.raises(StoreError, match=r"tree\.loss: expected a finite number, got nan"):
        append_line(path, {"epoch": 1, "loss": float("nan")})
    assert read_lines(path) == [{"epoch": 0}]
