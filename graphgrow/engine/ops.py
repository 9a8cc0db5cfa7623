"""The operators that torch sees: `graphgrow::run`, `::advance` and `::step`, with their gradients.

An operator takes tensors and a number that stands for a Program, the plan and the kernel to run it with. Defined on the
library by hand, since `torch.library.custom_op` costs twice as much per call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from weakref import WeakValueDictionary

import numpy as np
import torch
from torch import Tensor

from graphgrow.arrays import frozen
from graphgrow.engine.kernels import Kernel, choose
from graphgrow.engine.kernels.device.indices import output_slots
from graphgrow.engine.kernels.kernel import Loss
from graphgrow.engine.plan import Plan
from graphgrow.errors import SettingsError

# Called with float (neurons, batch) activations and deltas, by slot.
Watch = Callable[[Tensor, Tensor], None]

_numbers = count(1)
_programs: WeakValueDictionary[int, Program] = WeakValueDictionary()


@dataclass(eq=False)
class Program:
    """A plan and how to run it; whoever holds it may call the operators by its number.

    `watch` is called in the backward pass of `run`.
    """

    plan: Plan
    kernel: Kernel | None
    watch: Watch | None = None
    number: int = field(init=False)

    def __post_init__(self) -> None:
        self.number = next(_numbers)
        _programs[self.number] = self

    def __reduce__(self) -> tuple[type[Program], tuple[Plan, Kernel | None]]:
        # A copy is a program of its own, with its own number.
        return Program, (self.plan, self.kernel)


def program(number: int) -> Program:
    """The program of that number.

    Raises
    ------
    SettingsError
        Its network was freed, or has grown since.
    """
    found = _programs.get(number)
    if found is None:
        raise SettingsError(f"no program {number}: the network was freed or has grown since; call the network itself")
    return found


def check_parameters(plan: Plan, values: Tensor, bias: Tensor) -> None:
    """Refuse parameters of another size: the loops would read beyond their end.

    Raises
    ------
    SettingsError
        There is another number of values or biases, or their dtypes differ.
    """
    edges, biases = plan.edges, plan.neurons - plan.inputs
    # Numbers and not shapes, which cost four times as much to look at, in every step.
    if values.numel() != edges or bias.numel() != biases or values.ndim != 1 or values.dtype != bias.dtype:
        raise SettingsError(
            f"expected {edges} values and {biases} biases of one dtype, got {values.dtype} {tuple(values.shape)} and "
            f"{bias.dtype} {tuple(bias.shape)}: pass what belongs to this network"
        )


def _run(x: Tensor, values: Tensor, bias: Tensor, number: int) -> tuple[Tensor, Tensor, Tensor]:
    """x (inputs, batch) -> outputs (outputs, batch), all activations and the pre-activations that GELU needs."""
    made = program(number)
    plan = made.plan
    check_parameters(plan, values, bias)
    state = x.new_empty((plan.neurons, x.shape[1]))
    _copy(state[: plan.inputs], x)
    before = _before(plan, state)
    choose(made.kernel, values).forward(plan, values, bias, state, before, 1, plan.levels)
    # A copy: a view would keep every neuron's row alive and could not be changed in place by what follows.
    return state[_rows(plan, state.device)].clone(), state, before


def _run_backward(
    grad: Tensor, values: Tensor, state: Tensor, before: Tensor, number: int, earlier: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Deltas of all neurons (with `earlier`, dL/dx in the rows of the inputs), gradients of values and biases."""
    made = program(number)
    plan = made.plan
    deltas = torch.empty_like(state)
    deltas[_rows(plan, deltas.device)] = grad
    if not earlier:
        _copy(deltas[: plan.inputs], None)
    run = choose(made.kernel, values).backward
    grads = run(plan, values, state, before, deltas, 1, plan.levels, earlier, plan.is_output)
    return deltas, *grads


def _advance(state: Tensor, values: Tensor, bias: Tensor, number: int, first: int, last: int) -> tuple[Tensor, Tensor]:
    """state (neurons, batch) with the levels [first, last) computed anew, and pre-activations."""
    found = program(number)
    check_parameters(found.plan, values, bias)
    made = state.clone(memory_format=torch.contiguous_format)
    before = _before(found.plan, made)
    choose(found.kernel, values).forward(found.plan, values, bias, made, before, first, last)
    return made, before


def _advance_backward(
    grad: Tensor, values: Tensor, state: Tensor, before: Tensor, number: int, first: int, last: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of the state, the values and the biases."""
    found = program(number)
    plan, made = found.plan, grad.clone(memory_format=torch.contiguous_format)
    # Read-only, as the outputs of a plan are: numba would compile its loops once more for another kind of array.
    every = frozen(np.ones(plan.neurons, bool))
    run = choose(found.kernel, values).backward
    grads = run(plan, values, state, before, made, first, last, True, every)
    # What stood in the computed levels before was overwritten, so nothing flows to it.
    made[int(plan.level_pointer[first]) : int(plan.level_pointer[last])] = 0
    return made, *grads


def _step(
    x: Tensor, target: Tensor, values: Tensor, bias: Tensor, number: int, loss: int, gradients: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Mean loss per member, outputs, losses per sample, gradients of values and biases (empty where not asked for)."""
    found = program(number)
    check_parameters(found.plan, values, bias)
    made = choose(found.kernel, values).step(found.plan, values, bias, x, target, Loss(loss), gradients)
    empty = values.new_empty(0)
    grad_values = empty if made.grad_values is None else made.grad_values
    grad_bias = values.new_empty(0) if made.grad_bias is None else made.grad_bias
    return made.means, made.outputs, made.losses, grad_values, grad_bias


def _copy(rows: Tensor, x: Tensor | None) -> None:
    """Fill rows with x, or with zeros; by numpy on the CPU, since torch would start its thread pool for it."""
    if rows.device.type == "cpu" and rows.dtype in (torch.float32, torch.float64):
        np.copyto(rows.numpy(), 0 if x is None else x.detach().numpy())
    elif x is None:
        rows.zero_()
    else:
        rows.copy_(x)


def _before(plan: Plan, state: Tensor) -> Tensor:
    """Zeros for pre-activations: only GELU needs them, and a kernel may leave the rows of other neurons alone."""
    made = _before_shape(plan, state)
    if made.shape[0]:
        _copy(made, None)
    return made


def _rows(plan: Plan, device: torch.device) -> slice | Tensor:
    """Slots of the outputs, as a slice where they follow one another; on several levels they need not ascend."""
    first, size = int(plan.outputs[0]), plan.outputs.size
    if int(plan.outputs[-1]) == first + size - 1 and bool((np.diff(plan.outputs) == 1).all()):
        return slice(first, first + size)
    return output_slots(plan, device)


# What the operators return when torch traces them with tensors that hold no numbers.


def _before_shape(plan: Plan, state: Tensor) -> Tensor:
    return torch.empty_like(state) if plan.keeps_before else state.new_empty((0, 0))


def _run_shapes(x: Tensor, values: Tensor, bias: Tensor, number: int) -> tuple[Tensor, Tensor, Tensor]:
    plan = program(number).plan
    state = x.new_empty((plan.neurons, x.shape[1]))
    return x.new_empty((plan.outputs.size, x.shape[1])), state, _before_shape(plan, state)


def _run_backward_shapes(
    grad: Tensor, values: Tensor, state: Tensor, before: Tensor, number: int, earlier: bool
) -> tuple[Tensor, Tensor, Tensor]:
    plan = program(number).plan
    return torch.empty_like(state), torch.empty_like(values), values.new_empty(plan.neurons - plan.inputs)


def _advance_shapes(
    state: Tensor, values: Tensor, bias: Tensor, number: int, first: int, last: int
) -> tuple[Tensor, Tensor]:
    made = torch.empty_like(state, memory_format=torch.contiguous_format)
    return made, _before_shape(program(number).plan, made)


def _advance_backward_shapes(
    grad: Tensor, values: Tensor, state: Tensor, before: Tensor, number: int, first: int, last: int
) -> tuple[Tensor, Tensor, Tensor]:
    plan = program(number).plan
    made = torch.empty_like(grad, memory_format=torch.contiguous_format)
    return made, torch.empty_like(values), values.new_empty(plan.neurons - plan.inputs)


def _step_shapes(
    x: Tensor, target: Tensor, values: Tensor, bias: Tensor, number: int, loss: int, gradients: bool
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    plan, batch = program(number).plan, x.shape[1]
    grads = (torch.empty_like(values), torch.empty_like(bias))
    if not gradients:
        grads = (values.new_empty(0), values.new_empty(0))
    losses = values.new_empty((plan.members, batch))
    return values.new_empty(plan.members), values.new_empty((plan.outputs.size, batch)), losses, *grads


LIBRARY = torch.library.Library("graphgrow", "DEF")  # type: ignore[no-untyped-call]
_OPERATORS = {
    "run(Tensor x, Tensor values, Tensor bias, int program) -> (Tensor, Tensor, Tensor)": (_run, _run_shapes),
    "run_backward(Tensor grad, Tensor values, Tensor state, Tensor before, int program, bool earlier) "
    "-> (Tensor, Tensor, Tensor)": (_run_backward, _run_backward_shapes),
    "advance(Tensor state, Tensor values, Tensor bias, int program, int first, int last) -> (Tensor, Tensor)": (
        _advance,
        _advance_shapes,
    ),
    "advance_backward(Tensor grad, Tensor values, Tensor state, Tensor before, int program, int first, int last) "
    "-> (Tensor, Tensor, Tensor)": (_advance_backward, _advance_backward_shapes),
    "step(Tensor x, Tensor target, Tensor values, Tensor bias, int program, int loss, bool gradients) "
    "-> (Tensor, Tensor, Tensor, Tensor, Tensor)": (_step, _step_shapes),
}
for _schema, (_body, _shapes) in _OPERATORS.items():
    _name = LIBRARY.define(_schema)  # type: ignore[no-untyped-call]
    for _device in ("CPU", "CUDA"):
        LIBRARY.impl(_name, _body, _device)  # type: ignore[no-untyped-call]
    torch.library.register_fake(f"graphgrow::{_name}", _shapes, lib=LIBRARY)  # type: ignore[arg-type]
