"""Which optimizers can follow a growing parameter, and what their state is for a slot that is new."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any

import torch
from torch import Tensor, optim

from graphgrow.errors import OptimizerError


class Fresh(IntEnum):
    """Start of the second moment of a new slot.

    ZERO is what a new parameter gets; Adam then moves it further at first than its neighbours. TARGET_MEAN takes the
    mean over the surviving in-edges of the same target, so that newborns start at their neighbours' pace.
    """

    ZERO = 0
    TARGET_MEAN = 1


# State that measures the size of gradients: what Fresh.TARGET_MEAN averages.
SECOND_MOMENTS = frozenset({"exp_avg_sq", "max_exp_avg_sq", "exp_inf", "square_avg", "sum", "variance"})

Start = Callable[[Mapping[str, Any], Tensor], Tensor]  # (param group, new values of the slots) -> state of the slots


def _zero(group: Mapping[str, Any], values: Tensor) -> Tensor:
    return torch.zeros_like(values)


def _initial_accumulator(group: Mapping[str, Any], values: Tensor) -> Tensor:
    return torch.full_like(values, float(group["initial_accumulator_value"]))


def _learning_rate(group: Mapping[str, Any], values: Tensor) -> Tensor:
    return torch.full_like(values, float(group["lr"]))


def _value(group: Mapping[str, Any], values: Tensor) -> Tensor:
    return values.clone()


# Optimizers whose whole state is per element, and where a new slot's state does not start at zero.
ELEMENTWISE: dict[type[optim.Optimizer], Mapping[str, Start]] = {
    optim.SGD: {},
    optim.Adam: {},
    optim.AdamW: {},
    optim.NAdam: {},
    optim.RAdam: {},
    optim.Adamax: {},
    optim.Adagrad: {"sum": _initial_accumulator},
    optim.Adadelta: {},
    optim.RMSprop: {},
    optim.Rprop: {"step_size": _learning_rate},
    optim.ASGD: {"ax": _value},
    # One variance per element for vectors; but its step is clipped by the norm of the WHOLE vector, so newborn edges
    # scale the step of all others. It runs; prefer AdamW for comparisons.
    optim.Adafactor: {},
}


def starts(optimizer: optim.Optimizer) -> Mapping[str, Start]:
    """How the state of new slots starts, by state name; names not listed start at zero.

    Raises
    ------
    OptimizerError
        The optimizer keeps state that is not per element (LBFGS, Muon, SparseAdam) or is not known to be safe.
    """
    for kind in type(optimizer).__mro__:
        if kind in ELEMENTWISE:
            return ELEMENTWISE[kind]
    usable = ", ".join(kind.__name__ for kind in ELEMENTWISE)
    raise OptimizerError(
        f"{type(optimizer).__name__} cannot carry its state through growth, since it is not known to keep one number "
        f"per parameter element: use one of {usable}"
    )


def start_of(optimizer: optim.Optimizer, name: str) -> Start:
    """How one state of new slots starts."""
    return starts(optimizer).get(name, _zero)
