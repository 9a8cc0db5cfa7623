from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas
import pytest

from graphgrow.errors import DataError, SettingsError
from graphgrow.train.splits import Division
from graphgrow.train.tasks import Classification, Kind, Regression, from_arrays, from_frame, make

X = np.random.default_rng(0).normal(size=(40, 3))
CYCLE = np.arange(40) % 4


def test_whole_numbers_are_classes_and_floats_are_real() -> None:
    labels, single, double = from_arrays(X, CYCLE), from_arrays(X, X[:, 0]), from_arrays(X, X[:, :2])
    assert isinstance(labels, Classification)
    assert isinstance(single, Regression)
    assert (labels.inputs, labels.outputs, single.outputs, double.outputs) == (3, 4, 1, 2)
    assert double.data().train.y.shape == (29, 2)
    assert len(double.data().test) == 8


def test_real_targets_keep_their_units() -> None:
    data = from_arrays(X, 100 + 1000 * X[:, 0]).data()
    parts = [data.train, data.validation, data.test]
    got = np.sort(np.concatenate([part.y[:, 0] for part in parts]))
    np.testing.assert_allclose(got, np.sort(100 + 1000 * X[:, 0]), rtol=1e-6)


def test_strings_are_numbered_in_sorted_order_and_booleans_are_two_classes() -> None:
    words = np.array(["pear", "apple", "fig", "plum"])[CYCLE]
    task = from_arrays(X, words, X[:4], words[:4])
    assert isinstance(task, Classification)
    assert task.labels == ("apple", "fig", "pear", "plum")
    assert task.data().test.y.tolist() == [2, 0, 1, 3]
    assert from_arrays(X, words.astype(object)).outputs == 4
    assert from_arrays(X, np.ones(40, dtype=bool)).data().train.y.tolist() == [1] * 29


def test_kind_overrides_the_type_of_the_target() -> None:
    assert isinstance(from_arrays(X, CYCLE, kind=Kind.REGRESSION), Regression)
    assert from_arrays(X, CYCLE.astype(float), kind=Kind.CLASSIFICATION).outputs == 4
    assert from_arrays(X, CYCLE, classes=7).outputs == 7
    assert from_arrays(X, CYCLE[:, None]).outputs == 4


def test_further_axes_are_flattened() -> None:
    assert from_arrays(X.reshape(20, 2, 3), CYCLE[:20]).inputs == 6


@pytest.mark.parametrize(
    ("y", "options", "words"),
    [
        (CYCLE + 1, {}, "y: label out of range: expected 0 to 3, got 4 in row 3"),
        (CYCLE - 1, {}, "y: label out of range: expected 0 to 3, got -1 in row 0"),
        (CYCLE, {"classes": 3}, "expected 0 to 2, got 3 in row 3"),
        (np.zeros(40, int), {}, "y: expected at least 2 classes, got 1"),
        (np.array(["a", "b", "c", "d"])[CYCLE], {"classes": 3}, "expected at least 4 classes, got 3"),
        (CYCLE + 0.5, {"kind": Kind.CLASSIFICATION}, "expected whole numbers as labels, got 0.5 in row 0"),
        (np.full(40, np.nan), {"kind": Kind.CLASSIFICATION}, "expected whole numbers as labels, got nan in row 0"),
        (np.full(40, np.inf), {}, "y: expected finite numbers, got inf in row 0"),
        (np.array(["a", None] * 20, dtype=object), {}, "expected strings as labels, got None in row 1"),
        (np.array(["a", "b"] * 20), {"kind": Kind.REGRESSION}, "y: expected real numbers, got <U1"),
        (np.zeros((40, 2), int), {}, r"expected labels of shape \(samples,\), got \(40, 2\)"),
        (np.zeros((40, 2, 2)), {}, r"got shape \(40, 2, 2\)"),
        (np.float64(1), {}, r"got shape \(\)"),
        (np.zeros(40, complex), {}, "expected numbers, booleans or strings, got complex128"),
        (CYCLE[:39], {}, "x and y: expected as many rows in both, got 40 and 39: row 39 has no partner"),
    ],
)
def test_bad_targets_are_refused(y: np.ndarray, options: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        from_arrays(X, y, **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (X[:, 0], r"x: expected at least one sample and one input, got shape \(40,\): use x.reshape"),
        (np.zeros((0, 3)), r"got shape \(0, 3\)"),
        (X.astype(str), "x: expected real numbers, got <U32: encode"),
        (np.where(np.arange(120).reshape(40, 3) == 16, np.nan, X), "got nan in row 5, column 1"),
    ],
)
def test_bad_inputs_are_refused(x: np.ndarray, words: str) -> None:
    with pytest.raises(DataError, match=words):
        from_arrays(x, CYCLE)


def test_a_test_part_must_fit_the_training_part() -> None:
    with pytest.raises(SettingsError, match="expected x_test and y_test together"):
        from_arrays(X, CYCLE, X)
    with pytest.raises(DataError, match="test: expected 3 inputs"):
        from_arrays(X, CYCLE, X[:, :1], CYCLE)
    with pytest.raises(DataError, match="y_test: label out of range: expected 0 to 3, got 9 in row 1"):
        from_arrays(X, CYCLE, X[:2], np.array([0, 9]))
    with pytest.raises(DataError, match="y_test: expected one of the 2 labels of the training part, got 'c' in row 1"):
        from_arrays(X, np.array(["a", "b"] * 20), X[:2], np.array(["a", "c"]))
    with pytest.raises(DataError, match=r"y_test: expected targets of shape \(samples, 1\), got \(2, 2\)"):
        from_arrays(X, X[:, 0], X[:2], X[:2, :2])


def _frame() -> pandas.DataFrame:
    return pandas.DataFrame(
        {
            "size": np.arange(40.0),
            "many": pandas.array(np.arange(40), dtype="Int64"),
            "hot": CYCLE % 2 == 0,
            "fruit": np.array(["fig", "apple"])[CYCLE % 2],
            "price": 2.0 * np.arange(40),
        },
        index=np.arange(100, 140),
    )


def test_from_frame_predicts_a_column_from_the_others() -> None:
    fruit = from_frame(_frame(), "fruit", division=Division(seed=1, validation=0))
    assert isinstance(fruit, Classification)
    assert (fruit.inputs, fruit.labels, len(fruit.data().train)) == (4, ("apple", "fig"), 32)
    np.testing.assert_allclose(fruit.data().train.x.mean(axis=0), 0, atol=1e-6)
    kinds = pandas.Series(_frame()["fruit"]).astype("category")
    assert from_frame(_frame().assign(fruit=kinds), "fruit").outputs == 2
    price = from_frame(_frame(), ["price", "size"], ["many", "hot"])
    assert isinstance(price, Regression)
    assert (price.inputs, price.outputs) == (2, 2)
    np.testing.assert_allclose(price.data().test.y[:, 0], 2 * price.data().test.y[:, 1])
    assert from_frame(_frame(), "many", ["size"], kind=Kind.REGRESSION).outputs == 1


def test_bad_frames_are_refused() -> None:
    frame = _frame()
    with pytest.raises(DataError, match="expected one column 'colour', got 0"):
        from_frame(frame, "colour")
    with pytest.raises(DataError, match="expected one column 'size', got 2"):
        from_frame(pandas.concat([frame, frame[["size"]]], axis=1), "price")
    with pytest.raises(DataError, match=r"column 'fruit': expected numbers, got str.*get_dummies"):
        from_frame(frame, "price")
    with pytest.raises(DataError, match="features: expected none of the targets, got 'price'"):
        from_frame(frame, "price", ["size", "price"])
    with pytest.raises(DataError, match="expected a target and a feature"):
        from_frame(frame[["price"]], "price")
    for column in ("size", "many", "fruit"):
        broken = frame.copy()
        broken.loc[107, column] = None
        with pytest.raises(DataError, match=f"column '{column}': expected a value in every row, got none in row 107"):
            from_frame(broken, "price", [column])


def test_npz_in_its_layouts(tmp_path: Path) -> None:
    np.savez(tmp_path / "whole.npz", x=X, y=CYCLE)
    np.savez_compressed(tmp_path / "parts.npz", x_train=X, y_train=CYCLE, x_test=X[:6], y_test=CYCLE[:6], note=1)
    np.savez(tmp_path / "train.npz", x_train=X, y_train=np.array(["no", "yes"])[CYCLE % 2])
    sizes = {}
    for name in ("whole", "parts", "train"):
        task = make(f"npz:{tmp_path / name}.npz", validation=0)
        sizes[name] = (task.name, task.outputs, len(task.data().train), len(task.data().test))
    assert sizes == {
        "whole": ("npz:whole.npz", 4, 32, 8),
        "parts": ("npz:parts.npz", 4, 40, 6),
        "train": ("npz:train.npz", 2, 32, 8),
    }


def test_bad_npz_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    spec = f"npz:{path}"
    with pytest.raises(DataError, match="got no such file"):
        make(spec)
    np.savez(path, x=X, y_train=CYCLE)
    with pytest.raises(DataError, match=r"expected arrays x and y, .*got \['x', 'y_train'\]: rename them"):
        make(spec)
    np.savez(path, x_train=X, y_train=CYCLE, x_test=X)
    with pytest.raises(DataError, match="rename them"):
        make(spec)
    np.savez(path, x=X, y=np.array(["a", None] * 20, dtype=object))
    with pytest.raises(DataError, match="expected a complete npz file of plain arrays, got Object arrays"):
        make(spec)
    np.savez(path, x=X, y=CYCLE)
    whole = path.read_bytes()
    for broken in (whole[:-30], whole[:200], b"", b"junk" * 9, whole[:300] + b"\xff\xff\xff" + whole[303:]):
        path.write_bytes(broken)
        with pytest.raises(DataError, match="expected a complete npz file"):
            make(spec)
    with path.open("wb") as opened:
        np.save(opened, X)
    with pytest.raises(DataError, match="expected an npz archive, got a single array"):
        make(spec)
