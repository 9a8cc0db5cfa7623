"""What growth_timing reads out of its runs: when they grew, what came last, transitions, and the economy's books."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from analysis.figures.timeline import Track
from analysis.permutation import Alignment, alignment, onsets
from analysis.report import Claim
from analysis.statistics import mean
from graphgrow.growth.triggers.watched import found
from graphgrow.store.run import Run
from graphgrow.train.execute import settings_of
from sims.parts.study import claim_of
from sims.parts.timing_rules import PERIODIC, WITNESSED

FOUNDING, RELAXED = "founding CIT", "relaxed CIT"
KINDS = (FOUNDING, RELAXED)


def last_ask(run: Run) -> int:
    """Epoch of the last ask of the growth window, where a rule is asked once an epoch."""
    settings = settings_of(run)
    return int(settings.growth.until * settings.fit.epochs)


def signal_epochs(run: Run) -> list[int]:
    """Epochs of the events before the last ask: those that the trigger called for."""
    return [event.epoch for event in run.events() if event.epoch < last_ask(run)]


def transitions(run: Run, kind: int) -> tuple[int, ...]:
    """Epochs of the growth window at which a witness found a transition."""
    memory: Any = run.load().tree["memories"]
    return found(memory["network"]["trigger"], kind)


def when(labels: Sequence[str], amounts: Sequence[str], runs: Sequence[Run]) -> pd.DataFrame:
    """A row per run: trigger, amount, seed, events that the trigger called for, and the share of edges at the end."""
    rows = []
    for label, amount, run in zip(labels, amounts, runs, strict=True):
        events, end = run.events(), last_ask(run)
        added = sum(event.added for event in events)
        late = sum(event.added for event in events if event.epoch >= end)
        rows.append(
            {
                "trigger": label,
                "amount": amount,
                "seed": settings_of(run).seed,
                "signals": len(signal_epochs(run)),
                "first": events[0].epoch if events else nan,
                "last_ask_share": late / added if added else nan,
                "short": bool(run.summary().get("shortfall")),
            }
        )
    return pd.DataFrame(rows)


def timing_table(rows: pd.DataFrame) -> pd.DataFrame:
    """By trigger, over amounts and seeds: signalled events, runs that had one, first growth, share at the last ask."""
    made = []
    for trigger, group in rows.groupby("trigger", sort=False):
        made.append(
            {
                "trigger": trigger,
                "runs": len(group),
                "runs with a signal": int((group["signals"] > 0).sum()),
                "signalled events": round(float(group["signals"].mean()), 1),
                "first growth (epoch)": round(float(group["first"].mean()), 1),
                "edges at the last ask (%)": round(100 * float(group["last_ask_share"].mean()), 1),
                "runs short of the budget": int(group["short"].sum()),
            }
        )
    return pd.DataFrame(made)


def tracks(labels: Sequence[str], runs: Sequence[Run], kind: int) -> dict[str, list[Track]]:
    """Label -> a track per run: growth events, and the epochs with a transition."""
    made: dict[str, list[Track]] = {}
    for label, run in zip(labels, runs, strict=True):
        events = [event.epoch for event in run.events()]
        made.setdefault(label, []).append(Track(events, transitions(run, kind)))
    return made


def aligned(labels: Sequence[str], runs: Sequence[Run], shuffles: int) -> tuple[pd.DataFrame, list[Claim]]:
    """How near signalled events lie to onsets of transitions, by trigger and kind; claims where a run has both.

    A kind that no run ever showed is left out.
    """
    rows, claims = [], []
    for kind, name in enumerate(KINDS):
        marks = [onsets(transitions(run, kind)) for run in runs]
        if not any(len(one) for one in marks):
            continue
        for label in dict.fromkeys(labels):
            mine = [at for at, other in enumerate(labels) if other == label]
            events = [signal_epochs(runs[at]) for at in mine]
            window = (1, max(1, last_ask(runs[mine[0]]) - 1))
            own = [marks[at][marks[at] <= window[1]] for at in mine]
            joined = alignment(events, own, window, shuffles)
            each = [one for pair in zip(events, own, strict=True) if (one := _one(pair, window, shuffles)) is not None]
            rows.append(_row(label, name, events, own, joined))
            if each and joined is not None:
                nearer = mean([one.nearer for one in each])
                role = " (control)" if label in PERIODIC else ""
                text = f"growth at {label}{role} lies nearer to onsets of a {name} than at shuffled epochs (epochs)"
                made = claim_of(text, nearer, decimals=2)
                claims.append(Claim(made.text, made.verdict, f"{made.evidence}; permutation p {joined.p:.3f}"))
    return pd.DataFrame(rows), claims


def _one(pair: tuple[Any, Any], window: tuple[int, int], shuffles: int) -> Alignment | None:
    return alignment([pair[0]], [pair[1]], window, shuffles)


def _row(
    label: str, kind: str, events: Sequence[Sequence[int]], marks: Sequence[Any], joined: Alignment | None
) -> dict[str, Any]:
    pairs = [pair for pair in zip(events, marks, strict=True) if len(pair[1])]
    offsets = [near[np.argmin(np.abs(near - epoch))] - epoch for mine, near in pairs for epoch in mine]
    return {
        "trigger": label,
        "transition": kind,
        "onsets per run": round(float(np.mean([len(one) for one in marks])), 1),
        "events": joined.events if joined else 0,
        "distance (epochs)": round(joined.distance, 2) if joined else nan,
        "shuffled": round(joined.shuffled, 2) if joined else nan,
        "p": round(joined.p, 3) if joined else nan,
        "nearest onset is later (%)": round(100 * float(np.mean(np.array(offsets) > 0))) if offsets else nan,
    }


def economy_table(labels: Sequence[str], runs: Sequence[Run]) -> pd.DataFrame:
    """By economy and signal, mean over runs: looks, finds, credits earned per cost of looks, and the value at the end.

    From the notes of each run's last event; a run that never grew has none.
    """
    rows = []
    for label, run in zip(labels, runs, strict=True):
        books: Any = run.events()[-1].notes.get("economy") if run.events() else None
        if books:
            for signal, held in books["signals"].items():
                rows.append({"trigger": label, "signal": signal, **held, "outcomes": books["outcomes"]})
    if not rows:
        return pd.DataFrame(columns=["trigger", "signal", "looks", "finds", "return", "value", "outcomes"])
    frame = pd.DataFrame(rows).astype({"return": float})
    made = frame.groupby(["trigger", "signal"], sort=False).mean().reset_index()
    return made.rename(columns={"return": "return (credits per cost)", "outcomes": "outcomes judged"}).round(2)


def alike(means: pd.DataFrame, one: str, other: str) -> bool:
    """Whether two variants end with the same score on every seed: then nothing was put to the test between them."""
    first, second = (means[means["rule"] == name].set_index("seed")["test"] for name in (one, other))
    return bool(len(first)) and first.equals(second)


def averaged(frame: pd.DataFrame, over: str, labelled: str) -> pd.DataFrame:
    """A run table with one row per seed and `labelled`, the mean over `over`; `rule` is then what `labelled` says."""
    keys = ["task", "metric", "activation", labelled, "seed"]
    numbers = ["test", "validation", "edges", "neurons", "edge_steps", "seconds", "events"]
    made = frame.groupby(keys, sort=False)[numbers].mean().reset_index()
    return made if labelled == "rule" else made.rename(columns={labelled: "rule"})


def signals_as_one(frame: pd.DataFrame, heard: Sequence[str]) -> pd.DataFrame:
    """An averaged table with one more label, `signals`: the mean over those signals that were ever heard."""
    mine = frame[frame["rule"].isin(heard)]
    if mine.empty:
        return frame
    return pd.concat([frame, averaged(mine.assign(all="signals"), "rule", "all")], ignore_index=True)


def heard_signals(rows: pd.DataFrame) -> list[str]:
    """The signals that called for growth in at least one run; the others were all growth at the last ask."""
    spoke = rows[rows["signals"] > 0]["trigger"]
    return [name for name in dict.fromkeys(spoke) if name not in PERIODIC]


def witnessed(amounts: Sequence[str]) -> list[int]:
    """Positions of the runs whose rules have witnesses."""
    return [at for at, amount in enumerate(amounts) if amount == WITNESSED]
