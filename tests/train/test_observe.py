from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphgrow.engine.network import Network
from graphgrow.growth import registry
from graphgrow.measure.coverage import Visits
from graphgrow.settings import Fit, GrowthSettings
from graphgrow.store.run import Run
from graphgrow.train.execute import execute, resume
from graphgrow.train.growing import Grower
from graphgrow.train.observe import observe
from graphgrow.train.prepare import prepare
from tests.train.runs import first, saved, settings, sgd, train, xor


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that prunes and regrows after each of its epochs."""
    return execute(settings("set"), tmp_path_factory.mktemp("stored") / "run", xor()).run


def site(row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = row["sites"]["network"]
    return found


def test_every_row_says_how_levels_fare(stored: Run) -> None:
    rows = stored.rows()
    assert len(rows) == 5
    for row in rows:
        seen = site(row)
        assert set(seen["severity"]) == set(seen["dead"]) == set(seen["effective_rank"]) == {"1", "2"}
        assert all(0 <= value <= 1 for value in seen["severity"].values())
        assert all(0 < value <= 6 for value in seen["effective_rank"].values())
        assert set(seen["gradient_ratio"]) <= {"2", "3"}
        assert 0 < seen["active"] <= 1
        assert sum(seen["edges"].values()) == row["edges"]
        assert sum(seen["neurons"].values()) == row["neurons"] == seen["neurons"]["start"]


def test_what_growth_tried_adds_up_from_the_events(stored: Run) -> None:
    rows, events, possible = stored.rows(), stored.events(), 2 * 6 + 6 * 5 + 5 * 2
    ever: set[tuple[int, int]] = set()
    for number in range(len(events) + 1):
        wiring = stored.graph(number).wiring
        ever |= set(zip(wiring.id[wiring.source].tolist(), wiring.id[wiring.target].tolist(), strict=True))
    last = site(rows[-1])
    assert last["visited"] == pytest.approx(len(ever) / possible)
    assert last["removed"] == sum(event.removed + event.regrown for event in events) > 0
    assert sum(event.regrown for event in events) <= last["regrown"] <= last["removed"]
    shares = [site(row)["visited"] for row in rows]
    assert shares == sorted(shares)
    assert shares[0] < shares[-1]


def test_a_resume_knows_what_was_visited(tmp_path: Path) -> None:
    run = execute(settings("set"), tmp_path / "run", xor()).run
    whole = run.rows()
    (run.path / "summary.json").unlink()
    state = saved(run)
    assert any(name == "visits/network/gone" and array.size for name, array in state.arrays.items())
    resume(run.path, task=xor())
    assert Run.open(run.path).rows() == whole


def test_a_checkpoint_without_visits_goes_on(tmp_path: Path) -> None:
    state = train("set", limits=Fit(epochs=2, batch=64)).state
    for name in [name for name in state.arrays if name.startswith("visits/")]:
        del state.arrays[name]  # type: ignore[attr-defined]
    made = train("set", limits=Fit(epochs=3, batch=64), state=state)
    assert site(dict(made.row))["visited"] > 0


def test_edges_by_phase() -> None:
    made = train("random", limits=Fit(epochs=10, batch=64), growth=GrowthSettings(until=0.8))
    seen = site(dict(made.row))
    assert seen["edges"]["start"] == first().edges
    assert min(seen["edges"]["coarse"], seen["edges"]["medium"], seen["edges"]["fine"]) > 0


def test_one_probe_serves_all_and_none_is_made_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    def setup(**limits: Any) -> Any:
        rule = registry.load("random").rule
        return prepare(Network(first()), xor(), rule, sgd, None, Fit(epochs=4, batch=64, **limits), GrowthSettings(), 3)

    asked = []
    made = setup()
    grower: Grower = made.growers[0]
    look = grower.probe
    object.__setattr__(grower, "probe", lambda: asked.append(1) or look())
    grower.medians(made.session.progress)
    asked.clear()
    observe(made)
    assert len(asked) == 1
    quiet = observe(setup(record_extrema=False))
    assert quiet["extrema"] is None
    assert set(quiet["sites"]["network"]) == {"active", "visited", "removed", "regrown", "edges", "neurons"}  # type: ignore[index, call-overload]


def test_a_network_that_only_grows_keeps_no_pairs() -> None:
    state = train("random", limits=Fit(epochs=3, batch=64)).state
    assert state.arrays["visits/network/gone"].size == 0
    assert Visits().arrays()["counts"].tolist() == [0, 0]
