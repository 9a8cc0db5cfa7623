"""What a task is, and its two kinds: classification by cross entropy and regression by squared error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Protocol, final

import torch
from torch import Tensor

from graphgrow.engine.kernels.kernel import Loss
from graphgrow.errors import DataError, SettingsError
from graphgrow.train.data import Data, require_labels


class Task(Protocol):
    """Data and the loss that judges outputs on it.

    Means over batches, probes and populations all derive from the per-sample `losses`. Networks compute columns:
    outputs are (outputs, batch), while the splits hold one row per sample.
    """

    @property
    def name(self) -> str:
        """The specification it was made from."""

    @property
    def inputs(self) -> int:
        """Inputs per sample."""

    @property
    def outputs(self) -> int:
        """Classes, or real targets per sample."""

    @property
    def metric(self) -> str:
        """The key of `scores` that reports quote."""

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger metric is a better one."""

    def data(self) -> Data:
        """The four splits, the same object at every call."""

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """Loss per sample (batch,) of outputs (outputs, batch)."""

    def scores(self, output: Tensor, target: Tensor) -> Mapping[str, Tensor]:
        """Per-sample scores (batch,) by name."""


@final
@dataclass(frozen=True, eq=False)
class Classification:
    """Choose one of `outputs` classes; outputs are logits.

    `source` is the data, or a function that loads them at the first use. `labels` are the names of the classes, if
    they have names.

    Raises
    ------
    SettingsError
        Fewer than 1 input or 2 outputs, or another number of names than outputs.
    """

    name: str
    inputs: int
    outputs: int
    source: Data | Callable[[], Data]
    labels: tuple[str, ...] = ()

    loss: ClassVar[Loss] = Loss.CROSS_ENTROPY
    metric: ClassVar[str] = "accuracy"
    higher_is_better: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _require_sizes(self.name, self.inputs, self.outputs, 2)
        if self.labels and len(self.labels) != self.outputs:
            raise SettingsError(
                f"{self.name}: expected {self.outputs} names of classes, got {len(self.labels)}: give one per output"
            )

    def data(self) -> Data:
        """The splits, with y int64 (samples,).

        Raises
        ------
        DataError
            They cannot be loaded, do not have `inputs` columns, or a label is out of range.
        """
        return self._data

    @cached_property
    def _data(self) -> Data:
        data = _loaded(self.source, self.name, self.inputs)
        if data.train.y.ndim != 1:
            raise DataError(f"{self.name}: expected labels (samples,), got floats {data.train.y.shape}: use Regression")
        for split in (data.train, data.validation, data.growth, data.test):
            require_labels(split.y, self.outputs, self.name)
        return data

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """Cross entropy in nats (batch,) of logits (outputs, batch) and labels int64 (batch,).

        Raises
        ------
        DataError
            The shapes do not fit.

        Examples
        --------
        >>> task = Classification("even", 1, 2, lambda: None)
        >>> task.losses(torch.zeros(2, 3), torch.tensor([0, 1, 1])).tolist() == [torch.tensor(2.0).log().item()] * 3
        True
        """
        self._require_fit(output, target)
        return -output.log_softmax(0).gather(0, target.unsqueeze(0)).squeeze(0)

    def scores(self, output: Tensor, target: Tensor) -> Mapping[str, Tensor]:
        """`accuracy` float32 (batch,): 1 where the largest logit is the label's, else 0; the first of equals counts.

        Raises
        ------
        DataError
            The shapes do not fit.
        """
        self._require_fit(output, target)
        return {self.metric: (output.argmax(0) == target).to(torch.float32)}

    def _require_fit(self, output: Tensor, target: Tensor) -> None:
        if target.dtype != torch.int64 or target.ndim != 1 or output.shape != (self.outputs, *target.shape):
            raise _misfit(self.name, self.outputs, "int64 labels (batch,)", output, target)


@final
@dataclass(frozen=True, eq=False)
class Regression:
    """Predict `outputs` real numbers, in the units of the targets.

    `source` is the data, or a function that loads them at the first use.

    Raises
    ------
    SettingsError
        Fewer than 1 input or 1 output.
    """

    name: str
    inputs: int
    outputs: int
    source: Data | Callable[[], Data]

    loss: ClassVar[Loss] = Loss.SQUARED_ERROR
    metric: ClassVar[str] = "error"
    higher_is_better: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _require_sizes(self.name, self.inputs, self.outputs, 1)

    def data(self) -> Data:
        """The splits, with y float32 (samples, outputs).

        Raises
        ------
        DataError
            They cannot be loaded, or do not have `inputs` and `outputs` columns.
        """
        return self._data

    @cached_property
    def _data(self) -> Data:
        data = _loaded(self.source, self.name, self.inputs)
        if data.train.y.shape[1:] != (self.outputs,):
            raise DataError(
                f"{self.name}: expected floats (samples, {self.outputs}), got shape {data.train.y.shape}: "
                "correct outputs, or use Classification for labels"
            )
        return data

    def losses(self, output: Tensor, target: Tensor) -> Tensor:
        """Squared error, mean over outputs (batch,), of outputs and targets (outputs, batch).

        Raises
        ------
        DataError
            The shapes do not fit.
        """
        if (
            not target.is_floating_point()
            or target.ndim != 2
            or not output.shape == target.shape
            or len(target) != self.outputs
        ):
            raise _misfit(self.name, self.outputs, f"float targets ({self.outputs}, batch)", output, target)
        return (output - target).square().mean(0)

    def scores(self, output: Tensor, target: Tensor) -> Mapping[str, Tensor]:
        """`error` (batch,): squared error, mean over outputs, in squared units of the target.

        Raises
        ------
        DataError
            The shapes do not fit.
        """
        return {self.metric: self.losses(output, target)}


def _loaded(source: Data | Callable[[], Data], name: str, inputs: int) -> Data:
    data = source if isinstance(source, Data) else source()
    if data.train.x.shape[1] != inputs:
        raise DataError(f"{name}: expected {inputs} inputs, got {data.train.x.shape[1]}: correct inputs or the data")
    return data


def _require_sizes(name: str, inputs: int, outputs: int, least: int) -> None:
    if inputs < 1 or outputs < least:
        raise SettingsError(
            f"{name}: expected at least 1 input and {least} outputs, got {inputs} and {outputs}: correct the sizes"
        )


def _misfit(name: str, outputs: int, wanted: str, output: Tensor, target: Tensor) -> DataError:
    return DataError(
        f"{name}: expected output ({outputs}, batch) and {wanted}, got {tuple(output.shape)} and {target.dtype} "
        f"{tuple(target.shape)}: pass one column per sample"
    )
