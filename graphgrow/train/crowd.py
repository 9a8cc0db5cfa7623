"""Many networks trained in lockstep as one population; each keeps its own rule, budget, history and run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, optim
from torch.optim.lr_scheduler import LambdaLR

from graphgrow import rng
from graphgrow.arrays import Array
from graphgrow.engine.members import MemberOptimizer
from graphgrow.engine.methods import Adam, Descent, Method
from graphgrow.engine.network import Network
from graphgrow.engine.pace import scale_update
from graphgrow.engine.population import Population
from graphgrow.errors import SettingsError
from graphgrow.graph.history import Series
from graphgrow.growth.parts import Proposer
from graphgrow.settings import Fit, GrowthSettings
from graphgrow.store.run import Run
from graphgrow.train.learning import load
from graphgrow.train.loop import Outcome, Trainer, torch_threads
from graphgrow.train.objectives import Classification, Regression, Task
from graphgrow.train.pacing import Factor
from graphgrow.train.prepare import prepare
from graphgrow.train.progress import Reporter, Silent
from graphgrow.train.schedules import OptimizerFactory, ScheduleFactory


def fit_many(
    models: Sequence[Network],
    task: Task,
    rules: Sequence[Proposer],
    optimizer: OptimizerFactory,
    schedule: ScheduleFactory | None = None,
    settings: Fit | None = None,
    growth: GrowthSettings | Sequence[GrowthSettings] | None = None,
    seed: int = 0,
    runs: Sequence[Run | None] | None = None,
    reporter: Reporter | None = None,
    pace: Sequence[Factor] = (),
) -> list[Outcome]:
    """What `fit` does for each model, but all of them at once: faster where they are small.

    Every model sees the same batches in the same order, as in a `fit` with this seed, and is asked, grown, judged and
    stopped on its own; those that stop early cost nothing from then on. Parameters agree with `fit`'s up to rounding
    (the optimizer's step is another loop), and do not depend on the company.

    Parameters
    ----------
    rules, growth, runs : one for each model; one `growth` alone serves all.

    Raises
    ------
    SettingsError
        As `fit`; or the numbers of models, rules, growth settings and runs differ, the task's loss is its own, or the
        optimizer or schedule is none that a population has.
    """
    count = len(models)
    grown = [growth or GrowthSettings()] * count if not isinstance(growth, Sequence) else list(growth)
    kept = [None] * count if runs is None else list(runs)
    if not count or {len(rules), len(grown), len(kept)} != {count}:
        raise SettingsError(
            f"{count} models, {len(rules)} rules, {len(grown)} growth settings, {len(kept)} runs: pass one for each"
        )
    if not isinstance(task, Classification | Regression):
        raise SettingsError(f"task {task.name} has a loss of its own: a population has cross entropy and squared error")
    others = [type(model).__name__ for model in models if not isinstance(model, Network)]
    if others:
        raise SettingsError(f"a population is made of Networks, got a {others[0]}: use fit for it")
    fitting, told = settings or Fit(), reporter or Silent()
    if not load(fitting.learning).spreads:
        raise SettingsError(f"a population learns by backpropagation, got fit.learning {fitting.learning}: use fit")
    trainers = [
        Trainer(prepare(model, task, rule, optimizer, schedule, fitting, each, seed, pace=pace), run, told)
        for model, rule, each, run in zip(models, rules, grown, kept, strict=True)
    ]
    crowd = _Crowd(task, tuple(trainers), _method(trainers[0].setup.session.optimizer), seed)
    small = sum(model.plan.edges for model in models) < 1 << 20
    with torch_threads(1) if small else nullcontext(), torch.random.fork_rng(devices=[]):
        return crowd.finish()


def _method(optimizer: optim.Optimizer) -> Method:
    """The population's way to do what an optimizer of torch does."""
    group = optimizer.param_groups[0]
    special = any(group.get(name) for name in ("amsgrad", "maximize", "differentiable", "dampening"))
    if not special and len(optimizer.param_groups) == 1:
        if isinstance(optimizer, optim.Adam):
            return Adam(tuple(group["betas"]), group["eps"], isinstance(optimizer, optim.AdamW))
        if isinstance(optimizer, optim.SGD):
            return Descent(group["momentum"], group["nesterov"])
    raise SettingsError(
        f"a population cannot step like {type(optimizer).__name__} with these options: use Adam, AdamW or SGD, or fit"
    )


@dataclass(eq=False)
class _Crowd:
    """The loop over stretches: as a population up to the next ask, epoch or checkpoint, then each on its own."""

    task: Classification | Regression
    trainers: tuple[Trainer, ...]
    method: Method
    seed: int
    population: Population | None = None
    members: list[int] = field(default_factory=list)
    order: Tensor | None = None

    def finish(self) -> list[Outcome]:
        """Train all to their ends."""
        for trainer in self.trainers:
            trainer.refresh()
            trainer.log()
            trainer.save()
        active = self._unfinished(range(len(self.trainers)))
        while active:
            self._enter(active)
            optimizer = self._optimizer()
            steps = self._stretch(optimizer)
            self._leave(optimizer, steps)
            for number in active:
                trainer = self.trainers[number]
                trainer.after_step(trainer.setup.session.progress.step % trainer.setup.steps == 0)
            active = self._unfinished(active)
        return [trainer.close() for trainer in self.trainers]

    def _unfinished(self, numbers: Sequence[int] | range) -> list[int]:
        return [
            number
            for number in numbers
            for setup in [self.trainers[number].setup]
            if setup.session.progress.step < setup.fit.epochs * setup.steps and setup.session.progress.stopped is None
        ]

    def _network(self, number: int) -> Network:
        model = self.trainers[number].setup.session.model
        if not isinstance(model, Network):
            raise SettingsError(
                f"model {number} is a {type(model).__name__}: a population is made of Networks; use fit"
            )
        return model

    def _enter(self, active: list[int]) -> None:
        """Make these networks the population's members; those that did not change stay where they are."""
        networks = [self._network(number) for number in active]
        if self.population is None:
            self.population = Population([network.graph() for network in networks])
        else:
            place = {number: at for at, number in enumerate(self.members)}
            held = self.population.wirings
            self.population.become(
                [
                    place[number] if held[place[number]] is network.wiring else network.graph()
                    for number, network in zip(active, networks, strict=True)
                ]
            )
        self.members = active

    def _optimizer(self) -> MemberOptimizer:
        """The population's optimizer, with the state of the members' own."""
        model = self._model()
        sessions = [self.trainers[number].setup.session for number in self.members]
        groups = [session.optimizer.param_groups[0] for session in sessions]
        made = MemberOptimizer(model, self.method, weight_decay=[group["weight_decay"] for group in groups])
        for name, held in made.state.items():
            for at, session in enumerate(sessions):
                network = self._network(self.members[at])
                for k, parameter in enumerate((network.values, network.bias)):
                    found = session.optimizer.state.get(parameter, {}).get(name)
                    if found is not None:
                        bounds = model.offsets[k]
                        held[k][bounds[at] : bounds[at + 1]] = found
        made.steps[:] = [session.progress.step for session in sessions]
        return made

    def _model(self) -> Population:
        if self.population is None:
            raise SettingsError("the population has no members yet: enter some first")
        return self.population

    def _stretch(self, optimizer: MemberOptimizer) -> int:
        """Steps of all members up to where one of them has to be looked at; returns how many."""
        model, setups = self._model(), [self.trainers[number].setup for number in self.members]
        first, progresses = setups[0], [setup.session.progress for setup in setups]
        start = step = progresses[0].step
        losses, scores = (np.array([getattr(each, name) for each in progresses]) for name in ("loss_sum", "score_sum"))
        norms = any(Series.GRADIENT_NORM in setup.needs for setup in setups)
        batch, seen, paced = first.fit.batch, 0, self._paced()
        while True:
            epoch, position = divmod(step, first.steps)
            if self.order is None or position == 0:
                self.order = torch.from_numpy(rng.stream(self.seed, "order", epoch).permutation(len(first.sets.train)))
            rows = self.order[position * batch : (position + 1) * batch]
            x, y = first.sets.train.columns(rows)
            optimizer.zero_grad()
            made = model.backpropagate(x, y, self.task.loss)
            optimizer.learning_rate[:] = self._rates(step)
            kept = [parameter.detach().clone() for parameter, _ in paced]
            optimizer.step()
            for (parameter, factor), before in zip(paced, kept, strict=True):
                scale_update(parameter, before, factor)
            losses += made.losses.sum(1, dtype=torch.float64).numpy()
            scores += self._scores(made.outputs, y)
            step, seen = step + 1, seen + len(rows)
            self._record(setups, step, made.mean, optimizer if norms else None)
            if self._pause(step, setups):
                break
        for each, loss, score, setup in zip(progresses, losses, scores, setups, strict=True):
            each.loss_sum, each.score_sum, each.seen = float(loss), float(score), each.seen + seen
            each.step, each.edge_steps = step, each.edge_steps + (step - start) * setup.session.edges
        return step - start

    def _paced(self) -> list[tuple[Tensor, Tensor]]:
        """The population's parameters with a factor for every entry; none where nothing is paced."""
        paces = [pace for number in self.members for pace in self.trainers[number].setup.pacing.paces]
        model, factors = self._model(), ([pace.edge for pace in paces], [pace.neuron for pace in paces])
        return [(model.values, torch.cat(factors[0])), (model.bias, torch.cat(factors[1]))] if paces else []

    def _rates(self, step: int) -> list[float]:
        """Learning rates at a step."""
        made = []
        for number in self.members:
            session = self.trainers[number].setup.session
            schedule, group = session.schedule, session.optimizer.param_groups[0]
            if schedule is None:
                made.append(float(group["lr"]))
            elif isinstance(schedule, LambdaLR):
                made.append(float(schedule.base_lrs[0] * schedule.lr_lambdas[0](step)))
            else:
                raise SettingsError(f"a population has no {type(schedule).__name__}: use a LambdaLR, none, or fit")
        return made

    def _scores(self, outputs: Tensor, y: Tensor) -> Array:
        """float64 (members,): the metric summed over the batch."""
        members, count, batch = outputs.shape
        flat = outputs.transpose(0, 1).reshape(count, members * batch)
        found = self.task.scores(flat, y.repeat(members) if y.ndim == 1 else y.repeat(1, members))[self.task.metric]
        summed: Array = found.view(members, batch).sum(1, dtype=torch.float64).numpy()
        return summed

    def _record(self, setups: Sequence[Any], step: int, means: Tensor, optimizer: MemberOptimizer | None) -> None:
        """Add what some rule needs of this step to its member's series."""
        model = self._model()
        for at, setup in enumerate(setups):
            if Series.LOSS in setup.needs:
                setup.session.recorder.add(Series.LOSS, step, float(means[at]))
            if optimizer is not None and Series.GRADIENT_NORM in setup.needs:
                squares = 0.0
                for grad, bounds in zip((model.values.grad, model.bias.grad), model.offsets, strict=True):
                    squares += 0.0 if grad is None else float(grad[bounds[at] : bounds[at + 1]].square().sum())
                setup.session.recorder.add(Series.GRADIENT_NORM, step, squares**0.5)

    def _pause(self, step: int, setups: Sequence[Any]) -> bool:
        """Whether after this step a member has to be looked at on its own."""
        every = setups[0].fit.checkpoint_every
        due = any(grower.window.due(step) for setup in setups for grower in setup.growers)
        return bool(step % setups[0].steps == 0 or due or (every and step % every == 0))

    def _leave(self, optimizer: MemberOptimizer, steps: int) -> None:
        """Give every network and its optimizer what the population learned."""
        model = self._model()
        for at, number in enumerate(self.members):
            session, network = self.trainers[number].setup.session, self._network(number)
            with torch.no_grad():
                for k, (parameter, new) in enumerate(
                    zip((network.values, network.bias), model.member(at), strict=True)
                ):
                    parameter.copy_(new)
                    state = session.optimizer.state[parameter]
                    if isinstance(self.method, Adam):
                        state["step"] = torch.tensor(float(optimizer.steps[at]))
                    for name, held in optimizer.state.items():
                        state[name] = held[k][model.offsets[k][at] : model.offsets[k][at + 1]].clone()
            if session.schedule is not None:
                # The rate follows from the number of steps alone, so all but the last can be counted at once.
                session.optimizer._opt_called = True  # type: ignore[attr-defined]
                session.schedule.last_epoch += steps - 1
                session.schedule.step()
