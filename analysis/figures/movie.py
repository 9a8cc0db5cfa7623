"""Figures that move as files: GIF by pillow always, MP4 where ffmpeg is installed; neither needs a display."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from analysis.figures.of_run import Film
from analysis.figures.style import context
from graphgrow.errors import StoreError
from graphgrow.store.files import unfinished, write_atomic

if TYPE_CHECKING:
    from PIL.Image import Image

DOTS_PER_INCH = 120
HOLD_SECONDS = 2.0
"""How long the last frame stands before the film begins again."""


def save_film(film: Film, folder: str | Path, name: str) -> list[Path]:
    """Writes `<name>.gif`, and `<name>.mp4` where ffmpeg is found, at 120 dots per inch; each atomically.

    The same film gives the same bytes of the GIF.

    Raises
    ------
    StoreError
        A file cannot be written, or ffmpeg is there but fails.
    """
    at = Path(folder)
    at.mkdir(parents=True, exist_ok=True)
    pictures = list(_pictures(film))
    paths = [at / f"{name}.gif"]
    write_atomic(paths[0], _gif(pictures, film.frames_per_second))
    if found := shutil.which("ffmpeg"):
        paths.append(at / f"{name}.mp4")
        _mp4(found, pictures, film.frames_per_second, paths[-1])
    return paths


def _pictures(film: Film) -> Iterator[Image]:
    """Frames as they are drawn, without a file between."""
    from PIL import Image

    canvas = FigureCanvasAgg(film.figure)
    film.figure.set_dpi(DOTS_PER_INCH)
    for frame in range(film.frames):
        with context():
            film.show(frame)
            canvas.draw()  # type: ignore[no-untyped-call]
        yield Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy())  # type: ignore[no-untyped-call]


def _gif(pictures: list[Image], speed: int) -> bytes:
    """All frames in the colours of the last one, which has them all, so that nothing flickers."""
    from PIL.Image import Dither

    palette = pictures[-1].quantize(255)
    frames = [picture.quantize(palette=palette, dither=Dither.NONE) for picture in pictures]
    steps = [round(1000 / speed)] * (len(frames) - 1) + [round(1000 * HOLD_SECONDS)]
    buffer = BytesIO()
    frames[0].save(buffer, format="GIF", save_all=True, append_images=frames[1:], duration=steps, loop=0)
    return buffer.getvalue()


def _mp4(program: str, pictures: list[Image], speed: int, path: Path) -> None:
    """Raw frames through a pipe; sides are made even, as the usual codec wants them."""
    width, height = (size // 2 * 2 for size in pictures[0].size)
    last = [pictures[-1]] * round(HOLD_SECONDS * speed)
    raw = b"".join(picture.crop((0, 0, width, height)).tobytes() for picture in [*pictures, *last])
    partial = unfinished(path)
    words = ["-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(speed)]
    words += ["-i", "-", "-pix_fmt", "yuv420p", "-fflags", "+bitexact", "-f", "mp4", str(partial)]
    try:
        subprocess.run([program, *words], input=raw, check=True, capture_output=True)
        partial.replace(path)
    except (OSError, subprocess.SubprocessError) as error:
        raise StoreError(
            f"{path}: ffmpeg could not write it ({error}): mend or remove ffmpeg; the GIF is there"
        ) from None
    finally:
        partial.unlink(missing_ok=True)
