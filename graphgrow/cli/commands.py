"""The commands as typed data; what they do is imported only when they run, so that help is quick."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from graphgrow.settings import RunSettings
from graphgrow.sweep.executors import Where


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
    """List the growth rules, show one part by part, or check rules of your own.

    Example: graphgrow rules --check --rules-path my_rules
    """

    name: tyro.conf.Positional[str | None] = None
    """A rule; default: all."""
    rules_path: Path | None = None
    """A folder with more rules, one per file, a file that holds several by name, or a module that is either."""
    json: bool = False
    """Print JSON."""
    markdown: bool = False
    """Print the page of all rules, docs/rules.md."""
    check: bool = False
    """Try the rule, or all of --rules-path, on small networks: does it hold what every rule must?"""

    def __call__(self) -> None:
        """Do it."""
        from graphgrow.cli.showing import rules

        rules(self.name, self.rules_path, self.json, self.markdown, self.check)


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
    """.graphml (Gephi, networkx, igraph), .gexf (Gephi, with growth on its timeline), .csv (one line per edge), or .npz
    (scipy sparse matrix, rows are targets)."""
    event: int | None = None
    """The structure as it stood after this event, 0 for the start; default: the final network."""

    def __call__(self) -> None:
        """Do it."""
        from graphgrow.cli.showing import export

        export(self.path, self.to, self.event)


@dataclass(frozen=True)
class Topology:
    """Measure the topology of a graph file or of a stored run: every metric, each beside its null.

    Example: graphgrow topology results/runs/mnist-gradient-0 --events --json
    """

    path: tyro.conf.Positional[Path]
    """.graphml, .gexf, a list of edges (.csv, .tsv, .txt, .edges: source, target, perhaps weight), or a run's
    folder."""
    json: bool = False
    """Print JSON: a list with one object a value."""
    metrics: tuple[str, ...] = ()
    """Only these, e.g. clustering paths; default: all."""
    events: bool = False
    """Of a run: measure the network after every growth event, not only the last one."""
    nulls: int | None = None
    """Randomised networks to compare with; default: 10, fewer for large graphs."""
    seed: int = 0
    """Of everything that is drawn or sampled."""
    undirected: bool = False
    """Read a list of edges as undirected."""
    out: Path | None = None
    """A folder for the report as Markdown, LaTeX, CSV and Parquet."""

    def __call__(self) -> None:
        """Do it."""
        from graphgrow.cli.topology import topology

        topology(self.path, self.json, self.metrics, self.events, self.nulls, self.seed, self.undirected, self.out)


@dataclass(frozen=True)
class Figures:
    """Draw a stored run: every figure that it has data for, and a film of its growth.

    Example: graphgrow figures results/runs/mnist-extrema-0 --formats png pdf
    """

    path: tyro.conf.Positional[Path]
    """Folder of the run."""
    out: Path | None = None
    """Folder for the figures; default: figures, in the folder of the run."""
    formats: tuple[Literal["png", "svg", "pdf"], ...] = ("png", "svg")
    """Of the figures; the film is a GIF, and an MP4 too where ffmpeg is installed."""

    def __call__(self) -> None:
        """Do it."""
        from graphgrow.cli.drawing import figures

        figures(self.path, self.out, self.formats)


@dataclass(frozen=True)
class Sweep:
    """Run a space of settings, as a grid or drawn at random, and put one row per run into one table.

    Example: graphgrow sweep --space growth.rule=set,rigl optimizer.learning_rate=log:1e-4..1e-1 start.hidden=64,64x32
    seed=0..2 --draws 27 --halving --fit.epochs 27 --out results/sweep --executor processes --workers 4

    The settings not in the space are those of `graphgrow run`. Candidates are judged by their mean validation score
    over all seeds. The same command goes on after an interrupt.
    """

    space: tuple[str, ...]
    """NAME=VALUES each: values joined by commas (sizes as 64x32), A..B, or log:A..B; a range that is not of whole
    numbers needs --draws."""
    out: Path
    """Folder of the runs, the table (CSV, Parquet, Markdown, LaTeX) and sweep.json."""
    settings: Annotated[RunSettings, tyro.conf.arg(name="")] = field(default_factory=RunSettings)
    draws: int | None = None
    """Draw that many candidates; default: the grid of all combinations."""
    draw_seed: int = 0
    """Of the draws."""
    halving: bool = False
    """Successive halving: begin with all candidates and few resources; keep the best 1/eta and give eta times more."""
    eta: int = 3
    """Of the halving: 2 or more."""
    resource: tuple[str, ...] = ("fit.epochs",)
    """Of the halving: settings that are scaled together, as fit.epochs, growth.budget or start.edges; task.samples is
    COUNT in --task.name mnist:COUNT. The last round has them as they are given."""
    least: int = 1
    """Of the halving: the fewest of the first resource in a round."""
    executor: Where = Where.INLINE
    """inline: in this process; processes: on this machine; dask: on a Dask cluster. The results are the same."""
    workers: int = 1
    """Runs at a time, with processes, or with dask where no address is given; each on one thread."""
    address: str | None = None
    """Of a Dask scheduler, e.g. tcp://host:8786; its workers must see --out and the data under the same paths."""
    population: bool = False
    """Train small networks that share task, optimizer, fit and seed as one: faster, but other bits than runs alone."""

    def __call__(self) -> None:
        """Do it."""
        from graphgrow.cli.sweeping import sweep

        sweep(self)


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
    | Annotated[Topology, tyro.conf.subcommand("topology")]
    | Annotated[Figures, tyro.conf.subcommand("figures")]
    | Annotated[Sweep, tyro.conf.subcommand("sweep")]
    | Annotated[Calibrate, tyro.conf.subcommand("calibrate")]
)
