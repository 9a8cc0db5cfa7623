"""A whole training step as one CUDA graph: for small networks, whose programs take less time than their launches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, final

import torch
from torch import Tensor, optim

from graphgrow.engine.batch import Objective, check_batch
from graphgrow.engine.kernels.kernel import Loss
from graphgrow.engine.network import Network
from graphgrow.engine.plan import Plan
from graphgrow.engine.population import Population
from graphgrow.errors import OptimizerError, SettingsError

WARM_UP = 3  # steps before a capture: they compile programs, and make the optimizer's state and its workspaces

Work = Callable[[], None]


class Recorder(Protocol):
    """Runs work where it can be recorded, and records it."""

    def run(self, work: Work) -> None:
        """Do the work once."""

    def record(self, work: Work) -> Callable[[], object]:
        """Record the work without doing it; what comes back does it as often as it is called."""


@final
class CudaRecorder:
    """CUDA graphs on a stream of their own, which waits for the current one and which the current one waits for."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._stream = device, torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def run(self, work: Work) -> None:
        """As Recorder.run."""
        current = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            work()
        current.wait_stream(self._stream)

    def record(self, work: Work) -> Callable[[], object]:
        """As Recorder.record."""
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.device(self._device), torch.cuda.graph(graph, stream=self._stream):
            work()
        replay: Callable[[], object] = graph.replay
        return replay


@dataclass(eq=False)
class _Held:
    """What a capture holds, and how far it has come.

    The plan is held because a replay reads its index arrays, which must not be freed before it is.
    """

    plan: Plan
    steps: int = 0
    facts: object = None
    inputs: tuple[Tensor, Tensor] | None = None
    replay: Callable[[], object] | None = None
    made: tuple[Tensor, ...] = ()


@final
class CapturedStep:
    """Trains a network or a population on batches of one size; the same steps as uncaptured, launched all at once.

    The first WARM_UP steps run as they come, the next is captured, all that follow are replays. A capture holds
    addresses and settings as they were: when the model grows, or a setting of the optimizer changes, it is dropped and
    made anew after another WARM_UP steps. A learning rate that changes in every step must therefore be a CUDA tensor.

    Parameters
    ----------
    batch : columns of the batches to capture; batches of other sizes run as they come.
    recorder : what records; CUDA graphs where it is left out.

    Raises
    ------
    SettingsError
        The model is not on a CUDA device; move it there before the optimizer is made, or train it uncaptured.
    OptimizerError
        The optimizer cannot be captured, or does not hold the model's parameters.
    """

    def __init__(
        self,
        model: Network | Population,
        optimizer: optim.Optimizer,
        loss: Loss,
        batch: int,
        recorder: Recorder | None = None,
    ) -> None:
        require_capturable(optimizer)
        device = model.values.device
        if recorder is None and device.type != "cuda":
            raise SettingsError(
                f"a captured step needs a CUDA device, the model is on {device}: move it there before the optimizer is "
                "made, or train it uncaptured"
            )
        self.model, self.optimizer, self.loss, self.batch = model, optimizer, loss, batch
        self._recorder: Recorder = recorder or CudaRecorder(device)
        self._held = _Held(model.plan)

    @property
    def captured(self) -> bool:
        """Whether the next step of the captured size is a replay, if nothing changes before it."""
        return self._held.replay is not None

    def step(self, x: Tensor, target: Tensor) -> Objective:
        """Forward, loss, gradients and optimizer step on x (inputs, batch); the target is as the loss says.

        What comes back is overwritten by the next step: copy what must last.

        Raises
        ------
        SettingsError
            Shapes or dtypes do not fit the model.
        OptimizerError
            The optimizer can no longer be captured, or no longer holds the model's parameters.
        """
        model = self.model
        check_batch(x, target, self.loss, model.inputs, model.outputs, model.values)
        if self._held.facts != self._facts():
            require_capturable(self.optimizer)
            self._require_parameters()
            self._held = _Held(model.plan)
        held = self._held
        if x.shape[1] != self.batch:
            made = self._train(x, target)
        else:
            made = self._captured_step(held, self._filled(x, target))
        self._set_gradients(made)
        held.facts = self._facts()
        return self._shaped(made)

    def _captured_step(self, held: _Held, inputs: tuple[Tensor, Tensor]) -> tuple[Tensor, ...]:
        """One step of the captured size: to warm up, to capture, or as a replay."""

        def work() -> None:
            held.made = self._train(*inputs)

        if held.replay is None and held.steps < WARM_UP:
            self._recorder.run(work)
            held.steps += 1
        else:
            if held.replay is None:
                held.replay = self._recorder.record(work)
            held.replay()
        return held.made

    def _filled(self, x: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """The tensors that the captured step reads, with this batch in them."""
        if self._held.inputs is None:
            device = self.model.values.device
            self._held.inputs = (
                torch.empty(x.shape, dtype=x.dtype, device=device),
                torch.empty(target.shape, dtype=target.dtype, device=device),
            )
        for inside, given in zip(self._held.inputs, (x, target), strict=True):
            inside.copy_(given)
        return self._held.inputs

    def _train(self, x: Tensor, target: Tensor) -> tuple[Tensor, ...]:
        """One step; means, outputs, losses and both gradients."""
        values, bias = self.model.values, self.model.bias
        # The operator itself, since its autograd Function asks the device questions, which cannot be captured.
        with torch.no_grad():
            made: tuple[Tensor, ...] = torch.ops.graphgrow.step.default(
                x, target, values, bias, self.model.program.number, int(self.loss), True
            )
        self._set_gradients(made)
        self.optimizer.step()
        return made

    def _set_gradients(self, made: tuple[Tensor, ...]) -> None:
        for parameter, grad in ((self.model.values, made[3]), (self.model.bias, made[4])):
            parameter.grad = grad if parameter.requires_grad else None

    def _shaped(self, made: tuple[Tensor, ...]) -> Objective:
        """A step's results as `objective` of the model gives them."""
        mean, outputs, losses = made[:3]
        if isinstance(self.model, Population):
            return Objective(mean, outputs.view(len(self.model), self.model.outputs, -1), losses)
        return Objective(mean[0], outputs, losses[0])

    def _require_parameters(self) -> None:
        held = {id(parameter) for group in self.optimizer.param_groups for parameter in group["params"]}
        if not {id(self.model.values), id(self.model.bias)} <= held:
            raise OptimizerError(
                "the optimizer does not hold this model's parameters: make it from model.parameters() after the last "
                "change, and let `transplant` carry it through growth"
            )

    def _facts(self) -> object:
        """All that a capture takes for granted: addresses, settings and hooks."""
        model, optimizer = self.model, self.optimizer
        tensors: list[Tensor] = [model.values, model.bias]
        settings: list[object] = [id(model.plan), *_hooks(optimizer)]
        for group in optimizer.param_groups:
            for name, value in group.items():
                if name == "params":
                    tensors += value
                elif isinstance(value, Tensor):
                    settings.append(value.data_ptr() if value.is_cuda else float(value))
                else:
                    settings.append(value)
        for parameter in list(tensors):
            state = optimizer.state.get(parameter, {})
            tensors += [value for value in state.values() if isinstance(value, Tensor)]
        return [(tensor.data_ptr(), tensor.shape, tensor.requires_grad) for tensor in tensors], settings


def require_capturable(optimizer: optim.Optimizer) -> None:
    """Refuse an optimizer whose step cannot be replayed.

    Raises
    ------
    OptimizerError
        It keeps numbers on the host, or has hooks, which a replay would not call.
    """
    name = type(optimizer).__name__
    if not isinstance(optimizer, optim.Optimizer):
        raise OptimizerError(f"{name} is none of torch.optim: use one, such as AdamW with capturable=True")
    plain = type(optimizer) is optim.SGD
    if not plain and not all(group.get("capturable", False) for group in optimizer.param_groups):
        raise OptimizerError(
            f"{name} keeps numbers on the host, which a replay would not change: make it with capturable=True, "
            "or use SGD, Adam or AdamW if it does not take that"
        )
    if any(_hooks(optimizer)):
        raise OptimizerError(f"{name} has hooks on its step, which a replay would not call: remove them")


def _hooks(optimizer: optim.Optimizer) -> list[int]:
    """How many hooks run before and after a step."""
    return [len(getattr(optimizer, f"_optimizer_step_{when}_hooks", ())) for when in ("pre", "post")]
