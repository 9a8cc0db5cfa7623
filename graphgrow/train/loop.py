"""The training loop: steps, growth, evaluation and checkpoints, exact on resume."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from graphgrow import rng
from graphgrow.arrays import Json
from graphgrow.engine.network import Network
from graphgrow.growth.parts import Proposer
from graphgrow.settings import Fit, GrowthSettings
from graphgrow.store.run import Run
from graphgrow.store.state import State
from graphgrow.train.growing import shortfall
from graphgrow.train.ledger import (
    Clock,
    before_step,
    close_epoch,
    judge_time,
    record_step,
    require_finite,
    summary,
)
from graphgrow.train.objectives import Task
from graphgrow.train.pacing import Factor
from graphgrow.train.parallel import Parallel, Sums, resolved
from graphgrow.train.parallel.identity import identity
from graphgrow.train.prepare import Setup, prepare, take
from graphgrow.train.progress import Reporter, Silent
from graphgrow.train.schedules import OptimizerFactory, ScheduleFactory
from graphgrow.train.trials import Trials


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a training ended with.

    Attributes
    ----------
    state : everything, as a checkpoint would hold it.
    row : the last row of the history: losses, scores, edges, neurons, edge-steps.
    stop : why training ended.
    shortfall : budget, edges reached and the cause, or None when the budget was met.
    """

    state: State
    row: Mapping[str, Json]
    stop: str
    shortfall: str | None


def fit(
    model: nn.Module,
    task: Task,
    rules: Proposer | Mapping[str, Proposer],
    optimizer: OptimizerFactory,
    schedule: ScheduleFactory | None = None,
    settings: Fit | None = None,
    growth: GrowthSettings | None = None,
    seed: int = 0,
    run: Run | None = None,
    state: State | None = None,
    reporter: Reporter | None = None,
    parallel: Parallel | None = None,
    pace: Sequence[Factor] = (),
) -> Outcome:
    """Train every parameter of `model` and grow the Networks inside it.

    Parameters
    ----------
    model : a Network, or any module that holds Networks and maps (batch, inputs) to (batch, outputs).
    rules : one rule for every Network, or one per module name; Networks left out are trained and do not grow.
    optimizer, schedule : functions that make them; the schedule steps once per optimizer step.
    run : where history, events and checkpoints are stored; None keeps everything in memory.
    state : where to continue; the result is bit-identical to a training that was never interrupted.
    parallel : several processes that train this model, `DataParallel()`; each calls `fit` with the same arguments, but
        `run` and `reporter` count in process 0 alone.
    pace : factors of every update of the Networks' parameters (`train.pacing`); other parameters learn as ever.

    Raises
    ------
    SettingsError
        The model has no Network, sizes differ from the task's, a budget lies below the start, or a rule needs one.
    OptimizerError
        The optimizer's state cannot follow a growing parameter.
    DivergedError
        A loss or a weight is not finite.
    StoreError
        The run holds fewer events or epochs than the state knows.
    ParallelError
        The processes do not hold the same, or another one of them failed.
    """
    parallel, fitting, growing = resolved(parallel), settings or Fit(), growth or GrowthSettings()
    with parallel.together():
        setup = prepare(model, task, rules, optimizer, schedule, fitting, growing, seed, parallel, pace)
    return train(setup, run, state, reporter or Silent())


def train(setup: Setup, run: Run | None, state: State | None, reporter: Reporter) -> Outcome:
    """Run a prepared training to its end, from the start or from a state."""
    parallel = setup.parallel
    trainer = Trainer(setup, run, reporter) if parallel.leads else Trainer(setup, None, Silent())
    with torch_threads(1) if _small(setup) else nullcontext(), torch.random.fork_rng(devices=[]):
        # What a host draws, as for dropout, follows from the seed; the caller's own draws go on as if nothing happened.
        torch.manual_seed(int(rng.stream(setup.seed, "torch").integers(2**63)))
        if state is not None:
            with parallel.together():
                take(setup.session, state)
        parallel.require_same(lambda: identity(setup))
        trainer.refresh()
        if state is None:
            trainer.log()
            trainer.save()
        else:
            trainer.rewind()
        return trainer.finish()


SMALL = 1 << 20  # edges; below, what torch itself does in a step is too little to share out


def _small(setup: Setup) -> bool:
    """Whether the model is one small network, whose steps are faster on one torch thread.

    Starting torch's pool for vectors of some thousand numbers gains nothing on an idle machine, and on a busy one every
    start waits for a core: steps were seen to take 20 times as long. The kernels choose their threads on their own.
    """
    model = setup.session.model
    return isinstance(model, Network) and model.plan.edges < SMALL


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Run a block with this many torch threads; afterwards they are as the user set them."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True, eq=False)
class Trainer:
    """The loop over steps."""

    setup: Setup
    run: Run | None
    reporter: Reporter
    clock: Clock = field(default_factory=Clock)

    def finish(self) -> Outcome:
        """Train to the end, store what is final."""
        setup, progress = self.setup, self.setup.session.progress
        batch = setup.fit.batch
        order: Tensor | None = None
        while progress.step < setup.fit.epochs * setup.steps and progress.stopped is None:
            epoch, position = divmod(progress.step, setup.steps)
            if order is None or position == 0:
                # The order of an epoch follows from its number, so that a resume in its middle needs nothing else.
                order = torch.from_numpy(rng.stream(setup.seed, "order", epoch).permutation(len(setup.sets.train)))
            with self.clock.phase("train"):
                self._step(order[position * batch : (position + 1) * batch])
            self.after_step(position + 1 == setup.steps)
        return self.close()

    def _step(self, batch: Tensor) -> None:
        """One optimizer step."""
        setup, session, progress = self.setup, self.setup.session, self.setup.session.progress
        share = setup.parallel.share(batch)
        x, y = setup.sets.train.columns(share.rows)
        session.optimizer.zero_grad(set_to_none=True)
        output, losses = setup.learning.teach(
            session.model,
            setup.task,
            x,
            y,
            setup.parallel,
            share,
            lambda: rng.stream(setup.seed, "learning", progress.step),
        )
        before = before_step(setup)
        session.optimizer.step()
        if session.schedule is not None and not isinstance(session.schedule, ReduceLROnPlateau):
            session.schedule.step()
        with torch.no_grad():
            score = setup.task.scores(output, y)[setup.task.metric]
            loss = losses.detach()
            own = Sums(float(loss.sum(dtype=torch.float64)), float(score.sum(dtype=torch.float64)), float(loss.mean()))
        sums = setup.parallel.settle(share, own)
        progress.loss_sum += sums.loss
        progress.score_sum += sums.score
        progress.seen += len(batch)
        progress.step += 1
        record_step(setup, sums.mean, before)
        progress.edge_steps += session.edges

    def after_step(self, epoch_ends: bool) -> None:
        """Growth, the epoch's row and a checkpoint, each when due."""
        session, progress = self.setup.session, self.setup.session.progress
        progress.epoch += epoch_ends
        due = [grower for grower in self.setup.growers if grower.window.due(progress.step)]
        every = self.setup.fit.checkpoint_every
        saves = bool(every) and progress.step % every == 0
        if due or epoch_ends or saves:
            self.setup.parallel.align(session.model)
        require_finite(session, weights=bool(due) or epoch_ends or saves)
        for grower in due:
            with self.clock.phase("growth"):
                grower.grow(session, self.run, self.setup.parallel, Trials(self.setup))
        if due or epoch_ends:
            self.refresh()
        if epoch_ends:
            self.log()
            judge_time(self.setup, self.clock)
        if saves:
            self.save()

    def refresh(self) -> None:
        """The pace for the epoch and the networks as they stand."""
        session = self.setup.session
        self.setup.pacing.refresh(session.recorder.events, session.progress.epoch)

    def log(self) -> None:
        """Evaluate, and tell the run and the reporter."""
        with self.clock.phase("evaluate"):
            row = close_epoch(self.setup)
        with self.setup.parallel.together():
            if self.run is not None:
                with self.clock.phase("store"):
                    self.run.log(row)
                    self.run.time({"epoch": row["epoch"], **self.clock.seconds})
            self.reporter.epoch(row, self.setup.task.metric)

    def save(self) -> None:
        """A checkpoint."""
        with self.setup.parallel.together():
            if self.run is not None:
                with self.clock.phase("store"):
                    self.run.save(self.setup.session.capture())

    def rewind(self) -> None:
        """Drop what was stored after the state: it belongs to a future that is now trained again."""
        with self.setup.parallel.together():
            if self.run is not None:
                self.run.rewind(len(self.setup.session.recorder.events), self.setup.session.progress.rows)

    def close(self) -> Outcome:
        """The last checkpoint, the final graphs and the summary."""
        session = self.setup.session
        stop = session.progress.stopped or "all epochs done"
        short = shortfall(session, self.setup.growers)
        state = session.capture()
        with self.setup.parallel.together():
            if self.run is not None:
                self.run.save(state)
                self.run.time({"phase": "total", "seconds": sum(self.clock.seconds.values()), **self.clock.seconds})
                self.run.finish(state.graphs, summary(self.setup, stop, short))
        return Outcome(state, dict(session.last), stop, short)
