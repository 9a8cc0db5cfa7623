"""Growth as tables: what each event did, and what is left of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from graphgrow.store.run import Run


def event_table(run: Run) -> pd.DataFrame:
    """One row per growth event: event, epoch, site, rule, added, removed, neurons, edges, accepted, reason.

    `neurons` and `edges` are sizes after the event; a trial that was rolled back is not accepted. A run that never grew
    recorded, gives a table without rows.
    """
    names = ["event", "epoch", "site", "rule", "added", "removed", "neurons", "edges", "accepted", "reason"]
    rows = [[event.number, *(getattr(event, name) for name in names[1:])] for event in run.events()]
    return pd.DataFrame(rows, columns=names)


def edges_by_event(run: Run, site: str | None = None) -> pd.DataFrame:
    """How many edges each event brought and how many of them the final graph still has.

    Columns: event (0 is the start graph), epoch, added, surviving, share (surviving / added, missing where nothing was
    added). Trials that were rolled back are left out.

    Parameters
    ----------
    site : which network; only needed where the run has several.
    """
    final = run.final(site)
    born = np.bincount(final.wiring.edge_born)
    rows = [(0, 0, run.start(site).edges)]
    events = [event for event in run.events() if event.accepted and site in (None, event.site)]
    rows += [(event.number, event.epoch, event.added) for event in events]
    made = pd.DataFrame(rows, columns=["event", "epoch", "added"])
    made["surviving"] = [int(born[event]) if event < born.size else 0 for event in made["event"]]
    made["share"] = (made["surviving"] / made["added"]).where(made["added"] > 0)
    return made


def level_table(run: Run) -> pd.DataFrame:
    """One row per epoch, network and hidden level: what the run observed of it.

    Columns: epoch, site, level, severity, dead, gradient_ratio, effective_rank (`graphgrow.train.observe`); missing
    where there was none, as a ratio at the first level. A run that probed nothing, or was stored before these were
    recorded, gives a table without rows.
    """
    names = ["severity", "dead", "gradient_ratio", "effective_rank"]
    rows = []
    for row in run.rows():
        for site, seen in (row.get("sites") or {}).items():
            for level in sorted(seen.get("severity", {}), key=int):
                held = [seen[name].get(level) for name in names]
                rows.append([row["epoch"], site, int(level), *held])
    return pd.DataFrame(rows, columns=["epoch", "site", "level", *names])


def coverage_table(run: Run) -> pd.DataFrame:
    """One row per epoch and network: active, visited, removed, regrown, and live edges by the phase of their birth.

    Columns of edges are edges_start, edges_coarse, edges_medium and edges_fine. A run that was stored before these were
    recorded gives a table without rows.
    """
    names = ["active", "visited", "removed", "regrown"]
    phases = ["start", "coarse", "medium", "fine"]
    rows = [
        [row["epoch"], site, *(seen[name] for name in names), *(seen["edges"][phase] for phase in phases)]
        for row in run.rows()
        for site, seen in (row.get("sites") or {}).items()
    ]
    return pd.DataFrame(rows, columns=["epoch", "site", *names, *(f"edges_{phase}" for phase in phases)])
