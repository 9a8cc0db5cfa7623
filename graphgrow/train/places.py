"""Where data files lie on this machine, and how one is downloaded without ever leaving half of it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from graphgrow.errors import DataError
from graphgrow.train.formats import read_content

FOLDER_VARIABLE = "GRAPHGROW_DATA"


def folders(name: str) -> list[Path]:
    """Where the files of a set may lie, in the order in which they are looked for."""
    import pooch

    chosen = os.environ.get(FOLDER_VARIABLE)
    if not chosen:
        return [Path(pooch.os_cache("graphgrow")) / name]
    root = Path(chosen).expanduser()
    if not root.is_dir():
        raise DataError(f"${FOLDER_VARIABLE}: expected a folder, got {root}: create it or correct the variable")
    return [root / name, root, Path(pooch.os_cache("graphgrow")) / name]


def find(name: str, files: tuple[str, ...]) -> list[Path] | None:
    """The paths of `files`, compressed or not, in the first folder that holds all of them: sets are never mixed."""
    for folder in folders(name):
        found = [path for file in files if (path := either(folder / file)) is not None]
        if len(found) == len(files):
            return found
    return None


def either(path: Path) -> Path | None:
    """The compressed file beside this path, else the path itself, else nothing."""
    compressed = path.with_name(path.name + ".gz")
    return next((candidate for candidate in (compressed, path) if candidate.is_file()), None)


def missing(name: str, files: str, page: str) -> DataError:
    """The error for a set that is in no folder, with where to get it, in words."""
    looked = ", ".join(str(folder) for folder in folders(name))
    return DataError(
        f"{name}: expected {files} in one of {looked}, got none or not all: fetch them from {page} "
        f"and place them in ${FOLDER_VARIABLE}/{name}"
    )


def download(name: str, file: str, mirror: str, digest: str) -> Path:
    """The path of `file`, gzipped, in the user cache; `digest` is the SHA-256 of its uncompressed content.

    A new file is checked in a temporary folder first, so that the cache never holds half a file or a wrong one.

    Raises
    ------
    DataError
        The download fails or brings other content; place the files by hand.
    """
    import pooch

    folder = Path(pooch.os_cache("graphgrow")) / name
    cached = either(folder / file)
    if cached is not None:
        return cached
    target = folder / f"{file}.gz"
    cure = f"place the original files in ${FOLDER_VARIABLE}/{name}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            fresh = Path(scratch) / target.name
            pooch.HTTPDownloader(timeout=30)(mirror + target.name, str(fresh), None)
            got = hashlib.sha256(read_content(fresh)).hexdigest()
            if got == digest:
                os.replace(fresh, target)
                return target
    except (OSError, ValueError, DataError) as error:
        text = " ".join(str(error).split())
        raise DataError(f"{name}: expected {target.name} from {mirror}, got an error ({text}): {cure}") from error
    raise DataError(f"{mirror}{target.name}: expected SHA-256 {digest} uncompressed, got {got}: {cure}")
