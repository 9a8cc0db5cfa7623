from __future__ import annotations

import gzip
import io
import os
import shutil
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from graphgrow.errors import DataError
from graphgrow.train import formats, sources
from graphgrow.train.tasks import make

# A machine with an accelerator may lack it; only these tests need it.
pooch = pytest.importorskip("pooch")

NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
CHOSEN = os.environ.get("GRAPHGROW_DATA")
REAL = Path(CHOSEN) if CHOSEN else Path(__file__).parents[2] / ".." / "shared" / "data"
needs_mnist = pytest.mark.skipif(
    not (REAL / "mnist" / f"{NAMES[0]}.gz").is_file(), reason="the MNIST files are not in $GRAPHGROW_DATA/mnist"
)


def idx_bytes(values: np.ndarray) -> bytes:
    return bytes((0, 0, 8, values.ndim)) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder and an empty cache, without a network."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("GRAPHGROW_DATA", str(folder))
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / "cache" / name)
    monkeypatch.setattr(pooch, "HTTPDownloader", _offline)
    return folder


def _offline(**options: object) -> Callable[[str, str, object], None]:
    def fetch(url: str, output_file: str, pooch: object) -> None:
        Path(output_file).write_bytes(b"half a fi")
        raise OSError("no route\nto host")

    return fetch


def _small(train: int = 30, test: int = 10, side: int = 28) -> list[bytes]:
    rng = np.random.default_rng(0)
    made = []
    for count in (train, test):
        made.append(idx_bytes(rng.integers(0, 256, (count, side, side), dtype=np.uint8)))
        made.append(idx_bytes(np.arange(count, dtype=np.uint8) % 10))
    return made


def _place(folder: Path, contents: list[bytes], packed: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in zip(NAMES, contents, strict=True):
        path = folder / (f"{name}.gz" if packed else name)
        path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    return folder


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("below", ["fashion_mnist", "."])
def test_fashion_mnist_is_read_packed_and_unpacked(root: Path, packed: bool, below: str) -> None:
    contents = _small()
    _place(root / below, contents, packed)
    train, test = sources.fashion_mnist()
    assert train.x.shape == (30, 784)
    assert train.x.tobytes() == contents[0][16:]
    assert test.y.tolist() == list(range(10))
    data = make("fashion_mnist", validation=0.1).data()
    assert [len(part) for part in (data.train, data.validation, data.growth, data.test)] == [27, 3, 0, 10]
    assert float(data.train.x.std()) == pytest.approx(1, abs=1e-5)


def test_the_cache_is_the_last_place(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _place(root.parent / "cache" / "graphgrow" / "fashion_mnist", _small(20))
    assert len(sources.fashion_mnist()[0].y) == 20
    monkeypatch.setenv("GRAPHGROW_DATA", "")
    assert len(sources.fashion_mnist()[0].y) == 20
    monkeypatch.setenv("GRAPHGROW_DATA", str(root))
    _place(root / "fashion_mnist", _small(40))
    assert len(sources.fashion_mnist()[0].y) == 40


def test_an_incomplete_folder_is_not_mixed_with_another(root: Path) -> None:
    _place(root / "fashion_mnist", _small(40))
    (root / "fashion_mnist" / f"{NAMES[3]}.gz").unlink()
    with pytest.raises(
        DataError, match=r"fashion_mnist: expected .* got none or not all: fetch them from the Fashion-MNIST"
    ):
        sources.fashion_mnist()


def test_a_data_folder_that_is_not_there_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHGROW_DATA", str(root / "absent"))
    with pytest.raises(DataError, match=r"\$GRAPHGROW_DATA: expected a folder, got .*absent"):
        make("fashion_mnist").data()


@pytest.mark.parametrize(
    ("position", "content", "words"),
    [
        (0, idx_bytes(np.zeros(30, np.uint8)), r"train-images.*expected an idx file of 3 dimensions, got 1"),
        (0, idx_bytes(np.zeros((30, 8, 8), np.uint8)), r"expected images of 28 by 28 pixels, got shape \(30, 8, 8\)"),
        (0, idx_bytes(np.zeros((0, 28, 28), np.uint8)), r"got shape \(0, 28, 28\)"),
        (1, idx_bytes(np.zeros(29, np.uint8)), "got 30 and 29: row 29 has no partner"),
        (
            3,
            idx_bytes(np.array([0] * 9 + [10], np.uint8)),
            "t10k-labels.*out of range: expected 0 to 9, got 10 in row 9",
        ),
    ],
)
def test_bad_idx_sets_are_refused(root: Path, position: int, content: bytes, words: str) -> None:
    contents = _small()
    contents[position] = content
    _place(root / "fashion_mnist", contents)
    with pytest.raises(DataError, match=words) as caught:
        sources.fashion_mnist()
    assert "\n" not in str(caught.value)


def test_mnist_with_other_content_is_refused(root: Path) -> None:
    _place(root / "mnist", _small())
    with pytest.raises(
        DataError, match=r"train-images-idx3-ubyte\.gz: expected the published MNIST file, SHA-256 ba89"
    ):
        sources.mnist()


def test_a_failed_download_leaves_nothing_behind(root: Path) -> None:
    with pytest.raises(
        DataError, match=r"got an error \(no route to host\): place the original files in \$GRAPHGROW_DATA/mnist"
    ):
        sources.mnist()
    assert list((root.parent / "cache" / "graphgrow" / "mnist").iterdir()) == []


PACKED = gzip.compress(b"other", mtime=0)  # a fixed time, so that every worker collects the same names


@pytest.mark.parametrize("content", [b"<html>", PACKED, PACKED[:-3]], ids=["page", "other", "torn"])
def test_a_wrong_download_leaves_nothing_behind(root: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    def wrong(**options: object) -> Callable[[str, str, object], None]:
        return lambda url, output_file, pooch: Path(output_file).write_bytes(content) and None

    monkeypatch.setattr(pooch, "HTTPDownloader", wrong)
    with pytest.raises(DataError, match=r"expected .* place the original files in \$GRAPHGROW_DATA/mnist"):
        sources.mnist()
    assert list((root.parent / "cache" / "graphgrow" / "mnist").iterdir()) == []


@needs_mnist
def test_a_good_download_is_kept_and_used_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def mirror(**options: object) -> Callable[[str, str, object], None]:
        def fetch(url: str, output_file: str, pooch: object) -> None:
            asked.append(url)
            shutil.copyfile(REAL / "mnist" / url.rpartition("/")[2], output_file)

        return fetch

    monkeypatch.setattr(pooch, "HTTPDownloader", mirror)
    assert len(sources.mnist()[0].y) == len(sources.mnist()[0].y) == 60000
    assert asked == [f"https://ossci-datasets.s3.amazonaws.com/mnist/{name}.gz" for name in NAMES]
    assert sorted(path.name for path in (root.parent / "cache" / "graphgrow" / "mnist").iterdir()) == sorted(
        f"{name}.gz" for name in NAMES
    )


@needs_mnist
def test_real_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHGROW_DATA", str(REAL))
    train, test = sources.mnist()
    assert (train.x.shape, test.x.shape) == ((60000, 784), (10000, 784))
    assert np.bincount(train.y)[:2].tolist() == [5923, 6742]
    assert train.x.mean() / 255 == pytest.approx(0.1307, abs=1e-4)
    data = make("mnist:600", validation=0.1, growth=0.1).data()
    assert [len(part) for part in (data.train, data.validation, data.growth, data.test)] == [480, 60, 60, 10000]
    np.testing.assert_array_equal(data.test.y, test.y)


@needs_mnist
def test_mnist_files_do_not_pass_for_fashion_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHGROW_DATA", str(REAL / "mnist"))
    with pytest.raises(DataError, match="expected a Fashion-MNIST file, got the MNIST file of that name"):
        sources.fashion_mnist()


BATCHES = (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin")


def _batches() -> dict[str, bytes]:
    table = np.random.default_rng(0).integers(0, 10, (len(BATCHES), 4, 3073), dtype=np.uint8)
    return {name: rows.tobytes() for name, rows in zip(BATCHES, table, strict=True)}


def _archive(path: Path, batches: dict[str, bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as opened:
        for name, content in reversed(batches.items()):
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(content)
            opened.addfile(member, io.BytesIO(content))


@pytest.fixture
def cifar(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(formats, "CIFAR_RECORDS", 4)
    return root / "cifar10"


@pytest.mark.parametrize("packed", [True, False])
def test_cifar10_is_read_from_archive_and_folder(cifar: Path, packed: bool) -> None:
    batches = _batches()
    if packed:
        _archive(cifar / "cifar-10-binary.tar.gz", batches)
    else:
        (cifar / "cifar-10-batches-bin").mkdir(parents=True)
        for name, content in batches.items():
            (cifar / "cifar-10-batches-bin" / name).write_bytes(content)
    train, test = sources.cifar10()
    assert b"".join(bytes([label]) + row.tobytes() for label, row in zip(train.y, train.x, strict=True)) == b"".join(
        batches[name] for name in BATCHES[:5]
    )
    assert test.x[0].tobytes() == batches["test_batch.bin"][1:3073]
    assert len(make("cifar10:10", validation=0).data().train) == 10


def test_bad_cifar10_is_refused(cifar: Path) -> None:
    archive = cifar / "cifar-10-binary.tar.gz"
    with pytest.raises(DataError, match=r"cifar10: expected cifar-10-binary\.tar\.gz or the folder .*binary version"):
        sources.cifar10()
    batches = _batches()
    _archive(archive, {**batches, "data_batch_2.bin": batches["data_batch_2.bin"][:-3073]})
    with pytest.raises(DataError, match=r"data_batch_2\.bin: expected 12292 bytes"):
        sources.cifar10()
    _archive(archive, {**batches, "data_batch_3.bin": b"\x0b" + bytes(12291)})
    with pytest.raises(DataError, match=r"data_batch_3\.bin: label out of range: expected 0 to 9, got 11 in row 0"):
        sources.cifar10()
    _archive(archive, {name: content for name, content in batches.items() if name != "data_batch_5.bin"})
    with pytest.raises(DataError, match=r"expected cifar-10-batches-bin/data_batch_5\.bin inside"):
        sources.cifar10()
    _archive(archive, batches)
    archive.write_bytes(archive.read_bytes()[:-2000])
    with pytest.raises(DataError, match=r"expected a complete tar\.gz archive"):
        sources.cifar10()
    (cifar / "cifar-10-batches-bin").mkdir()
    with pytest.raises(DataError, match=r"data_batch_1\.bin: expected a CIFAR-10 batch, got no such file"):
        sources.cifar10()
