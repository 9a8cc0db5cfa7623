from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.errors import SettingsError
from graphgrow.settings import (
    ACTIVATIONS,
    OPTIMIZERS,
    Clamp,
    Distribution,
    EngineSettings,
    Fit,
    Gate,
    GrowthSettings,
    OptimizerSettings,
    PaceSettings,
    RunSettings,
    Schedule,
    StartSettings,
    TaskSettings,
    from_json,
    to_json,
)

counts = st.integers(1, 10**9)
shares = st.floats(0, 1)
tasks = st.builds(TaskSettings, st.text(), st.floats(0, 0.4), st.integers(0, 2**70), st.floats(0, 0.4))
starts = st.builds(
    StartSettings,
    st.lists(counts, min_size=1, max_size=4).map(tuple),
    st.floats(0, 1, exclude_min=True),
    st.none() | counts,
    st.sampled_from(Distribution),
    st.sampled_from(ACTIVATIONS),
    st.sampled_from(["float32", "float64"]),
)
growths = st.builds(
    GrowthSettings,
    st.text(),
    st.none() | st.integers(0, 10**9),
    st.none() | counts,
    st.booleans(),
    shares,
    st.none() | counts,
    counts,
    st.sampled_from(["zero", "target_mean"]),
    st.none() | st.text(),
)
positive = st.floats(0, 1e300, exclude_min=True)
optimizers = st.builds(
    OptimizerSettings,
    st.sampled_from(OPTIMIZERS),
    positive,
    positive,
    schedule=st.sampled_from(Schedule),
    final_share=shares,
) | st.builds(OptimizerSettings, st.just("SGD"), momentum=st.floats(0, 1, exclude_max=True))
limits = st.none() | st.floats(0, 1e300, exclude_min=True)
fits = st.builds(Fit, counts, counts, st.integers(0, 10**9), st.none() | counts, st.booleans(), st.text(), limits)
works = st.none() | st.integers(0, 2**40)
engines = st.builds(EngineSettings, st.none() | st.floats(0, 1, exclude_min=True), counts, works, works)
paces = st.builds(
    PaceSettings,
    positive,
    counts,
    st.sampled_from(Gate),
    st.none() | positive,
    positive,
    shares,
    st.floats(0, 1, exclude_min=True),
    st.sampled_from(Clamp),
    counts,
)
seeds = st.integers(0, 2**70)
labels = st.none() | st.text()
runs = st.builds(RunSettings, tasks, starts, growths, optimizers, fits, engines, seeds, labels, paces)


@given(runs)
def test_settings_survive_json(made: RunSettings) -> None:
    assert from_json(RunSettings, json.loads(json.dumps(to_json(made)))) == made


def test_what_is_left_out_takes_its_default() -> None:
    assert from_json(RunSettings, {}) == RunSettings()
    assert from_json(RunSettings, {"fit": {"epochs": 3}}) == RunSettings(fit=Fit(epochs=3))


def places(kind: Any, at: str) -> list[tuple[str, list[str]]]:
    """Every dotted place in the tree of settings, with the keys that lead there."""
    made = []
    for item in fields(kind):
        inner = getattr(kind(), item.name)
        made.append((f"{at}.{item.name}", [*at.split(".")[1:], item.name]))
        if is_dataclass(inner):
            made += places(type(inner), f"{at}.{item.name}")
    return made


def nested(keys: list[str], value: object) -> dict[str, Any]:
    for key in reversed(keys):
        value = {key: value}
    return value  # type: ignore[return-value]


@pytest.mark.parametrize(("place", "keys"), places(RunSettings, "settings"))
@pytest.mark.parametrize("value", [object(), 1j, b"x", {"warp": 1}, [[]]])
def test_a_value_of_a_wrong_type_is_named(place: str, keys: list[str], value: object) -> None:
    with pytest.raises(SettingsError) as caught:
        from_json(RunSettings, nested(keys, value))
    assert str(caught.value).startswith(place)
    assert "expected" in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (["seed"], "1"),
        (["seed"], 1.0),
        (["seed"], True),
        (["seed"], None),
        (["fit", "epochs"], 2.5),
        (["fit", "record_extrema"], 1),
        (["start", "hidden"], 5),
        (["start", "hidden"], "64"),
        (["start", "density"], True),
        (["start", "distribution"], "KERNEL"),
        (["optimizer", "schedule"], ["linear"]),
        (["growth"], None),
        (["task", "name"], 3),
    ],
)
def test_types_that_are_nearly_right(keys: list[str], value: object) -> None:
    with pytest.raises(SettingsError, match=r"^settings\." + r"\.".join(keys) + ": expected"):
        from_json(RunSettings, nested(keys, value))


def test_an_entry_of_a_list_is_checked() -> None:
    with pytest.raises(SettingsError, match=r"settings\.start\.hidden: expected int, got 'b'"):
        from_json(RunSettings, {"start": {"hidden": [3, "b"]}})
    assert from_json(RunSettings, {"start": {"hidden": (3, 4)}}).start.hidden == (3, 4)


def test_whole_numbers_serve_as_real_ones() -> None:
    made = from_json(RunSettings, {"start": {"density": 1}})
    assert type(made.start.density) is float


@pytest.mark.parametrize("tree", [{"warp": 1}, {"fit": {"epoch": 1}}, {"start": {"Hidden": []}}])
def test_an_unknown_setting_is_named_with_those_known(tree: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"^settings\.[\w.]+: unknown setting; expected one of \w+, \w+"):
        from_json(RunSettings, tree)


def test_only_dataclasses_are_settings() -> None:
    with pytest.raises(SettingsError, match="settings: expected an object, got 3"):
        from_json(RunSettings, 3)  # type: ignore[arg-type]


OUT_OF_RANGE: list[tuple[type[Any], str, list[object]]] = [
    (TaskSettings, "task.validation", [-0.1, 1.1, math.nan, math.inf]),
    (TaskSettings, "task.growth", [-0.1, 1.1, math.nan, math.inf]),
    (TaskSettings, "task.data_seed", [-1]),
    (StartSettings, "start.hidden", [(), (0,), (3, -1)]),
    (StartSettings, "start.density", [0.0, -1.0, 1.01, math.nan, math.inf]),
    (StartSettings, "start.edges", [0, -5]),
    (StartSettings, "start.activation", ["step", ""]),
    (StartSettings, "start.dtype", ["float16", "int"]),
    (GrowthSettings, "growth.budget", [-1]),
    (GrowthSettings, "growth.neurons", [0, -1]),
    (GrowthSettings, "growth.until", [-0.1, 1.1, math.nan]),
    (GrowthSettings, "growth.ask_every", [0]),
    (GrowthSettings, "growth.probe_samples", [0]),
    (GrowthSettings, "growth.fresh", ["mean"]),
    (OptimizerSettings, "optimizer.name", ["LBFGS", "adam"]),
    (OptimizerSettings, "optimizer.learning_rate", [0.0, -1.0, math.nan, math.inf]),
    (OptimizerSettings, "optimizer.weight_decay", [-1.0, math.nan, math.inf]),
    (OptimizerSettings, "optimizer.momentum", [-0.1, 1.0, math.nan, 0.5]),
    (OptimizerSettings, "optimizer.final_share", [-0.1, 1.1, math.nan]),
    (Fit, "fit.epochs", [0, -1]),
    (Fit, "fit.batch", [0]),
    (Fit, "fit.checkpoint_every", [-1]),
    (Fit, "fit.patience", [0]),
    (Fit, "fit.time_limit", [0.0, -1.0, math.nan, math.inf]),
    (EngineSettings, "engine.dense_above", [0.0, -1.0, 1.01, math.nan, math.inf]),
    (EngineSettings, "engine.dense_from", [0, -1]),
    (EngineSettings, "engine.share_product", [-1]),
    (EngineSettings, "engine.share_step", [-1]),
    (PaceSettings, "pace.boost", [0.0, -1.0, math.nan, math.inf]),
    (PaceSettings, "pace.boost_epochs", [0]),
    (PaceSettings, "pace.gate_width", [0.0, -1.0, math.nan, math.inf]),
    (PaceSettings, "pace.gate_speed", [-0.1, math.nan, math.inf]),
    (PaceSettings, "pace.gate_floor", [-0.1, 1.1, math.nan]),
    (PaceSettings, "pace.backoff", [0.0, 1.1, math.nan]),
    (PaceSettings, "pace.clamp_age", [0]),
    (RunSettings, "seed", [-1]),
]


@pytest.mark.parametrize(
    ("kind", "place", "value"), [(kind, place, value) for kind, place, values in OUT_OF_RANGE for value in values]
)
def test_a_value_out_of_range_is_named(kind: type[Any], place: str, value: object) -> None:
    with pytest.raises(SettingsError) as caught:
        kind(**{place.rpartition(".")[2]: value})
    assert str(caught.value).startswith(f"{place}: expected ")
    assert str(caught.value).endswith(f", got {value!r}")


def test_every_field_that_is_checked_is_in_the_table() -> None:
    checked = {place for _, place, _ in OUT_OF_RANGE}
    free = {"task.name", "start.distribution", "growth.rule", "growth.skips", "growth.rules_path", "optimizer.schedule"}
    free |= {
        "start.dense_head",
        "pace.gate",
        "pace.clamp",
        "fit.record_extrema",
        "fit.learning",
        "label",
        "task",
        "start",
        "growth",
        "optimizer",
        "fit",
        "engine",
        "pace",
    }
    assert checked | free == {place.removeprefix("settings.") for place, _ in places(RunSettings, "settings")}


def test_shares_must_leave_something_to_train_on() -> None:
    with pytest.raises(SettingsError, match=r"task\.validation: expected less than 1"):
        TaskSettings(validation=1.0)
    with pytest.raises(SettingsError, match=r"task\.validation and task\.growth: expected less than 1 together"):
        TaskSettings(validation=0.5, growth=0.5)
