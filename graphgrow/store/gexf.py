"""Networks as GEXF 1.3 with their growth on Gephi's timeline: every neuron and edge knows when it was there.

The clock counts growth events, 0 being the start graph. GEXF intervals are closed: `end` is the last event after which
something was still there, so that Gephi shows at time k the network after event k. What came back after it was removed
has a list of spells. Neurons and edges carry what they last had: after the end of training where they live on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from graphgrow.arrays import Array
from graphgrow.graph.columns import name_of
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


@dataclass
class Life:
    """When one neuron or edge was there, and its last attributes; `weight` is an edge's."""

    spells: list[list[int | None]] = field(default_factory=list)
    attributes: Mapping[str, Any] = field(default_factory=dict)
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
        columns = {
            "level": wiring.level.tolist(),
            "role": [name_of(Role(code)) for code in wiring.role.tolist()],
            "activation": [name_of(Activation(code)) for code in wiring.activation.tolist()],
            "bias": graph.bias.tolist(),
            "born": wiring.neuron_born.tolist(),
            "parent": wiring.parent.tolist(),
        }
        for name, *values in zip(wiring.id.tolist(), *columns.values(), strict=True):
            life = self.neurons.setdefault(name, Life())
            life.attributes = dict(zip(columns, values, strict=True))
            _begin(life, life.attributes["born"] if event is None else event)
        ends = zip(wiring.id[wiring.source].tolist(), wiring.id[wiring.target].tolist(), strict=True)
        for pair, born, weight in zip(ends, wiring.edge_born.tolist(), graph.weight.tolist(), strict=True):
            life = self.edges.setdefault(pair, Life())
            life.attributes, life.weight = {"born": born}, weight
            _begin(life, born if event is None else event)

    def close(self, neurons: Iterable[int], edges: Iterable[tuple[int, int]], event: int) -> None:
        """What an event removed was there until the one before."""
        for life in (*(self.neurons[name] for name in neurons), *(self.edges[pair] for pair in edges)):
            life.spells[-1][1] = event - 1


def _begin(life: Life, event: int) -> None:
    if not life.spells or life.spells[-1][1] is not None:
        life.spells.append([event, None])


def timeline(run: Run, site: str | None = None) -> Timeline:
    """When everything of one network of a run was there; `site` may be left out where there is only one.

    Raises
    ------
    StoreError
        There is no such site, or the run is damaged.
    """
    from graphgrow.graph import patch

    graph, name = run.start(site), site or run.sites()[0]
    made = Timeline(last=len(run.events()))
    made.see(graph, 0)
    for number in range(1, made.last + 1):
        _, at, change = run.difference(number)
        if at == name:
            made.close(change.old.neurons[:, 0].tolist(), map(tuple, change.old.edges[:, :2].tolist()), number)
            graph = patch(graph, change)
            made.see(graph, number)
    if run.finished:
        made.see(run.final(site), made.last)
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
    for title, value in life.attributes.items():
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
