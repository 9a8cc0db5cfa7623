"""A stored simulation: settings, history, events, checkpoints and the final network, in one folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphgrow.arrays import Json
from graphgrow.errors import StoreError
from graphgrow.graph.difference import Difference, arrays_of, from_arrays, patch
from graphgrow.graph.graph import Graph
from graphgrow.graph.history import Event
from graphgrow.store.files import read, read_arrays, read_json, sync_folder, write_arrays, write_atomic, write_json
from graphgrow.store.manifest import manifest
from graphgrow.store.records import pack, state_of, state_record, unpack
from graphgrow.store.state import State, to_text

SETTINGS, MANIFEST, SUMMARY = "settings.json", "manifest.json", "summary.json"
START, FINAL, CHECKPOINT, PREVIOUS = (
    "start.safetensors", "final.safetensors", "checkpoint.safetensors", "checkpoint.previous.safetensors"
)  # fmt: skip
EVENTS, HISTORY, TIMINGS = "events", "history.jsonl", "timings.jsonl"


@dataclass(frozen=True)
class Run:
    """One run on disk.

    settings.json, manifest.json (versions, commit, machine), start.safetensors, events/00001.safetensors (the wiring of
    every event as a difference, with the weights of added and changed edges), history.jsonl (a row per epoch),
    timings.jsonl (apart, so that runs can be compared bit for bit), checkpoint.safetensors, final.safetensors and, last
    of all, summary.json.
    """

    path: Path
    settings: Mapping[str, Json]

    @staticmethod
    def create(path: Path, settings: Mapping[str, Json], start: Mapping[str, Graph], seed: int) -> Run:
        """A new run; its folder appears at once with everything a resume needs, or not at all.

        Raises
        ------
        StoreError
            The folder holds something already.
        """
        path = Path(path)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise StoreError(
                f"{path} is not empty: choose another folder with --out, or continue it with graphgrow resume"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
        try:
            write_json(partial / SETTINGS, settings)
            write_json(partial / MANIFEST, manifest(seed))
            arrays, next_ids = pack(start)
            write_arrays(partial / START, arrays, next_ids)
            (partial / EVENTS).mkdir()
            write_atomic(partial / HISTORY, b"")
            partial.chmod(0o755)
            if path.exists():
                path.rmdir()
            os.replace(partial, path)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        sync_folder(path.parent)
        return Run(path, read_json(path / SETTINGS))

    @staticmethod
    def open(path: Path) -> Run:
        """A run that is there.

        Raises
        ------
        StoreError
            The folder is missing or holds no run.
        """
        path = Path(path)
        if not (path / SETTINGS).is_file():
            raise StoreError(f"{path} holds no run (no {SETTINGS}): pass the folder that graphgrow run wrote")
        return Run(path, read_json(path / SETTINGS))

    def append(self, site: str, event: Event, difference: Difference) -> None:
        """Store one event."""
        tree: dict[str, Json] = {"site": site, "event": event.to_json()}
        write_arrays(self._event(event.number), arrays_of(difference), tree)

    def log(self, row: Mapping[str, Json]) -> None:
        """Add a row to the history."""
        self._add(HISTORY, row)

    def time(self, row: Mapping[str, Json]) -> None:
        """Add a row to the timings."""
        self._add(TIMINGS, row)

    def save(self, state: State) -> None:
        """Store a checkpoint; the one before is kept beside it."""
        current = self.path / CHECKPOINT
        arrays, tree = state_record(state)
        waiting = self.path / f".{CHECKPOINT}.next"
        write_arrays(waiting, arrays, tree)
        if current.exists():
            # A hard link keeps the current name alive through the rename.
            (self.path / PREVIOUS).unlink(missing_ok=True)
            os.link(current, self.path / PREVIOUS)
        os.replace(waiting, current)
        sync_folder(self.path)

    def has_checkpoint(self) -> bool:
        """Whether there is one."""
        return (self.path / CHECKPOINT).is_file()

    def load(self) -> State:
        """The last checkpoint.

        Raises
        ------
        StoreError
            It is missing, truncated or corrupt.
        """
        file = self.path / CHECKPOINT
        arrays, tree = read_arrays(file)
        return state_of(arrays, tree, file)

    def rewind(self, events: int, rows: int) -> None:
        """Drop events and rows after these counts: what was written after the checkpoint that is being resumed."""
        for name in (SUMMARY, FINAL):
            (self.path / name).unlink(missing_ok=True)
        for file in self._events():
            if int(file.stem) > events:
                file.unlink()
        kept = self.rows()[:rows]
        if len(kept) < rows:
            raise StoreError(
                f"{self.path / HISTORY}: {len(kept)} rows, but the checkpoint knows {rows}: restore the file"
            )
        write_atomic(self.path / HISTORY, "".join(to_text(row) + "\n" for row in kept).encode())
        self.time({"phase": "resumed", "epoch": len(kept)})

    def finish(self, graphs: Mapping[str, Graph], summary: Mapping[str, Json]) -> None:
        """Store the final network, then the summary, whose presence means finished."""
        arrays, next_ids = pack(graphs)
        write_arrays(self.path / FINAL, arrays, next_ids)
        write_json(self.path / SUMMARY, summary)

    @property
    def finished(self) -> bool:
        """Whether the run came to its end."""
        return (self.path / SUMMARY).is_file()

    def summary(self) -> Mapping[str, Json]:
        """What the finished run says of itself."""
        if not self.finished:
            raise StoreError(f"{self.path} is not finished: continue it with graphgrow resume {self.path}")
        return read_json(self.path / SUMMARY)

    def rows(self) -> list[dict[str, Any]]:
        """The history, a row per epoch."""
        return self._lines(HISTORY)

    def timings(self) -> list[dict[str, Any]]:
        """Seconds by phase."""
        return self._lines(TIMINGS)

    def events(self) -> list[Event]:
        """All events in order."""
        return [self.difference(number)[0] for number in range(1, len(self._events()) + 1)]

    def difference(self, number: int) -> tuple[Event, str, Difference]:
        """One event: what it was, its site, and what it changed."""
        file = self._event(number)
        arrays, tree = read_arrays(file)
        try:
            return Event.from_json(tree["event"]), tree["site"], from_arrays(arrays)
        except (KeyError, TypeError) as error:
            raise StoreError(f"{file}: not an event of this version ({error}): start the run anew") from None

    def sites(self) -> list[str]:
        """Names of the networks that grow."""
        return sorted(read_arrays(self.path / START)[1])

    def start(self, site: str | None = None) -> Graph:
        """The network before growth; `site` may be left out where there is only one."""
        return self._pick(self._graphs(START), site)

    def final(self, site: str | None = None) -> Graph:
        """The network at the end with all weights; of an unfinished run, that of the last checkpoint."""
        if (self.path / FINAL).is_file():
            return self._pick(self._graphs(FINAL), site)
        if self.has_checkpoint():
            return self._pick(dict(self.load().graphs), site)
        raise StoreError(f"{self.path} has neither a final network nor a checkpoint: resume it first")

    def graph(self, event: int, site: str | None = None) -> Graph:
        """The network as it stood after an event, 0 for the start.

        The wiring is exact. Weights are those that events recorded: at the start, at birth, or when an edit set them;
        what training made of them since is in checkpoints and in the final network.

        Raises
        ------
        StoreError
            There is no such event.
        """
        last = len(self._events())
        if not 0 <= event <= last:
            raise StoreError(f"{self.path} has events 0 to {last}, not {event}: choose one of these")
        graph, name = self.start(site), site or self.sites()[0]
        for number in range(1, event + 1):
            _, at, change = self.difference(number)
            if at == name:
                graph = patch(graph, change)
        return graph

    def fingerprint(self) -> str:
        """SHA-256 over everything but manifest, timings and checkpoints: equal for runs that are equal bit for bit."""
        made = hashlib.sha256()
        for file in (self.path / SETTINGS, self.path / START, *self._events(), self.path / HISTORY, self.path / FINAL):
            made.update(f"\n{file.name}\n".encode() + read(file))
        return made.hexdigest()

    def _event(self, number: int) -> Path:
        return self.path / EVENTS / f"{number:05d}.safetensors"

    def _events(self) -> list[Path]:
        return sorted((self.path / EVENTS).glob("[0-9]*.safetensors"), key=lambda file: int(file.stem))

    def _add(self, name: str, row: Mapping[str, Json]) -> None:
        """Append one line and make it last; a torn last line is dropped by the reader."""
        with open(self.path / name, "ab") as file:
            file.write((to_text(row) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())

    def _lines(self, name: str) -> list[dict[str, Any]]:
        file = self.path / name
        if not file.is_file():
            return []
        whole = read(file).split(b"\n")[:-1]  # what follows the last line end was torn by a crash
        made = []
        for number, line in enumerate(whole, start=1):
            try:
                made.append(json.loads(line))
            except ValueError:
                raise StoreError(
                    f"{file}, line {number}: not readable as JSON: restore the file or remove the line"
                ) from None
        return made

    def _graphs(self, name: str) -> dict[str, Graph]:
        arrays, next_ids = read_arrays(self.path / name)
        return unpack(arrays, next_ids, self.path / name)

    def _pick(self, graphs: Mapping[str, Graph], site: str | None) -> Graph:
        if site is None and len(graphs) == 1:
            return next(iter(graphs.values()))
        if site is None or site not in graphs:
            raise StoreError(f"{self.path} holds networks {', '.join(sorted(graphs))}, not {site}: name one of them")
        return graphs[site]
