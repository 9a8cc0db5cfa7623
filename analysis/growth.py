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
    gives a table without rows.
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
