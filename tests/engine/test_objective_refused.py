"""Batches that a fused step cannot be made of: what the error says."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from graphgrow.engine import Loss, Network, Population
from graphgrow.errors import SettingsError
from tests.engine.dense import example

X, LABELS, TARGETS = torch.zeros(4, 5), torch.zeros(5, dtype=torch.int64), torch.zeros(3, 5)
BOTH = pytest.mark.parametrize("model", [Network(example()), Population([example(), example(1)])], ids=["one", "many"])


def refused(model: Network | Population, x: Tensor, target: Tensor, loss: Loss, message: str) -> None:
    before = [parameter.detach().clone() for parameter in model.parameters()]
    for function in (model.objective, model.backpropagate):
        with pytest.raises(SettingsError, match=message):
            function(x, target, loss)
    assert all(torch.equal(one, other) for one, other in zip(model.parameters(), before, strict=True))
    assert model.values.grad is None


@BOTH
@pytest.mark.parametrize("shape", [(5, 4), (4,), (4, 5, 1), (4, 0), ()])
def test_inputs_of_another_shape(model: Network | Population, shape: tuple[int, ...]) -> None:
    message = r"expected x \(4, batch\) by column, got \(.*\): reshape x"
    refused(model, torch.zeros(shape), LABELS, Loss.CROSS_ENTROPY, message)


@BOTH
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.int64])
def test_inputs_of_another_dtype(model: Network | Population, dtype: torch.dtype) -> None:
    message = r"expected torch\.float32 like the parameters, got torch\..*: cast x or the network"
    refused(model, X.to(dtype), LABELS, Loss.CROSS_ENTROPY, message)


@BOTH
def test_inputs_that_want_a_gradient(model: Network | Population) -> None:
    message = "gives no gradient of its inputs: use columns and a loss of torch"
    refused(model, X.clone().requires_grad_(), LABELS, Loss.CROSS_ENTROPY, message)


@BOTH
def test_targets_that_want_a_gradient(model: Network | Population) -> None:
    message = r"gives no gradient of its target: pass target\.detach\(\)"
    refused(model, X, TARGETS.clone().requires_grad_(), Loss.SQUARED_ERROR, message)


@BOTH
@pytest.mark.parametrize("labels", [[0, 1, 2, 3, 0], [0, -1, 2, 0, 0], [-100, 0, 0, 0, 0]])
def test_labels_out_of_range(model: Network | Population, labels: list[int]) -> None:
    message = rf"labels {min(labels)}\.\.{max(labels)} for 3 outputs: expected 0\.\.2"
    refused(model, X, torch.tensor(labels), Loss.CROSS_ENTROPY, message)


@BOTH
@pytest.mark.parametrize(
    "labels", [LABELS.to(torch.int32), LABELS.float(), LABELS[:4], LABELS[None], TARGETS], ids=range(5)
)
def test_labels_of_another_kind(model: Network | Population, labels: Tensor) -> None:
    refused(model, X, labels, Loss.CROSS_ENTROPY, r"CROSS_ENTROPY: expected int64 labels \(5,\), got .*: mend the")


@BOTH
@pytest.mark.parametrize(
    "target", [TARGETS.double(), TARGETS.T, TARGETS[:2], TARGETS[0], TARGETS[None], LABELS], ids=range(6)
)
def test_targets_of_another_kind(model: Network | Population, target: Tensor) -> None:
    message = r"SQUARED_ERROR: expected torch\.float32 targets \(3, 5\), got .*: mend the target"
    refused(model, X, target, Loss.SQUARED_ERROR, message)
