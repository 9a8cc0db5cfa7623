from __future__ import annotations

import numpy as np
import pytest
import torch

from graphgrow.errors import DataError, GraphgrowError, SettingsError
from graphgrow.train.data import Data, Split
from graphgrow.train.tasks import Classification, Regression, Task, known, make


def _none() -> Data:
    raise AssertionError("these data are never asked for")


LABELS = Classification("labels", 2, 3, _none)
REALS = Regression("reals", 2, 3, _none)


def test_cross_entropy_equals_torch() -> None:
    output = (30 * torch.randn(3, 8, dtype=torch.float64)).requires_grad_()
    target = torch.arange(8) % 3
    losses = LABELS.losses(output, target)
    expected = torch.nn.functional.cross_entropy(output.t(), target, reduction="none")
    torch.testing.assert_close(losses, expected)
    (gradient,) = torch.autograd.grad(losses.sum(), output)
    (expected_gradient,) = torch.autograd.grad(expected.sum(), output)
    torch.testing.assert_close(gradient, expected_gradient)


def test_cross_entropy_of_large_logits_is_finite_and_exact() -> None:
    output = torch.tensor([[1e4, 1e30], [0.0, 0.0], [1e4, 0.0]])
    got = LABELS.losses(output, torch.tensor([0, 0]))
    torch.testing.assert_close(got, torch.tensor([2.0, 1.0]).log())


def test_accuracy_is_one_where_the_largest_logit_is_right() -> None:
    output = torch.tensor([[3.0, 0.0, 1.0], [1.0, 2.0, 1.0], [0.0, 5.0, 0.0]])
    assert LABELS.scores(output, torch.tensor([0, 1, 0]))["accuracy"].tolist() == [1, 0, 1]
    assert (LABELS.metric, LABELS.higher_is_better, REALS.metric, REALS.higher_is_better) == (
        "accuracy",
        True,
        "error",
        False,
    )


def test_squared_error_is_the_mean_over_outputs() -> None:
    output, target = torch.zeros(3, 2), torch.tensor([[1.0, 0], [2, 0], [3, 6]])
    torch.testing.assert_close(REALS.losses(output, target), torch.tensor([14 / 3, 12.0]))
    torch.testing.assert_close(REALS.scores(output, target)["error"], torch.tensor([14 / 3, 12.0]))


@pytest.mark.parametrize(
    ("output", "target"),
    [
        (torch.zeros(8, 3), torch.zeros(8, dtype=torch.int64)),
        (torch.zeros(3, 8), torch.zeros(7, dtype=torch.int64)),
        (torch.zeros(3, 8), torch.zeros(8)),
        (torch.zeros(3, 8), torch.zeros(8, dtype=torch.int32)),
    ],
)
def test_classification_refuses_other_shapes(output: torch.Tensor, target: torch.Tensor) -> None:
    for judge in (LABELS.losses, LABELS.scores):
        with pytest.raises(DataError, match=r"labels: expected output \(3, batch\) and int64 labels \(batch,\), got"):
            judge(output, target)


@pytest.mark.parametrize(
    ("output", "target"),
    [
        (torch.zeros(3, 8), torch.zeros(8, 3)),
        (torch.zeros(3, 1), torch.zeros(3, 8)),
        (torch.zeros(2, 8), torch.zeros(2, 8)),
        (torch.zeros(3, 8), torch.zeros(3, 8, dtype=torch.int64)),
    ],
)
def test_regression_refuses_other_shapes_rather_than_broadcast(output: torch.Tensor, target: torch.Tensor) -> None:
    with pytest.raises(DataError, match=r"reals: expected output \(3, batch\) and float targets \(3, batch\), got"):
        REALS.losses(output, target)


def _data(y: np.ndarray) -> Data:
    part = Split(np.zeros((len(y), 2)), y)
    return Data(part, part, part, part)


def test_data_are_loaded_once_and_checked_against_the_task() -> None:
    calls: list[int] = []

    def load() -> Data:
        calls.append(1)
        return _data(np.array([0, 2]))

    task = Classification("once", 2, 3, load)
    assert not calls
    assert task.data() is task.data()
    assert calls == [1]
    with pytest.raises(DataError, match="small: label out of range: expected 0 to 1, got 2 in row 1"):
        Classification("small", 2, 2, load).data()
    with pytest.raises(DataError, match="wide: expected 5 inputs, got 2"):
        Classification("wide", 5, 3, load).data()
    with pytest.raises(DataError, match="use Regression"):
        Classification("real", 2, 3, _data(np.zeros((2, 3)))).data()
    with pytest.raises(DataError, match="use Classification"):
        Regression("label", 2, 3, load).data()


def test_impossible_sizes_are_refused() -> None:
    with pytest.raises(SettingsError, match="expected at least 1 input and 2 outputs, got 2 and 1"):
        Classification("one", 2, 1, _none)
    with pytest.raises(SettingsError, match="got 0 and 1"):
        Regression("none", 0, 1, _none)
    with pytest.raises(SettingsError, match="expected 3 names of classes, got 1"):
        Classification("names", 2, 3, _none, ("a",))


def test_both_kinds_are_tasks() -> None:
    tasks: list[Task] = [LABELS, REALS]
    assert [task.name for task in tasks] == ["labels", "reals"]


@pytest.mark.parametrize(
    ("spec", "inputs", "outputs", "sizes"),
    [
        ("xor", 2, 2, [293, 27, 0, 80]),
        ("parity", 8, 2, [188, 17, 0, 51]),
        ("parity:2", 2, 2, [3, 0, 0, 1]),
        ("parity:62", 62, 2, [3004, 273, 0, 819]),
        ("spirals", 2, 2, [733, 67, 0, 200]),
        ("spirals:5", 2, 5, [733, 67, 0, 200]),
        ("digits", 64, 10, [1318, 120, 0, 359]),
        ("digits:100", 64, 10, [92, 8, 0, 359]),
    ],
)
def test_built_in_tasks(spec: str, inputs: int, outputs: int, sizes: list[int]) -> None:
    task = make(spec)
    data = task.data()
    parts = [data.train, data.validation, data.growth, data.test]
    assert (task.name, task.inputs, task.outputs, [len(part) for part in parts]) == (spec, inputs, outputs, sizes)
    again, other = make(spec).data(), make(spec, seed=1).data()
    for part, same in zip(parts, [again.train, again.validation, again.growth, again.test], strict=True):
        np.testing.assert_array_equal(part.x, same.x)
        np.testing.assert_array_equal(part.y, same.y)
    assert spec == "parity:2" or not np.array_equal(data.test.x, other.test.x)


def test_parity_counts_ones_and_puts_no_pattern_in_two_splits() -> None:
    for bits in (4, 13):
        data = make(f"parity:{bits}").data()
        x = np.concatenate([data.train.x, data.validation.x, data.test.x])
        y = np.concatenate([data.train.y, data.validation.y, data.test.y])
        assert set(np.unique(x).tolist()) == {-1.0, 1.0}
        np.testing.assert_array_equal((x > 0).sum(axis=1) % 2, y)
        assert len(np.unique(x, axis=0)) == len(x) == min(2**bits, 4096)


def test_xor_is_the_product_of_signs() -> None:
    data = make("xor").data()
    np.testing.assert_array_equal(data.train.x.prod(axis=1) < 0, data.train.y == 1)
    assert np.abs(np.abs(data.train.x) - 1).std() < 0.12


def test_spirals_cannot_be_told_by_a_straight_line_but_by_the_nearest_neighbour() -> None:
    data = make("spirals").data()
    design = np.c_[data.train.x, np.ones(len(data.train))]
    line = np.linalg.lstsq(design, data.train.y * 2.0 - 1, rcond=None)[0]
    linear = (np.c_[data.test.x, np.ones(len(data.test))] @ line > 0) == data.test.y
    nearest = ((data.test.x[:, None] - data.train.x[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert linear.mean() < 0.75
    assert (data.train.y[nearest] == data.test.y).mean() > 0.97


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (
            "minst",
            "task: expected one of cifar10, digits, fashion_mnist, mnist, npz, parity, spirals, xor, got 'minst'",
        ),
        ("", "got ''"),
        ("xor:3", "xor: expected no argument, got '3'"),
        ("parity:", "expected an argument after 'parity:', got none"),
        ("parity:1", "parity: bits: expected 2 to 62, got 1"),
        ("parity:63", "parity: bits: expected 2 to 62, got 63"),
        ("parity:-3", "parity:-3: expected a whole number after the colon, got '-3'"),
        ("parity:" + "9" * 5000, "expected a whole number after the colon"),
        ("spirals:1", "spirals: classes: expected 2 to 100, got 1"),
        ("mnist:0", "limit: expected 1 sample or more, got 0"),
        ("mnist:ten", "expected a whole number after the colon, got 'ten'"),
        ("npz", "npz: expected a path after the colon"),
    ],
)
def test_bad_specifications_are_refused(spec: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        make(spec)
    assert "\n" not in str(caught.value)


def test_bad_settings_are_refused_before_any_file_is_read() -> None:
    for options in ({"seed": -1}, {"validation": 1.5}, {"growth": -1.0}, {"validation": 0.6, "growth": 0.4}):
        with pytest.raises(SettingsError):
            make("mnist", **options)  # type: ignore[arg-type]
    with pytest.raises(GraphgrowError, match="limit: expected at most the 1438 samples"):
        make("digits:1439").data()


def test_known_names_are_sorted() -> None:
    assert list(known()) == sorted(known())
    assert {"xor", "mnist", "npz"} <= set(known())
