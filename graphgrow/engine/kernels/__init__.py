"""Which loops run a plan: numba on the CPU, plain torch elsewhere. A kernel file has `forward` and `backward`."""

from __future__ import annotations

from enum import Enum
from functools import cache
from importlib.util import find_spec

import torch
from torch import Tensor

from graphgrow.arrays import Array
from graphgrow.engine.kernels import reference
from graphgrow.engine.plan import Plan
from graphgrow.errors import SettingsError


class Kernels(Enum):
    """The kernels to use; AUTOMATIC is CPU for CPU tensors where numba is installed, else REFERENCE."""

    AUTOMATIC = "automatic"
    REFERENCE = "reference"
    CPU = "cpu"


def choose(wanted: Kernels, sample: Tensor) -> Kernels:
    """The kernels that will run for tensors like `sample`.

    Raises
    ------
    SettingsError
        CPU kernels were asked for but the tensor is elsewhere, has no numba dtype, or numba is missing.
    """
    able = sample.device.type == "cpu" and sample.dtype in (torch.float32, torch.float64) and bool(find_spec("numba"))
    if wanted is Kernels.CPU and not able:
        raise SettingsError(
            f"CPU kernels need numba and float32 or float64 on the CPU, got {sample.dtype} on {sample.device}: "
            "install numba, or use Kernels.AUTOMATIC"
        )
    if wanted is Kernels.AUTOMATIC:
        return Kernels.CPU if able else Kernels.REFERENCE
    return wanted


def forward(
    kernels: Kernels, plan: Plan, values: Tensor, bias: Tensor, state: Tensor, before: Tensor, first: int, last: int
) -> None:
    """Compute levels [first, last) of `state`, float (neurons, batch), in place."""
    if kernels is Kernels.CPU:
        from graphgrow.engine.kernels import cpu

        _start_threads()
        cpu.forward(plan, _array(values), _array(bias), _array(state), _array(before), first, last)
    else:
        reference.forward(plan, values.detach(), bias.detach(), state, before, first, last)


def backward(
    kernels: Kernels,
    plan: Plan,
    values: Tensor,
    state: Tensor,
    before: Tensor,
    grad: Tensor,
    first: int,
    last: int,
    earlier: bool,
) -> tuple[Tensor, Tensor]:
    """Gradients of values and bias; `grad`, float (neurons, batch), turns from dL/d(state) into deltas in place."""
    if kernels is Kernels.CPU:
        from graphgrow.engine.kernels import cpu

        _start_threads()
        made = cpu.backward(plan, _array(values), _array(state), _array(before), _array(grad), first, last, earlier)
        return torch.from_numpy(made[0]), torch.from_numpy(made[1])
    return reference.backward(plan, values.detach(), state, before, grad, first, last, earlier)


@cache
def _start_threads() -> None:
    """Start numba's threads, which resets the number of torch's where both use one OpenMP, and put that right again."""
    import numba

    before = torch.get_num_threads()
    numba.get_num_threads()
    if torch.get_num_threads() != before:
        torch.set_num_threads(before)


def _array(tensor: Tensor) -> Array:
    """The tensor's memory as a numpy array, without a copy."""
    array: Array = tensor.detach().numpy()
    return array
