from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from graphgrow.errors import DataError
from graphgrow.train.formats import CIFAR_PIXELS, parse_cifar, parse_idx, read_content

FILE = Path("some-file")


def idx_bytes(values: np.ndarray) -> bytes:
    return bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5)))
def test_idx_round_trip(values: np.ndarray) -> None:
    made = parse_idx(idx_bytes(values), values.ndim, FILE)
    np.testing.assert_array_equal(made, values)
    assert made.shape == values.shape
    assert not made.flags.writeable


@given(st.one_of(st.binary(max_size=40), st.binary(max_size=9).map(lambda tail: b"\0\0\x08\x01\0\0\0\x03" + tail)))
def test_idx_parses_or_explains_any_bytes(content: bytes) -> None:
    sound = content[:4] == b"\0\0\x08\x01" and content[4:8] == struct.pack(">I", max(len(content) - 8, 0))
    sound = sound and len(content) >= 8
    if sound:
        assert idx_bytes(parse_idx(content, 1, FILE)) == content
        return
    with pytest.raises(DataError, match=r"^some-file: expected .+: .+$") as caught:
        parse_idx(content, 1, FILE)
    assert "\n" not in str(caught.value)


GOOD = idx_bytes(np.arange(12, dtype=np.uint8).reshape(3, 2, 2))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "expected idx magic number 00000803, got nothing"),
        (b"PK\x03\x04" + GOOD, "expected idx magic number 00000803, got 504b0304"),
        (GOOD[:2] + b"\x0d" + GOOD[3:], r"expected idx type 08 \(unsigned byte\), got 0d"),
        (idx_bytes(np.zeros(4, np.uint8)), "expected an idx file of 3 dimensions, got 1: images have 3 and labels 1"),
        (GOOD[:9], "expected an idx header of 16 bytes, got 9"),
        (GOOD[:-1], r"expected 28 bytes for shape \(3, 2, 2\), got 27 \(truncated\)"),
        (GOOD + b"\0", r"expected 28 bytes for shape \(3, 2, 2\), got 29 \(trailing bytes\)"),
        (GOOD[:4] + b"\xff" * 12 + GOOD[16:], r"got 28 \(truncated\)"),
    ],
)
def test_idx_refuses(content: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        parse_idx(content, 3, FILE)
    assert str(caught.value).startswith("some-file: ")


def test_content_is_unpacked_by_its_first_bytes_not_its_name(tmp_path: Path) -> None:
    for name, stored in (("a", GOOD), ("b.gz", GOOD), ("c", gzip.compress(GOOD)), ("d.gz", gzip.compress(GOOD))):
        (tmp_path / name).write_bytes(stored)
        assert read_content(tmp_path / name) == GOOD


@pytest.mark.parametrize("damage", [lambda c: c[:-6], lambda c: c[:12], lambda c: c[:15] + b"\xff\xff" + c[17:]])
def test_damaged_gzip_is_refused(tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "x.gz"
    path.write_bytes(damage(gzip.compress(GOOD)))
    with pytest.raises(DataError, match=r"x\.gz: expected a complete gzip file, got a truncated or corrupt one"):
        read_content(path)


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected a readable file"):
        read_content(tmp_path)


def test_cifar_records_are_taken_apart() -> None:
    table = np.random.default_rng(0).integers(0, 10, (4, 1 + CIFAR_PIXELS), dtype=np.uint8)
    made = parse_cifar(table.tobytes(), "batch", 4)
    np.testing.assert_array_equal(made.y, table[:, 0])
    np.testing.assert_array_equal(made.x, table[:, 1:])


@pytest.mark.parametrize(("change", "fault"), [(-1, "truncated"), (1, "trailing bytes"), (-3073, "truncated")])
def test_cifar_of_another_length_is_refused(change: int, fault: str) -> None:
    with pytest.raises(
        DataError, match=rf"batch: expected 12292 bytes \(4 records of 3073\), got {12292 + change} \({fault}\)"
    ):
        parse_cifar(bytes(12292 + change), "batch", 4)
