"""Trial growth: an edit is made, trained for a while, judged on the growth split, and undone again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from graphgrow import rng
from graphgrow.arrays import Array, Json
from graphgrow.graph.apply import Remap
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Role, Wiring
from graphgrow.growth.trials import Evidence, Trial
from graphgrow.measure.criticality import level_norms
from graphgrow.measure.extrema import ABSOLUTE, find
from graphgrow.train.evaluate import evaluate
from graphgrow.train.growing import Grower
from graphgrow.train.prepare import Setup, prober, require_trials, take

LONGEST = 200  # steps of a trial that does not say how many; shorter where an epoch is


@dataclass(frozen=True, eq=False)
class Verdict:
    """What came of a trial: whether the edit stays, and its numbers, for the event's notes."""

    stays: bool
    notes: dict[str, Json]


@dataclass(frozen=True, eq=False)
class Trials:
    """Makes trial growths in a training.

    The State is kept in memory before and restored after, whatever the verdict: an edit that stays is made anew, with
    the ids it had. So a trial moves neither the order of samples nor epochs, schedule and checkpoints, and a resume,
    which begins before it or after it, repeats it with the same bits. Its steps count as edge-steps and take wall time.
    """

    setup: Setup

    def __call__(self, grower: Grower, after: Graph, remap: Remap, trial: Trial) -> Verdict:
        """Try to become `after`.

        Raises
        ------
        SettingsError
            There are no growth samples to judge by.
        """
        setup, session = self.setup, self.setup.session
        require_trials(grower.name, setup.task.name, len(setup.sets.growth), setup.parallel)
        medians = grower.medians(session.progress)
        before, state = self._evidence(grower, medians), session.capture()
        grower.site.become(after, remap)
        self._refresh()
        steps, edges = trial.steps or min(LONGEST, setup.steps), session.edges
        self._train(self._batches(grower, steps))
        later = self._evidence(grower, medians)
        take(session, state)
        self._refresh()
        session.progress.edge_steps += steps * edges
        stays = later is not None and (before is None or trial.judge(before, later))
        return Verdict(stays, {"steps": steps, "before": _plain(before), "after": _plain(later)})

    def _refresh(self) -> None:
        """Factors of the pace for the networks as they stand."""
        progress = self.setup.session.progress
        self.setup.pacing.refresh(self.setup.session.recorder.events, progress.epoch)

    def _batches(self, grower: Grower, steps: int) -> Iterator[Tensor]:
        """Rows of the training samples, in an order of the trial's own."""
        setup, made = self.setup, 0
        while made < steps:
            draws = rng.stream(setup.seed, "trial", grower.site.name, setup.session.progress.step, made)
            order = torch.from_numpy(draws.permutation(len(setup.sets.train)))
            for start in range(0, len(order), setup.fit.batch)[: steps - made]:
                yield order[start : start + setup.fit.batch]
                made += 1

    def _train(self, batches: Iterator[Tensor]) -> None:
        """Optimizer steps at the learning rate of this moment."""
        setup, session = self.setup, self.setup.session
        for number, rows in enumerate(batches):
            share = setup.parallel.share(rows)
            x, y = setup.sets.train.columns(share.rows)
            session.optimizer.zero_grad(set_to_none=True)
            draws = partial(rng.stream, setup.seed, "trial", "learning", session.progress.step, number)
            setup.learning.teach(session.model, setup.task, x, y, setup.parallel, share, draws)
            session.optimizer.step()

    def _evidence(self, grower: Grower, medians: dict[int, float]) -> Evidence | None:
        """What the growth split shows now; None where the loss or a weight is no finite number."""
        setup, model, network = self.setup, self.setup.session.model, grower.site.network
        if not all(bool(parameter.isfinite().all()) for parameter in model.parameters()):
            return None
        loss = evaluate(model, setup.task, setup.sets.growth, outputs=setup.learning.outputs)["loss"]
        if loss is None or not math.isfinite(loss):
            return None
        x, y = setup.sets.growth.columns(slice(None))
        draws = partial(rng.stream, setup.seed, "trial", "probe")
        seen = prober(setup.learning, model, grower.site, setup.task, x, y, draws)()
        saturated = find(network.wiring, seen.activation, ABSOLUTE, medians).share(network.wiring)
        return Evidence(loss, gradient_flow(network.wiring, seen.delta), saturated)


def gradient_flow(wiring: Wiring, delta: Array) -> float | None:
    """Length of the deltas in the first hidden level over that at the outputs, root mean squares over samples.

    None where there is no hidden neuron, or no error at the outputs.
    """
    hidden, outputs = wiring.rank[wiring.role == Role.HIDDEN], wiring.role == Role.OUTPUT
    arrives = level_norms(wiring, np.where(outputs[:, None], 0, delta))
    leaves = float(np.sqrt(np.square(delta[outputs], dtype=np.float64).sum() / delta.shape[1]))
    return float(arrives[hidden.min()]) / leaves if hidden.size and leaves > 0 else None


def _plain(evidence: Evidence | None) -> Json:
    return None if evidence is None else evidence.to_json()
