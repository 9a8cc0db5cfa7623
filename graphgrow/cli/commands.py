"""The commands as typed data; what they do is imported only when they run, so that help is quick."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import tyro

from graphgrow.settings import RunSettings


@dataclass(frozen=True)
class Run:
    """Train and grow one network, and store the run.

    Example: graphgrow run --task.name mnist --start.hidden 300 100 --start.density 0.01 --growth.rule gradient
    --growth.budget 5324
    """

    settings: Annotated[RunSettings, tyro.conf.arg(name="")] = field(default_factory=RunSettings)
    out: Path | None = None
    """Folder of the run; default: results/runs/TASK-RULE-SEED. It must not hold anything yet."""
    quiet: bool = False
    """No progress bar."""

    def __call__(self) -> None:
        """Do it."""
        from graphgrow.cli.training import run

        run(self.settings, self.out, self.quiet)


@dataclass(frozen=True)
class Resume:
    """Continue a run that was cut off; the result is bit-identical to an uninterrupted one."""

    path: tyro.conf.Positional[Path]
    """Folder of the run."""
    quiet: bool = False
    """No progress bar."""

    def __call__(self) -> None:
        """Do it."""
        from graphgrow.cli.training import resume

        resume(self.path, self.quiet)


@dataclass(frozen=True)
class Rules:
    """List the growth rules, or show one part by part."""

    name: tyro.conf.Positional[str | None] = None
    """A rule; default: all."""
    rules_path: Path | None = None
    """A folder with more rules, one per file, or a file that holds several by name."""
    json: bool = False
    """Print JSON."""

    def __call__(self) -> None:
        """Do it."""
        from graphgrow.cli.showing import rules

        rules(self.name, self.rules_path, self.json)


@dataclass(frozen=True)
class Show:
    """Show a stored run: settings, result, events."""

    path: tyro.conf.Positional[Path]
    """Folder of the run."""
    json: bool = False
    """Print JSON."""

    def __call__(self) -> None:
        """Do it."""
        from graphgrow.cli.showing import show

        show(self.path, self.json)


@dataclass(frozen=True)
class Export:
    """Write the network of a run to a file that other programs read."""

    path: tyro.conf.Positional[Path]
    """Folder of the run."""
    to: tyro.conf.Positional[Path]
    """.graphml (Gephi, networkx, igraph), .csv (one line per edge), or .npz (scipy sparse matrix, rows are targets)."""
    event: int | None = None
    """The structure as it stood after this event, 0 for the start; default: the final network."""

    def __call__(self) -> None:
        """Do it."""
        from graphgrow.cli.showing import export

        export(self.path, self.to, self.event)


@dataclass(frozen=True)
class Calibrate:
    """Measure from where on dense levels and threads pay on this machine; runs begun later keep what was found.

    Takes some seconds, more the first time; let nothing else run meanwhile. The file is $GRAPHGROW_CALIBRATION, else
    graphgrow/calibration.json in $XDG_CONFIG_HOME or ~/.config. Set the variable to nothing to run without it.
    """

    json: bool = False
    """Print JSON."""

    def __call__(self) -> None:
        """Do it."""
        from graphgrow.cli.calibrate import calibrate

        calibrate(self.json)


Command = (
    Annotated[Run, tyro.conf.subcommand("run")]
    | Annotated[Resume, tyro.conf.subcommand("resume")]
    | Annotated[Rules, tyro.conf.subcommand("rules")]
    | Annotated[Show, tyro.conf.subcommand("show")]
    | Annotated[Export, tyro.conf.subcommand("export")]
    | Annotated[Calibrate, tyro.conf.subcommand("calibrate")]
)
