from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from graphgrow.engine.network import Network
from graphgrow.graph.builders import erdos_renyi
from graphgrow.rng import stream
from graphgrow.train.data import Split
from graphgrow.train.evaluate import CHUNK, Samples, Sets, evaluate, evaluating, forward
from graphgrow.train.objectives import Classification, Regression, Task
from tests.train.runs import first, xor


def samples(count: int, real: bool) -> Samples:
    draws = stream(0, "test", "evaluate")
    x = draws.normal(size=(count, 2))
    y = draws.normal(size=(count, 2)) if real else draws.integers(0, 2, count)
    return Samples.of(Split(x, y), torch.float64)


def task(real: bool) -> Task:
    kind = Regression if real else Classification
    return kind("made", 2, 2, lambda: xor().data())


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("count", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 5])
def test_means_are_over_all_samples_however_they_are_cut(count: int, real: bool) -> None:
    network = Network(erdos_renyi((2, 5, 2), stream(0, "start"), density=0.8, dtype=np.dtype("float64")))
    made, data = task(real), samples(count, real)
    got = evaluate(network, made, data)
    with torch.no_grad():
        x, y = data.columns(slice(None))
        output = network.columns(x)
        assert got["loss"] == pytest.approx(float(made.losses(output, y).mean()), rel=1e-12)
        assert got[made.metric] == pytest.approx(float(made.scores(output, y)[made.metric].double().mean()), rel=1e-6)


def test_no_samples_have_no_score() -> None:
    empty = Samples(torch.zeros(0, 2), torch.zeros(0, dtype=torch.int64))
    assert evaluate(Network(first()), xor(), empty) == {"loss": None, "accuracy": None}


def test_a_host_and_its_network_agree() -> None:
    network = Network(first())
    x = torch.randn(2, 9, generator=torch.Generator().manual_seed(0))
    assert torch.equal(forward(network, x), forward(nn.Sequential(network), x))


class Noted(nn.Module):
    """Writes down the mode it is called in, and fails when asked."""

    def __init__(self) -> None:
        super().__init__()
        self.frozen = nn.BatchNorm1d(2).eval()
        self.modes: list[tuple[bool, bool, bool]] = []

    def forward(self, x: Tensor) -> Tensor:
        self.modes.append((self.training, self.frozen.training, torch.is_grad_enabled()))
        if len(x) == 1:
            raise ValueError("one sample")
        return x


def test_a_model_is_judged_in_evaluation_mode_and_left_as_it_was() -> None:
    model = Noted()
    evaluate(model, task(False), samples(3, False))
    assert model.modes == [(False, False, False)]
    assert (model.training, model.frozen.training) == (True, False)


def test_the_mode_comes_back_after_an_error() -> None:
    model = Noted()
    with pytest.raises(ValueError, match="one sample"):
        evaluate(model, task(False), samples(1, False))
    assert model.training
    model.eval()
    with evaluating(model):
        pass
    assert not model.training


def test_splits_become_tensors_of_the_network() -> None:
    made = Sets.of(xor().data(), torch.float64)
    assert made.train.x.dtype == torch.float64
    assert made.train.y.dtype == torch.int64
    assert [len(part) for part in (made.train, made.validation, made.growth, made.test)] == [261, 27, 32, 80]
    x, y = samples(4, True).columns(torch.tensor([2, 0]))
    whole = samples(4, True)
    assert torch.equal(x, whole.x[[2, 0]].T)
    assert torch.equal(y, whole.y[[2, 0]].T)
