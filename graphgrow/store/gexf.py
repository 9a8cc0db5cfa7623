"""Networks as GEXF 1.3 with their growth on Gephi's timeline: every neuron and edge knows when it was there.

The clock counts growth events, 0 being the start graph. GEXF intervals are closed: `end` is the last event after which
something was still there, so that Gephi shows at time k the network after event k. What came back after it was removed
has a list of spells. Neurons and edges carry what they last had: after the end of training where they live on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

import numpy as np

from graphgrow.arrays import Array
from graphgrow.graph.columns import name_of
from graphgrow.graph.difference import Side
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation, Role
from graphgrow.store.files import unfinished, unwritten
from graphgrow.store.run import Run

NAMESPACE = "http://gexf.net/1.3"
NEURON_ATTRIBUTES = {
    "level": "integer",
    "role": "string",
    "activation": "string",
    "bias": "double",
    "born": "integer",
    "parent": "long",
}
EDGE_ATTRIBUTES = {"born": "integer"}


@dataclass(slots=True)
class Life:
    """When one neuron or edge was there, and its last attributes; `weight` is an edge's."""

    spells: list[list[int | None]] = field(default_factory=list)
    attributes: tuple[Any, ...] = ()
    weight: float | None = None


@dataclass
class Timeline:
    """The lives of all that a run ever had, neurons by id and edges by the ids of their ends."""

    neurons: dict[int, Life] = field(default_factory=dict)
    edges: dict[tuple[int, int], Life] = field(default_factory=dict)
    last: int = 0

    def see(self, graph: Graph, event: int | None = None) -> None:
        """Take over the attributes of all that a graph has; what is new began with the event, or when it was born."""
        wiring = graph.wiring
        columns = wiring.id, wiring.level, wiring.role, wiring.activation, wiring.neuron_born, wiring.parent
        ends = wiring.id[wiring.source], wiring.id[wiring.target], wiring.edge_born
        for life, born in self._told(np.stack(columns, 1), graph.bias, np.stack(ends, 1), graph.weight):
            if not life.spells or life.spells[-1][1] is not None:
                life.spells.append([born if event is None else event, None])

    def begin(self, side: Side, event: int) -> None:
        """What an event added is there from then on."""
        for life, _ in self._told(side.neurons, side.neuron_bias, side.edges, side.edge_weight):
            life.spells.append([event, None])

    def end(self, side: Side, event: int) -> None:
        """What an event removed was there until the one before."""
        for life, _ in self._told(side.neurons, side.neuron_bias, side.edges, side.edge_weight):
            life.spells[-1][1] = event - 1

    def _told(self, neurons: Array, bias: Array, edges: Array, weight: Array) -> Iterator[tuple[Life, int]]:
        """The lives of these, with their attributes now, and the event that bore each; columns as in `Side`."""
        for (name, level, role, activation, born, parent), value in zip(neurons.tolist(), bias.tolist(), strict=True):
            life = self.neurons.setdefault(name, Life())
            life.attributes = level, name_of(Role(role)), name_of(Activation(activation)), value, born, parent
            yield life, born
        for (first, second, born), value in zip(edges.tolist(), weight.tolist(), strict=True):
            life = self.edges.setdefault((first, second), Life())
            life.attributes, life.weight = (born,), value
            yield life, born


def timeline(run: Run, site: str | None = None) -> Timeline:
    """When everything of one network of a run was there; `site` may be left out where there is only one.

    Raises
    ------
    StoreError
        There is no such site, or the run is damaged.
    """
    start, name = run.start(site), site or run.sites()[0]
    made = Timeline(last=len(run.events()))
    made.see(start, 0)
    for number in range(1, made.last + 1):
        _, at, change = run.difference(number)
        if at == name:
            made.end(change.old, number)
            made.begin(change.new, number)
    made.see(run.final(site) if run.finished else run.graph(made.last, site), made.last)
    return made


def write_gexf(source: Graph | Run, path: str | Path, site: str | None = None) -> None:
    """Write a network, or a run with all that it ever had, for Gephi; the file appears complete or not at all.

    Parameters
    ----------
    source : a Graph shows when each part was born; a Run also what was removed, and when.
    site : which network of a run, where there are several.

    Raises
    ------
    StoreError
        The file cannot be written, or the run cannot be read.
    """
    if isinstance(source, Graph):
        made = Timeline(last=_latest(source.wiring.neuron_born, source.wiring.edge_born))
        made.see(source)
    else:
        made = timeline(source, site)
    place = Path(path)
    partial = unfinished(place)
    try:
        with partial.open("xb") as file:
            _write(made, file)
        partial.replace(place)
    except OSError as error:
        raise unwritten(place, error) from error
    finally:
        with suppress(OSError):
            partial.unlink()


def _latest(*born: Array) -> int:
    return max(int(column.max(initial=0)) for column in born)


def _write(made: Timeline, file: BinaryIO) -> None:
    """Element by element, so that a large run takes no memory for its text."""
    xml = XMLGenerator(file, encoding="utf-8", short_empty_elements=True)
    xml.startDocument()
    _begun(xml, "gexf", {"xmlns": NAMESPACE, "version": "1.3"})
    kind = {"mode": "dynamic", "defaultedgetype": "directed", "timerepresentation": "interval"}
    _begun(xml, "graph", kind | {"timeformat": "double", "start": "0.0", "end": f"{made.last}.0"})
    for name, attributes in (("node", NEURON_ATTRIBUTES), ("edge", EDGE_ATTRIBUTES)):
        _begun(xml, "attributes", {"class": name, "mode": "static"})
        for title, content in attributes.items():
            _leaf(xml, "attribute", {"id": title, "title": title, "type": content})
        xml.endElement("attributes")
    _begun(xml, "nodes")
    for identity, life in made.neurons.items():
        _element(xml, "node", {"id": str(identity), "label": str(identity)}, life, made.last)
    xml.endElement("nodes")
    _begun(xml, "edges")
    for number, ((first, second), life) in enumerate(made.edges.items()):
        ends = {"id": str(number), "source": str(first), "target": str(second), "weight": repr(life.weight)}
        _element(xml, "edge", ends, life, made.last)
    for name in ("edges", "graph", "gexf"):
        xml.endElement(name)
    xml.endDocument()


def _element(xml: XMLGenerator, name: str, given: dict[str, str], life: Life, last: int) -> None:
    """One neuron or edge with its time and its attributes."""
    spells = [{"start": f"{start}.0"} | ({} if end is None else {"end": f"{end}.0"}) for start, end in life.spells]
    _begun(xml, name, given | (spells[0] if len(spells) == 1 else {}))
    _begun(xml, "attvalues")
    titles = NEURON_ATTRIBUTES if name == "node" else EDGE_ATTRIBUTES
    for title, value in zip(titles, life.attributes, strict=True):
        _leaf(xml, "attvalue", {"for": title, "value": str(value)})
    xml.endElement("attvalues")
    if len(spells) > 1:
        _begun(xml, "spells")
        for spell in spells:
            # Readers other than Gephi want an end.
            _leaf(xml, "spell", {"end": f"{last}.0"} | spell)
        xml.endElement("spells")
    xml.endElement(name)


def _leaf(xml: XMLGenerator, name: str, given: dict[str, str]) -> None:
    _begun(xml, name, given)
    xml.endElement(name)


def _begun(xml: XMLGenerator, name: str, given: dict[str, str] | None = None) -> None:
    xml.startElement(name, AttributesImpl(given or {}))
