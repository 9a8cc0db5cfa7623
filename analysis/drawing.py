"""Every figure that a stored run has data for, written to a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis import figures
from analysis.figures.movie import save_film
from analysis.figures.of_run import Drawn, Film, Unfit
from analysis.stored import networks
from graphgrow.errors import DataError, GraphError, SettingsError

if TYPE_CHECKING:
    from graphgrow.store.run import Run


def draw_all(run: Run, folder: Path, formats: Sequence[str]) -> Iterator[str]:
    """Draws and writes figure by figure; yields a line for each: its files, or why it does not apply.

    A figure of one network of a run with several is drawn for each, its name after that of the site.

    Raises
    ------
    StoreError
        The run is damaged, or the folder cannot be written.
    """
    held = networks(run)
    for module in figures.modules():
        if hasattr(module, "of_run"):
            yield _written(module.NAME, _drawn(module.of_run, run), folder, formats)
        elif hasattr(module, "of_network"):
            for network in held:
                name = module.NAME if len(held) == 1 else f"{network.site}-{module.NAME}"
                yield _written(name, _drawn(module.of_network, network), folder, formats)


def _drawn(draw: Any, of: object) -> Drawn:
    """The figure; what the data lack for it is a reason, not a failure. A damaged run (StoreError) is one."""
    try:
        made: Drawn = draw(of)
    except (DataError, GraphError, SettingsError) as error:
        return Unfit(str(error))
    return made


def _written(name: str, drawn: Drawn, folder: Path, formats: Sequence[str]) -> str:
    if isinstance(drawn, Unfit):
        return f"{name}: does not apply: {' '.join(drawn.reason.split())}"
    paths = save_film(drawn, folder, name) if isinstance(drawn, Film) else figures.save(drawn, folder, name, formats)
    return f"{name}: {', '.join(path.name for path in paths)}"
