"""Forward-forward: every level learns to be active for right labels and quiet for wrong ones (Hinton 2022)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from graphgrow.engine.local import Passed, hidden_slots, local_gradients, passed
from graphgrow.engine.network import Network
from graphgrow.engine.probe import BYTE_LIMIT
from graphgrow.errors import SettingsError
from graphgrow.measure.signals import Signals, from_rows
from graphgrow.train.learning import Draws, LearningRule
from graphgrow.train.objectives import Classification, Task
from graphgrow.train.parallel import Parallel, Share

PASSES = 3  # of each sample: with its label, with a wrong one, with a neutral one


@final
@dataclass(frozen=True)
class ForwardForward(LearningRule):
    """Two forward passes in place of a backward one; every edge learns from its own two ends and its level's goodness.

    Goodness of a hidden level is the sum of squares of its activities. Its loss is softplus(threshold - goodness) for a
    sample with its label and softplus(goodness - threshold) for the same sample with a wrong label, which is drawn anew
    in every step. Levels read the ones before them at one length (`engine.local`), so that goodness cannot be handed
    on, and no gradient flows from a level to its sources.

    The label takes the place of the first `classes` inputs: one-hot, times the largest absolute value of the sample;
    the neutral label is that amount shared out evenly. The outputs are a linear softmax read-out of the neutral pass:
    the edges into them, and only they, follow the cross entropy of the task (section 3.3, where the first hidden level
    is left out; here outputs read what the graph joins them to). Class scores of x are the outputs of its neutral pass.

    Attributes
    ----------
    threshold : of the goodness, per neuron of the level. At 1 a level of ReLU begins near it, since activities are read
        at a mean square of 1 and start weights keep it. Activations that end at 1 never pass it, and only approach it.

    Source: Hinton 2022, "The forward-forward algorithm: some preliminary investigations", sections 2, 3 and 3.3.
    """

    threshold: float = 1.0

    def check(self, model: nn.Module, task: Task) -> None:
        """As LearningRule.check."""
        if not isinstance(model, Network):
            raise SettingsError(
                f"forward_forward trains a Network, got a {type(model).__name__}: pass the Network itself, or use "
                "backpropagation"
            )
        if not isinstance(task, Classification):
            raise SettingsError(f"forward_forward learns classes, and {task.name} has none: use backpropagation")
        if task.inputs <= task.outputs:
            raise SettingsError(
                f"forward_forward writes the label over the first {task.outputs} inputs, and {task.name} has only "
                f"{task.inputs}: expected more inputs than classes; add inputs, or use backpropagation"
            )

    def teach(
        self, model: nn.Module, task: Task, x: Tensor, y: Tensor, parallel: Parallel, share: Share, draws: Draws
    ) -> tuple[Tensor, Tensor]:
        """As LearningRule.teach; the losses are those of the read-out, as evaluation gives them."""
        network = _network(model)
        made, grad = self._errors(network, task, x, y, draws)
        found = local_gradients(network, made, grad.div_(x.shape[1]))
        for parameter, each in zip((network.values, network.bias), found, strict=True):
            if parameter.requires_grad:
                parameter.grad = each if parameter.grad is None else parameter.grad.add_(each)
        outputs = _read_out(network, made)[:, 2 * x.shape[1] :]
        return outputs, task.losses(outputs, y)

    def outputs(self, model: nn.Module, task: Task, x: Tensor) -> Tensor:
        """As LearningRule.outputs: of the neutral pass."""
        network = _network(model)
        return _read_out(network, passed(network, neutral(x, task.outputs)))

    def signals(self, model: nn.Module, site: Network, task: Task, x: Tensor, y: Tensor, draws: Draws) -> Signals:
        """What the local losses see of `samples`, in 3 * samples columns: with label, with a wrong one, neutral.

        Activations are those that other levels read. The mean of activation times delta over the columns is the local
        gradient of an edge, existing or not.
        """
        count = min(x.shape[1], max(1, BYTE_LIMIT // (8 * PASSES * site.plan.neurons)))
        x, y = x[:, :count], y[:count]
        made, grad = self._errors(site, task, x, y, draws)
        local_gradients(site, made, grad)
        outputs = _read_out(site, made)[:, 2 * count :]
        losses = [*self._losses(site, made, count), task.losses(outputs, y)]
        # Each column counts once in a mean over all of them, while a gradient is a mean over samples.
        rows = site.by_row(made.read), site.by_row(grad * PASSES)
        return from_rows(*rows, torch.cat(losses).cpu().numpy())

    @torch.no_grad()
    def _errors(self, network: Network, task: Task, x: Tensor, y: Tensor, draws: Draws) -> tuple[Passed, Tensor]:
        """All passes side by side, and the derivative of each column's local losses by raw activities, by slot."""
        classes, count = task.outputs, x.shape[1]
        away = torch.from_numpy(draws().integers(1, classes, count)).to(y.device)
        columns = [overlaid(x, y, classes), overlaid(x, (y + away) % classes, classes), neutral(x, classes)]
        made = passed(network, torch.cat(columns, dim=1))
        grad, plan = torch.zeros_like(made.raw), network.plan
        for level in range(1, plan.levels):
            slots = torch.from_numpy(hidden_slots(plan, level)).to(x.device)
            active = made.raw[slots, : 2 * count]
            excess = active.square().sum(0) - self.threshold * len(slots)
            pull = torch.cat([-torch.sigmoid(-excess[:count]), torch.sigmoid(excess[count:])])
            grad[slots, : 2 * count] = 2 * active * pull
        at = torch.from_numpy(plan.outputs.copy()).to(x.device)
        error = made.raw[at, 2 * count :].softmax(0)
        error[y, torch.arange(count, device=x.device)] -= 1
        grad[at, 2 * count :] = error
        return made, grad

    def _losses(self, network: Network, made: Passed, count: int) -> list[Tensor]:
        """Losses of the hidden levels, added up, with the label (count,) and with a wrong one (count,)."""
        right, wrong = made.raw.new_zeros(count), made.raw.new_zeros(count)
        for level in range(1, network.plan.levels):
            slots = torch.from_numpy(hidden_slots(network.plan, level)).to(made.raw.device)
            excess = made.raw[slots, : 2 * count].square().sum(0) - self.threshold * len(slots)
            if len(slots):
                right += nn.functional.softplus(-excess[:count])
                wrong += nn.functional.softplus(excess[count:])
        return [right, wrong]


def overlaid(x: Tensor, label: Tensor, classes: int) -> Tensor:
    """x (inputs, batch) with labels int64 (batch,) in place of the first `classes` inputs."""
    made = x.clone()
    made[:classes] = nn.functional.one_hot(label, classes).T * x.abs().amax(0)
    return made


def neutral(x: Tensor, classes: int) -> Tensor:
    """x (inputs, batch) with a label that favours no class in place of the first `classes` inputs."""
    made = x.clone()
    made[:classes] = x.abs().amax(0) / classes
    return made


def _read_out(network: Network, made: Passed) -> Tensor:
    """float (outputs, columns): the raw outputs."""
    return made.raw[torch.from_numpy(network.plan.outputs.copy()).to(made.raw.device)]


def _network(model: nn.Module) -> Network:
    if not isinstance(model, Network):
        raise SettingsError(f"forward_forward trains a Network, got a {type(model).__name__}: pass the Network itself")
    return model


LEARNING = ForwardForward()
