"""Every figure of a stored run, on a small run that was really trained."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest
from matplotlib.figure import Figure
from PIL import Image

from analysis import figures
from analysis.figures.of_run import Film, Unfit
from analysis.stored import StoredNetwork, networks, thinned
from graphgrow.cli.main import main
from graphgrow.graph import Graph
from graphgrow.settings import Fit, GrowthSettings, RunSettings, StartSettings, TaskSettings, to_json
from graphgrow.store.run import Run
from graphgrow.train.execute import execute
from tests.analysis.fakes import small_graph
from tests.analysis.looks import labelled, texts_apart
from tests.analysis.test_figures import nothing_overlaps

OF_RUN = [module for module in figures.modules() if hasattr(module, "of_run") or hasattr(module, "of_network")]
STILL = [module for module in OF_RUN if module.NAME != "growth_film"]
PICTURES = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF", "gif": b"GIF8"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Digits through 40 and 30 neurons, growing with skips by a rule that keeps snapshots of activations."""
    settings = RunSettings(
        task=TaskSettings("digits"),
        start=StartSettings(hidden=(40, 30), density=0.06),
        growth=GrowthSettings(rule="extrema_critical", budget=700, skips=True),
        fit=Fit(epochs=6, batch=256),
        seed=1,
    )
    return execute(settings, tmp_path_factory.mktemp("figures") / "run").run


@pytest.fixture(scope="module")
def network(run: Run) -> StoredNetwork:
    (found,) = networks(run)
    return found


def drawn(module: ModuleType, run: Run, network: StoredNetwork) -> Figure:
    made = module.of_run(run) if hasattr(module, "of_run") else module.of_network(network)
    assert isinstance(made, Figure), getattr(made, "reason", made)
    return made


@pytest.mark.parametrize("module", STILL, ids=lambda module: module.NAME)
def test_a_figure_is_legible(module: ModuleType, run: Run, network: StoredNetwork) -> None:
    figure = drawn(module, run, network)
    labelled(figure)
    nothing_overlaps(figure)
    texts_apart(figure)
    size = re.search(r"(\d(?:\.\d)?)\s+inches\s+wide", getattr(module, module.NAME).__doc__ or "")
    assert size is not None
    assert figure.get_size_inches()[0] == float(size[1])


def test_the_stages_are_the_network_after_each_event(run: Run, network: StoredNetwork) -> None:
    assert len(network.stages) == 1 + sum(event.accepted for event in run.events()) > 3
    for stage in network.stages:
        assert stage.graph.wiring.same(run.graph(stage.event).wiring)
    assert network.stages[-1].graph.edges == network.final.edges
    assert [stage.event for stage in network.few_stages(2)] == [0, network.stages[-1].event]
    assert thinned((1, 2), 2) == (1, 2)
    assert network.title == "digits, extrema_critical, seed 1"


@pytest.fixture
def short_films(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.figures.growth.MOST_FRAMES", 12)


def only(names: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw these figures alone, for speed."""
    monkeypatch.setattr(figures, "modules", lambda: iter([module for module in OF_RUN if module.NAME in names]))


@pytest.mark.usefixtures("short_films")
def test_figures_and_film_by_command(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    only({"block_density", "growth_film", "mode_circle"}, monkeypatch)
    assert main(["figures", str(run.path), "--out", str(tmp_path), "--formats", "png"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "block_density: block_density.png"
    assert lines[1].startswith("growth_film: growth_film.gif")
    assert lines[2:] == ["mode_circle: mode_circle.png", f"in {tmp_path}"]
    for path in tmp_path.iterdir():
        assert path.suffix == ".mp4" or path.read_bytes().startswith(PICTURES[path.suffix[1:]])
    with Image.open(tmp_path / "growth_film.gif") as film:
        assert 4 < film.n_frames <= 12
        assert film.size == (840, 708)


def test_what_does_not_apply_is_said_and_no_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    only({"growth_film", "mode_circle", "extrema_over_time", "block_density"}, monkeypatch)
    run = bare(tmp_path / "bare", {"network": small_graph()})
    assert main(["figures", str(run.path), "--formats", "svg", "pdf"]) == 0
    told = capsys.readouterr().out
    assert "growth_film: does not apply: the network never grew" in told
    assert "mode_circle: does not apply: no three snapshots" in told
    assert "extrema_over_time: does not apply: expected runs with recorded extrema, got none" in told
    assert "block_density: block_density.svg, block_density.pdf" in told
    for path in (run.path / "figures").iterdir():
        assert path.read_bytes().startswith(PICTURES[path.suffix[1:]])


def test_each_network_of_a_run_has_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    only({"block_density", "accuracy_over_epochs"}, monkeypatch)
    run = bare(tmp_path / "two", {"left": small_graph(), "right": small_graph((5, 4, 3))})
    assert main(["figures", str(run.path), "--formats", "png", "--out", str(tmp_path / "out")]) == 0
    assert "left-block_density: left-block_density.png" in capsys.readouterr().out
    assert (tmp_path / "out" / "right-block_density.png").is_file()
    assert not (tmp_path / "out" / "left-accuracy_over_epochs.png").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["none"], "holds no run"),
        (["run", "--formats", "gif"], "gif"),
        (["run", "--out", "file/figures"], "cannot be written"),
        (["empty"], "has no epoch to draw yet"),
    ],
)
def test_wrong_words_are_one_line(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bare(Path("run"), {"network": small_graph()})
    Run.create(Path("empty"), to_json(RunSettings()), {"network": small_graph()}, 0)
    Path("file").write_text("mine")
    assert main(["figures", *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert message in told.err
    assert told.err.count("\n") == 1
    assert not Path("run", "figures").exists()


def test_a_film_of_nothing_is_unfit(tmp_path: Path) -> None:
    (network,) = networks(bare(tmp_path / "still", {"network": small_graph()}))
    film = next(module for module in OF_RUN if module.NAME == "growth_film")
    assert isinstance(film.of_network(network), Unfit)
    assert not isinstance(film.of_network(network), Film)


def bare(path: Path, graphs: dict[str, Graph]) -> Run:
    """A finished run of one epoch without events, extrema and snapshots."""
    run = Run.create(path, to_json(RunSettings()), graphs, 0)
    for epoch in (0, 1):
        row = {"epoch": epoch, "edges": 9, "neurons": 9, "test_accuracy": 0.5 + epoch / 9, "validation_accuracy": 0.5}
        run.log({**row, "extrema": None})
    run.finish(graphs, {"metric": "accuracy"})
    return Run.open(path)
