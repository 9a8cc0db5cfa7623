"""Commands that look at rules and at stored runs."""

from __future__ import annotations

import json as text
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from graphgrow.arrays import Json
from graphgrow.errors import RuleError, SettingsError
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation, Role
from graphgrow.growth import catalogue, registry
from graphgrow.growth.rule import describe
from graphgrow.store.files import unwritten
from graphgrow.store.run import Run


def rules(name: str | None, extra: Path | None, json: bool, markdown: bool = False, check: bool = False) -> None:
    """All rules with a line each, or the parts of one; as JSON, as a page, or held against the contract of rules.

    Raises
    ------
    SettingsError
        Two of the three ways to print were asked for.
    RuleError
        A rule that was checked breaks the contract.
    """
    if json + markdown + check > 1:
        raise SettingsError("rules: expected one of --json, --markdown and --check, got more: choose one")
    extra = None if extra is None else registry.place(str(extra))
    entries = [registry.load(name, extra)] if name else registry.everything(extra)
    if check:
        _check([entry for entry in entries if name or extra is None or extra in (entry.path, entry.path.parent)])
    elif json:
        made = [{"name": e.name, "summary": e.summary, "parts": describe(e.rule)} for e in entries]
        print(text.dumps(made, indent=2))
    elif markdown:
        print(catalogue.markdown(entries), end="")
    else:
        width = max(len(entry.name) for entry in entries)
        for entry in entries:
            print(f"{entry.name:<{width}}  {entry.summary}")
        if name:
            print(text.dumps(describe(entries[0].rule), indent=2))


def _check(entries: list[registry.Entry]) -> None:
    """Hold rules against the contract and tell what breaks it."""
    from graphgrow.growth.contract import CHECKS, check

    broken = []
    for entry in entries:
        found = check(entry.rule)
        broken += [entry.name] if found else []
        print(f"{entry.name}: {f'{len(found)} faults' if found else f'holds all {len(CHECKS)} promises'}")
        for violation in found:
            print(f"  {violation}")
    if broken:
        raise RuleError(f"contract of rules broken by {', '.join(broken)}: mend what is listed above")


def show(path: Path, json: bool) -> None:
    """Settings, result and events of a run."""
    run = Run.open(path)
    rows, events = run.rows(), run.events()
    last: Mapping[str, Json] = rows[-1] if rows else {}
    if json:
        made = {"settings": dict(run.settings), "finished": run.finished, "last": dict(last)}
        print(text.dumps({**made, "events": [event.to_json() for event in events]}, indent=2))
        return
    print(f"{path}: {'finished' if run.finished else 'not finished: continue with graphgrow resume ' + str(path)}")
    for name, value in _flat(run.settings, ""):
        if not name.startswith("parts"):
            print(f"  {name} = {value}")
    numbers = {name: value for name, value in last.items() if not isinstance(value, Mapping)}
    print("  ".join(f"{name} {_shown(value)}" for name, value in numbers.items()))
    if run.finished and run.summary()["shortfall"]:
        print(run.summary()["shortfall"])
    for event in events:
        change = f"+{event.added} -{event.removed}"
        size = f"{event.edges:>8} edges  {event.neurons} neurons"
        print(f"event {event.number:>4}  epoch {event.epoch:>4}  {change:>12}  {size}")


def _flat(tree: Mapping[str, Json], at: str) -> list[tuple[str, Json]]:
    """Dotted names and values."""
    made: list[tuple[str, Json]] = []
    for name, value in tree.items():
        made += _flat(value, f"{at}{name}.") if isinstance(value, dict) else [(f"{at}{name}", value)]
    return made


def _shown(value: Json) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def export(path: Path, to: Path, event: int | None) -> None:
    """Write the network of a run as .graphml, .csv or .npz, or as .gexf with its growth."""
    writers: dict[str, Callable[[Any, Path], None]] = {
        ".graphml": _graphml, ".gexf": _gexf, ".csv": _csv, ".npz": _npz,
    }  # fmt: skip
    if to.suffix not in writers:
        raise SettingsError(f"{to.name}: expected a file ending in {', '.join(writers)}: choose one of these")
    if not to.parent.is_dir():
        raise SettingsError(f"{to.parent} is no folder: make it first")
    run = Run.open(path)
    graph = run.final() if event is None else run.graph(event)
    partial = to.with_name(f".{to.stem}.partial{to.suffix}")
    try:
        # Only the whole run knows what was removed.
        writers[to.suffix](run if to.suffix == ".gexf" and event is None else graph, partial)
        os.replace(partial, to)
    except OSError as error:
        raise unwritten(to, error) from None
    finally:
        partial.unlink(missing_ok=True)
    print(f"{to}: {graph.neurons} neurons, {graph.edges} edges")


def _graphml(graph: Graph, to: Path) -> None:
    from graphgrow.graph.interop import write_graphml

    write_graphml(graph, to)


def _gexf(source: Graph | Run, to: Path) -> None:
    from graphgrow.store.gexf import write_gexf

    write_gexf(source, to)


def _csv(graph: Graph, to: Path) -> None:
    import pandas

    wiring = graph.wiring
    ends = {"source": wiring.source, "target": wiring.target}
    columns: dict[str, object] = {}
    for name, rows in ends.items():
        columns[name] = wiring.id[rows]
        columns[f"{name}_level"] = wiring.level[rows]
        columns[f"{name}_role"] = [Role(code).name.lower() for code in wiring.role[rows]]
        columns[f"{name}_activation"] = [Activation(code).name.lower() for code in wiring.activation[rows]]
    frame = pandas.DataFrame({**columns, "weight": graph.weight, "born": wiring.edge_born})
    frame.to_csv(to, index=False)


def _npz(graph: Graph, to: Path) -> None:
    import scipy.sparse

    from graphgrow.graph.interop import to_scipy

    scipy.sparse.save_npz(to, to_scipy(graph))
