"""A stored simulation: settings, history, events, checkpoints and the final network, in one folder."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from graphgrow.arrays import Json
from graphgrow.errors import StoreError
from graphgrow.graph.difference import Difference, arrays_of, from_arrays, patch
from graphgrow.graph.graph import Graph
from graphgrow.graph.history import Event
from graphgrow.store.files import (
    append_line,
    clear_unfinished,
    digest,
    keep_copy,
    read_arrays,
    read_json,
    read_lines,
    sync_folder,
    unfinished,
    unwritten,
    write_arrays,
    write_atomic,
    write_json,
)
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
            The folder holds something already, is the current one, or cannot be made.
        """
        path = Path(path)
        if path.absolute() == Path.cwd():
            raise StoreError(f"{path}: the current folder cannot become a run: name a new folder with --out")
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise StoreError(
                f"{path} is not empty: choose another folder with --out, or continue it with graphgrow resume"
            )
        partial = unfinished(path)
        try:
            partial.mkdir(parents=True)
            write_json(partial / SETTINGS, settings)
            write_json(partial / MANIFEST, manifest(seed))
            arrays, next_ids = pack(start)
            write_arrays(partial / START, arrays, next_ids)
            (partial / EVENTS).mkdir()
            write_atomic(partial / HISTORY, b"")
            if path.exists():
                path.rmdir()
            os.replace(partial, path)
        except OSError as error:
            raise unwritten(path, error) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
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
        """Store one event; `difference` is what the site's graph became, for a trial rolled back only its burnt ids.

        Raises
        ------
        StoreError
            The event does not follow the last stored one, or belongs to another site.
        """
        if site not in self._sites or site != event.site:
            raise StoreError(
                f"{self.path}: event {event.number} of {event.site} at site {site}: name one of {self.sites()}"
            )
        last = len(self._events())
        if event.number != last + 1:
            raise StoreError(f"{self.path}: expected event {last + 1}, got {event.number}: rewind to the state resumed")
        tree: dict[str, Json] = {"site": site, "event": event.to_json()}
        write_arrays(self._event(event.number), arrays_of(difference), tree)

    def log(self, row: Mapping[str, Json]) -> None:
        """Add a row to the history."""
        append_line(self.path / HISTORY, row)

    def time(self, row: Mapping[str, Json]) -> None:
        """Add a row to the timings."""
        append_line(self.path / TIMINGS, row)

    def save(self, state: State) -> None:
        """Store a checkpoint; the one before is kept beside it."""
        current = self.path / CHECKPOINT
        arrays, tree = state_record(state)
        if current.exists():
            keep_copy(current, self.path / PREVIOUS)
        write_arrays(current, arrays, tree)

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
        """Drop events and rows after these counts: what was written after the checkpoint that is being resumed.

        Timings stay, with a row that marks the resume. A kill on the way does no harm: rewind again.

        Raises
        ------
        StoreError
            There are fewer events or rows than that; nothing was dropped then.
        """
        stored = self._events()
        if len(stored) < events:
            raise StoreError(
                f"{self.path}: {len(stored)} events, but the checkpoint knows {events}: restore the folder"
            )
        kept = self.rows()[:rows]
        if len(kept) < rows:
            raise StoreError(
                f"{self.path / HISTORY}: {len(kept)} rows, but the checkpoint knows {rows}: restore the file"
            )
        for folder in (self.path, self.path / EVENTS):
            clear_unfinished(folder)
        for file in (self.path / SUMMARY, self.path / FINAL, *reversed(stored[events:])):
            file.unlink(missing_ok=True)
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
        return read_lines(self.path / HISTORY)

    def timings(self) -> list[dict[str, Any]]:
        """Seconds by phase; none before the first was taken."""
        file = self.path / TIMINGS
        return read_lines(file) if file.is_file() else []

    def events(self) -> list[Event]:
        """All events in order; StoreError where a finished run lacks some, since its growth would be told wrongly."""
        held = len(self._events())
        expected = self.summary().get("events", held) if self.finished else held
        if held != expected:
            raise StoreError(
                f"{self.path / EVENTS}: expected {expected} events as in the summary, found {held}: restore the folder"
            )
        return [self.difference(number)[0] for number in range(1, held + 1)]

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
        return list(self._sites)

    @cached_property
    def _sites(self) -> tuple[str, ...]:
        return tuple(sorted(read_arrays(self.path / START)[1]))

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
        """SHA-256 over settings, start, events, history and final network: equal for runs equal bit for bit."""
        made = hashlib.sha256(to_text([dict(self.settings), *self.rows()]).encode())
        final = [self.path / FINAL] if (self.path / FINAL).is_file() else []
        for file in (self.path / START, *self._events(), *final):
            arrays, tree = read_arrays(file)
            made.update(f"\n{file.name} {digest(arrays, to_text(tree))}".encode())
        return made.hexdigest()

    def _event(self, number: int) -> Path:
        return self.path / EVENTS / f"{number:05d}.safetensors"

    def _events(self) -> list[Path]:
        return sorted((self.path / EVENTS).glob("[0-9]*.safetensors"), key=lambda file: int(file.stem))

    def _graphs(self, name: str) -> dict[str, Graph]:
        arrays, next_ids = read_arrays(self.path / name)
        return unpack(arrays, next_ids, self.path / name)

    def _pick(self, graphs: Mapping[str, Graph], site: str | None) -> Graph:
        if site is None and len(graphs) == 1:
            return next(iter(graphs.values()))
        if site is None or site not in graphs:
            raise StoreError(f"{self.path} holds networks {', '.join(sorted(graphs))}, not {site}: name one of them")
        return graphs[site]


def fingerprint(run: Run) -> str:
    """`Run.fingerprint` as a function, to map over runs."""
    return run.fingerprint()
