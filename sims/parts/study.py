"""What the comparing sims share: cells of a table, controls of equal cost, paired differences and claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isnan
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from analysis.export import to_markdown
from analysis.report import Claim, Section, write_report
from analysis.statistics import Interval, Mean, Verdict, verdict
from analysis.tables import paired_table, readable, runs_table, summary_table
from graphgrow.arrays import Json
from graphgrow.errors import DataError
from graphgrow.settings import RunSettings, to_json
from graphgrow.store.run import Run
from graphgrow.train.execute import settings_of
from sims.parts.common import run_all, save_figures, without_stale

Cell = Mapping[str, str | int | float]
EQUAL_COST = "static_equal_steps"
STATED_RULE = (
    "A claim is supported where the whole 95 % t interval of the paired difference lies above its margin, refuted "
    "where it lies at or below it, and undecided otherwise. Pairs that are all equal decide nothing: mostly both "
    "variants were the same run."
)


@dataclass(frozen=True)
class Case:
    """One run of a comparison: its settings, and the cell of the table it belongs to.

    Runs are paired by seed within a cell; `settings.label` says which variant a run is.
    """

    settings: RunSettings
    cell: Cell = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The variant: the label, else the rule."""
        return self.settings.label or self.settings.growth.rule

    @property
    def name(self) -> str:
        """Folder of the run: cell, activation, label and seed."""
        settings = self.settings
        words = [str(value) for value in self.cell.values()] + [settings.start.activation, self.label]
        return "-".join([*words, str(settings.seed)]).replace("/", "_").replace(":", "_").replace(" ", "_")


def perform(cases: Sequence[Case], out: Path, workers: int) -> list[Run]:
    """Run every case, stored under `out`/runs; runs that an earlier execution finished with equal settings are kept.

    Called again for cases that depend on the first ones, it leaves those as they are.
    """
    jobs = [(case.name, replace(case.settings, label=case.label)) for case in cases]
    return run_all(jobs, without_stale(out / "runs", jobs), workers)


def table(cases: Sequence[Case], runs: Sequence[Run]) -> pd.DataFrame:
    """One row per run as `analysis.tables.runs_table`, the columns of the cell before it."""
    cells = pd.DataFrame([dict(case.cell) for case in cases])
    return pd.concat([cells, runs_table(runs)], axis=1)


def in_cells(frame: pd.DataFrame, cell: Sequence[str], make: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """`make` of the rows of every cell, the columns of the cell before what it gives."""
    if not cell:
        return make(frame)
    parts = []
    for keys, rows in frame.groupby(list(cell), sort=False):
        part = make(rows)
        for at, (name, value) in enumerate(zip(cell, keys if isinstance(keys, tuple) else (keys,), strict=True)):
            part.insert(at, name, value)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def summary(frame: pd.DataFrame, cell: Sequence[str] = ()) -> pd.DataFrame:
    """Means and intervals over seeds, by cell, activation and variant."""
    return in_cells(frame, cell, summary_table)


def differences(frame: pd.DataFrame, baselines: Sequence[str], cell: Sequence[str] = ()) -> pd.DataFrame:
    """Every variant against each baseline, pair by pair; cells without the baseline are left out."""

    def against(baseline: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
        def make(rows: pd.DataFrame) -> pd.DataFrame:
            made = paired_table(rows, baseline)
            made.insert(0, "against", baseline)
            return made

        return make

    parts = []
    for baseline in baselines:
        held = frame[frame["rule"] == baseline]
        rows = frame if not cell else frame.merge(held[list(cell)].drop_duplicates(), on=list(cell))
        if not len(held):
            raise DataError(f"expected runs of the baseline {baseline}, got none: add it to the comparison")
        parts.append(in_cells(rows, cell, against(baseline)))
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class Contrast:
    """A claim that one variant beats another by more than a margin, in the unit of the score (accuracy: a share)."""

    better: str
    worse: str
    margin: float = 0.0
    text: str = ""


def claims(frame: pd.DataFrame, contrasts: Sequence[Contrast], cell: Sequence[str] = ()) -> list[Claim]:
    """One claim for each contrast, activation and cell that holds both variants; judged by `STATED_RULE`."""
    made = []
    for contrast in contrasts:
        rows = frame[frame["rule"].isin([contrast.better, contrast.worse])]
        if set(rows["rule"]) != {contrast.better, contrast.worse}:
            continue
        found = differences(rows, [contrast.worse], cell)
        for _, row in found.dropna(subset=["gain"]).iterrows():
            where = ", ".join([*(f"{name} {row[name]}" for name in cell), str(row["activation"])])
            words = contrast.text or f"{contrast.better} beats {contrast.worse}"
            more = f" by more than {contrast.margin:g}" if contrast.margin else ""
            made.append(judged(f"{words}{more} ({where})", row, contrast.margin))
    return made


def judged(text: str, row: Mapping[str, float] | pd.Series[float], margin: float = 0.0) -> Claim:
    """A claim about a row of `differences`."""
    known = not isnan(row["gain_low"])
    interval = Interval(row["gain_low"], row["gain_high"]) if known else None
    return claim_of(text, Mean(float(row["gain"]), interval, int(row["pairs"])), margin)


def claim_of(
    text: str, mean: Mean, margin: float = 0.0, decimals: int = 4, each: str = "pair", exact: bool = False
) -> Claim:
    """A claim that a mean difference lies above a margin.

    Parameters
    ----------
    each : what a value belongs to: a pair, or a seed where ours are compared with one number.
    exact : values are counts or limits that need no spread: where all are equal, they decide as they are.
    """
    bounds = f"no interval from one {each}" if mean.interval is None else f"95 % t interval, {mean.count} {each}s"
    found = verdict(mean.interval, margin)
    if mean.same and exact:
        found = Verdict.SUPPORTED if mean.value > margin else Verdict.REFUTED
    return Claim(text, found, f"difference {mean.text(decimals)}, {bounds}{alike(mean, each)}")


def alike(mean: Mean, each: str = "pair") -> str:
    """For the evidence of a claim: that there is no spread, and whether there is a difference at all."""
    if not mean.same:
        return ""
    return f", {'identical' if mean.value == 0 else 'the same difference'} in every {each}"


def equal_edge_steps(case: Case, run: Run) -> Case:
    """A static network with as many edges as `run` ended with, trained for the epochs that cost as many edge-steps.

    Whole epochs, so that edge-steps agree up to half an epoch of the static network. The learning-rate schedule is
    that of the shorter training: a control that gets the most out of its cost.
    """
    held, found = settings_of(run), run.summary()
    edges, steps, epochs = int(str(found["edges"])), int(str(found["edge_steps"])), held.fit.epochs
    per_epoch = int(str(run.rows()[-1]["step"])) / int(str(run.rows()[-1]["epoch"]))
    fair = max(1, min(epochs, round(steps / (edges * per_epoch))))
    settings = replace(
        case.settings,
        start=replace(held.start, edges=edges),
        growth=replace(held.growth, rule="static", budget=edges),
        fit=replace(held.fit, epochs=fair),
        label=f"{EQUAL_COST}" if case.label == "static" else f"{EQUAL_COST}_as_{case.label}",
    )
    return replace(case, settings=settings)


def publish(
    out: Path,
    title: str,
    text: str,
    sections: Sequence[Section],
    figures: Mapping[str, Figure],
    settings: Mapping[str, Json],
) -> Path:
    """Write report and figures, and tell the terminal what they say."""
    drawn = save_figures(figures, out)
    report = write_report(out, title, [*sections, Section("Figures", figures=drawn)], settings, text=plain(text))
    for section in sections:
        if section.table is not None:
            print(f"\n{section.heading}\n{to_markdown(section.table)}")
    for section in sections:
        for claim in section.claims:
            print(f"{claim.verdict.value:>9}: {claim.text} ({claim.evidence})")
    print(f"\nreport: {report}")
    for path in drawn.values():
        print(f"figure: {path}")
    return report


def plain(doc: str) -> str:
    """A module's docstring without its first line, each line on its own in Markdown."""
    return "\n".join(f"{line}  " for line in doc.strip().split("\n")[1:]).strip()


def asked(config: object, cases: Sequence[Case]) -> dict[str, Json]:
    """For the report: what was asked for, one run of the first cell, and how its other variants differ from that."""
    told: dict[str, Json] = {name: value for name, value in to_json(config).items() if name not in ("out", "smoke")}
    variants: dict[str, dict[str, Json]] = {}
    for case in cases:
        if case.cell == cases[0].cell and case.settings.seed == cases[0].settings.seed:
            variants.setdefault(f"{case.settings.start.activation} {case.label}", to_json(case.settings))
    return {"comparison": told, "runs of the first cell": _told_once(variants)}


def _told_once(variants: Mapping[str, dict[str, Json]]) -> dict[str, Json]:
    """The first variant by name in full, of the others what is not the same in the first."""
    names = sorted(variants)
    return {name: _apart(variants[names[0]], variants[name]) if at else variants[name] for at, name in enumerate(names)}


def _apart(first: Mapping[str, Json], other: Mapping[str, Json]) -> dict[str, Json]:
    """What `other` has that `first` has not, or has otherwise; settings that only `first` has are null."""
    made: dict[str, Json] = {name: None for name in first if name not in other}
    for name, value in other.items():
        held = first.get(name)
        if isinstance(value, dict) and isinstance(held, dict):
            if inner := _apart(held, value):
                made[name] = inner
        elif name not in first or held != value:
            made[name] = value
    return made


def shown(frame: pd.DataFrame) -> pd.DataFrame:
    """A table for people; constant columns of one task and metric are left out."""
    made = readable(frame)
    idle = [name for name in ("task", "metric") if name in made and made[name].nunique() == 1]
    return made.drop(columns=idle)
