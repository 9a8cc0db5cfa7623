"""What is always logged of the networks that grow: extrema and health of levels, and what growth has tried so far."""

from __future__ import annotations

from typing import Any

from graphgrow.arrays import Json
from graphgrow.graph.history import Series
from graphgrow.growth.phases import Phases
from graphgrow.measure.activity import dead_neurons, effective_ranks, level_gradient_ratios, severities
from graphgrow.measure.coverage import Visits, active_share
from graphgrow.measure.extrema import ABSOLUTE, Side, find
from graphgrow.train.growing import Grower
from graphgrow.train.parallel.forms import PLAIN
from graphgrow.train.prepare import Setup


def observe(setup: Setup) -> dict[str, Json]:
    """Two entries of an epoch's row; the leading process looks for all.

    `extrema` : level -> [HIGH, LOW] by the founding protocol in absolute mode, added up over all networks of the model;
    None where nothing was probed.
    `sites` : for each network that grows, by its name:

    - `active` : share of hidden neurons on some path from an input to an output (`measure.coverage.active_share`).
    - `visited` : share of possible edges that were ever one (`Visits.share`); `removed` and `regrown`, edges so far.
    - `edges`, `neurons` : live ones by the phase of their birth (`Phases.births`).
    - where it was probed, by level: `severity`, `dead`, `gradient_ratio`, `effective_rank` (`measure.activity`).
    """
    probes = setup.fit.record_extrema or Series.EXTREMA_SHARE in setup.needs
    progress, recorder = setup.session.progress, setup.session.recorder
    told = setup.parallel.agree(lambda: _looked(setup, probes), PLAIN)
    progress.medians = told["medians"]
    if Series.EXTREMA_SHARE in setup.needs:
        for share in told["shares"]:
            recorder.add(Series.EXTREMA_SHARE, progress.step, share)
    return {"extrema": told["extrema"], "sites": told["sites"]}


def _looked(setup: Setup, probes: bool) -> dict[str, Any]:
    """Both entries, the share of extreme neurons in each network, and the first medians by site."""
    extrema: dict[str, list[int]] = {}
    shares: list[float] = []
    sites: dict[str, dict[str, Json]] = {}
    for grower in setup.growers:
        sites[grower.site.name] = _tried(setup, grower)
        if not probes:
            continue
        wiring, seen = grower.site.network.wiring, grower.probe()
        found = find(wiring, seen.activation, ABSOLUTE, grower.medians(setup.session.progress))
        for level, (high, low) in found.by_level(wiring).items():
            held = extrema.setdefault(str(level), [0, 0])
            held[0], held[1] = held[0] + high, held[1] + low
        shares.append(found.share(wiring, Side.EITHER))
        by_level: dict[str, dict[int, Any]] = {
            "severity": severities(wiring, found),
            "dead": dead_neurons(wiring, found),
            "gradient_ratio": level_gradient_ratios(wiring, seen.delta),
            "effective_rank": effective_ranks(wiring, seen.activation),
        }
        for name, values in by_level.items():
            sites[grower.site.name][name] = {str(level): value for level, value in values.items()}
    medians = setup.session.progress.medians
    return {"extrema": extrema if probes else None, "sites": sites, "shares": shares, "medians": medians}


def _tried(setup: Setup, grower: Grower) -> dict[str, Json]:
    """What follows from the wiring and the events alone."""
    wiring, name = grower.site.network.wiring, grower.site.name
    visits = setup.session.visits.get(name, Visits())
    events, phases, total = setup.session.recorder.events, Phases(), grower.window.total
    return {
        "active": active_share(wiring),
        "visited": visits.share(wiring, grower.reach),
        "removed": visits.removed,
        "regrown": visits.regrown,
        "edges": {**phases.births(wiring.edge_born, events, total)},
        "neurons": {**phases.births(wiring.neuron_born, events, total)},
    }
