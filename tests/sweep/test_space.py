"""Spaces: what words mean, what a grid lists, what draws promise, and names that tell candidates apart."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.arrays import Json
from graphgrow.errors import SettingsError
from graphgrow.settings import RunSettings, Schedule
from graphgrow.sweep.dotted import changed, held, read, shown
from graphgrow.sweep.space import LONGEST, Candidate, Space, named

WORDS = ("growth.budget=1000,2000", "start.hidden=64x32,128", "growth.rule=set,rigl", "seed=0..2")


def test_a_grid_has_every_combination_once() -> None:
    made = Space.parse(WORDS).grid()
    assert [tuple(candidate.values.values()) for candidate in made] == list(
        product([1000, 2000], [[64, 32], [128]], ["set", "rigl"])
    )
    assert {candidate.seeds for candidate in made} == {(0, 1, 2)}
    jobs = [job for candidate in made for job in candidate.jobs(RunSettings())]
    assert len({job.name for job in jobs}) == len(jobs) == 24
    assert jobs[1].name == "budget=1000,hidden=64x32,rule=set,seed=1"
    first = jobs[1].settings
    assert (first.growth.budget, first.start.hidden, first.growth.rule, first.seed) == (1000, (64, 32), "set", 1)


def test_values_are_read_by_the_type_of_their_setting() -> None:
    words = ["growth.budget=none,5", "growth.skips=true,false", "optimizer.schedule=cosine", "task.name=parity:4"]
    made = Space.parse([*words, "optimizer.learning_rate=1,1e-3", "fit.batch=3..5"], seed=9).grid()
    assert len(made) == 2 * 2 * 2 * 3
    last = changed(RunSettings(), made[-1].values)
    assert (last.growth.budget, last.growth.skips, last.optimizer.schedule) == (5, False, Schedule.COSINE)
    assert (last.task.name, last.optimizer.learning_rate, last.fit.batch) == ("parity:4", 1e-3, 5)
    assert made[0].seeds == (9,)
    assert changed(RunSettings(), made[0].values).growth.budget is None


def test_draws_lie_in_their_ranges_and_earlier_ones_stay() -> None:
    words = ["optimizer.learning_rate=log:1e-4..1e-1", "task.validation=0.1..0.3", "fit.batch=log:16..256"]
    space = Space.parse([*words, "growth.rule=set,rigl"])
    many = space.draws(200, seed=3)
    assert space.draws(20, seed=3) == many[:20]
    assert space.draws(20, seed=4) != many[:20]
    assert len({candidate.name for candidate in many}) == 200
    rates = [float(str(candidate.values["optimizer.learning_rate"])) for candidate in many]
    assert 1e-4 <= min(rates) < 2e-4 < 5e-2 < max(rates) <= 1e-1
    # Even in the logarithm: as many below the geometric middle as above, give or take.
    assert 70 < sum(rate < math.sqrt(1e-5) for rate in rates) < 130
    assert all(0.1 <= float(str(candidate.values["task.validation"])) <= 0.3 for candidate in many)
    batches = {candidate.values["fit.batch"] for candidate in many}
    assert all(isinstance(batch, int) and 16 <= batch <= 256 for batch in batches)
    assert {candidate.values["growth.rule"] for candidate in many} == {"set", "rigl"}


def test_another_setting_moves_no_draw() -> None:
    fewer = Space.parse(["optimizer.learning_rate=log:1e-4..1e-1"]).draws(5)
    more = Space.parse(["task.validation=0.1..0.3", "optimizer.learning_rate=log:1e-4..1e-1"]).draws(5)
    name = "optimizer.learning_rate"
    assert [one.values[name] for one in fewer] == [one.values[name] for one in more]


def test_draws_of_a_small_space_are_all_of_it_and_no_more() -> None:
    space = Space.parse(["growth.rule=set,rigl", "fit.batch=1..3"])
    assert {one.name for one in space.draws(6)} == {one.name for one in space.grid()}
    with pytest.raises(SettingsError, match="draws: the space has about 6 candidates, 7 were asked: use a grid"):
        space.draws(7)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("growth.budget", "space: expected NAME=VALUES, as in growth.rule=set,rigl, got 'growth.budget'"),
        ("growth.budget=", "space: expected NAME=VALUES"),
        ("budget=1", "budget: no such setting; expected one of engine, fit, growth"),
        ("growth.budgets=1", r"growth\.budgets: no such setting; expected one of growth\.ask_every, growth\.budget"),
        ("growth.budget.more=1", r"growth\.budget\.more: no such setting; expected growth\.budget, which has no parts"),
        ("growth=1", r"growth: a group of settings; expected one of growth\.rule"),
        ("growth.budget=many", r"growth\.budget: expected a whole number, got 'many'"),
        ("growth.budget=1,1", r"space: growth\.budget: a value is given twice in 1,1"),
        ("growth.budget=1,,2", r"growth\.budget: expected a whole number, got ''"),
        ("growth.skips=yes", r"growth\.skips: expected true or false, got 'yes'"),
        ("start.hidden=64-32", r"start\.hidden: expected sizes joined by x, as in 64x32, got '64-32'"),
        ("optimizer.schedule=warp", r"optimizer\.schedule: expected constant or cosine or linear, got 'warp'"),
        ("optimizer.learning_rate=log:0..1", r"expected A\.\.B with 0 < A < B, got log:0\.\.1"),
        ("optimizer.learning_rate=1..1", r"expected A\.\.B with A < B, got 1\.\.1"),
        ("optimizer.learning_rate=0..inf", "expected a number at each end of a range, got inf"),
        ("optimizer.learning_rate=log:1", r"expected log:A\.\.B with two numbers, got log:1"),
        ("growth.rule=log:a..b", r"expected log:A\.\.B with two numbers"),
        ("seed=log:1..9", r"space: seed: expected whole numbers, as in seed=0\.\.4"),
    ],
)
def test_words_that_make_no_space(word: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Space.parse([word])


def test_what_cannot_be_listed_or_drawn() -> None:
    with pytest.raises(SettingsError, match=r"space: fit\.batch is given twice: join its values by commas"):
        Space.parse(["fit.batch=1", "fit.batch=2"])
    with pytest.raises(SettingsError, match="learning_rate is a range, which a grid cannot list"):
        Space.parse(["optimizer.learning_rate=0.1..0.2"]).grid()
    with pytest.raises(SettingsError, match="a grid of 1000000 candidates, expected at most 100000"):
        Space.parse(["fit.batch=1..1000", "fit.epochs=1..1000"]).grid()
    with pytest.raises(SettingsError, match="draws: expected 1 or more, got 0"):
        Space.parse(["fit.batch=1,2"]).draws(0)


def test_a_value_out_of_range_is_named_by_its_place() -> None:
    (candidate,) = Space.parse(["fit.batch=0"]).grid()
    with pytest.raises(SettingsError, match=r"fit\.batch: expected 1 or more, got 0"):
        candidate.jobs(RunSettings())


@given(
    st.dictionaries(
        st.sampled_from(["task.name", "optimizer.name", "growth.rules_path", "label"]),
        st.text(st.characters(codec="ascii", exclude_characters="\x00"), max_size=90),
        max_size=4,
    ),
    st.dictionaries(
        st.sampled_from(["task.name", "optimizer.name", "growth.rules_path", "label"]),
        st.text(st.characters(codec="ascii", exclude_characters="\x00"), max_size=90),
        max_size=4,
    ),
)
def test_names_are_plain_and_differ_where_values_do(one: dict[str, Json], other: dict[str, Json]) -> None:
    first, second = named(one), named(other)
    assert len(first) <= LONGEST
    assert first
    assert not set(first) & set('/\\:*?"<>| \n')
    assert not first.startswith(".")
    assert (first == second) == (list(one.items()) == list(other.items()))


def test_names_say_which_setting_where_leaves_are_alike() -> None:
    values: dict[str, Json] = {"start.edges": 5, "growth.neurons": 7, "task.name": "xor", "optimizer.name": "SGD"}
    assert named(values) == "edges=5,neurons=7,task=xor,optimizer=SGD"
    assert Candidate({}, (0,)).jobs(RunSettings())[0].name == "seed=0"


@given(st.one_of(st.none(), st.integers(1, 10**6)), st.lists(st.integers(1, 999), min_size=1), st.floats(1e-9, 1e9))
def test_a_value_that_was_set_is_held_and_shown(budget: int | None, hidden: list[int], rate: float) -> None:
    values: dict[str, Json] = {"growth.budget": budget, "start.hidden": list(hidden), "optimizer.learning_rate": rate}
    made = changed(RunSettings(), values)
    for name, value in values.items():
        assert held(made, name) == value
        assert read(name, shown(value)) == value
