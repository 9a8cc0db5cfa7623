"""Many different networks that train as one: shared inputs, everything else their own."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from graphgrow.arrays import Array
from graphgrow.engine.batch import Objective, backpropagated, check_batch
from graphgrow.engine.kernels import Kernel
from graphgrow.engine.kernels.kernel import Loss
from graphgrow.engine.network import parameters_of, read_back
from graphgrow.engine.ops import Program
from graphgrow.engine.plan import Plan, compile, join
from graphgrow.errors import SettingsError
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Wiring


class Population(nn.Module):
    """Trains many graphs at once, of any sizes, depths and activations, on the same inputs.

    The parameters of all members stand in two flat vectors, member after member. A member computes the same bits as it
    would alone or in other company.

    Attributes
    ----------
    values : float (edges of all members,), weights in plan order.
    bias : float (neurons of all members without the inputs,).
    wirings : the structure of each member.
    program : the joined plan and the loops to run it with.

    Raises
    ------
    SettingsError
        There is no graph, or graphs differ in inputs, outputs or dtype.
    """

    values: nn.Parameter
    bias: nn.Parameter
    wirings: tuple[Wiring, ...]
    program: Program
    _plans: tuple[Plan, ...]

    def __init__(self, graphs: Sequence[Graph], kernel: Kernel | None = None) -> None:
        super().__init__()
        self._kernel = kernel
        self.become(graphs)

    def become(self, members: Sequence[Graph | int]) -> None:
        """Take these members, as new Parameters: graphs, or numbers of members that stay as they are, NaN included.

        Use `transplant_members` and `keep_members` where there is an optimizer, which they carry along.
        """
        if not members:
            raise SettingsError("a population of no graphs: pass at least one")
        plans: list[Plan] = []
        wirings: list[Wiring] = []
        parts: list[tuple[Tensor, Tensor]] = []
        for each in members:
            if isinstance(each, Graph):
                plan, wiring = compile(each.wiring), each.wiring
                values, bias = (torch.from_numpy(part) for part in parameters_of(each, plan))
            else:
                (values, bias), plan, wiring = self.member(each), self._plans[each], self.wirings[each]
            plans.append(plan)
            wirings.append(wiring)
            parts.append((values, bias))
        kinds = {
            (plan.inputs, plan.outputs.size, str(values.dtype).removeprefix("torch."))
            for plan, (values, _) in zip(plans, parts, strict=True)
        }
        if len(kinds) > 1:
            raise SettingsError(
                f"members with (inputs, outputs, dtype) {sorted(kinds)}: a population shares them; make one per kind"
            )
        device = self.values.device if hasattr(self, "values") else torch.device("cpu")
        # From here on nothing fails, so that members which do not fit change nothing.
        self.program = Program(join(plans), self._kernel)
        self._plans, self.wirings = tuple(plans), tuple(wirings)
        self.values = nn.Parameter(torch.cat([values.to(device) for values, _ in parts]))
        self.bias = nn.Parameter(torch.cat([bias.to(device) for _, bias in parts]))

    @property
    def plan(self) -> Plan:
        """The joined plan."""
        return self.program.plan

    @property
    def plans(self) -> Sequence[Plan]:
        """The plan of each member."""
        return self._plans

    @property
    def inputs(self) -> int:
        """Number of inputs, shared."""
        return self.plan.inputs

    @property
    def outputs(self) -> int:
        """Number of outputs of each member."""
        return int(self._plans[0].outputs.size)

    def __len__(self) -> int:
        return len(self._plans)

    @property
    def offsets(self) -> tuple[Array, Array]:
        """int64 (members + 1,) twice: where the values and the biases of each member begin."""
        return self.plan.values_of, self.plan.member - self.inputs

    def forward(self, x: Tensor) -> Tensor:
        """x (batch, inputs) -> (members, batch, outputs)."""
        if x.ndim != 2 or x.shape[1] != self.inputs:
            raise SettingsError(f"expected x (batch, {self.inputs}), got {tuple(x.shape)}: flatten or reshape x")
        return self.columns(x.T).transpose(1, 2)

    def columns(self, x: Tensor) -> Tensor:
        """x (inputs, batch) -> (members, outputs, batch).

        Raises
        ------
        SettingsError
            x has another number of inputs, or another dtype than the parameters.
        """
        if x.ndim != 2 or x.shape[0] != self.inputs:
            raise SettingsError(f"expected ({self.inputs}, batch) inputs by column, got {tuple(x.shape)}: reshape x")
        if x.dtype != self.values.dtype:
            raise SettingsError(f"expected {self.values.dtype} like the parameters, got {x.dtype}: cast x")
        made: Tensor = torch.ops.graphgrow.run.default(x, self.values, self.bias, self.program.number)[0]
        return made.view(len(self), self.outputs, x.shape[1])

    def objective(self, x: Tensor, target: Tensor, loss: Loss) -> Objective:
        """The loss of each member on a batch, x (inputs, batch), computed together with all gradients.

        A member's gradient is that of its own mean loss, so `objective(...).mean.sum().backward()` trains all.

        Raises
        ------
        SettingsError
            Shapes or dtypes do not fit, or x requires a gradient, which only `columns` gives.
        """
        check_batch(x, target, loss, self.inputs, self.outputs, self.values)
        gradients = torch.is_grad_enabled() and (self.values.requires_grad or self.bias.requires_grad)
        made = torch.ops.graphgrow.step.default(
            x, target, self.values, self.bias, self.program.number, int(loss), gradients
        )
        return Objective(made[0], made[1].view(len(self), self.outputs, x.shape[1]), made[2])

    def backpropagate(self, x: Tensor, target: Tensor, loss: Loss) -> Objective:
        """As `objective`, and the gradients are added to `.grad` at once, without building an autograd graph."""
        check_batch(x, target, loss, self.inputs, self.outputs, self.values)
        made = backpropagated(self.program, self.values, self.bias, x, target, loss)
        outputs = made.outputs.view(len(self), self.outputs, x.shape[1])
        return Objective(made.mean.view(-1), outputs, made.losses.view(len(self), -1))

    def member(self, number: int) -> tuple[Tensor, Tensor]:
        """Values and biases of one member, as views of the flat vectors.

        Raises
        ------
        SettingsError
            There is no such member.
        """
        if not 0 <= number < len(self):
            raise SettingsError(f"member {number} of {len(self)}: expected 0..{len(self) - 1}")
        values, bias = self.offsets
        return (
            self.values.detach()[values[number] : values[number + 1]],
            self.bias.detach()[bias[number] : bias[number + 1]],
        )

    def graph(self, number: int) -> Graph:
        """One member as a Graph with today's weights, bit for bit."""
        values, bias = self.member(number)
        return read_back(self.wirings[number], self._plans[number], values, bias)

    def graphs(self) -> list[Graph]:
        """All members as Graphs."""
        return [self.graph(number) for number in range(len(self))]

    def extra_repr(self) -> str:
        """Sizes, for print(population)."""
        return f"members={len(self)}, inputs={self.inputs}, outputs={self.outputs}, edges={self.plan.edges}"
