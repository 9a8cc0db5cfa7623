"""The thresholds that `graphgrow calibrate` measured on this machine, in a file of the user."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from graphgrow.arrays import Json
from graphgrow.errors import SettingsError, StoreError
from graphgrow.settings import EngineSettings, from_json, to_json
from graphgrow.store.files import unwritten, write_json

VARIABLE = "GRAPHGROW_CALIBRATION"
CURE = f"measure anew with graphgrow calibrate, remove the file, or set {VARIABLE} to nothing to do without"


def calibration_file() -> Path | None:
    """$GRAPHGROW_CALIBRATION, else graphgrow/calibration.json in the folder of the user's settings.

    None where the variable is set to nothing: no calibration is wanted.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        return Path(chosen).expanduser() if chosen else None
    folder = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(folder).expanduser() / "graphgrow" / "calibration.json"


def read_calibration() -> EngineSettings | None:
    """The thresholds of this machine; None where none were measured, or none are wanted.

    Raises
    ------
    StoreError
        The file is damaged, or the variable names one that is not there.
    """
    file = calibration_file()
    if file is None or not (file.exists() or os.environ.get(VARIABLE)):
        return None
    try:
        made: EngineSettings = from_json(EngineSettings, json.loads(file.read_bytes())["engine"], "engine")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreError(f"calibration {file}: cannot be read ({reason}): {CURE}") from None
    except (ValueError, TypeError, KeyError, SettingsError) as error:
        raise StoreError(f"calibration {file}: damaged ({error}): {CURE}") from None
    return made


def write_calibration(file: Path, engine: EngineSettings, measured: Mapping[str, Json]) -> None:
    """Keep thresholds, and beside them what they were told from; the file is whole or as it was.

    Raises
    ------
    StoreError
        The folder cannot be made, or the file cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten(file, error) from None
    write_json(file, {"engine": to_json(engine), "measured": dict(measured)})
