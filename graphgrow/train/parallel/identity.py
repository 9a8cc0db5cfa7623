"""What all processes of one training must hold alike."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch

import graphgrow
from graphgrow.arrays import Json
from graphgrow.growth.rule import describe
from graphgrow.settings import to_json
from graphgrow.store.files import digest
from graphgrow.store.records import pack, state_record
from graphgrow.store.state import State, to_text
from graphgrow.train.data import fingerprint

if TYPE_CHECKING:
    from graphgrow.train.prepare import Setup


def identity(setup: Setup) -> Mapping[str, str]:
    """SHA-256 of versions, settings, data, networks and the rest of the state, by these names."""
    state = setup.session.capture()
    graphs, next_ids = pack(state.graphs)
    rest, tree = state_record(State(state.step, state.epoch, {}, state.arrays, state.tree))
    versions: dict[str, Json] = {
        "graphgrow": graphgrow.__version__,
        "torch": torch.__version__,
        "numpy": np.__version__,
    }
    return {
        "versions": hashlib.sha256(to_text(versions).encode()).hexdigest(),
        "settings": hashlib.sha256(to_text(_settings(setup)).encode()).hexdigest(),
        "data": fingerprint(setup.task.data()),
        "networks": digest(graphs, to_text(dict(next_ids))),
        "state": digest(rest, to_text(tree)),
    }


def _settings(setup: Setup) -> dict[str, Json]:
    """Everything that decides the bits beside data and state."""
    growers: list[Json] = [
        {
            "site": grower.site.name,
            "rule": grower.name,
            "edges": grower.budget.edges,
            "neurons": grower.budget.neurons,
            "reach": grower.reach,
            "window": [grower.window.every, grower.window.end, grower.window.total],
        }
        for grower in setup.growers
    ]
    needs: list[Json] = [which.name for which in sorted(setup.needs)]
    return {
        "fit": to_json(setup.fit),
        "seed": setup.seed,
        "task": setup.task.name,
        "optimizer": type(setup.session.optimizer).__name__,
        "needs": needs,
        "growers": growers,
        "pace": [describe(factor) for factor in setup.pacing.factors],
    }
