"""Everything that changes while training, and its capture as a State."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn, optim

from graphgrow.arrays import Array, Json, Memory
from graphgrow.engine.network import Network
from graphgrow.engine.sites import NetworkSite
from graphgrow.errors import StoreError
from graphgrow.graph.history import Event, Recorder
from graphgrow.measure.coverage import Visits
from graphgrow.measure.criticality import Ring
from graphgrow.store.state import State
from graphgrow.train.plain import from_plain, to_plain


@dataclass
class Progress:
    """Counters of a training; plain numbers.

    `loss_sum`, `score_sum` and `seen` run over the current epoch. By site: how often the rule `fired`, why the last
    answer that fell short of its room did (`causes`), and the `medians` of mean activations at the first probe.
    """

    step: int = 0
    epoch: int = 0
    edge_steps: int = 0
    loss_sum: float = 0.0
    score_sum: float = 0.0
    seen: int = 0
    fired: dict[str, int] = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)
    medians: dict[str, dict[str, float]] = field(default_factory=dict)
    best_loss: float | None = None
    best_epoch: int = 0
    rows: int = 0
    stopped: str | None = None


@dataclass
class Session:
    """A training in progress: the model, its optimizer and schedule, the sites that grow, and what was recorded.

    `rings` are the snapshots of rules that want them, and `visits` the pairs that were joined once, both by site;
    `last` is the latest row of the history.
    """

    model: nn.Module
    optimizer: optim.Optimizer
    schedule: Any
    sites: Mapping[str, NetworkSite]
    memories: dict[str, Memory]
    rings: dict[str, Ring] = field(default_factory=dict)
    visits: dict[str, Visits] = field(default_factory=dict)
    recorder: Recorder = field(default_factory=Recorder)
    progress: Progress = field(default_factory=Progress)
    last: dict[str, Json] = field(default_factory=dict)

    @property
    def edges(self) -> int:
        """Live edges of all sites."""
        return sum(site.network.plan.edges for site in self.sites.values())

    @property
    def neurons(self) -> int:
        """Neurons of all sites."""
        return sum(site.network.plan.neurons for site in self.sites.values())

    def capture(self) -> State:
        """The State of this moment; shares nothing with the model."""
        arrays: dict[str, Array] = {"torch_rng": torch.get_rng_state().numpy().copy()}
        for name, tensor in _rest(self.model).items():
            arrays[f"model/{name}"] = _array(tensor)
        held = self.optimizer.state_dict()
        scalars: dict[str, dict[str, Json]] = {}
        for slot, entries in held["state"].items():
            for name, value in entries.items():
                if isinstance(value, Tensor):
                    arrays[f"optimizer/{slot}/{name}"] = _array(value)
                else:
                    scalars.setdefault(str(slot), {})[name] = value
        for name, array in self.recorder.arrays().items():
            arrays[f"series/{name}"] = array
        for site, ring in self.rings.items():
            arrays.update({f"ring/{site}/{name}": array for name, array in ring.arrays().items()})
        for site, visits in self.visits.items():
            arrays.update({f"visits/{site}/{name}": array for name, array in visits.arrays().items()})
        tree: dict[str, Json] = {
            "progress": dict(vars(self.progress)),
            "memories": {name: dict(memory) for name, memory in self.memories.items()},
            "groups": to_plain(held["param_groups"], "optimizer"),
            "scalars": to_plain(scalars, "optimizer"),
            "schedule": None if self.schedule is None else to_plain(self.schedule.state_dict(), "schedule"),
            "last": self.last,
            "events": [event.to_json() for event in self.recorder.events],
        }
        graphs = {name: site.graph() for name, site in self.sites.items()}
        return State(self.progress.step, self.progress.epoch, graphs, arrays, tree)

    def restore(self, state: State) -> None:
        """Continue from a State; model, optimizer and schedule must be of the same kind as those captured.

        Raises
        ------
        StoreError
            The state belongs to a model with other networks or parameters, or was written by another version.
        """
        if set(state.graphs) != set(self.sites):
            raise StoreError(
                f"state of networks {sorted(state.graphs)} for a model with {sorted(self.sites)}: wrong model"
            )
        tree: Any = state.tree
        try:
            progress = Progress(**tree["progress"])
        except TypeError as error:
            raise StoreError(f"the state is of another version ({error}): start the run anew") from None
        rest = _rest(self.model)
        with torch.no_grad():
            for name, tensor in rest.items():
                if f"model/{name}" not in state.arrays:
                    raise StoreError(f"the state has no parameter {name}: it belongs to another model")
                tensor.copy_(torch.from_numpy(np.array(state.arrays[f"model/{name}"])))
        entries: dict[int, dict[str, Any]] = {
            int(slot): dict(value) for slot, value in from_plain(tree["scalars"]).items()
        }
        for name, array in state.arrays.items():
            if name.startswith("optimizer/"):
                _, slot, entry = name.split("/", 2)
                entries.setdefault(int(slot), {})[entry] = torch.from_numpy(np.array(array))
        self._restore_optimizer(entries, from_plain(tree["groups"]))
        if (self.schedule is None) != (tree["schedule"] is None):
            raise StoreError("the state and this training do not both have a schedule: use the one it began with")
        if self.schedule is not None:
            self.schedule.load_state_dict(from_plain(tree["schedule"]))
        self.memories = dict(tree["memories"])
        self.rings = {site: Ring.restored(held) for site, held in _by_site("ring", state.arrays).items()}
        self.visits = {site: Visits.restored(held) for site, held in _by_site("visits", state.arrays).items()}
        self.last = dict(tree["last"])
        series = {name[7:]: array for name, array in state.arrays.items() if name.startswith("series/")}
        self.recorder = Recorder.restored(series, [Event.from_json(event) for event in tree["events"]])
        # In place, since the loop that takes a trial back goes on counting in the object it holds.
        vars(self.progress).update(vars(progress))
        torch.set_rng_state(torch.from_numpy(np.array(state.arrays["torch_rng"])))

    def _restore_optimizer(self, entries: dict[int, dict[str, Any]], groups: list[dict[str, Any]]) -> None:
        """Give the optimizer its state, every tensor in the dtype it had."""
        self.optimizer.load_state_dict({"state": entries, "param_groups": groups})
        parameters = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        for slot, held in entries.items():
            state = self.optimizer.state[parameters[slot]]
            for name, value in held.items():
                if isinstance(value, Tensor):
                    # torch casts to the parameter's dtype; ASGD and NAdam keep scalars in float32 whatever it is.
                    state[name] = value.to(state[name].device)


def _by_site(what: str, arrays: Mapping[str, Array]) -> dict[str, dict[str, Array]]:
    """The arrays of one kind out of those of a State: site -> name -> array."""
    held: dict[str, dict[str, Array]] = {}
    for name, array in arrays.items():
        if name.startswith(f"{what}/"):
            site, entry = name.removeprefix(f"{what}/").rsplit("/", 1)
            held.setdefault(site, {})[entry] = array
    return held


def _rest(model: nn.Module) -> dict[str, Tensor]:
    """Parameters and buffers that belong to no Network."""
    networks = [name for name, module in model.named_modules() if isinstance(module, Network)]
    if "" in networks:
        return {}
    owned = tuple(f"{name}." for name in networks)
    return {name: tensor for name, tensor in model.state_dict(keep_vars=True).items() if not name.startswith(owned)}


def _array(tensor: Tensor) -> Array:
    made: Array = tensor.detach().cpu().numpy().copy()
    return made
