"""The command that measures this machine."""

from __future__ import annotations

import json as text
import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from graphgrow.arrays import Json
from graphgrow.engine.kernels import load
from graphgrow.errors import SettingsError
from graphgrow.settings import EngineSettings, to_json
from graphgrow.store.calibration import VARIABLE, calibration_file, write_calibration

if TYPE_CHECKING:
    from graphgrow.engine.crossovers import Comparison, Measured

BUSY = 0.5  # cores at work before anything is measured, from which times are not to be trusted


def calibrate(json: bool) -> None:
    """Measure, store, and print what was seen and what follows."""
    file = calibration_file()
    if file is None:
        raise SettingsError(f"{VARIABLE} is set to nothing: unset it, or name the file to write")
    load("cpu")
    # After that: what is missing without numba was said.
    from graphgrow.engine.crossovers import measure

    busy = _busy()
    measured = measure()
    engine = measured.engine()
    seen = _plain(measured)
    write_calibration(file, engine, seen)
    if json:
        print(text.dumps({"file": str(file), "engine": to_json(engine), "measured": seen}, indent=2))
        return
    for width, rows in measured.dense.items():
        _table(f"a level of {width} x {width}, forward and backward", "density", "sparse", "dense", rows)
    for name, rows in (("one product", measured.product), ("a training step", measured.step)):
        if rows:
            _table(name, "edges x batch", "one thread", "all threads", rows)
    print("\n".join(_conclusions(engine)))
    print(f"stored in {file}; runs begun from now on keep these thresholds")
    if busy >= BUSY:
        print(f"{busy:.1f} cores were busy with other work, which spoils times: measure again when the machine is idle")


def _busy() -> float:
    """How many programs ran or waited to run in the last minute; 0 where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def _plain(measured: Measured) -> dict[str, Json]:
    def rows(comparisons: Sequence[Comparison]) -> list[Json]:
        return [asdict(row) for row in comparisons]

    dense: list[Json] = [{"width": width, "rows": rows(found)} for width, found in measured.dense.items()]
    return {"dense": dense, "product": rows(measured.product), "step": rows(measured.step)}


def _table(title: str, size: str, plain: str, other: str, rows: Sequence[Comparison]) -> None:
    print(f"{title}, medians in ms")
    print(f"  {size:>13}  {plain:>11}  {other:>11}")
    for row in rows:
        print(f"  {row.at:>13.7g}  {row.plain * 1e3:>11.3f}  {row.other * 1e3:>11.3f}")


def _conclusions(engine: EngineSettings) -> list[str]:
    """What follows from the tables, in words."""
    if engine.dense_above is None:
        made = ["no level is computed as a dense one: sparse was faster at every density of the widest level"]
    else:
        made = [
            f"levels of {engine.dense_from} or more possible edges are computed as dense ones "
            f"from density {engine.dense_above:g}"
        ]
    if engine.share_product is None or engine.share_step is None:
        return [*made, "one thread only, so nothing is shared out"]
    work = f"products of {engine.share_product} and steps of {engine.share_step} edges x batch or more"
    return [*made, f"{work} are shared out to threads"]
