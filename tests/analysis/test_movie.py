"""Films as files, with and without ffmpeg."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from analysis.figures import style
from analysis.figures.movie import save_film
from analysis.figures.of_run import Film
from graphgrow.errors import StoreError


def film() -> Film:
    """A dot that goes to the right in three frames."""
    figure = style.new_figure(1.01, 1.0)
    axes = figure.subplots()
    (line,) = axes.plot([0], [0], "o", color=style.HIGH)
    axes.set_xlim(-1, 3)
    return Film(figure, 3, lambda frame: line.set_data([frame], [0]), frames_per_second=5)


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """A stand-in for ffmpeg, the only program to be found."""
    folder.mkdir()
    file = folder / "ffmpeg"
    file.write_text(f"#!/bin/sh\nfor last; do :; done\n{words}\n")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")


@pytest.fixture
def no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))


@pytest.mark.usefixtures("no_program")
def test_without_ffmpeg_there_is_a_gif_of_the_same_bytes(tmp_path: Path) -> None:
    first, second = save_film(film(), tmp_path / "one", "dot"), save_film(film(), tmp_path / "two", "dot")
    assert [path.name for path in first] == ["dot.gif"]
    assert first[0].read_bytes() == second[0].read_bytes()
    with Image.open(first[0]) as read:
        assert read.n_frames == 3
        assert read.size == (121, 120)
        durations = []
        for frame in range(3):
            read.seek(frame)
            durations.append(read.info["duration"])
    assert durations == [200, 200, 2000]


def test_ffmpeg_is_given_even_raw_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", monkeypatch, 'cat > "$last"')
    paths = save_film(film(), tmp_path / "out", "dot")
    assert [path.name for path in paths] == ["dot.gif", "dot.mp4"]
    # Three frames, the last held for 2 seconds of 5 frames, 3 bytes a dot.
    assert paths[1].stat().st_size == (3 + 10) * 120 * 120 * 3
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["dot.gif", "dot.mp4"]


def test_an_ffmpeg_that_fails_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", monkeypatch, 'cat > "$last"; exit 1')
    with pytest.raises(StoreError, match=r"dot\.mp4: ffmpeg could not write it .*: mend or remove ffmpeg"):
        save_film(film(), tmp_path / "out", "dot")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["dot.gif"]
