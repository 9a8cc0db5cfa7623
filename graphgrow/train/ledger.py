"""The history of a training: one row per epoch, early stopping, and the seconds each phase took."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from torch import Tensor
from torch.optim.lr_scheduler import ReduceLROnPlateau

from graphgrow.arrays import Json
from graphgrow.errors import DivergedError
from graphgrow.graph.history import Series
from graphgrow.growth.remembered import inner
from graphgrow.growth.stops import stopped
from graphgrow.train.evaluate import evaluate
from graphgrow.train.observe import observe
from graphgrow.train.parallel.forms import PLAIN
from graphgrow.train.prepare import Setup
from graphgrow.train.session import Progress, Session


@dataclass(frozen=True)
class Clock:
    """Wall-clock seconds by phase: train, growth, evaluate, store; `began` is when this process began to train."""

    seconds: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(("train", "growth", "evaluate", "store"), 0.0)
    )
    began: float = field(default_factory=time.perf_counter)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the seconds of a block to a phase."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += time.perf_counter() - start


def require_finite(session: Session, weights: bool) -> None:
    """Refuse a training loss that is not finite, and weights likewise where asked for, since looking costs a pass.

    Raises
    ------
    DivergedError
        One of them is infinite or no number.
    """
    if not math.isfinite(session.progress.loss_sum):
        raise _diverged("training loss", session.progress)
    if weights and not all(bool(parameter.isfinite().all()) for parameter in session.model.parameters()):
        raise _diverged("weight", session.progress)


def _diverged(what: str, progress: Progress) -> DivergedError:
    return DivergedError(
        f"{what} not finite after step {progress.step}: lower the learning rate, or look for extreme values in the data"
    )


def before_step(setup: Setup) -> list[Tensor]:
    """Copies of all parameters, where some rule reads the size of updates; none otherwise, since copies cost time."""
    if Series.UPDATE_NORM not in setup.needs:
        return []
    return [parameter.detach().clone() for parameter in setup.session.model.parameters()]


def record_step(setup: Setup, loss: float, before: list[Tensor]) -> None:
    """Add what some rule needs of this step to the series: the batch's loss, the norms of gradient and update.

    `before` is what `before_step` gave.
    """
    recorder, step = setup.session.recorder, setup.session.progress.step
    if Series.LOSS in setup.needs:
        recorder.add(Series.LOSS, step, loss)
    if Series.GRADIENT_NORM in setup.needs:
        squares = [p.grad.square().sum() for p in setup.session.model.parameters() if p.grad is not None]
        recorder.add(Series.GRADIENT_NORM, step, math.sqrt(float(sum(squares))))
    if Series.UPDATE_NORM in setup.needs:
        moved = zip(setup.session.model.parameters(), before, strict=True)
        recorder.add(Series.UPDATE_NORM, step, math.sqrt(float(sum((p.detach() - b).square().sum() for p, b in moved))))


def close_epoch(setup: Setup) -> dict[str, Json]:
    """The row of the epoch that just ended; counters of the epoch start anew, and patience is judged.

    Raises
    ------
    DivergedError
        The validation or test loss is not finite.
    """
    progress = setup.session.progress
    row = _row(setup)
    for name in ("validation_loss", "test_loss"):
        loss = row[name]
        if isinstance(loss, float) and not math.isfinite(loss):
            raise _diverged(name.replace("_", " "), progress)
    progress.loss_sum, progress.score_sum, progress.seen = 0.0, 0.0, 0
    progress.rows += 1
    _judge(setup, row)
    setup.session.last = row
    return row


def _row(setup: Setup) -> dict[str, Json]:
    session, progress, metric = setup.session, setup.session.progress, setup.task.metric
    read = setup.learning.outputs
    validation = evaluate(session.model, setup.task, setup.sets.validation, setup.parallel, read)
    test = evaluate(session.model, setup.task, setup.sets.test, setup.parallel, read)
    seen = progress.seen
    return {
        "epoch": progress.epoch,
        "step": progress.step,
        "train_loss": progress.loss_sum / seen if seen else None,
        f"train_{metric}": progress.score_sum / seen if seen else None,
        "validation_loss": validation["loss"],
        f"validation_{metric}": validation[metric],
        "test_loss": test["loss"],
        f"test_{metric}": test[metric],
        "edges": session.edges,
        "neurons": session.neurons,
        "edge_steps": progress.edge_steps,
        "learning_rate": float(session.optimizer.param_groups[0]["lr"]),
        **observe(setup),
    }


def _judge(setup: Setup, row: Mapping[str, Json]) -> None:
    """Record the validation series, step a plateau schedule, and stop when patience runs out."""
    session, progress = setup.session, setup.session.progress
    loss, score = row["validation_loss"], row[f"validation_{setup.task.metric}"]
    if not isinstance(loss, float) or not isinstance(score, float):
        return
    session.recorder.add(Series.VALIDATION_LOSS, progress.step, loss)
    session.recorder.add(Series.ACCURACY, progress.step, score)
    if isinstance(session.schedule, ReduceLROnPlateau) and progress.epoch:
        session.schedule.step(loss)
    growing = any(progress.step < grower.window.end for grower in setup.growers)
    if progress.best_loss is None or loss < progress.best_loss or growing:
        progress.best_loss, progress.best_epoch = loss, progress.epoch
    patience = setup.fit.patience
    if patience is not None and progress.epoch - progress.best_epoch >= patience:
        progress.stopped = f"no better validation loss for {patience} epochs"


def judge_time(setup: Setup, clock: Clock) -> None:
    """Stop a training that has epochs left when its time is over.

    A resumed training has all of the time again. Where it stops depends on the machine, so bits repeat only if no
    limit is met.
    """
    limit, progress = setup.fit.time_limit, setup.session.progress
    if limit is None or progress.stopped is not None or progress.step >= setup.fit.epochs * setup.steps:
        return
    # The leading process decides, since clocks differ.
    if setup.parallel.agree(lambda: time.perf_counter() - clock.began >= limit, PLAIN):
        progress.stopped = f"{TIME}: {limit:g} s were over after epoch {progress.epoch}"


TIME = "time"  # how the word on a training begins that was stopped by its time limit


def growth_ended(session: Session) -> dict[str, Json]:
    """By site, the cause for which growth ended before its window did; sites without one are left out."""
    causes = {name: stopped(inner(memory, "stops")) for name, memory in session.memories.items()}
    return {name: cause.value for name, cause in causes.items() if cause is not None}


def summary(setup: Setup, stop: str, shortfall: str | None) -> dict[str, Json]:
    """What a finished run says of itself, at the final epoch."""
    row, metric, events = setup.session.last, setup.task.metric, setup.session.recorder.events
    kept = {name: row[name] for name in ("edges", "neurons", "edge_steps")}
    return {
        "metric": metric,
        "test": row[f"test_{metric}"],
        "validation": row[f"validation_{metric}"],
        **kept,
        "events": len(events),
        "trials": sum("trial" in event.notes for event in events),
        "rolled_back": sum(not event.accepted for event in events),
        "budget": setup.growers[0].budget.edges if setup.growers else None,
        "shortfall": shortfall,
        "stop": stop,
        "growth_ended": growth_ended(setup.session),
    }
