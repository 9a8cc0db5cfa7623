"""Image sets in their original formats: looked for on this machine, and MNIST downloaded when it is nowhere."""

from __future__ import annotations

import hashlib
import tarfile
import zlib
from pathlib import Path

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import DataError
from graphgrow.train.data import require_labels, require_same_length
from graphgrow.train.formats import parse_cifar, parse_idx, read_content
from graphgrow.train.places import FOLDER_VARIABLE, download, find, folders, missing
from graphgrow.train.splits import Raw

CLASSES = 10
SIDE = 28  # pixels along an edge of an MNIST-family image

_TRAIN_IMAGES, _TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
_TEST_IMAGES, _TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
_MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_MNIST_SHA256 = {  # of the uncompressed content
    _TRAIN_IMAGES: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    _TRAIN_LABELS: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    _TEST_IMAGES: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    _TEST_LABELS: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
_CIFAR_ARCHIVE, _CIFAR_FOLDER = "cifar-10-binary.tar.gz", "cifar-10-batches-bin"
_CIFAR_TRAIN = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
_CIFAR_TEST = "test_batch.bin"


def mnist() -> tuple[Raw, Raw]:
    """The train and test part of MNIST (LeCun, Cortes and Burges 1998), always checked against published checksums.

    Shapes: x uint8 (60000 or 10000, 784), brightness 0..255; y int64.

    Raises
    ------
    DataError
        A file is missing and cannot be downloaded, is malformed, or is not the published one.
    """
    names = tuple(_MNIST_SHA256)
    paths = find("mnist", names) or [download("mnist", name, _MIRROR, _MNIST_SHA256[name]) for name in names]
    contents = [read_content(path) for path in paths]
    parts = _idx_parts(paths, contents)
    for name, path, content in zip(names, paths, contents, strict=True):
        got = hashlib.sha256(content).hexdigest()
        if got != _MNIST_SHA256[name]:
            raise DataError(
                f"{path}: expected the published MNIST file, SHA-256 {_MNIST_SHA256[name]} uncompressed, got {got}: "
                "replace it with the original, or use npz:PATH for data of your own"
            )
    return parts


def fashion_mnist() -> tuple[Raw, Raw]:
    """The train and test part of Fashion-MNIST (Xiao, Rasul and Vollgraf 2017), from files placed by hand.

    Shapes: x uint8 (samples, 784), brightness 0..255; y int64.

    Raises
    ------
    DataError
        A file is missing or malformed, or is the MNIST file, which has the same name.
    """
    paths = find("fashion_mnist", tuple(_MNIST_SHA256))
    if paths is None:
        names = ", ".join(f"{name}.gz" for name in _MNIST_SHA256)
        raise missing("fashion_mnist", names, "the Fashion-MNIST project page of Zalando Research on GitHub")
    contents = [read_content(path) for path in paths]
    for path, content in zip(paths, contents, strict=True):
        if hashlib.sha256(content).hexdigest() in _MNIST_SHA256.values():
            raise DataError(
                f"{path}: expected a Fashion-MNIST file, got the MNIST file of that name: "
                f"place Fashion-MNIST in ${FOLDER_VARIABLE}/fashion_mnist"
            )
    return _idx_parts(paths, contents)


def cifar10() -> tuple[Raw, Raw]:
    """The train and test part of CIFAR-10 (Krizhevsky 2009), binary version, from files placed by hand.

    Shapes: x uint8 (50000 or 10000, 3072), red, green, then blue rows, 0..255; y int64.

    Raises
    ------
    DataError
        A file is missing or malformed; the archive is read in place and never unpacked.
    """
    names = (*_CIFAR_TRAIN, _CIFAR_TEST)
    for folder in folders("cifar10"):
        extracted = folder / _CIFAR_FOLDER
        if extracted.is_dir():
            return _cifar_parts({str(extracted / name): _batch_content(extracted / name) for name in names})
        if (folder / _CIFAR_ARCHIVE).is_file():
            return _cifar_parts(_archive_contents(folder / _CIFAR_ARCHIVE, names))
    raise missing(
        "cifar10",
        f"{_CIFAR_ARCHIVE} or the folder {_CIFAR_FOLDER}",
        "Alex Krizhevsky's CIFAR page at the University of Toronto (the binary version)",
    )


def digits() -> tuple[Raw, None]:
    """The 1797 handwritten digits of 8 by 8 pixels that scikit-learn brings along (Alpaydin and Kaynak 1998).

    Shapes: x float64 (1797, 64), brightness 0..16; y int64. There is no official test part.
    """
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return Raw(x, y.astype(np.int64)), None


def _idx_parts(paths: list[Path], contents: list[bytes]) -> tuple[Raw, Raw]:
    """Train and test from images, labels, images, labels."""
    made = [_idx_part(paths[first : first + 2], contents[first : first + 2]) for first in (0, 2)]
    return made[0], made[1]


def _idx_part(paths: list[Path], contents: list[bytes]) -> Raw:
    images = parse_idx(contents[0], 3, paths[0])
    labels = parse_idx(contents[1], 1, paths[1]).astype(np.int64)
    if images.shape[1:] != (SIDE, SIDE) or len(images) == 0:
        raise DataError(
            f"{paths[0]}: expected images of {SIDE} by {SIDE} pixels, got shape {images.shape}: place the original file"
        )
    require_same_length(images, labels, str(paths[0]), str(paths[1]))
    return _checked(images.reshape(len(images), SIDE * SIDE), labels, str(paths[1]))


def _checked(x: Array, labels: Array, file: str) -> Raw:
    require_labels(labels, CLASSES, file)
    return Raw(x, labels)


def _cifar_parts(contents: dict[str, bytes]) -> tuple[Raw, Raw]:
    """Train and test from the batches, of which the last is the test batch."""
    batches = []
    for file, content in contents.items():
        batch = parse_cifar(content, file)
        batches.append(_checked(batch.x, batch.y, file))
    train = Raw(
        np.concatenate([batch.x for batch in batches[:-1]]), np.concatenate([batch.y for batch in batches[:-1]])
    )
    return train, batches[-1]


def _batch_content(path: Path) -> bytes:
    if not path.is_file():
        raise DataError(f"{path}: expected a CIFAR-10 batch, got no such file: unpack the whole {_CIFAR_ARCHIVE} again")
    return read_content(path)


def _archive_contents(archive: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    """The content of each named batch, by a readable name of archive and member."""
    contents: dict[str, bytes] = {}
    try:
        with tarfile.open(archive, "r:gz") as opened:
            for member in opened:
                name = member.name.rpartition("/")[2]
                stored = opened.extractfile(member) if member.isfile() and name in names else None
                if stored is not None:
                    contents[name] = stored.read()
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise DataError(
            f"{archive}: expected a complete tar.gz archive, got a truncated or corrupt one ({error}): fetch it again"
        ) from error
    absent = [name for name in names if name not in contents]
    if absent:
        raise DataError(
            f"{archive}: expected {_CIFAR_FOLDER}/{absent[0]} inside, got an archive without it: "
            "fetch the binary version, not another one"
        )
    return {f"{archive}:{name}": contents[name] for name in names}
