"""Checking that model, task, rules and settings fit together, before anything is trained or written."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import ReduceLROnPlateau

from graphgrow import rng
from graphgrow.engine.network import Network
from graphgrow.engine.optimizers import Fresh, starts
from graphgrow.engine.sites import NetworkSite, sites
from graphgrow.errors import SettingsError
from graphgrow.graph.history import Series
from graphgrow.growth import registry
from graphgrow.growth.limits import Budget
from graphgrow.growth.parts import Need, Proposer
from graphgrow.measure.signals import Signals
from graphgrow.settings import Fit, GrowthSettings
from graphgrow.store.state import State
from graphgrow.train.evaluate import Sets, evaluating
from graphgrow.train.growing import Grower, Window
from graphgrow.train.learning import Draws, LearningRule, load
from graphgrow.train.objectives import Task
from graphgrow.train.pacing import Factor, Pacing
from graphgrow.train.parallel import Parallel, resolved
from graphgrow.train.schedules import OptimizerFactory, ScheduleFactory
from graphgrow.train.session import Session

ANY_LEVEL = 1 << 30  # reach of edges that may skip any number of levels
PROVIDED = frozenset({Need.RING, Need.DROPOUT})  # what the loop keeps for rules beyond one probe


@dataclass(frozen=True, eq=False)
class Setup:
    """A training that is ready to run.

    Attributes
    ----------
    sets : the task's splits as tensors.
    steps : optimizer steps per epoch.
    needs : the series that some rule reads, which are recorded for it; validation loss and accuracy always are.
    parallel : the processes that train.
    pacing : how fast single parameters learn.
    learning : where the gradients come from.
    """

    task: Task
    sets: Sets
    fit: Fit
    session: Session
    growers: tuple[Grower, ...]
    steps: int
    seed: int
    needs: frozenset[Series]
    parallel: Parallel
    pacing: Pacing
    learning: LearningRule


def prepare(
    model: nn.Module,
    task: Task,
    rules: Proposer | Mapping[str, Proposer],
    optimizer: OptimizerFactory,
    schedule: ScheduleFactory | None,
    settings: Fit,
    growth: GrowthSettings,
    seed: int,
    parallel: Parallel | None = None,
    pace: Sequence[Factor] = (),
) -> Setup:
    """Check that everything fits together before anything is trained or written.

    Raises
    ------
    SettingsError, OptimizerError
        As `fit`; the message says what does not fit and how to mend it.
    """
    parallel = resolved(parallel)
    made = optimizer(model.parameters())
    starts(made)
    found = sites(model, made, Fresh[growth.fresh.upper()])
    _require_fitting(model, task, found)
    dtype = next(iter(found.values())).network.values.dtype
    learning = load(settings.learning)
    learning.check(model, task)
    if parallel.several and not learning.spreads:
        raise SettingsError(f"fit.learning {settings.learning} runs in one process: train in one, or backpropagate")
    sets = Sets.of(task.data(), dtype)
    if not len(sets.train):
        raise SettingsError(f"task {task.name} has no training samples: lower task.validation")
    if not len(sets.validation) and settings.patience is not None:
        raise SettingsError("fit.patience needs validation samples: raise task.validation above 0")
    steps = math.ceil(len(sets.train) / settings.batch)
    session = Session(model, made, schedule(made) if schedule else None, found, {name: {} for name in found})
    if not len(sets.validation) and isinstance(session.schedule, ReduceLROnPlateau):
        raise SettingsError("ReduceLROnPlateau needs validation samples: raise task.validation above 0")
    window = Window.of(growth, steps, settings.epochs)
    named = rules if isinstance(rules, Mapping) else dict.fromkeys(found, rules)
    for name in named:
        if name not in found:
            raise SettingsError(f"rule for {name!r}, but the model's networks are {', '.join(found)}: name one of them")
    chosen = rng.stream(seed, "probe").permutation(len(sets.train))[: growth.probe_samples]
    x, y = sets.train.columns(torch.from_numpy(chosen))

    def draws() -> np.random.Generator:
        return rng.stream(seed, "probe", "learning")

    growers = tuple(
        _grower(found[name], rule, growth, seed, window, prober(learning, model, found[name], task, x, y, draws))
        for name, rule in named.items()
    )
    for grower in growers:
        if getattr(grower.rule, "trial", None) is not None:
            require_trials(grower.name, task.name, len(sets.growth), parallel)
    needs = frozenset(which for rule in named.values() for which in getattr(rule, "needs", ()))
    pacing = Pacing.of(pace, found)
    return Setup(task, sets, settings, session, growers, steps, seed, needs, parallel, pacing, learning)


def _require_fitting(model: nn.Module, task: Task, found: Mapping[str, NetworkSite]) -> None:
    """Refuse a model without Networks, off the CPU, or of other sizes than the task's."""
    if not found:
        raise SettingsError("the model holds no graphgrow Network: nothing can grow; use torch alone, or put one in")
    elsewhere = {str(parameter.device) for parameter in model.parameters() if parameter.device.type != "cpu"}
    if elsewhere:
        raise SettingsError(f"model on {', '.join(sorted(elsewhere))}, but fit trains on the CPU: pass model.cpu()")
    if isinstance(model, Network) and (model.inputs, model.outputs) != (task.inputs, task.outputs):
        raise SettingsError(
            f"network of {model.inputs} inputs and {model.outputs} outputs for task {task.name} with {task.inputs} and "
            f"{task.outputs}: build the network for the task"
        )


def prober(
    learning: LearningRule, model: nn.Module, site: NetworkSite, task: Task, x: Tensor, y: Tensor, draws: Draws
) -> Callable[[], Signals]:
    """Probe a site as the learning rule sees it, always with the same samples."""

    def look() -> Signals:
        with evaluating(model):
            return learning.signals(model, site.network, task, x, y, draws)

    return look


def _grower(
    site: NetworkSite,
    rule: Proposer,
    growth: GrowthSettings,
    seed: int,
    window: Window,
    look: Callable[[], Signals],
) -> Grower:
    """The site's rule with its budget, which must not lie below the start."""
    name = registry.name_of(rule)
    edges = site.network.plan.edges
    budget = default_budget(edges, rule) if growth.budget is None else growth.budget or None
    missing: frozenset[Need] = getattr(rule, "wants", frozenset()) - PROVIDED
    if missing:
        what = " and ".join(sorted(need.value for need in missing))
        raise SettingsError(f"rule {name} needs {what}, which fit does not keep: choose another rule")
    if budget is not None and budget < edges and not getattr(rule, "may_exceed", False):
        raise SettingsError(
            f"budget of {budget} edges is below the {edges} edges of the start: raise the budget or start sparser"
        )
    if budget is None and getattr(rule, "needs_budget", False):
        does = "prunes to its budget" if getattr(rule, "may_exceed", False) else "adds all edges it is given room for"
        raise SettingsError(f"rule {name} {does}: give it a growth.budget above 0")
    neurons = site.network.plan.neurons
    if growth.neurons is not None and growth.neurons < neurons:
        raise SettingsError(
            f"at most {growth.neurons} neurons, but the start has {neurons}: raise growth.neurons or start smaller"
        )
    reach = ANY_LEVEL if growth.skips else 1
    return Grower(site, name, rule, Budget(budget, growth.neurons), look, seed, reach, window)


def require_trials(rule: str, task: str, samples: int, parallel: Parallel) -> None:
    """Refuse trial growth where there are no samples to judge it by, or several processes."""
    if not samples:
        raise SettingsError(
            f"rule {rule} judges trials on growth samples, but task {task} has none: set task.growth, e.g. to 0.1"
        )
    if parallel.several:
        raise SettingsError(f"rule {rule} makes trials, which several processes cannot: train in one process")


def default_budget(edges: int, rule: Proposer) -> int | None:
    """Twice the start for rules that grow, or that begin with all the edges of the budget; none for others."""
    start = getattr(rule, "start", None)
    grows = bool(getattr(rule, "grows", True)) or (start is not None and not start.exceeds)
    return 2 * edges if grows else None


def take(session: Session, state: State) -> None:
    """Give the networks the state's graphs, then restore the rest."""
    for name, site in session.sites.items():
        if name in state.graphs:
            graph = state.graphs[name]
            old = (site.network.values, site.network.bias)
            site.network.become(graph)
            # A frozen parameter stays frozen, as in `transplant`.
            site.network.values.requires_grad_(old[0].requires_grad)
            site.network.bias.requires_grad_(old[1].requires_grad)
            for group in session.optimizer.param_groups:
                fresh = {id(old[0]): site.network.values, id(old[1]): site.network.bias}
                group["params"] = [fresh.get(id(held), held) for held in group["params"]]
    session.restore(state)
