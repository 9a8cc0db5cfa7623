from __future__ import annotations

from itertools import product

import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis.factorial import additive, cells, interactions, main_effects
from analysis.figures.combinations import combinations_map
from analysis.statistics import Interval
from graphgrow.errors import DataError

AXES = ("growth", "connectivity", "learning")
LEVELS = (("static", "random", "set"), ("dense", "sparse"), ("back", "local"))


def table(joint: float = 0.0) -> pd.DataFrame:
    """Seeds differ by a constant; growth adds 0.1 or 0.2, sparse takes 0.05, local takes 0.3; set x local `joint`."""
    rows = [
        dict(zip(AXES, names, strict=True))
        | {"seed": seed, "test": 0.5 + 0.01 * seed + 0.1 * LEVELS[0].index(names[0]) - 0.05 * (names[1] == "sparse")}
        for seed in range(3)
        for names in product(*LEVELS)
    ]
    frame = pd.DataFrame(rows)
    local = frame["learning"] == "local"
    return frame.assign(test=frame["test"] - 0.3 * local + joint * (local & (frame["growth"] == "set")))


def test_effects_and_interactions_are_those_that_were_put_in() -> None:
    frame = table(joint=-0.07)
    effects = main_effects(frame, AXES).set_index("level")
    assert effects.loc["random", "gain"] == pytest.approx(0.1)
    assert effects.loc["set", "gain"] == pytest.approx(0.2 - 0.07 / 2)
    assert effects.loc["sparse", "gain"] == pytest.approx(-0.05)
    assert effects.loc["sparse", ["gain_low", "gain_high", "bootstrap_low"]].tolist() == pytest.approx([-0.05] * 3)
    joint = interactions(frame, AXES).set_index("levels")["gain"]
    assert joint["set x local"] == pytest.approx(-0.07)
    assert joint.drop("set x local").abs().max() < 1e-12
    assert len(joint) == 2 * 1 + 2 * 1 + 1 * 1


def test_means_are_over_seeds() -> None:
    made = cells(table(), AXES)
    assert len(made) == 12
    assert made.iloc[0]["test"] == pytest.approx(0.51)
    assert made.iloc[0]["test_low"] < 0.51 < made.iloc[0]["test_high"]


@pytest.mark.parametrize("change", [lambda made: made.iloc[1:], lambda made: pd.concat([made, made.iloc[:1]])])
def test_only_a_full_factorial_is_paired(change: object) -> None:
    with pytest.raises(DataError, match="expected each of 36 combinations of growth, connectivity, learning and seed"):
        main_effects(change(table()), AXES)  # type: ignore[operator]


def test_an_interval_on_one_side_of_the_margin_decides_whatever_its_sign() -> None:
    ends = [(-0.04, 0.04), (0.06, 0.2), (-0.2, -0.06), (0.04, 0.06), (-0.2, 0.2)]
    found = [additive(Interval(*each), 0.05).value for each in ends]
    assert found == ["supported", "refuted", "refuted", "undecided", "undecided"]
    assert additive(None, 0.05).value == "undecided"


def test_the_map_shows_every_combination_once() -> None:
    figure = combinations_map(cells(table(), AXES), AXES, title="made")
    assert isinstance(figure, Figure)
    panels = figure.axes[:2]
    assert [panel.get_title(loc="left") for panel in panels] == ["back", "local"]
    assert [text.get_text() for text in panels[0].texts][::2] == ["51.0", "46.0", "61.0", "56.0", "71.0", "66.0"]
    with pytest.raises(DataError, match="pass every combination once"):
        combinations_map(cells(table(), AXES).iloc[1:], AXES)
