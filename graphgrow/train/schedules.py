"""Optimizers and learning-rate schedules out of settings."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from torch import nn, optim

from graphgrow.errors import SettingsError
from graphgrow.settings import OptimizerSettings, Schedule

FUSED = frozenset({"Adam", "AdamW", "SGD", "Adagrad"})  # optimizers of torch with such a step

OptimizerFactory = Callable[[Iterable[nn.Parameter]], optim.Optimizer]
ScheduleFactory = Callable[[optim.Optimizer], Any]


def optimizer_factory(settings: OptimizerSettings) -> OptimizerFactory:
    """A function that makes the optimizer for given parameters."""
    kind = getattr(optim, settings.name, None)
    if kind is None:
        raise SettingsError(f"this torch has no optimizer {settings.name}: choose another, or a newer torch")
    options: dict[str, Any] = {"lr": settings.learning_rate}
    if settings.weight_decay:
        options["weight_decay"] = settings.weight_decay
    if settings.momentum:
        options["momentum"] = settings.momentum
    # AdamW decays by 0.01 unless told otherwise; what is in the settings is what happens.
    if settings.name == "AdamW":
        options["weight_decay"] = settings.weight_decay
    try:
        kind([nn.Parameter()], **options)
    except TypeError as error:
        raise SettingsError(f"optimizer {settings.name} does not take these settings: {error}") from None

    def make(parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
        held = list(parameters)
        # The fused step does in one pass what the others do in a dozen.
        fused = {"fused": True} if settings.name in FUSED and all(map(_fusable, held)) else {}
        made: optim.Optimizer = kind(held, **options, **fused)
        return made

    return make


def _fusable(parameter: nn.Parameter) -> bool:
    return parameter.is_floating_point() and parameter.device.type in ("cpu", "cuda")


def schedule_factory(settings: OptimizerSettings, total_steps: int) -> ScheduleFactory | None:
    """A function that makes the schedule, stepped once per optimizer step; None for a constant rate."""
    if settings.schedule is Schedule.CONSTANT:
        return None
    final, kind = settings.final_share, settings.schedule

    def factor(step: int) -> float:
        done = min(1.0, step / max(total_steps, 1))
        if kind is Schedule.COSINE:
            return final + (1.0 - final) * 0.5 * (1.0 + math.cos(math.pi * done))
        return 1.0 + (final - 1.0) * done

    def make(optimizer: optim.Optimizer) -> Any:
        return optim.lr_scheduler.LambdaLR(optimizer, factor)

    return make
