"""Readers of original file formats: idx (MNIST family) and CIFAR-10 binary; strict, and never pickle."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import DataError
from graphgrow.train.splits import Raw

_GZIP_MAGIC = b"\x1f\x8b"
_UNSIGNED_BYTE = 0x08
CIFAR_RECORDS = 10000  # in each batch file
CIFAR_PIXELS = 3072


def read_content(path: Path) -> bytes:
    """The content of a file, uncompressed when it is gzip (told by its first bytes, not by its name).

    Raises
    ------
    DataError
        The file cannot be read, or its gzip stream is truncated or corrupt.
    """
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content.startswith(_GZIP_MAGIC) else content
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"{path}: expected a complete gzip file, got a truncated or corrupt one ({error}): {_AGAIN}"
        ) from error
    except OSError as error:
        raise DataError(f"{path}: expected a readable file, got {error.strerror}: check its permissions") from error


def parse_idx(content: bytes, dimensions: int, file: Path) -> Array:
    """The uint8 array of an idx file with this number of dimensions; read-only.

    Source: LeCun, Cortes and Burges 1998, the file format of the MNIST database.

    Raises
    ------
    DataError
        Wrong magic number, element type or number of dimensions, or content shorter or longer than the header says.
    """
    header = 4 + 4 * dimensions
    wanted = bytes((0, 0, _UNSIGNED_BYTE, dimensions))
    magic = content[:4]
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise DataError(f"{file}: expected idx magic number {wanted.hex()}, got {magic.hex() or 'nothing'}: {_PLACE}")
    if magic[2] != _UNSIGNED_BYTE:
        raise DataError(f"{file}: expected idx type 08 (unsigned byte), got {magic[2]:02x}: {_PLACE}")
    if magic[3] != dimensions:
        raise DataError(
            f"{file}: expected an idx file of {dimensions} dimensions, got {magic[3]}: "
            "images have 3 and labels 1; check that the two files are not swapped"
        )
    if len(content) < header:
        raise DataError(f"{file}: expected an idx header of {header} bytes, got {len(content)}: {_AGAIN}")
    shape = tuple(int(size) for size in np.frombuffer(content, dtype=">u4", count=dimensions, offset=4))
    expected = header + math.prod(shape)
    if len(content) != expected:
        fault = "truncated" if len(content) < expected else "trailing bytes"
        raise DataError(f"{file}: expected {expected} bytes for shape {shape}, got {len(content)} ({fault}): {_AGAIN}")
    return np.frombuffer(content, dtype=np.uint8, offset=header).reshape(shape)


def parse_cifar(content: bytes, file: str, records: int | None = None) -> Raw:
    """The samples of one CIFAR-10 binary batch: records of a label byte and 3072 bytes, red, green, then blue rows.

    `records` is how many there must be, 10000 when not given. Shapes: x uint8 (records, 3072), y int64 (records,).

    Source: Krizhevsky 2009.

    Raises
    ------
    DataError
        The length is not that of the expected number of records.
    """
    count = CIFAR_RECORDS if records is None else records
    expected = count * (1 + CIFAR_PIXELS)
    if len(content) != expected:
        fault = "truncated" if len(content) < expected else "trailing bytes"
        raise DataError(
            f"{file}: expected {expected} bytes ({count} records of {1 + CIFAR_PIXELS}), got {len(content)} ({fault}): "
            f"{_AGAIN}"
        )
    table = np.frombuffer(content, dtype=np.uint8).reshape(count, 1 + CIFAR_PIXELS)
    return Raw(table[:, 1:], table[:, 0].astype(np.int64))


_AGAIN = "fetch the original file again"
_PLACE = "place the original file under this name"
